package models

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river/rivertype"
	"gorm.io/gorm"
)

// The states of a mail.
const (
	MailWaiting = "waiting" // for its first try
	MailFailed  = "failed"  // the last try; another follows
	MailGivenUp = "given-up"
	MailSent    = "sent"
	MailStopped = "stopped" // it was not to be sent any more; Cause says why
)

// MailStates are all of them.
var MailStates = []string{MailWaiting, MailFailed, MailGivenUp, MailSent, MailStopped}

// The causes for which a mail is stopped, and the one for which nothing is known of a mail that was sent.
const (
	MailLinkDead    = "link"       // what it carries had run out, or was used or replaced
	MailAddressStop = "address"    // an operator stopped sending to the address
	MailCancelled   = "cancelled"  // an operator cancelled its job
	MailUnreadable  = "unreadable" // the key that opens it is gone
	MailUnanswered  = "unanswered" // its job is over, and what the server said was not kept
)

// LoggedMail is one row of the log of mails: what became of a mail, never what it says.
type LoggedMail struct {
	ID        string // the key of the Mail, which is in its Message-ID
	JobID     int64
	UserID    *string // whose address it was when it was queued; nil: nobody's
	ToAddress string
	Kind      string
	Decoy     bool   // no list shows it
	State     string // one of MailStates
	Cause     string // one of the causes; may be empty
	Answer    string // the server's last words; empty before the first try
	Tries     int
	CreatedAt time.Time
	TriedAt   *time.Time
}

// TableName is where GORM finds it.
func (LoggedMail) TableName() string { return "mail_log" }

// Cursor is the place of this mail in the list by time.
func (m LoggedMail) Cursor() Cursor { return Cursor{m.CreatedAt, m.ID} }

// logMail writes the row of a mail in the transaction that queues it. A decoy gets one by the same statement, and no address in
// it: the table does not tell who was tried.
func (tx *Tx) logMail(ctx context.Context, m Mail, jobID int64) error {
	address := m.To
	if m.Decoy {
		address = ""
	}
	err := tx.write(ctx).Exec("INSERT INTO mail_log (id, job_id, user_id, to_address, kind, decoy, state, created_at) "+
		"VALUES (?, ?, (SELECT id FROM users WHERE email = ?), ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
		m.Key, jobID, m.To, address, m.Kind, m.Decoy, MailWaiting, tx.Now()).Error
	if err != nil {
		return fmt.Errorf("log mail %s: %w", m.Kind, err)
	}
	return nil
}

// MailTry is how one try to send a mail ended.
type MailTry struct {
	State, Cause, Answer string
	Tries                int // so far
}

// LogMailTry keeps how a try ended. A mail that was queued before there was a log has no row.
func (db *DB) LogMailTry(ctx context.Context, key string, try MailTry) error {
	return db.write(ctx).Model(&LoggedMail{}).Where("id = ?", key).Updates(map[string]any{
		"state": try.State, "cause": try.Cause, "answer": try.Answer, "tries": try.Tries, "tried_at": db.Now(),
	}).Error
}

// ForgetDecoy removes the row of a decoy that the queue has dropped.
func (db *DB) ForgetDecoy(ctx context.Context, key string) error {
	return db.write(ctx).Where("id = ? AND decoy = ?", key, true).Delete(&LoggedMail{}).Error
}

// LoggedMailByID finds one that is no decoy.
func (db *DB) LoggedMailByID(ctx context.Context, id string) (LoggedMail, error) {
	var m LoggedMail
	return m, one(db.read(ctx).Where("id = ? AND decoy = ?", id, false).Take(&m).Error)
}

// RetryLoggedMail lets a mail that failed be tried at once. ErrSpent: it is in another state than the one given. ErrNotFound: its
// job is gone.
func (tx *Tx) RetryLoggedMail(ctx context.Context, m LoggedMail) error {
	guarded := tx.write(ctx).Model(&LoggedMail{}).Where("id = ? AND state = ? AND tries = ?", m.ID, m.State, m.Tries)
	if err := spent(guarded.Update("state", MailWaiting)); err != nil {
		return err
	}
	return tx.ActOnJob(ctx, JobRetry, m.JobID)
}

// followJob keeps the log true to what an operator did to a mail's job.
func (tx *Tx) followJob(ctx context.Context, row *rivertype.JobRow) error {
	var job MailJob
	if row.Kind != job.Kind() || json.Unmarshal(row.EncodedArgs, &job) != nil {
		return nil
	}
	set := map[string]any{}
	switch row.State {
	case rivertype.JobStateAvailable:
		set["state"], set["cause"] = MailWaiting, ""
	case rivertype.JobStateCancelled:
		set["state"], set["cause"] = MailStopped, MailCancelled
	default:
		return nil
	}
	return tx.write(ctx).Model(&LoggedMail{}).Where("id = ?", job.Key).Updates(set).Error
}

// MailFilter selects mails; zero values select all.
type MailFilter struct {
	Address string // the start of it
	Kind    string
	State   string // one of MailStates
	UserID  string // whose; not together with the others
}

