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

// countedMembers is how many people a preview looks at, those who joined last.
const countedMembers = 10_000

// SettingEffect says whom another value of a setting would touch now. There may be nothing to say.
func (s *Service) SettingEffect(ctx context.Context, name, value string) ([]string, error) {
	next, ours, err := s.withSetting(name, value)
	if err != nil || !ours {
		return nil, err
	}
	now := s.cfg()
	switch name {
	case "second-step":
		return s.secondStepEffect(ctx, *now, next)
	}
	return nil, nil
}

func (s *Service) secondStepEffect(ctx context.Context, now, next Config) ([]string, error) {
	var sentences []string
	if now.RequireMFA == RequireMFAOff && next.RequireMFA != RequireMFAOff {
		n, err := s.db.CountWithoutFactors(ctx, s.rpID, true, countedMembers)
		if err != nil {
			return nil, fmt.Errorf("count operators without a second step: %w", err)
		}
		sentences = append(sentences, fmt.Sprintf("%s no second step. They add one before they go on.", have(n, "operator")))
	}
	if now.RequireMFA != RequireMFAAll && next.RequireMFA == RequireMFAAll {
		n, err := s.db.CountWithoutFactors(ctx, s.rpID, false, countedMembers)
		if err != nil {
			return nil, fmt.Errorf("count members without a second step: %w", err)
		}
		sentences = append(sentences, have(n, "member")+" no second step and will be asked at their next page.",
			"They have "+models.LengthInWords(next.MFAGrace)+" to add one.")
		if all, err := s.db.CountMembers(ctx, "", countedMembers+1); err != nil || all > countedMembers {
			return append(sentences, "Only the 10,000 who joined last were counted."), err
		}
	}
	return sentences, nil
}

// have is a number of people who have something.
func have(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " has"
	}
	return fmt.Sprintf("%d %ss have", n, noun)
}
