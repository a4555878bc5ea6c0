package auth

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"latchkey/models"
)

// Rename changes what the person is called; an empty name takes it away. Errors: Invalid, ErrSignedOut.
func (s *Service) Rename(ctx context.Context, u *User, typed string) error {
	name, ok := normalName(typed)
	if !ok {
		return Invalid{"name": noName}
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if _, err := s.acting(tx.Context(), u); err != nil {
			return err
		}
		if err := tx.SetUserName(ctx, u.ID, name); err != nil {
			return fmt.Errorf("rename: %w", err)
		}
		return tx.Audit(ctx, byUser(AuditProfileChange, u))
	})
}

// noName is said where normalName is not ok.
const noName = "Use at most 100 characters, without control characters"

// normalName trims a person's name. ok is false above 100 characters or with control characters.
func normalName(typed string) (name string, ok bool) {
	name = strings.TrimSpace(typed)
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > 100 {
		return "", false
	}
	for _, r := range name {
		// Format characters can turn the text around them, so a name could pose as something else.
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return "", false
		}
	}
	return name, true
}
