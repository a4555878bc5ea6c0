package models

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// AuditRole is the part that somebody has in an event.
type AuditRole string

// The parts.
const (
	AuditInAnyRole   AuditRole = ""
	AuditAsActor     AuditRole = "actor"
	AuditAsEffective AuditRole = "effective" // the member as whom an operator acted
	AuditAsTarget    AuditRole = "target"
)

// auditRoleColumns are the columns that a part is written in.
var auditRoleColumns = map[AuditRole][]string{
	AuditInAnyRole:   {"actor_id", "effective_id", "subject_id", "target_id"},
	AuditAsActor:     {"actor_id"},
	AuditAsEffective: {"effective_id"},
	AuditAsTarget:    {"subject_id", "target_id"},
}

// AuditFilter selects events; zero values select all.
type AuditFilter struct {
	People    []string // ids; an empty list that is not nil selects nothing: nobody was found
	Role      AuditRole
	Actions   []Action
	Families  []string // what an action begins with, up to its first dot
	Outcome   string
	Operators bool // what operators did, and all that only they can do
	ViewedAs  bool
	ClientID  string
	Network   netip.Prefix // of one address, or of more
	RequestID string
	BatchID   string
	From, To  time.Time // the first moment, and the first that is too late
}

// auditTerm is one condition of a filter, in two spellings. The branches are served by an index each, in the order of the
// list, and together they are the condition. The other spelling is the whole condition, and no index serves it.
type auditTerm struct {
	branches []auditClause
	apart    auditClause
}

type auditClause struct {
	sql    string
	values []any
}

// equal is a term about columns that hold one of some values. Partial indexes are used only where their condition is
// said in the statement.
func equal(columns, values []string) (t auditTerm) {
	var apart []string
	for _, column := range columns {
		for _, value := range values {
			t.branches = append(t.branches, auditClause{column + " = ?" + auditPartial[column], []any{value}})
		}
		apart, t.apart.values = append(apart, column+" || '' IN ?"), append(t.apart.values, values)
	}
	t.apart.sql = "(" + strings.Join(apart, " OR ") + ")"
	return t
}

// auditPartial are the conditions of the indexes that do not hold every row.
var auditPartial = map[string]string{
	"actor_id": " AND actor_id <> ''", "effective_id": " AND effective_id <> ''", "target_id": " AND target_id <> ''", "client_id": " AND client_id <> ''",
	"request_id": " AND request_id <> ''", "batch_id": " AND batch_id <> ''", "address": " AND address <> ''", "outcome": " AND outcome <> 'success'",
	`address COLLATE "C"`: " AND address <> ''",
}

// Two terms are the conditions of indexes, as the migration writes them.
var (
	auditViewedAs  = auditTerm{[]auditClause{{sql: "effective_id <> ''"}}, auditClause{sql: "effective_id || '' <> ''"}}
	auditOperators = auditTerm{
		[]auditClause{{sql: "(actor_kind = 'operator' OR substr(action, 1, 6) = 'admin.')"}},
		auditClause{sql: "(actor_kind || '' = 'operator' OR substr(action || '', 1, 6) = 'admin.')"},
	}
)