// mails narrows the log to a filter. What it compares stands first in an index, but in a list by address: there kind and state
// are compared along the way, in a spelling that keeps a database from walking the index of a state and sorting what it finds.
func (db *DB) mails(ctx context.Context, f MailFilter) *gorm.DB {
	list, byAddress := db.read(ctx), f.Address != ""
	if f.UserID != "" {
		list = list.Where("user_id = ?", f.UserID)
	}
	list = list.Where("decoy = ?", false)
	switch {
	case f.Kind != "" && byAddress:
		list = list.Where("kind || '' = ?", f.Kind)
	case f.Kind != "":
		list = list.Where("kind = ?", f.Kind)
	}
	switch {
	case f.State != "" && byAddress:
		list = list.Where("state || '' = ?", f.State)
	case f.State != "":
		list = list.Where("state = ?", f.State)
	}
	return list
}

// MailsOlder lists the mails that come after a place, the newest first; a nil place is the top. It does not look at f.Address.
func (db *DB) MailsOlder(ctx context.Context, f MailFilter, than *Cursor, limit int) ([]LoggedMail, error) {
	var list []LoggedMail
	return list, older(db.mails(ctx, f), than, limit).Find(&list).Error
}

// MailsNewer lists those that come before a place, the nearest to it first.
func (db *DB) MailsNewer(ctx context.Context, f MailFilter, than Cursor, limit int) ([]LoggedMail, error) {
	var list []LoggedMail
	return list, newer(db.mails(ctx, f), than, limit).Find(&list).Error
}

// MailPlace is a place in a list by address, and for each address by time.
type MailPlace struct {
	Address string    `json:"a"`
	At      time.Time `json:"t"`
	ID      string    `json:"i"`
}

// Place is where this mail stands in it.
func (m LoggedMail) Place() MailPlace { return MailPlace{m.ToAddress, m.CreatedAt, m.ID} }

// MailsToAfter lists the mails to addresses that begin with f.Address, by address and the newest first for each, after a place;
// nil is the top.
func (db *DB) MailsToAfter(ctx context.Context, f MailFilter, than *MailPlace, limit int) ([]LoggedMail, error) {
	var list []LoggedMail
	return list, db.mailsToAfter(ctx, f, than, limit).Find(&list).Error
}

func (db *DB) mailsToAfter(ctx context.Context, f MailFilter, than *MailPlace, limit int) *gorm.DB {
	list := db.mails(ctx, f).Where("to_address < ?", pastPrefix(f.Address))
	if than == nil {
		list = list.Where("to_address >= ?", f.Address)
	} else {
		list = list.Where("to_address >= ? AND (to_address > ? OR (created_at, id) < (?, ?))", than.Address, than.Address, than.At, than.ID)
	}
	return list.Order("to_address, created_at DESC, id DESC").Limit(limit)
}

// MailsToBefore lists those before a place, the nearest to it first.
func (db *DB) MailsToBefore(ctx context.Context, f MailFilter, than MailPlace, limit int) ([]LoggedMail, error) {
	var list []LoggedMail
	return list, db.mailsToBefore(ctx, f, than, limit).Find(&list).Error
}

func (db *DB) mailsToBefore(ctx context.Context, f MailFilter, than MailPlace, limit int) *gorm.DB {
	return db.mails(ctx, f).Where("to_address >= ?", f.Address).
		Where("to_address <= ? AND (to_address < ? OR (created_at, id) > (?, ?))", than.Address, than.Address, than.At, than.ID).
		Order("to_address DESC, created_at, id").Limit(limit)
}

// SettleMails gives those whose job is over without a word to the log the state of that job: the program was killed, or the row
// could not be written. A job that is gone was done: others stay for days. It forgets such decoys, and says how many rows it met.
func (db *DB) SettleMails(ctx context.Context) (n int64, err error) {
	err = db.InTx(ctx, func(tx *Tx) error {
		open := func(decoy bool) *gorm.DB {
			return tx.write(ctx).Model(&LoggedMail{}).Where("decoy = ?", decoy).
				Where("state IN ('waiting', 'failed') AND NOT EXISTS (SELECT 1 FROM river_job j WHERE j.id = mail_log.job_id AND j.finalized_at IS NULL)")
		}
		n, err = counted(open(true).Delete(&LoggedMail{}))
		if err != nil {
			return err
		}
		for _, end := range []struct {
			job          rivertype.JobState
			state, cause string
		}{{rivertype.JobStateDiscarded, MailGivenUp, ""}, {rivertype.JobStateCancelled, MailStopped, MailCancelled}, {"", MailSent, MailUnanswered}} {
			rows := open(false)
			if end.job != "" {
				rows = rows.Where("EXISTS (SELECT 1 FROM river_job j WHERE j.id = mail_log.job_id AND j.state = ?)", end.job)
			}
			met, err := counted(rows.Updates(map[string]any{"state": end.state, "cause": end.cause}))
			if n += met; err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// CountMailsBefore counts the rows of the log of mails that are older than a moment, at most most + 1.
func (db *DB) CountMailsBefore(ctx context.Context, before time.Time, most int) (n int, err error) {
	return db.countFew(ctx, db.read(ctx).Model(&LoggedMail{}).Where("decoy IN (?, ?) AND created_at < ?", false, true, before).Limit(most+1))
}

// SweepMails deletes at most limit rows that are older than a moment, and says how many went.
func (db *DB) SweepMails(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.sweep(ctx, &LoggedMail{}, limit, "decoy IN (?, ?) AND created_at < ?", false, true, before)
}
