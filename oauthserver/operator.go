package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"latchkey/models"
)

// The rights that acts here ask for, by their names in the host's table: it alone says who has them.
const (
	RightRead         = "read"
	RightRevokeAccess = "revoke access"
	RightOperate      = "operate"
	RightAudit        = "audit"
)

const (
	operatorPerson = "operator"
	operatorSystem = "system"
)

// Operator is who acts on clients, consents and keys, why, and on what they saw. The zero value may nothing.
type Operator struct {
	Kind      string // "operator": a person; "system": the command line, and what runs by itself
	ID        string // of the person, or "cli"
	SessionID string

	May      func(right string) bool                                 // nil: nothing
	Still    func(ctx context.Context, right string) error           // asked again in the transaction of an act: ErrRefused for who lost the right meanwhile; nil: May was enough
	MayTouch func(ctx context.Context, subject string) (bool, error) // whose access they may take, asked in the transaction; nil: nobody's

	Reason string // as typed; a person has to give one
	Seen   string // the version of the page that asked; the command line shows none
	Typed  string // before what cannot be undone: the name of what it is about

	Detail map[string]any // what the host says of whoever acts, in each of their rows
}

// System is the command line, or what runs by itself.
func System(id, reason string) Operator {
	return Operator{Kind: operatorSystem, ID: id, Reason: reason}
}

// What an act of an operator may come back with, beside what is wrong with what they typed (Invalid).
var (
	ErrRefused = errors.New("the operator may not do this")
	ErrChanged = errors.New("it has changed since the operator looked")

	// ErrProtected is an ErrRefused that is about the person, not about the right.
	ErrProtected = fmt.Errorf("%w to this person", ErrRefused)
)

func (by Operator) may(right string) bool {
	switch by.Kind {
	case operatorSystem:
		return true
	case operatorPerson:
		return by.ID != "" && by.May != nil && by.May(right)
	}
	return false
}

// mayTouch: nobody acts on their own account here, and whom else an operator may act on the host says.
func (by Operator) mayTouch(ctx context.Context, subject string) error {
	if by.Kind == operatorSystem {
		return nil
	}
	if by.MayTouch == nil || subject == by.ID {
		return ErrProtected
	}
	allowed, err := by.MayTouch(ctx, subject)
	if err != nil {
		return fmt.Errorf("ask whom the operator may act on: %w", err)
	}
	if !allowed {
		return ErrProtected
	}
	return nil
}

// reason is the typed one when it will do. The command line may leave it out.
func (by Operator) reason() (string, error) {
	reason, sentence := models.OperatorReason(by.Reason)
	if sentence == "" || by.Kind == operatorSystem {
		return reason, nil
	}
	return "", Invalid{"reason": sentence}
}

// sign puts the operator under an event.
func (by Operator) sign(event models.AuditEvent) models.AuditEvent {
	event.ActorKind, event.ActorID, event.SessionID = by.Kind, by.ID, by.SessionID
	if len(by.Detail) > 0 {
		said := maps.Clone(by.Detail)
		maps.Copy(said, event.Meta)
		event.Meta = said
	}
	return event
}

// saw refuses a person who decided on a state that is no more.
func (by Operator) saw(state any) error {
	if by.Kind == operatorSystem && by.Seen == "" {
		return nil
	}
	version, err := models.Version(state)
	if err != nil {
		return err
	}
	if version != by.Seen {
		return ErrChanged
	}
	return nil
}

// meant refuses a person who did not type what an act that cannot be undone is about, by one of its names.
func (by Operator) meant(names ...string) error {
	if by.Kind == operatorSystem || slices.Contains(names, strings.TrimSpace(by.Typed)) {
		return nil
	}
	return Invalid{"typed": "Type it as it stands above"}
}

// operate runs one act of an operator: whether they may and why comes first, then the act and its row of the audit log in
// one transaction. The act fills in what the row says of the change. A refused try is a row, too.
func (s *Server) operate(ctx context.Context, by Operator, right string, event models.AuditEvent, act func(tx *models.Tx, event *models.AuditEvent) error) error {
	event = by.sign(event)
	if !by.may(right) {
		return s.refuseOperator(ctx, by, event, ErrRefused)
	}
	reason, err := by.reason()
	if err != nil {
		return err
	}
	event.Reason = reason
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		if by.Still != nil {
			if err := by.Still(tx.Context(), right); err != nil {
				return err
			}
		}
		if err := act(tx, &event); err != nil {
			return err
		}
		return tx.Audit(tx.Context(), by.sign(event)) // with the details that the act gave it
	})
	if errors.Is(err, ErrRefused) {
		return s.refuseOperator(ctx, by, event, err)
	}
	return err
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (s *Server) refuseOperator(ctx context.Context, by Operator, event models.AuditEvent, why error) error {
	event.Outcome, event.Reason = models.OutcomeRefused, ""
	event.Meta, event.Changes = by.Detail, nil
	for _, id := range []*string{&event.ClientID, &event.TargetID} {
		if !plainID.MatchString(*id) { // nobody checked it; it may be no text at all
			*id = ""
		}
	}
	if event.ActorKind == "" {
		event.ActorKind = "anonymous"
	}
	if err := s.db.Joined(ctx).Audit(ctx, event); err != nil {
		return fmt.Errorf("record a refused act: %w", err)
	}
	return why
}

// reads says whether the operator may look; looking is recorded by the host.
func (by Operator) reads() error {
	if !by.may(RightRead) {
		return ErrRefused
	}
	return nil
}
