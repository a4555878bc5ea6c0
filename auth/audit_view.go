package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

const (
	auditViewsMost = 50 // of each operator, and shared by all together
	auditViewMax   = 2000
)

// NewAuditView is a search of the audit log to keep.
type NewAuditView struct {
	Name      string
	Query     string // of the address, read and found good
	Shared    bool   // with all operators
	Preferred bool   // what the operator sees first from now on
}

// AuditViews are the searches that an operator keeps, and those that others share. Errors: Forbidden, ErrSignedOut.
func (s *Service) AuditViews(ctx context.Context, op Operator) (own, shared []models.AuditView, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return nil, nil, err
	}
	if own, shared, err = s.db.Joined(ctx).AuditViews(ctx, op.ID); err != nil {
		return nil, nil, fmt.Errorf("list views of the audit log: %w", err)
	}
	return own, shared, nil
}

// PreferredAuditView is what an operator sees first; "" is everything. Errors: Forbidden, ErrSignedOut.
func (s *Service) PreferredAuditView(ctx context.Context, op Operator) (query string, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return "", err
	}
	view, err := s.db.Joined(ctx).PreferredAuditView(ctx, op.ID)
	if errors.Is(err, models.ErrNotFound) {
		return "", nil
	}
	return view.Query, err
}

// SaveAuditView keeps a search. Errors: Forbidden, ErrSignedOut, Invalid (on a field).
func (s *Service) SaveAuditView(ctx context.Context, op Operator, v NewAuditView) error {
	name, ok := normalName(v.Name)
	switch v.Name = name; {
	case !ok:
		return Invalid{"name": noName}
	case name == "":
		return Invalid{"name": "Enter a name"}
	case len(v.Query) > auditViewMax:
		return Invalid{"": "This search is too long to keep. Use fewer filters"}
	}
	err := s.db.InTx(ctx, func(tx *models.Tx) error { return s.saveAuditView(ctx, tx, op, v) })
	return s.NoteRefused(ctx, op, AuditLogSaveView, "", err)
}

func (s *Service) saveAuditView(ctx context.Context, tx *models.Tx, op Operator, v NewAuditView) error {
	op, err := s.Operating(tx.Context(), op, RightRead)
	if err != nil {
		return err
	}
	if _, _, err := tx.LockWithOperators(ctx, op.ID); err != nil { // so that two at once are counted one after the other
		return fmt.Errorf("hold operators: %w", err)
	}
	own, shared, err := tx.CountAuditViews(ctx, op.ID)
	switch {
	case err != nil:
		return fmt.Errorf("count views of the audit log: %w", err)
	case own >= auditViewsMost:
		return Invalid{"": fmt.Sprintf("You keep %d searches already. Remove one first", own)}
	case v.Shared && shared >= auditViewsMost:
		return Invalid{"": fmt.Sprintf("Operators share %d searches already. Keep this one for yourself", shared)}
	}
	row := models.AuditView{OwnerID: op.ID, Name: v.Name, Query: v.Query, Shared: v.Shared, Preferred: v.Preferred}
	err = tx.CreateAuditView(ctx, &row)
	if errors.Is(err, models.ErrTaken) {
		return Invalid{"name": "You keep another search under this name"}
	}
	if err != nil {
		return fmt.Errorf("keep view of the audit log: %w", err)
	}
	return tx.Audit(ctx, viewEvent(op, row, models.Change{New: row.Name}))
}

// RemoveAuditView removes one of an operator's own. Errors: Forbidden, ErrSignedOut, models.ErrNotFound.
func (s *Service) RemoveAuditView(ctx context.Context, op Operator, id string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		op, err := s.Operating(tx.Context(), op, RightRead)
		if err != nil {
			return err
		}
		row, err := tx.RemoveAuditView(ctx, op.ID, id)
		if err != nil {
			return err
		}
		return tx.Audit(ctx, viewEvent(op, row, models.Change{Old: row.Name}))
	})
}

// viewEvent tells of a search that is kept or no longer. What it searches for is not written down: it may be somebody's address.
func viewEvent(op Operator, v models.AuditView, name models.Change) models.AuditEvent {
	event := op.Event(AuditLogSaveView, "")
	event.TargetKind, event.TargetID = "audit_view", v.ID
	event.Changes = map[string]models.Change{"name": name}
	event.Meta = with(event.Meta, map[string]any{"shared": v.Shared})
	return event
}
