package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// MemberAct is one thing that operators do to a member's account. All of them are in MemberActs.
type MemberAct struct {
	Name   string // "reset_factors": the path ends in reset-factors
	Right  Right
	StepUp bool // needs a fresh proof of who the operator is
	Reason bool // needs a reason
	Typed  bool // cannot be undone: the member's address is typed

	event   models.Action
	offered func(MemberRecord) bool
	do      func(s *Service, ctx context.Context, tx *models.Tx, a *memberActing) error
}

// Event is the act in the audit log.
func (m MemberAct) Event() models.Action { return m.event }

// Offered tells whether the act makes sense in a state.
func (m MemberAct) Offered(r MemberRecord) bool { return m.offered(r) }

// Act is what an operator decided.
type Act struct {
	Reason  string
	Version string // of the MemberRecord they decided on; the command line looks at none
	Typed   string // the member's address
	Target  string // a session, or a factor as "passkey:ID"
	Until   *time.Time
	Name    string
	Role    Role
}

// memberActing is an act under way, inside its transaction, with the member's row held.
type memberActing struct {
	op     Operator
	act    Act
	member models.User
	record MemberRecord
	event  models.AuditEvent // written when it is done
}

func (a *memberActing) changed(field string, old, new any) {
	if a.event.Changes == nil {
		a.event.Changes = map[string]models.Change{}
	}
	a.event.Changes[field] = models.Change{Old: old, New: new}
}

// ActOnMember does one of MemberActs. Errors: Invalid (on a field), Forbidden, ErrChanged, ErrSignedOut,
// models.ErrNotFound: there is no such person, or no such act.
func (s *Service) ActOnMember(ctx context.Context, op Operator, name, memberID string, act Act) error {
	what, known := memberAct(name)
	if !known {
		return models.ErrNotFound
	}
	reason, sentence := models.OperatorReason(act.Reason)
	if act.Reason = reason; what.Reason && sentence != "" && !op.commandLine() {
		return Invalid{"reason": sentence}
	}
	err := s.db.InTx(ctx, func(tx *models.Tx) error { return s.actOnMember(ctx, tx, op, what, memberID, act) })
	return s.NoteRefused(ctx, op, what.Event(), memberID, err)
}

// NoteRefused keeps in the audit log that an operator tried what they may not.
func (s *Service) NoteRefused(ctx context.Context, op Operator, action models.Action, memberID string, err error) error {
	var forbidden Forbidden
	if !errors.As(err, &forbidden) {
		return err
	}
	event := op.Event(action, memberID)
	event.Outcome, event.Reason = models.OutcomeRefused, forbidden.code
	if fault := s.db.Audit(ctx, event); fault != nil {
		return fault
	}
	return err
}

func (s *Service) actOnMember(ctx context.Context, tx *models.Tx, op Operator, what MemberAct, memberID string, act Act) error {
	a, err := s.holdMember(ctx, tx, op, what, memberID)
	if err != nil {
		return err
	}
	a.act = act
	if err := s.asLeft(ctx, tx, a, what); err != nil {
		return err
	}
	if err := s.checkAct(a, what); err != nil {
		return err
	}
	a.event = a.op.Event(what.Event(), memberID)
	a.event.Reason = act.Reason
	if err := what.do(s, ctx, tx, a); err != nil {
		return err
	}
	if a.member.Operator() {
		if err := s.endLostViews(ctx, tx, a); err != nil {
			return err
		}
	}
	return tx.Audit(ctx, a.event)
}

// holdMember holds the member's row, and those of all operators where one of them may lose a right by it.
func (s *Service) holdMember(ctx context.Context, tx *models.Tx, op Operator, what MemberAct, memberID string) (*memberActing, error) {
	member, operators, err := tx.LockWithOperators(ctx, memberID)
	if errors.Is(err, models.ErrNotFound) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("hold member: %w", err)
	}
	if op, err = s.Operating(tx.Context(), op, what.Right); err != nil {
		return nil, err
	}
	if err := op.mayActOn(member); err != nil {
		return nil, err
	}
	if what.disarms() && s.lastAdministrator(operators, member) {
		return nil, errOnLast
	}
	record, err := s.memberRecord(tx.Context(), tx.DB, member)
	return &memberActing{op: op, member: member, record: record}, err
}

// disarms tells whether the act can leave the place without an administrator.
func (m MemberAct) disarms() bool {
	return m.Name == "suspend" || m.Name == "revoke_role" || m.Name == "grant_role"
}

func (s *Service) lastAdministrator(operators []models.User, member models.User) bool {
	if Role(member.Role) != RoleAdministrator {
		return false
	}
	for _, other := range operators {
		if Role(other.Role) == RoleAdministrator && other.ID != member.ID && !other.Disabled(s.now()) {
			return false
		}
	}
	return true
}

// checkAct compares what the operator decided with what is there now. In a batch they decided about many, and on none of them in
// particular.
func (s *Service) checkAct(a *memberActing, what MemberAct) error {
	if a.op.user != nil {
		version, err := models.Version(a.record)
		if err != nil {
			return err
		}
		if a.act.Version != version {
			return ErrChanged
		}
		if what.Typed && a.act.Typed != a.member.Email {
			return Invalid{"typed": "Type the email address as it stands above"}
		}
	}
	if !what.offered(a.record) {
		return ErrChanged
	}
	return nil
}
