package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// Operator is who acts on members: somebody signed in with a role, or the command line. The zero Operator may nothing.
type Operator struct {
	ID   string // of the person; empty for the command line
	Role Role

	user  *User
	batch *models.Batch // who started one, while it runs in the background
}

// OperatorOf is the person signed in at a browser. Somebody seen through another's eyes is no operator.
func OperatorOf(u *User) Operator {
	if u.ActorID != "" {
		return Operator{}
	}
	return Operator{ID: u.ID, Role: u.Role, user: u}
}

// CommandLine is who runs a command on the machine: they hold the database and the keys, so no rule could hold them.
func CommandLine() Operator { return Operator{Role: RoleAdministrator} }

func (op Operator) commandLine() bool { return op.user == nil && op.batch == nil && op.Role != "" }

// Event is an event that this operator causes about a person.
func (op Operator) Event(action models.Action, subjectID string) models.AuditEvent {
	e := models.AuditEvent{Action: action, ActorKind: "operator", ActorID: op.ID, SubjectID: subjectID, Meta: op.Role.detail()}
	switch {
	case op.user != nil:
		e.SessionID = op.user.SessionID
	case op.batch != nil:
		e.SessionID, e.BatchID = op.batch.SessionID, op.batch.ID
	default:
		e.ActorKind = "system"
		e.Meta = CommandLineDetail()
	}
	return e
}

// Forbidden is the outcome of an act that the operator may not do.
type Forbidden struct {
	Right    Right  // that is missing; empty: it is not about the role
	Sentence string // the reason, where it is not about the role
	code     string // in the audit log
}

func (f Forbidden) Error() string {
	if f.Right != "" {
		return fmt.Sprintf("the role lacks the right %q", f.Right)
	}
	return f.Sentence
}

// refuseAccess keeps in the audit log that a role did not reach, before any rule was asked. route is the method and the path.
func (s *Service) refuseAccess(ctx context.Context, op Operator, right Right, route string) error {
	event := op.Event(AuditAccess, "")
	event.Outcome, event.Reason = models.OutcomeRefused, "role"
	event.Meta = with(event.Meta, map[string]any{"route": route[:min(len(route), routeKept)], "right": string(right)})
	if err := s.db.Audit(ctx, event); err != nil {
		return err
	}
	return Forbidden{Right: right, code: "role"}
}

// The reasons that are not about the role.
var (
	errOnSelf     = Forbidden{Sentence: "Nobody acts on their own account here. Ask another operator.", code: "self"}
	errOnOperator = Forbidden{Sentence: "Only administrators act on operators.", code: "operator"}
	errInBatch    = Forbidden{Sentence: "Batches leave operators out. Act on them one by one.", code: "operator"}
	errOnLast     = Forbidden{Sentence: "This is the last administrator. Make another one first.", code: "last_administrator"}
)

// ErrChanged says that an act was decided on a state that is no longer there: look again, and decide anew.
var ErrChanged = errors.New("it has changed since the page was opened")

// Operating makes sure that somebody still is who they were when their request began, has the right, and says with which role. A
// rule about something else than people asks it in its transaction, which ctx carries. Errors: ErrSignedOut, Forbidden.
func (s *Service) Operating(ctx context.Context, op Operator, right Right) (Operator, error) {
	switch {
	case op.user != nil:
		live, err := s.acting(ctx, op.user)
		if err != nil {
			return op, err
		}
		op.Role = Role(live.Person.Role)
	case op.batch != nil:
		starter, err := s.db.Joined(ctx).UserByID(ctx, op.ID)
		if errors.Is(err, models.ErrNotFound) || err == nil && starter.Disabled(s.now()) {
			return op, ErrSignedOut
		}
		if err != nil {
			return op, fmt.Errorf("read operator: %w", err)
		}
		op.Role = Role(starter.Role)
	}
	if !op.Role.May(right) {
		return op, Forbidden{Right: right, code: "role"}
	}
	return op, nil
}

// Operate does an act of an operator about something that is no member, with its row in the audit log, whose reason they typed.
// do says in the event what the act was about. Errors: Invalid (the reason), Forbidden, ErrSignedOut, and what do says.
func (s *Service) Operate(ctx context.Context, op Operator, right Right, action models.Action, typed string, do func(tx *models.Tx, op Operator, event *models.AuditEvent) error) error {
	reason, sentence := models.OperatorReason(typed)
	if sentence != "" {
		return Invalid{"reason": sentence}
	}
	err := s.db.InTx(ctx, func(tx *models.Tx) error {
		op, err := s.Operating(tx.Context(), op, right)
		if err != nil {
			return err
		}
		event := op.Event(action, "")
		event.Reason = reason
		if err := do(tx, op, &event); err != nil {
			return err
		}
		return tx.Audit(ctx, event)
	})
	return s.NoteRefused(ctx, op, action, "", err)
}

// mayActOn is the rule for whom an operator may act on, whatever the act.
func (op Operator) mayActOn(m models.User) error {
	switch {
	case op.ID != "" && op.ID == m.ID:
		return errOnSelf
	case m.Operator() && op.batch != nil:
		return errInBatch
	case m.Operator() && op.Role != RoleAdministrator:
		return errOnOperator
	}
	return nil
}
