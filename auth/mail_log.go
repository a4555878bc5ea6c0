package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"latchkey/models"
)

// MailQuery selects mails for operators, and says which page of the list.
type MailQuery struct {
	Address      string // the start of it
	Kind         string // one of MailKinds; empty: all
	State        string // one of models.MailStates; empty: all
	Member       string // the id of whose they are; not together with the others
	PerPage      int    // one of PageSizes; 0: the fewest
	Newer, Older string // a place that a page before named; at most one of them
}

// MailPage is a page of the log and the places where its neighbours begin; empty: there is none.
type MailPage = models.ListPage[models.LoggedMail]

// Mails lists what was sent to whom, the newest first, or, where an address is searched, by address. Errors: Forbidden,
// ErrSignedOut, Invalid (of the query), models.ErrNoCursor.
func (s *Service) Mails(ctx context.Context, op Operator, q MailQuery) (MailPage, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return MailPage{}, err
	}
	q.Address = strings.ToLower(strings.TrimSpace(q.Address))
	switch {
	case len(q.Address) > addressMax:
		return MailPage{}, Invalid{"q": fmt.Sprintf("Use at most %d characters", addressMax)}
	case q.Kind != "" && !slices.Contains(MailKinds, q.Kind):
		return MailPage{}, Invalid{"kind": "Choose one of the kinds"}
	case q.State != "" && !slices.Contains(models.MailStates, q.State):
		return MailPage{}, Invalid{"state": "Choose one of the states"}
	}
	list := mailList{s.db.Joined(ctx), q, strings.Join([]string{"mails", op.ID, q.Kind, q.State, q.Member, q.Address}, "|")}
	page, err := list.read(ctx)
	if err != nil {
		return MailPage{}, fmt.Errorf("list mails: %w", err)
	}
	return page, nil
}

// mailList reads pages of one list; name is what its places are sealed for.
type mailList struct {
	db   *models.DB
	q    MailQuery
	name string
}

func (l mailList) read(ctx context.Context) (MailPage, error) {
	f := models.MailFilter{Address: l.q.Address, Kind: l.q.Kind, State: l.q.State, UserID: l.q.Member}
	at := models.Place{Newer: l.q.Newer, Older: l.q.Older, Limit: rowsOnPage(l.q.PerPage)}
	if f.Address != "" {
		return models.ReadPage(l.db, at, l.name, models.LoggedMail.Place,
			func(than *models.MailPlace, limit int) ([]models.LoggedMail, error) {
				return l.db.MailsToAfter(ctx, f, than, limit)
			},
			func(than models.MailPlace, limit int) ([]models.LoggedMail, error) {
				return l.db.MailsToBefore(ctx, f, than, limit)
			})
	}
	return models.ReadPage(l.db, at, l.name, models.LoggedMail.Cursor,
		func(than *models.Cursor, limit int) ([]models.LoggedMail, error) {
			return l.db.MailsOlder(ctx, f, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.LoggedMail, error) {
			return l.db.MailsNewer(ctx, f, than, limit)
		})
}

// MailRecord is what operators see of one mail, and what they decide on.
type MailRecord struct {
	models.LoggedMail
	Job     *models.Job            // nil: it is gone, and with it what the mail says
	Stopped *models.StoppedAddress // nil: mails go to its address
}

// Version names this state in a form.
func (m MailRecord) Version() (string, error) { return mailVersion(m.LoggedMail) }

func mailVersion(m models.LoggedMail) (string, error) {
	return models.Version([]any{m.ID, m.State, m.Tries})
}

// Retryable tells whether the mail failed and can be tried again.
func (m MailRecord) Retryable() bool { return m.Job != nil && mailFailed(m.LoggedMail) }

func mailFailed(m models.LoggedMail) bool {
	return m.State == models.MailFailed || m.State == models.MailGivenUp
}

// Mail is one mail of the log. Errors: Forbidden, ErrSignedOut, models.ErrNotFound.
func (s *Service) Mail(ctx context.Context, op Operator, id string) (r MailRecord, err error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return r, err
	}
	db := s.db.Joined(ctx)
	if r.LoggedMail, err = db.LoggedMailByID(ctx, id); err != nil {
		return r, err
	}
	if r.Job, err = ifThere(db.JobByID(ctx, r.JobID)); err != nil {
		return r, err
	}
	r.Stopped, err = stoppedAddress(ctx, db, r.ToAddress)
	return r, err
}

// ifThere is what a look-up found; nil: there is none.
func ifThere[T any](row T, err error) (*T, error) {
	if errors.Is(err, models.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &row, nil
}

// RetryMail lets a mail that failed be tried at once: the same mail, with the links it has. Errors: Invalid (the reason),
// Forbidden, ErrChanged, ErrSignedOut, models.ErrNotFound.
func (s *Service) RetryMail(ctx context.Context, op Operator, id string, act Act) error {
	return s.Operate(ctx, op, RightOperate, AuditMailRetry, act.Reason, func(tx *models.Tx, _ Operator, event *models.AuditEvent) error {
		m, err := tx.LoggedMailByID(ctx, id)
		if err != nil {
			return err
		}
		if version, err := mailVersion(m); err != nil || version != act.Version || !mailFailed(m) {
			return errors.Join(err, ErrChanged)
		}
		if err := tx.RetryLoggedMail(ctx, m); errors.Is(err, models.ErrSpent) || errors.Is(err, models.ErrNotFound) {
			return ErrChanged
		} else if err != nil {
			return fmt.Errorf("try mail again: %w", err)
		}
		aboutMail(event, m)
		event.Changes = map[string]models.Change{"state": {Old: m.State, New: models.MailWaiting}}
		return nil
	})
}

// aboutMail makes an event one about a mail. The log of mails knows its address.
func aboutMail(event *models.AuditEvent, m models.LoggedMail) {
	if m.UserID != nil {
		event.SubjectID = *m.UserID
	}
	event.TargetKind, event.TargetID = "mail", m.ID
	event.Meta = with(event.Meta, map[string]any{"kind": m.Kind, "state": m.State})
}
