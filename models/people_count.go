package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// How many people there are, and who of them has what, no event says: accounts end in many ways, and factors with them. So
// they are counted, once an hour, in steps that each look at a few thousand rows and hold nobody up.

// peopleBlock is how many people one statement looks at.
const peopleBlock = 5000

const countPeople = `SELECT count(*) AS members, coalesce(sum(CASE WHEN app OR passkey THEN 1 ELSE 0 END), 0) AS second_factor,
	coalesce(sum(CASE WHEN passkey THEN 1 ELSE 0 END), 0) AS passkey, coalesce(max(id), '') AS last FROM (
		SELECT u.id, EXISTS (SELECT 1 FROM authenticators a WHERE a.user_id = u.id) AS app,
			EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = u.id AND p.rp_id = ?) AS passkey
		FROM users u WHERE u.id > ? ORDER BY u.id LIMIT ?) AS block`

// CountPeopleOfDay counts people, those with a second factor and those with a passkey (made for the host rpID) for today,
// unless somebody did so less than a while ago.
func (db *DB) CountPeopleOfDay(ctx context.Context, rpID string, every time.Duration) error {
	progress, err := db.dailyProgress(ctx)
	if err != nil {
		return fmt.Errorf("count people: %w", err)
	}
	now := db.Now()
	if at := progress.PeopleAt; at != nil && now.Sub(*at) < every && Day(*at) == Day(now) {
		return nil
	}
	figures, err := db.countPeople(ctx, rpID)
	if err != nil {
		return fmt.Errorf("count people: %w", err)
	}
	return db.InTx(ctx, func(tx *Tx) error {
		if err := spent(tx.write(ctx).Model(&dailyProgress{}).Where("id = 1").Update("people_at", now)); err != nil {
			return fmt.Errorf("count people: %w", err)
		}
		var rows []DailyStat
		for _, figure := range []string{FigureMembers, FigurePasskey, FigureSecondFactor} {
			rows = append(rows, DailyStat{Day(now), figure, figures[figure]})
		}
		return tx.putDaily(ctx, rows, gorm.Expr("excluded.value"))
	})
}

func (db *DB) countPeople(ctx context.Context, rpID string) (map[string]int64, error) {
	figures, last := map[string]int64{}, ""
	for {
		var block struct {
			Members, SecondFactor, Passkey int64
			Last                           string
		}
		if err := db.read(ctx).Raw(countPeople, rpID, last, peopleBlock).Scan(&block).Error; err != nil {
			return nil, err
		}
		figures[FigureMembers] += block.Members
		figures[FigureSecondFactor] += block.SecondFactor
		figures[FigurePasskey] += block.Passkey
		if block.Members < peopleBlock {
			return figures, nil
		}
		last = block.Last
	}
}
