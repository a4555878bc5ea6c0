package auth

import (
	"context"
	"fmt"

	"latchkey/models"
)

// Settings are the choices of this package that operators see.
func (s *Service) Settings() []models.SettingState { return s.live.Settings() }

// ChangeSettings puts the values in place that operators chose, by name. What is not allowed any more is left out, and told.
func (s *Service) ChangeSettings(values map[string]string) error { return s.live.Change(values) }

// ErrLocksOut says that a setting would shut out whoever changes it.
var ErrLocksOut = Forbidden{Sentence: "You have no second step yourself, so this would lock you out. Add one first.", code: "locks_out"}

// errNoWayIn is ErrLocksOut for somebody who has nothing to sign in with but what would be switched off.
var errNoWayIn = Forbidden{Sentence: "You have neither a password nor a passkey, so this would lock you out. Set a password first.", code: "locks_out"}

// KeepsOperatorIn refuses a value of a setting that would lock its operator out. The command line needs no way in. ctx may carry
// a transaction. Errors: Forbidden.
func (s *Service) KeepsOperatorIn(ctx context.Context, op Operator, name, value string) error {
	op, err := s.Operating(ctx, op, RightOperate)
	if err != nil {
		return err
	}
	next, ours, err := s.withSetting(name, value)
	if err != nil || !ours || op.commandLine() {
		return err
	}
	now, db := s.cfg(), s.db.Joined(ctx)
	factors, err := s.factorsOf(ctx, db, op.ID)
	if err != nil {
		return err
	}
	if next.RequireMFA != RequireMFAOff && now.RequireMFA == RequireMFAOff && !factors.Any() {
		return ErrLocksOut
	}
	u, err := db.UserByID(ctx, op.ID)
	if err != nil {
		return fmt.Errorf("read operator: %w", err)
	}
	if u.PasswordHash == "" && factors.Passkeys == 0 && next.byMail() == 0 && now.byMail() > 0 {
		return errNoWayIn
	}
	return nil
}

// byMail is how many ways in begin with a mail.
func (c *Config) byMail() (n int) {
	for _, off := range []bool{c.NoLoginLink, c.NoPasswordReset} {
		if !off {
			n++
		}
	}
	return n
}

// withSetting is the config with another value of one setting; ours tells whether it is one of this package.
func (s *Service) withSetting(name, value string) (next Config, ours bool, err error) {
	for _, rule := range settingRules {
		if rule.Name == name {
			next, err = s.live.With(name, value)
			return next, true, err
		}
	}
	return next, false, nil
}

// SettingEffect says whom another value of a setting would touch now. There may be nothing to say.
func (s *Service) SettingEffect(ctx context.Context, name, value string) ([]string, error) {
	next, ours, err := s.withSetting(name, value)
	if err != nil || !ours {
		return nil, err
	}
	switch now := *s.cfg(); name {
	case "second-step":
		return s.secondStepEffect(ctx, now, next)
	case "unconfirmed-keep":
		return s.unconfirmedEffect(ctx, now, next)
	case "mails-keep":
		return s.mailsEffect(ctx, now, next)
	case "audit-keep":
		return s.auditEffect(ctx, now, next)
	case "view-as", "view-as-changes":
		return s.viewEffect(ctx, now, next)
	}
	return nil, nil
}

// unconfirmedEffect says how many accounts would be erased sooner than they were told.
func (s *Service) unconfirmedEffect(ctx context.Context, now, next Config) ([]string, error) {
	if next.UnverifiedTTL >= now.UnverifiedTTL {
		return []string{"No account is erased now: those that wait may wait longer."}, nil
	}
	n, err := s.db.CountExpiredSignUps(ctx, s.now().Add(-next.UnverifiedTTL), countedMost)
	if err != nil {
		return nil, fmt.Errorf("count unconfirmed accounts: %w", err)
	}
	return []string{counted(n, "account that waits is older", "accounts that wait are older") + " and will be erased within minutes."}, nil
}

// mailsEffect says how many rows of the log of mails would go for good.
func (s *Service) mailsEffect(ctx context.Context, now, next Config) ([]string, error) {
	if next.MailsKeep >= now.MailsKeep {
		return []string{"No row of the log of mails goes now."}, nil
	}
	n, err := s.db.CountMailsBefore(ctx, s.now().Add(-next.MailsKeep), countedMost)
	if err != nil {
		return nil, fmt.Errorf("count old rows of the log of mails: %w", err)
	}
	return []string{counted(n, "row of the log of mails is older", "rows of the log of mails are older") + " and will go for good.", "Putting the value back does not bring rows back."}, nil
}

// auditEffect says how many rows would go for good.
func (s *Service) auditEffect(ctx context.Context, now, next Config) ([]string, error) {
	if now.AuditKeep > 0 && next.AuditKeep >= now.AuditKeep {
		return []string{"No row of the audit log goes now."}, nil
	}
	n, err := s.db.CountAuditBefore(ctx, s.now().Add(-next.AuditKeep), countedMost)
	if err != nil {
		return nil, fmt.Errorf("count old rows of the audit log: %w", err)
	}
	return []string{counted(n, "row of the audit log is older", "rows of the audit log are older") + " and will go for good.", "Putting the value back does not bring rows back."}, nil
}

// viewEffect says how many views would end.
func (s *Service) viewEffect(ctx context.Context, now, next Config) ([]string, error) {
	if next.NoViewAs == now.NoViewAs && next.NoViewAsChanges == now.NoViewAsChanges || !next.NoViewAs && !next.NoViewAsChanges {
		return nil, nil
	}
	open, err := s.db.OpenMemberViews(ctx, viewsPerSweep)
	if err != nil {
		return nil, fmt.Errorf("list views: %w", err)
	}
	ends := 0
	for _, v := range open {
		if next.NoViewAs || v.Writes {
			ends++
		}
	}
	return []string{counted(ends, "view is open now and ends.", "views are open now and end.")}, nil
}

// countedMost is how far a preview counts.
const countedMost = 10_000

// counted is a number with what it is a number of; beyond countedMost it says so.
func counted(n int, one, more string) string {
	switch {
	case n == 1:
		return "1 " + one
	case n > countedMost:
		return "More than 10,000 " + more
	}
	return fmt.Sprintf("%d %s", n, more)
}

func (s *Service) secondStepEffect(ctx context.Context, now, next Config) ([]string, error) {
	var sentences []string
	if now.RequireMFA == RequireMFAOff && next.RequireMFA != RequireMFAOff {
		n, err := s.db.CountWithoutFactors(ctx, s.rpID, true, countedMost)
		if err != nil {
			return nil, fmt.Errorf("count operators without a second step: %w", err)
		}
		sentences = append(sentences, counted(n, "operator has", "operators have")+" no second step. They add one before they go on.")
	}
	if now.RequireMFA != RequireMFAAll && next.RequireMFA == RequireMFAAll {
		n, err := s.db.CountWithoutFactors(ctx, s.rpID, false, countedMost)
		if err != nil {
			return nil, fmt.Errorf("count members without a second step: %w", err)
		}
		sentences = append(sentences, counted(n, "member has", "members have")+" no second step and will be asked at their next page.",
			"They have "+models.LengthInWords(next.MFAGrace)+" to add one.")
		if all, err := s.db.CountMembers(ctx, "", countedMost+1); err != nil || all > countedMost {
			return append(sentences, "Only the 10,000 who joined last were counted."), err
		}
	}
	return sentences, nil
}
