package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// OAuthRedirectUse is how many sign-ins of a client one of its addresses was used for on a day. Codes that are still kept are
// not part of it.
type OAuthRedirectUse struct {
	ClientID    string
	RedirectURI string `gorm:"column:redirect_uri"`
	Day         string // of Day
	SignIns     int64
}

// TableName is oauth_redirect_uses.
func (OAuthRedirectUse) TableName() string { return "oauth_redirect_uses" }

// countRedirects adds the redeemed ones of some codes. Whoever adds several does so in one order, so that two never wait for each
// other.
func (tx *Tx) countRedirects(ctx context.Context, codes []OAuthCode) error {
	sums := map[OAuthRedirectUse]int64{}
	for _, code := range codes {
		if code.UsedAt != nil {
			sums[OAuthRedirectUse{ClientID: code.ClientID, RedirectURI: code.RedirectURI, Day: Day(*code.UsedAt)}]++
		}
	}
	if len(sums) == 0 {
		return nil
	}
	rows := make([]OAuthRedirectUse, 0, len(sums))
	for use, n := range sums {
		use.SignIns = n
		rows = append(rows, use)
	}
	slices.SortFunc(rows, func(a, b OAuthRedirectUse) int {
		return cmp.Or(cmp.Compare(a.ClientID, b.ClientID), cmp.Compare(a.RedirectURI, b.RedirectURI), cmp.Compare(a.Day, b.Day))
	})
	return tx.write(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "client_id"}, {Name: "redirect_uri"}, {Name: "day"}},
		DoUpdates: clause.Assignments(map[string]any{"sign_ins": gorm.Expr("oauth_redirect_uses.sign_ins + excluded.sign_ins")}),
	}).Create(&rows).Error
}

// OAuthRedirectUses are how many sign-ins each of some addresses of a client was used for since a moment's day; the codes that
// are still kept are newer than that. Each number is exact to OAuthReachMost.
func (db *DB) OAuthRedirectUses(ctx context.Context, clientID string, addresses []string, since time.Time) (map[string]int, error) {
	var kept []OAuthRedirectUse
	err := db.read(ctx).Model(&OAuthRedirectUse{}).Select("redirect_uri", "sum(sign_ins) AS sign_ins").
		Where("client_id = ? AND redirect_uri IN ? AND day >= ?", clientID, addresses, Day(since)).Group("redirect_uri").Find(&kept).Error
	if err != nil {
		return nil, fmt.Errorf("read uses of addresses: %w", err)
	}
	uses := map[string]int{}
	for _, use := range kept {
		uses[use.RedirectURI] = int(use.SignIns)
	}
	for _, address := range addresses {
		n, err := db.countUpTo(ctx, "SELECT 1 FROM oauth_codes WHERE client_id = ? AND redirect_uri = ? AND used_at IS NOT NULL LIMIT ?", clientID, address)
		if err != nil {
			return nil, fmt.Errorf("count uses of addresses: %w", err)
		}
		uses[address] += n
	}
	return uses, nil
}

// SweepOAuthRedirectUses deletes at most limit counts of days before that of a moment.
func (db *DB) SweepOAuthRedirectUses(ctx context.Context, before time.Time, limit int) (int64, error) {
	old := db.write(ctx).Model(&OAuthRedirectUse{}).Select("client_id", "redirect_uri", "day").Where("day < ?", Day(before)).Limit(limit)
	return counted(db.write(ctx).Where("(client_id, redirect_uri, day) IN (?)", old).Delete(&OAuthRedirectUse{}))
}
