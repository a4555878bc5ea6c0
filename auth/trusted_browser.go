package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// trustBrowser lets a browser that has just signed in skip the second step from now on.
func (s *Service) trustBrowser(ctx context.Context, tx *models.Tx, u models.User, browser string) error {
	err := tx.TrustBrowser(ctx, u.ID, browser, u.Epoch, s.now().Add(s.cfg().TrustTTL))
	if errors.Is(err, models.ErrSpent) {
		return nil // the address is not proven: such a browser is not remembered
	}
	if err != nil {
		return fmt.Errorf("trust browser: %w", err)
	}
	return tx.Audit(ctx, byPerson(AuditBrowserTrust, u.ID))
}

// TrustedBrowser is one that skips a person's second step.
type TrustedBrowser struct {
	ID, Name        string // the name may be empty
	Browser, System string
	Address         string
	Since, Until    time.Time
	LastSignIn      time.Time
	Current         bool
}

// TrustedBrowsers lists them, the last used first. Errors: ErrSignedOut.
func (s *Service) TrustedBrowsers(ctx context.Context, u *User, v Visitor) ([]TrustedBrowser, error) {
	if _, err := s.acting(ctx, u); err != nil {
		return nil, err
	}
	rows, err := s.db.TrustedBrowsersOf(ctx, u.ID)
	if err != nil {
		return nil, fmt.Errorf("list trusted browsers: %w", err)
	}
	list := make([]TrustedBrowser, len(rows))
	for i, row := range rows {
		list[i] = TrustedBrowser{
			ID: row.ID, Name: row.Name, Address: row.Address, Since: *row.TrustedAt, Until: *row.TrustedUntil,
			LastSignIn: row.LastSignInAt, Current: wellFormed(v.Browser) && string(row.BrowserHash) == string(models.Digest(v.Browser)),
		}
		list[i].Browser, list[i].System = describeUserAgent(row.UserAgent)
	}
	return list, nil
}

// RenameTrustedBrowser gives one a name of 1 to 60 characters. Errors: Invalid, ErrSignedOut, models.ErrNotFound.
func (s *Service) RenameTrustedBrowser(ctx context.Context, u *User, id, name string) error {
	name, sentence := checkLabel(name, "")
	if sentence != "" {
		return Invalid{"name": sentence}
	}
	if _, err := s.acting(ctx, u); err != nil {
		return err
	}
	return notFoundWhenSpent(s.db.RenameBrowser(ctx, u.ID, id, name))
}

// UntrustBrowsers takes trust from one browser of the person, or from all (id empty). Errors: ErrSignedOut,
// models.ErrNotFound.
func (s *Service) UntrustBrowsers(ctx context.Context, u *User, id string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if _, err := s.acting(tx.Context(), u); err != nil {
			return err
		}
		n, err := tx.UntrustBrowsers(ctx, u.ID, id)
		if err != nil {
			return fmt.Errorf("end trust: %w", err)
		}
		if n == 0 && id != "" {
			return models.ErrNotFound
		}
		event := byUser(AuditBrowserUntrust, u)
		event.TargetKind, event.TargetID = "browser", id
		return tx.Audit(ctx, event)
	})
}
