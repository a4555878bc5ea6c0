package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/models"
)

// MemberActs are all acts on a member, in the order in which pages offer them.
var MemberActs = []MemberAct{
	{Name: "unlock", event: AuditMemberUnlock, Right: RightHelp, Reason: true, offered: func(r MemberRecord) bool { return r.Locked }, do: doUnlock},
	{Name: "resend_verification", event: AuditMemberResendVerification, Right: RightHelp, offered: unverified, do: doResendVerification},
	{Name: "send_reset", event: AuditMemberSendReset, Right: RightHelp, Reason: true, offered: func(r MemberRecord) bool { return !r.Suspended }, do: doSendReset},
	{Name: "end_session", event: AuditMemberEndSession, Right: RightHelp, Reason: true, offered: hasSessions, do: doEndSession},
	{Name: "end_sessions", event: AuditMemberEndSessions, Right: RightHelp, Reason: true, StepUp: true, offered: hasSessions, do: doEndSessions},
	{Name: "verify", event: AuditMemberVerify, Right: RightChange, Reason: true, StepUp: true, offered: unverified, do: doVerify},
	{Name: "force_reset", event: AuditMemberForceReset, Right: RightChange, Reason: true, StepUp: true, offered: func(r MemberRecord) bool { return r.HasPassword && !r.Suspended }, do: doForceReset},
	{Name: "lift_reset", event: AuditMemberLiftReset, Right: RightChange, Reason: true, StepUp: true, offered: func(r MemberRecord) bool { return r.ResetRequired }, do: doLiftReset},
	{Name: "remove_factor", event: AuditMemberRemoveFactor, Right: RightChange, Reason: true, StepUp: true, offered: MemberRecord.TwoStep, do: doRemoveFactor},
	{Name: "reset_factors", event: AuditMemberResetFactors, Right: RightChange, Reason: true, StepUp: true, Typed: true, offered: MemberRecord.TwoStep, do: doResetFactors},
	{Name: "suspend", event: AuditMemberSuspend, Right: RightChange, Reason: true, StepUp: true, offered: func(r MemberRecord) bool { return !r.Suspended }, do: doSuspend},
	{Name: "unsuspend", event: AuditMemberUnsuspend, Right: RightChange, Reason: true, StepUp: true, offered: func(r MemberRecord) bool { return r.Suspended }, do: doUnsuspend},
	{Name: "rename", event: AuditMemberRename, Right: RightChange, Reason: true, offered: always, do: doRename},
	{Name: "grant_role", event: AuditMemberGrantRole, Right: RightRoles, Reason: true, StepUp: true, Typed: true, offered: func(r MemberRecord) bool { return r.Verified && !r.Suspended }, do: doGrantRole},
	{Name: "revoke_role", event: AuditMemberRevokeRole, Right: RightRoles, Reason: true, StepUp: true, offered: func(r MemberRecord) bool { return r.Role != "" }, do: doRevokeRole},
}

func memberAct(name string) (MemberAct, bool) {
	i := slices.IndexFunc(MemberActs, func(m MemberAct) bool { return m.Name == name })
	if i < 0 {
		return MemberAct{}, false
	}
	return MemberActs[i], true
}

// MayAct is the rule for an act before anything is typed. Errors: Forbidden.
func MayAct(op Operator, act MemberAct, r MemberRecord) error {
	if !op.Role.May(act.Right) {
		return Forbidden{Right: act.Right, code: "role"}
	}
	return op.mayActOn(models.User{ID: r.ID, Role: string(r.Role)})
}

// OfferedActs are the acts that an operator may do on a member in a state.
func OfferedActs(op Operator, r MemberRecord) []MemberAct {
	return slices.DeleteFunc(slices.Clone(MemberActs), func(m MemberAct) bool { return !m.offered(r) || MayAct(op, m, r) != nil })
}

func always(MemberRecord) bool        { return true }
func unverified(r MemberRecord) bool  { return !r.Verified }
func hasSessions(r MemberRecord) bool { return r.Sessions > 0 }

func doUnlock(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	a.changed("locked", true, false)
	return s.unlock(ctx, tx, a.member)
}

// errMailboxFull: the limits that protect a mailbox hold for operators, too.
var errMailboxFull = Invalid{"": "Too many emails went to this address lately. Try again later"}

// doResendVerification sends a new link and code; the older ones are dead. The limit of the address stays: it protects the mailbox.
func doResendVerification(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	allowed, err := s.countVerifyMail(ctx, tx, a.member.Email)
	if err != nil {
		return err
	}
	if !allowed {
		return errMailboxFull
	}
	return s.mailVerification(ctx, tx, a.member.Email, &a.member.ID, a.member.Epoch, "")
}

func doSendReset(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	_, err := s.count(ctx, tx.DB, try{limitResetMail, s.addressKey(a.member.Email)})
	if isLimited(err) {
		return errMailboxFull
	}
	if err != nil {
		return err
	}
	return s.mailReset(ctx, tx, addressee{email: a.member.Email, owner: &a.member, operator: true})
}

// ended is the event of a session that the operator ends.
func (a *memberActing) ended() models.AuditEvent {
	e := a.op.Event(AuditSessionEnd, a.member.ID)
	e.Reason = reasonOperator
	return e
}

