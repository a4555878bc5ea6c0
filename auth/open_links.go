package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// linksShown is how many open links the page lists, the newest first.
const linksShown = 50

// OpenLink is a link in somebody's mailbox that still works. Nothing in it opens anything.
type OpenLink struct {
	ID, Purpose     string
	Browser, System string
	Address         string
	Asked, Until    time.Time
}

// OpenLinks lists the links that were mailed to the person and still work, the newest first. Errors: ErrSignedOut.
func (s *Service) OpenLinks(ctx context.Context, u *User) ([]OpenLink, error) {
	if _, err := s.acting(ctx, u); err != nil {
		return nil, err
	}
	rows, err := s.db.LiveMailTokensOf(ctx, u.ID, linksShown)
	if err != nil {
		return nil, fmt.Errorf("list links: %w", err)
	}
	links := make([]OpenLink, len(rows))
	for i, row := range rows {
		links[i] = OpenLink{ID: row.ID, Purpose: row.Purpose, Address: row.Address, Asked: row.CreatedAt, Until: row.ExpiresAt}
		links[i].Browser, links[i].System = describeUserAgent(row.UserAgent)
	}
	return links, nil
}

// CancelLink makes a link of the person, and the code beside it, worth nothing. models.ErrNotFound: it is not theirs,
// or works no longer. Errors: ErrSignedOut.
func (s *Service) CancelLink(ctx context.Context, u *User, id string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if _, err := s.acting(tx.Context(), u); err != nil {
			return err
		}
		if err := tx.CancelMailToken(ctx, u.ID, id); errors.Is(err, models.ErrSpent) {
			return models.ErrNotFound
		} else if err != nil {
			return fmt.Errorf("cancel link: %w", err)
		}
		event := byUser(AuditLinkCancel, u)
		event.TargetKind, event.TargetID = "mail_link", id
		return tx.Audit(ctx, event)
	})
}
