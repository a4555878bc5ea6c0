package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"latchkey/models"
)

// holdActing holds the row of the person who acts, after making sure that they still do. Errors: ErrSignedOut.
func (s *Service) holdActing(ctx context.Context, tx *models.Tx, u *User) (models.User, error) {
	p, err := tx.LockUser(ctx, u.ID)
	if errors.Is(err, models.ErrNotFound) { // erased meanwhile
		return p, ErrSignedOut
	}
	if err != nil {
		return p, fmt.Errorf("read person: %w", err)
	}
	_, err = s.acting(tx.Context(), u)
	return p, err
}

// afterFactorChange ends what rested on factors that are gone, and gives this session a new token.
func (s *Service) afterFactorChange(ctx context.Context, tx *models.Tx, u *User, p models.User) (Entry, error) {
	epoch, err := s.endRested(ctx, tx, p)
	if err != nil {
		return Entry{}, err
	}
	return s.renewSession(ctx, tx, u, func(session *models.Session) { session.Epoch = epoch })
}

// endRested ends what rested on factors that are gone: open sign-ins, links in mails, trusted browsers, and recovery
// codes that stand in for nothing any more. Sessions are stamped anew and stay. It returns the new epoch.
func (s *Service) endRested(ctx context.Context, tx *models.Tx, p models.User) (epoch int64, err error) {
	factors, err := s.factorsOf(ctx, tx.DB, p.ID)
	if err != nil {
		return 0, err
	}
	if !factors.Any() {
		if err := tx.DeleteRecoveryCodes(ctx, p.ID); err != nil {
			return 0, fmt.Errorf("drop recovery codes: %w", err)
		}
	}
	if epoch, err = tx.RaiseEpoch(ctx, p.ID, p.Epoch); err != nil {
		return 0, fmt.Errorf("raise epoch: %w", err)
	}
	if _, err := tx.UntrustBrowsers(ctx, p.ID, ""); err != nil {
		return 0, fmt.Errorf("end trust: %w", err)
	}
	return epoch, nil
}

// prove adds a proof to a session: what it reaches now, and when it was last sure of the person.
func (s *Service) prove(session *models.Session, p models.Proof) {
	session.Proofs = withProof(session.Proofs, p)
	session.ACR, session.AuthTime = assurance(session.Proofs), s.now()
}

// labelMax is how long the name of a thing may be, in characters.
const labelMax = 60

// checkLabel is the name that a person gives to a thing of theirs; otherwise when they give none.
func checkLabel(typed, otherwise string) (label, sentence string) {
	label, ok := normalName(typed)
	switch {
	case !ok || utf8.RuneCountInString(label) > labelMax:
		return "", fmt.Sprintf("Use at most %d characters", labelMax)
	case strings.TrimSpace(label) == "":
		return otherwise, ""
	}
	return label, ""
}

func notFoundWhenSpent(err error) error {
	if errors.Is(err, models.ErrSpent) {
		return models.ErrNotFound
	}
	return err
}