// auditTerms are the conditions of a filter, the one that leaves the fewest rows first: its index is walked, and the
// others are asked of each row met. A planner left alone might walk the index of sign-ins for the one of a request, and it
// cannot keep the order of the list with an OR or a list of values: hence the branches.
//
// A request or a batch is a handful of rows. Acts as a member are rare in any log. A person has hundreds of rows, an
// address is somebody's too; operators are few, and so are their acts. A client may have a share of all rows, an action
// too. Failures are the smaller part of all. What succeeded is most of the log: the time is walked for it.
func (db *DB) auditTerms(ctx context.Context, f AuditFilter) (terms []auditTerm, err error) {
	one := func(column, value string) {
		if value != "" {
			terms = append(terms, equal([]string{column}, []string{value}))
		}
	}
	one("request_id", f.RequestID)
	one("batch_id", f.BatchID)
	if f.ViewedAs {
		terms = append(terms, auditViewedAs)
	}
	if f.People != nil {
		terms = append(terms, equal(auditRoleColumns[f.Role], f.People))
	}
	if f.Network.IsValid() {
		addresses, err := db.addressesWithin(ctx, "audit_events", f.Network)
		if err != nil {
			return nil, err
		}
		terms = append(terms, equal([]string{db.addressColumn()}, addresses))
	}
	if f.Operators {
		terms = append(terms, auditOperators)
	}
	one("client_id", f.ClientID)
	if len(f.Actions) > 0 || len(f.Families) > 0 {
		term, err := db.auditActionTerm(ctx, f)
		if err != nil {
			return nil, err
		}
		terms = append(terms, term)
	}
	one("outcome", f.Outcome)
	return terms, nil
}

// auditActionTerm is about actions and families of them. Those that fail have an index of their own: an action that
// mostly succeeds would be walked to its end for the few that did not.
func (db *DB) auditActionTerm(ctx context.Context, f AuditFilter) (auditTerm, error) {
	var actions []string
	for _, action := range f.Actions {
		actions = append(actions, string(action))
	}
	if len(f.Families) > 0 {
		known, err := db.AuditActions(ctx)
		if err != nil {
			return auditTerm{}, err
		}
		for _, action := range known {
			if family, _, _ := strings.Cut(action, "."); slices.Contains(f.Families, family) {
				actions = append(actions, action)
			}
		}
	}
	slices.Sort(actions)
	term := equal([]string{"action"}, slices.Compact(actions))
	if f.Outcome != "" && f.Outcome != OutcomeSuccess {
		for i := range term.branches {
			term.branches[i].sql += auditPartial["outcome"]
		}
	}
	return term, nil
}

// auditBranches are the walks that together meet every event of a filter, each in the order of one index.
func (db *DB) auditBranches(ctx context.Context, f AuditFilter) (branches []*gorm.DB, err error) {
	terms, err := db.auditTerms(ctx, f)
	if err != nil {
		return nil, err
	}
	all := db.read(ctx).Model(&AuditEvent{})
	if !f.From.IsZero() {
		all = all.Where("created_at >= ?", f.From)
	}
	if !f.To.IsZero() {
		all = all.Where("created_at < ?", f.To)
	}
	leads := []auditClause{{sql: "1 = 1"}}
	if len(terms) > 0 && (f.Outcome != OutcomeSuccess || len(terms) > 1) {
		leads, terms = terms[0].branches, terms[1:]
	}
	for _, term := range terms {
		where := term.apart.sql
		all = all.Where(where, term.apart.values...)
	}
	all = all.Session(&gorm.Session{})
	for _, lead := range leads {
		where := lead.sql
		branches = append(branches, all.Where(where, lead.values...).Session(&gorm.Session{}))
	}
	return branches, nil
}

// AuditEventByID finds one event. Errors: ErrNotFound.
func (db *DB) AuditEventByID(ctx context.Context, id string) (AuditEvent, error) {
	var e AuditEvent
	return e, one(db.read(ctx).Take(&e, "id = ?", id).Error)
}

// AuditActions are the actions that are in the log, whoever's they are. Each is one look into the index of actions.
func (db *DB) AuditActions(ctx context.Context) (actions []string, err error) {
	err = db.read(ctx).Raw(`WITH RECURSIVE found(action) AS (
		SELECT min(action) FROM audit_events
		UNION ALL
		SELECT (SELECT min(e.action) FROM audit_events e WHERE e.action > found.action) FROM found WHERE found.action IS NOT NULL
	) SELECT action FROM found WHERE action IS NOT NULL`).Scan(&actions).Error
	if err != nil {
		return nil, fmt.Errorf("list actions of the audit log: %w", err)
	}
	return actions, nil
}
