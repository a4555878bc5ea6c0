package models

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// AuditEvent is one row of the audit log: who did what to whom, from where, and how it ended.
type AuditEvent struct {
	ID         string
	CreatedAt  time.Time
	Action     Action
	Outcome    string // OutcomeSuccess, OutcomeFailure or OutcomeRefused; empty means success
	Reason     string
	ActorKind  string // person, operator, machine, token, system, anonymous
	ActorID    string
	SubjectID  string // the person it is about
	OrgID      string
	ClientID   string
	TargetKind string
	TargetID   string
	SessionID  string
	Method     string
	Address    string         // from Origin when empty
	UserAgent  string         // from Origin when empty
	RequestID  string         // from Origin when empty
	Meta       map[string]any `gorm:"serializer:json"` // at most 8 KiB, never a secret

	EffectiveID string            // the member as whom an operator acted
	BatchID     string            // of one act on many
	Changes     map[string]Change `gorm:"serializer:json"` // what an operator changed, by field; at most 8 KiB, never a secret

	Digest []byte // of all that is above, under a key
	Seal   *int64 // the number of the AuditSeal that covers it; nil: none yet
}

// Change is a field before and after.
type Change struct {
	Old any `json:"old,omitempty"`
	New any `json:"new,omitempty"`
}

// The outcomes of an audit event.
const (
	OutcomeSuccess = "success"
	OutcomeFailure = "failure"
	OutcomeRefused = "refused" // an operator may not
)

// Origin is where a request came from. UserAgent is a text of at most 512 bytes.
type Origin struct{ Address, UserAgent, RequestID string }

type originKey struct{}

// WithOrigin puts the origin of a request into its context; the audit log takes it from there. A header may hold
// bytes that are no text; PostgreSQL would refuse the row, and with it what was to be recorded.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	o.UserAgent = text(o.UserAgent, 512)
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf is the origin in ctx, empty outside a request.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

// Cursor is the place of this event.
func (e AuditEvent) Cursor() Cursor { return Cursor{e.CreatedAt, e.ID} }

// Audit writes events in this transaction: with the change they tell of, or not at all.
func (tx *Tx) Audit(ctx context.Context, events ...AuditEvent) error {
	return tx.insertAudit(ctx, events)
}

// Audit writes an event alone, for what failed and changed nothing.
func (db *DB) Audit(ctx context.Context, e AuditEvent) error {
	return db.insertAudit(ctx, []AuditEvent{e})
}

func (db *DB) insertAudit(ctx context.Context, events []AuditEvent) error {
	if len(events) == 0 {
		return nil
	}
	rows, origin, key := slices.Clone(events), OriginOf(ctx), db.audit[0]
	for i := range rows {
		e := &rows[i]
		if err := checkAudit(*e); err != nil {
			return err
		}
		e.ID, e.CreatedAt = NewID(), db.Now()
		e.Outcome = cmp.Or(e.Outcome, OutcomeSuccess)
		e.Address = cmp.Or(e.Address, origin.Address)
		e.UserAgent = cmp.Or(e.UserAgent, origin.UserAgent)
		e.RequestID = cmp.Or(e.RequestID, origin.RequestID)
		if e.Meta == nil {
			e.Meta = map[string]any{}
		}
		if e.Changes == nil {
			e.Changes = map[string]Change{}
		}
		var err error
		if e.Digest, err = e.digest(key); err != nil {
			return fmt.Errorf("audit %s: %w", e.Action, err)
		}
	}
	if err := db.write(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("audit %s: %w", rows[0].Action, err)
	}
	return nil
}

var (
	auditAction   = regexp.MustCompile(`^[a-z]+(\.[a-z]+(_[a-z]+)*){1,2}$`)
	auditFamilies = []string{
		"auth", "session", "mfa", "passkey", "social", "account", "org", "sso", "machine", "token", "webhook", "brand",
		"oauth", "admin", "security", "system", "app",
	}
	auditSecrets = []string{"password", "code", "token", "secret", "credential"}
)

// checkAudit refuses names outside the families (a product's own begin with "app.") and details that
// look like a secret: the log is read by more people than the tables.
func checkAudit(e AuditEvent) error {
	family, _, _ := strings.Cut(string(e.Action), ".")
	if !auditAction.MatchString(string(e.Action)) || !slices.Contains(auditFamilies, family) {
		return fmt.Errorf("audit: %q is no action", e.Action)
	}
	for key := range e.Meta {
		if looksSecret(key) {
			return fmt.Errorf("audit %s: the detail %q looks like a secret", e.Action, key)
		}
	}
	for field := range e.Changes {
		if looksSecret(field) {
			return fmt.Errorf("audit %s: the changed field %q looks like a secret", e.Action, field)
		}
	}
	for _, details := range []any{e.Meta, e.Changes} {
		text, err := json.Marshal(details)
		if err != nil {
			return fmt.Errorf("audit %s: %w", e.Action, err)
		}
		if len(text) > 8<<10 {
			return fmt.Errorf("audit %s: details of %d bytes, at most 8 KiB", e.Action, len(text))
		}
	}
	return nil
}

func looksSecret(key string) bool {
	return slices.ContainsFunc(auditSecrets, func(word string) bool { return strings.Contains(strings.ToLower(key), word) })
}

// AuditQuery selects events; empty fields match all.
type AuditQuery struct {
	Action              Action
	SubjectID, ClientID string
	Since               time.Time // zero: as far back as there are any
	Limit               int
}

// AuditEvents lists events, newest first.
func (db *DB) AuditEvents(ctx context.Context, q AuditQuery) ([]AuditEvent, error) {
	query := db.read(ctx).Order("created_at DESC, id DESC").Where(&AuditEvent{Action: q.Action, SubjectID: q.SubjectID, ClientID: q.ClientID})
	if !q.Since.IsZero() {
		query = query.Where("created_at >= ?", q.Since)
	}
	if q.Limit > 0 {
		query = query.Limit(q.Limit)
	}
	var list []AuditEvent
	return list, query.Find(&list).Error
}

// LastAuditBy is the newest event of an action that one person caused about another. ErrNotFound: there is none.
func (db *DB) LastAuditBy(ctx context.Context, action Action, actorID, subjectID string) (AuditEvent, error) {
	var e AuditEvent
	return e, one(db.read(ctx).Where("subject_id = ? AND action = ? AND actor_id = ?", subjectID, action, actorID).
		Order("created_at DESC").Take(&e).Error)
}

// text is what both databases can store of s: at most n bytes of whole characters, none of them NUL.
func text(s string, n int) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s[:min(len(s), n)], "\x00", ""), "")
}