func doEndSession(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	a.event.TargetKind, a.event.TargetID = "session", a.act.Target
	event := a.ended()
	event.TargetKind, event.TargetID = "session", a.act.Target
	ended, err := s.endSession(ctx, tx, a.member.ID, a.act.Target, event)
	if err == nil && !ended {
		return ErrChanged
	}
	return err
}

func doEndSessions(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	return a.endSessions(s, ctx, tx)
}

// endSessions ends all of the member, and says in the row how many.
func (a *memberActing) endSessions(s *Service, ctx context.Context, tx *models.Tx) error {
	a.changed("sessions", a.record.Sessions, 0)
	return s.endSessionsOf(ctx, tx, a.member.ID, "", a.ended())
}

func doVerify(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	if err := tx.VerifyUser(ctx, a.member.ID); err != nil {
		return fmt.Errorf("verify address: %w", err)
	}
	a.changed("verified", false, true)
	return runHook(tx, s.cfg().OnVerified, a.member.ID)
}

// endAll ends all that is open in the account: mailed links, sign-ins under way, sessions, and what apps were given.
func (a *memberActing) endAll(s *Service, ctx context.Context, tx *models.Tx) error {
	if err := tx.KillMailTokens(ctx, "", &a.member.ID, ""); err != nil {
		return fmt.Errorf("kill mail links: %w", err)
	}
	if err := tx.EndPendingLoginsOf(ctx, a.member.ID); err != nil {
		return fmt.Errorf("end pending logins: %w", err)
	}
	if err := a.endSessions(s, ctx, tx); err != nil {
		return err
	}
	a.changed("apps", a.record.Apps, 0)
	return s.revokeApps(tx, a.member.ID)
}

func doForceReset(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	if err := tx.RefusePassword(ctx, a.member.ID); err != nil {
		return fmt.Errorf("refuse password: %w", err)
	}
	a.changed("reset_required", false, true)
	if err := a.endAll(s, ctx, tx); err != nil {
		return err
	}
	u, err := tx.UserByID(ctx, a.member.ID) // of the new epoch, which the link carries
	if err != nil {
		return fmt.Errorf("read person: %w", err)
	}
	return s.mailReset(ctx, tx, addressee{email: u.Email, owner: &u, operator: true})
}

func doLiftReset(_ *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	a.changed("reset_required", true, false)
	return tx.AcceptPassword(ctx, a.member.ID)
}

func doSuspend(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	until := a.act.Until
	if until != nil && !until.After(s.now()) {
		return Invalid{"until": "Choose a day that is still to come, or none"}
	}
	if err := tx.DisableUser(ctx, a.member.ID, a.act.Reason, until); err != nil {
		return err
	}
	if err := tx.EndPendingLoginsOf(ctx, a.member.ID); err != nil {
		return fmt.Errorf("end pending logins: %w", err)
	}
	if err := a.endSessions(s, ctx, tx); err != nil {
		return err
	}
	if s.cfg().AccountDisabled != nil {
		if err := s.cfg().AccountDisabled(tx.Context(), a.member.ID); err != nil {
			return fmt.Errorf("tell that an account is off: %w", err)
		}
	}
	a.changed("suspended", false, true)
	if until != nil {
		a.changed("suspended_until", nil, until.UTC().Format(time.RFC3339))
	}
	return s.mailSuspended(ctx, tx, a.member.Email, until)
}

func doUnsuspend(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	if err := tx.EnableUser(ctx, a.member.ID); err != nil {
		return err
	}
	a.changed("suspended", true, false)
	if until := a.member.DisabledUntil; until != nil {
		a.changed("suspended_until", until.UTC().Format(time.RFC3339), nil)
	}
	return s.mailUnsuspended(ctx, tx, a.member.Email)
}

func doRename(_ *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	name, ok := normalName(a.act.Name)
	if !ok {
		return Invalid{"name": noName}
	}
	a.changed("name", a.member.Name, name)
	return tx.SetUserName(ctx, a.member.ID, name)
}

func doGrantRole(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	if !slices.Contains(Roles, a.act.Role) {
		return Invalid{"role": "Choose a role"}
	}
	if a.act.Role == a.record.Role {
		return Invalid{"role": "They have this role already"}
	}
	if !a.record.TwoStep() {
		return Invalid{"role": "They must add a second step to their account first"}
	}
	return s.changeRole(ctx, tx, a, a.act.Role)
}

// doRevokeRole also ends the sessions: a page of operators that is open somewhere does not stay so for a member.
func doRevokeRole(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error {
	if err := s.changeRole(ctx, tx, a, ""); err != nil {
		return err
	}
	return a.endSessions(s, ctx, tx)
}

func (s *Service) changeRole(ctx context.Context, tx *models.Tx, a *memberActing, role Role) error {
	err := tx.SetUserRole(ctx, a.member.ID, a.member.Role, string(role))
	if errors.Is(err, models.ErrSpent) {
		return ErrChanged
	}
	if err != nil {
		return fmt.Errorf("change role: %w", err)
	}
	a.changed("role", a.member.Role, string(role))
	return s.mailRoleChanged(ctx, tx, a, role)
}
