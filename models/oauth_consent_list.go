package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// OAuthConsentQuery selects consents that have not expired; empty fields match all.
type OAuthConsentQuery struct {
	Subject, ClientID string
	Scope             string    // that it gives
	From, To          time.Time // when it was given
}

// Cursor is the place of this consent.
func (c OAuthConsent) Cursor() Cursor { return Cursor{c.CreatedAt, c.ID} }

// table is the one whose index the list is read along: that of scopes, unless a member is asked for, who has few consents.
func (q OAuthConsentQuery) table() string {
	if q.Scope != "" && q.Subject == "" {
		return "oauth_consent_scopes"
	}
	return "oauth_consents"
}

// columns are what the list is ordered by.
func (q OAuthConsentQuery) columns() (at, id string) {
	if table := q.table(); table != "oauth_consents" {
		return table + ".created_at", table + ".consent_id"
	}
	return "created_at", "id"
}

func (q OAuthConsentQuery) where(list *gorm.DB, now time.Time) *gorm.DB {
	list = between(list.Where("oauth_consents.expires_at > ?", now), q.table()+".created_at", q.From, q.To)
	if q.Subject != "" {
		list = list.Where("subject = ?", q.Subject)
	}
	switch {
	case q.ClientID == "":
	case q.table() == "oauth_consents":
		list = list.Where("oauth_consents.client_id = ?", q.ClientID)
	default:
		list = list.Where("oauth_consent_scopes.client_id = ?", q.ClientID)
	}
	switch {
	case q.Scope == "":
		return list
	case q.Subject != "":
		return list.Where("EXISTS (SELECT 1 FROM oauth_consent_scopes AS s WHERE s.consent_id = oauth_consents.id AND s.scope = ?)", q.Scope)
	}
	return list.Joins("JOIN oauth_consent_scopes ON oauth_consent_scopes.consent_id = oauth_consents.id").Where("oauth_consent_scopes.scope = ?", q.Scope)
}

// OAuthConsentsOlder lists the consents that come after a place in the list, newest first; a nil place is the top.
func (db *DB) OAuthConsentsOlder(ctx context.Context, q OAuthConsentQuery, than *Cursor, limit int) ([]OAuthConsent, error) {
	var list []OAuthConsent
	return list, q.older(db.read(ctx), db.Now(), than, limit).Find(&list).Error
}

func (q OAuthConsentQuery) older(list *gorm.DB, now time.Time, than *Cursor, limit int) *gorm.DB {
	at, id := q.columns()
	return olderBy(q.where(list, now), at, id, than, limit)
}

// OAuthConsentsNewer lists the consents that come before a place in the list, nearest to it first.
func (db *DB) OAuthConsentsNewer(ctx context.Context, q OAuthConsentQuery, than Cursor, limit int) ([]OAuthConsent, error) {
	var list []OAuthConsent
	return list, q.newer(db.read(ctx), db.Now(), than, limit).Find(&list).Error
}

func (q OAuthConsentQuery) newer(list *gorm.DB, now time.Time, than Cursor, limit int) *gorm.DB {
	at, id := q.columns()
	return newerBy(q.where(list, now), at, id, than, limit)
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
