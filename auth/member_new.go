package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// AddMember makes an account without a password and mails its owner a link to set one. Errors: Invalid, Forbidden, ErrSignedOut.
func (s *Service) AddMember(ctx context.Context, op Operator, n NewUser) (id string, err error) {
	reason, sentence := models.OperatorReason(n.Reason)
	row, wrong := checkIdentity(n.Email, n.Name)
	if wrong == nil {
		wrong = Invalid{}
	}
	if sentence != "" {
		wrong["reason"] = sentence
	}
	if len(wrong) > 0 {
		return "", wrong
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		op, err := s.Operating(tx.Context(), op, RightChange)
		if err != nil {
			return err
		}
		if err := tx.CreateUser(ctx, &row); err != nil {
			return err
		}
		if err := runHook(tx, s.cfg().OnSignUp, row.ID); err != nil {
			return err
		}
		event := op.Event(AuditMemberCreate, row.ID)
		event.Reason = reason
		event.Changes = map[string]models.Change{"email": {New: maskedEmail(row.Email)}, "name": {New: row.Name}}
		if err := tx.Audit(ctx, event); err != nil {
			return err
		}
		return s.mailReset(ctx, tx, addressee{email: row.Email, owner: &row, operator: true})
	})
	if errors.Is(err, models.ErrTaken) {
		return "", Invalid{"email": "There is an account with this address"}
	}
	if err != nil {
		return "", s.NoteRefused(ctx, op, AuditMemberCreate, "", fmt.Errorf("add member: %w", err))
	}
	return row.ID, nil
}
