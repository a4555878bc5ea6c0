package auth

import (
	"context"
	"errors"

	"latchkey/models"
)

// ViewVersion names the state of a view in a form.
func ViewVersion(v models.MemberView) (string, error) {
	return models.Version([]any{v.ID, v.EndedAt != nil})
}

// StopOthersView ends a view that an operator is in, whoever that is. Errors: Invalid (the reason), Forbidden, ErrChanged (it has
// ended), ErrSignedOut, models.ErrNotFound.
func (s *Service) StopOthersView(ctx context.Context, op Operator, id string, act Act) error {
	reason, sentence := models.OperatorReason(act.Reason)
	if sentence != "" {
		return Invalid{"reason": sentence}
	}
	err := s.db.InTx(ctx, func(tx *models.Tx) error {
		op, err := s.Operating(tx.Context(), op, RightChange)
		if err != nil {
			return err
		}
		v, err := tx.MemberViewByID(ctx, id)
		if err != nil {
			return err
		}
		if version, err := ViewVersion(v); err != nil || version != act.Version || v.EndedAt != nil {
			return errors.Join(err, ErrChanged)
		}
		event := op.Event(AuditViewStop, v.MemberID)
		event.Reason, event.TargetKind, event.TargetID = reason, "view", v.ID
		event.Meta = with(event.Meta, map[string]any{"operator": v.OperatorID, "pages": v.Pages})
		if err := s.endView(ctx, tx, v, event); errors.Is(err, models.ErrSpent) {
			return ErrChanged
		} else if err != nil {
			return err
		}
		return nil
	})
	return s.NoteRefused(ctx, op, AuditViewStop, "", err)
}
