package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// InUse is how many connections somebody holds at this moment.
func (db *DB) InUse() (n int) {
	for _, pool := range db.sqlPools() {
		n += pool.Stats().InUse
	}
	if db.pool != nil {
		n += int(db.pool.Stat().AcquiredConns())
	}
	return n
}

// Statement is a query and its values.
type Statement struct {
	SQL  string
	Vars []any
}

// AuditStatements are the walks of a filter of the audit log, in one direction and in the other, from the top and from a
// place on.
func (db *DB) AuditStatements(ctx context.Context, f AuditFilter, place Cursor) (list []Statement, err error) {
	branches, err := db.auditBranches(ctx, f)
	for _, branch := range branches {
		for _, step := range []func(*gorm.DB) *gorm.DB{
			func(list *gorm.DB) *gorm.DB { return older(list, nil, 26) },
			func(list *gorm.DB) *gorm.DB { return older(list, &place, 26) },
			func(list *gorm.DB) *gorm.DB { return newer(list, place, 26) },
		} {
			var rows []AuditEvent
			made := step(branch.Session(&gorm.Session{DryRun: true}).Select("id", "created_at")).Find(&rows).Statement
			list = append(list, Statement{made.SQL.String(), made.Vars})
		}
	}
	return list, err
}

// AuditAboutStatement is the question what was done to some people since a moment.
func (db *DB) AuditAboutStatement(ctx context.Context, subjectIDs []string, since time.Time) Statement {
	made := db.auditAbout(ctx, subjectIDs, []Action{"admin.member.suspend", "admin.member.unsuspend"}, since).Session(&gorm.Session{DryRun: true}).Find(&[]AuditEvent{}).Statement
	return Statement{made.SQL.String(), made.Vars}
}

// MemberStatements are the walk of a filter of the list of members in an order, or what a search asks of the terms: from the top,
// from a place on, and back.
func (db *DB) MemberStatements(ctx context.Context, f MemberFilter, sort MemberSort, place MemberPlace) (list []Statement) {
	dry := func(query *gorm.DB, rows any) {
		made := query.Session(&gorm.Session{DryRun: true}).Limit(26).Find(rows).Statement
		list = append(list, Statement{made.SQL.String(), made.Vars})
	}
	if f.Term != "" {
		dry(db.matchingAfter(ctx, f, TermCursor{f.Term, place.ID}), &[]SearchTerm{})
		dry(db.matchingBefore(ctx, f, TermCursor{f.Term, place.ID}), &[]SearchTerm{})
		return list
	}
	dry(db.memberWalk(ctx, f, sort).after(nil), &[]MemberPlace{})
	dry(db.memberWalk(ctx, f, sort).after(&place), &[]MemberPlace{})
	dry(db.memberWalk(ctx, f, sort).before(place), &[]MemberPlace{})
	return list
}

// DailyStatements are what the figures of days ask of tables that grow. The inner part of a block of people is asked for itself.
func (db *DB) DailyStatements() map[string]Statement {
	dry := func(query *gorm.DB, rows any) Statement {
		made := query.Session(&gorm.Session{DryRun: true}).Find(rows).Statement
		return Statement{made.SQL.String(), made.Vars}
	}
	ctx := context.Background()
	return map[string]Statement{
		"figures":         dry(db.dailyStats(ctx, "U2", "U3", []string{FigureActive}), &[]DailyStat{}),
		"people to count": dry(db.uncounted(ctx), &[]activePerson{}),
		"seal":            dry(db.read(ctx).Select("id").Where("seal = ?", 7), &[]AuditEvent{}),
		"people":          dry(db.read(ctx).Select("id").Where("id > ?", "U2").Order("id").Limit(peopleBlock), &[]User{}),
	}
}

// SettingStatements are the list of changes of a setting, in one direction and in the other.
func (db *DB) SettingStatements(ctx context.Context, name string, place int64) (list []Statement) {
	dry := func(query *gorm.DB) {
		made := query.Session(&gorm.Session{DryRun: true}).Find(&[]Setting{}).Statement
		list = append(list, Statement{made.SQL.String(), made.Vars})
	}
	dry(db.settingsOlder(ctx, name, nil, 26))
	dry(db.settingsOlder(ctx, name, &place, 26))
	dry(db.settingsNewer(ctx, name, place, 26))
	return list
}

// HealthStatements are what the page of health asks of tables that grow.
func (db *DB) HealthStatements(since time.Time) map[string]Statement {
	dry := func(query *gorm.DB) Statement {
		made := query.Session(&gorm.Session{DryRun: true}).Find(&[]map[string]any{}).Statement
		return Statement{made.SQL.String(), made.Vars}
	}
	ctx := context.Background()
	return map[string]Statement{
		"counts":     dry(db.minuteStats(ctx, 1, since)),
		"oldest job": dry(db.read(ctx).Raw(oldestJob, "available", "default", 1)),
		"few jobs":   dry(db.read(ctx).Raw("SELECT 1 FROM river_job WHERE state = ? LIMIT ?", "retryable", QueueMost)),
	}
}
