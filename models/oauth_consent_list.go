package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// OAuthConsentQuery selects consents that have not expired; empty fields match all.
type OAuthConsentQuery struct {
	Subject, ClientID string
	From, To          time.Time // when it was given
}

// Cursor is the place of this consent.
func (c OAuthConsent) Cursor() Cursor { return Cursor{c.CreatedAt, c.ID} }

func (q OAuthConsentQuery) where(list *gorm.DB, now time.Time) *gorm.DB {
	list = list.Where("expires_at > ?", now)
	if q.Subject != "" {
		list = list.Where("subject = ?", q.Subject)
	}
	if q.ClientID != "" {
		list = list.Where("client_id = ?", q.ClientID)
	}
	if !q.From.IsZero() {
		list = list.Where("created_at >= ?", q.From)
	}
	if !q.To.IsZero() {
		list = list.Where("created_at < ?", q.To)
	}
	return list
}

// OAuthConsentsOlder lists the consents that come after a place in the list, newest first; a nil place is the top.
func (db *DB) OAuthConsentsOlder(ctx context.Context, q OAuthConsentQuery, than *Cursor, limit int) ([]OAuthConsent, error) {
	var list []OAuthConsent
	return list, older(q.where(db.read(ctx), db.Now()), than, limit).Find(&list).Error
}

// OAuthConsentsNewer lists the consents that come before a place in the list, nearest to it first.
func (db *DB) OAuthConsentsNewer(ctx context.Context, q OAuthConsentQuery, than Cursor, limit int) ([]OAuthConsent, error) {
	var list []OAuthConsent
	return list, newer(q.where(db.read(ctx), db.Now()), than, limit).Find(&list).Error
}

// OAuthLastUses tells when what each consent gave was last used, by the consent's id: one look at the families of these
// people, who have few.
func (db *DB) OAuthLastUses(ctx context.Context, consents []OAuthConsent) (map[string]time.Time, error) {
	var subjects []string
	for _, c := range consents {
		subjects = append(subjects, c.Subject)
	}
	var grants []OAuthGrant
	err := db.read(ctx).Select("subject", "client_id", "last_used_at").
		Find(&grants, "subject IN ? AND subject <> '' AND last_used_at IS NOT NULL", subjects).Error
	if err != nil {
		return nil, err
	}
	type pair struct{ subject, client string }
	last := map[pair]time.Time{}
	for _, g := range grants {
		if of := (pair{g.Subject, g.ClientID}); g.LastUsedAt.After(last[of]) {
			last[of] = *g.LastUsedAt
		}
	}
	uses := map[string]time.Time{}
	for _, c := range consents {
		if at, used := last[pair{c.Subject, c.ClientID}]; used {
			uses[c.ID] = at
		}
	}
	return uses, nil
}
