package auth

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"latchkey/models"
)

// newPassword is a password someone wants, with what it must not resemble.
type newPassword struct {
	Password    string
	Email, Name string
}

// checkPassword applies the rules for a new password: a length, and nothing that is guessed first. There
// are no rules about kinds of characters and no ageing (NIST SP 800-63B §3.1.1.2): they make passwords
// worse. The error is an Invalid for field.
func (s *Service) checkPassword(ctx context.Context, field string, p newPassword) error {
	length := utf8.RuneCountInString(norm.NFC.String(p.Password))
	switch {
	case length < s.cfg().PasswordMin:
		return Invalid{field: fmt.Sprintf("Use at least %d characters", s.cfg().PasswordMin)}
	case length > s.cfg().PasswordMax:
		return Invalid{field: fmt.Sprintf("Use at most %d characters", s.cfg().PasswordMax)}
	case s.easyToGuess(p):
		return Invalid{field: "This password is too easy to guess"}
	}
	if breached, _ := s.breach.count(ctx, p.Password); breached >= s.cfg().BreachMinCount {
		return Invalid{field: "This password is in a public list of stolen ones"}
	}
	return nil
}

// easyToGuess refuses the common ones and what an attacker knows of this person, also with up to four
// digits before or after it.
func (s *Service) easyToGuess(p newPassword) bool {
	typed := strings.ToLower(norm.NFC.String(p.Password))
	if commonPassword(typed) || !strings.ContainsFunc(typed, isVisible) {
		return true
	}
	local, _, _ := strings.Cut(p.Email, "@")
	for _, known := range []string{p.Email, local, p.Name, strings.ReplaceAll(p.Name, " ", ""), s.cfg().ProductName} {
		known = strings.ToLower(norm.NFC.String(known))
		if known == "" {
			continue
		}
		if isDigits(strings.TrimPrefix(typed, known)) && strings.HasPrefix(typed, known) ||
			isDigits(strings.TrimSuffix(typed, known)) && strings.HasSuffix(typed, known) {
			return true
		}
	}
	return false
}

// isVisible tells blanks, control and format characters from what somebody would see.
func isVisible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

// isDigits tells whether s is at most four digits.
func isDigits(s string) bool {
	return len(s) <= 4 && strings.Trim(s, "0123456789") == ""
}

// tooLong spares the hash what cannot be a password. Longer input is refused before any work.
func (s *Service) tooLong(password string) bool {
	return utf8.RuneCountInString(norm.NFC.String(password)) > s.cfg().PasswordMax
}

// storePassword stores a new password and ends what the old one opened: sessions (but for except),
// pending logins and mail links, and what apps were given if the change says so.
func (s *Service) storePassword(ctx context.Context, tx *models.Tx, c models.PasswordChange, except string) error {
	if err := tx.ChangePassword(ctx, c); err != nil {
		return fmt.Errorf("store password: %w", err)
	}
	if err := s.endOpened(ctx, tx, c.UserID, except); err != nil {
		return err
	}
	if c.EndAccess {
		if err := s.revokeApps(tx, c.UserID); err != nil {
			return err
		}
	}
	return runHook(tx, s.cfg().OnPasswordChanged, c.UserID)
}

// endOpened ends what a password opened that is another one now, or gone.
func (s *Service) endOpened(ctx context.Context, tx *models.Tx, userID, except string) error {
	if err := tx.KillMailTokens(ctx, "", &userID, ""); err != nil {
		return fmt.Errorf("kill mail links: %w", err)
	}
	if err := tx.EndPendingLoginsOf(ctx, userID); err != nil {
		return fmt.Errorf("end pending logins: %w", err)
	}
	event := byPerson(AuditSessionEnd, userID)
	event.Reason = reasonEpoch
	return s.endSessionsOf(ctx, tx, userID, except, event)
}

func (s *Service) revokeApps(tx *models.Tx, userID string) error {
	if s.cfg().RevokeAccount == nil {
		return nil
	}
	if err := s.cfg().RevokeAccount(tx.Context(), userID); err != nil {
		return fmt.Errorf("revoke apps: %w", err)
	}
	return nil
}
