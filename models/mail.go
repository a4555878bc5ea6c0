package models

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// Mail is one message, whole: what it says was decided and rendered by the one who sends it.
type Mail struct {
	Key     string // idempotency: the id of its cause, so that a retry sends once
	Kind    string // "verify_email", …
	To      string
	Subject string
	Text    string
	HTML    string
	TokenID string // the mail_tokens row it carries; the mail is dropped when that row is dead
	Decoy   bool   // rendered, queued and dropped: an unknown address costs the same work as a known one
	Tries   int    // at most; 0: MailTries
}

// MailJob is a mail in the queue. It carries links that sign people in, so it is sealed.
type MailJob struct {
	Key    string `json:"key" river:"unique"`
	Sealed []byte `json:"sealed"`
}

// Kind names the job for River.
func (MailJob) Kind() string { return "mail" }

// MailTries is how often delivery is tried, over about four hours.
const MailTries = 8

// SendMail puts a mail in the queue and a row in the log of mails, in this transaction.
func (tx *Tx) SendMail(ctx context.Context, m Mail) error {
	m.Key = cmp.Or(m.Key, NewID())
	job, err := tx.SealMail(m)
	if err != nil {
		return err
	}
	id, err := tx.enqueue(ctx, job, &river.InsertOpts{
		MaxAttempts: cmp.Or(m.Tries, MailTries),
		UniqueOpts:  river.UniqueOpts{ByArgs: true},
	})
	if err != nil {
		return err
	}
	return tx.logMail(ctx, m, id)
}

// SealMail makes the job that carries a mail.
func (db *DB) SealMail(m Mail) (MailJob, error) {
	plain, err := json.Marshal(m)
	if err != nil {
		return MailJob{}, fmt.Errorf("seal mail %s: %w", m.Kind, err)
	}
	sealed, err := db.keys.Seal(plain, mailPlace(m.Key))
	if err != nil {
		return MailJob{}, fmt.Errorf("seal mail %s: %w", m.Kind, err)
	}
	return MailJob{Key: m.Key, Sealed: sealed}, nil
}

// OpenMail reads the mail in a job.
func (db *DB) OpenMail(job MailJob) (Mail, error) {
	plain, err := db.keys.Open(job.Sealed, mailPlace(job.Key))
	if err != nil {
		return Mail{}, fmt.Errorf("open mail: %w", err)
	}
	var m Mail
	if err := json.Unmarshal(plain, &m); err != nil {
		return Mail{}, fmt.Errorf("open mail: %w", err)
	}
	return m, nil
}

func mailPlace(key string) []byte { return []byte("mail/" + key) }

// KeptMail is a mail of the development mailbox.
type KeptMail struct {
	ID        string
	Kind      string
	ToAddress string
	Subject   string
	Body      []byte `gorm:"serializer:sealed"` // JSON of the Mail
	SentAt    time.Time
}

// TableName is where GORM finds it.
func (KeptMail) TableName() string { return "mails" }

// MailboxSize is how many mails the development mailbox keeps.
const MailboxSize = 500

// KeepMail puts a mail into the development mailbox and lets the oldest beyond MailboxSize go.
func (db *DB) KeepMail(ctx context.Context, m Mail) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("keep mail: %w", err)
	}
	return db.InTx(ctx, func(tx *Tx) error {
		kept := KeptMail{ID: NewID(), Kind: m.Kind, ToAddress: m.To, Subject: m.Subject, Body: body, SentAt: tx.Now()}
		if err := tx.write(ctx).Create(&kept).Error; err != nil {
			return fmt.Errorf("keep mail: %w", err)
		}
		newest := tx.write(ctx).Model(&KeptMail{}).Select("id").Order("sent_at DESC, id DESC").Limit(MailboxSize)
		return tx.write(ctx).Where("id NOT IN (?)", newest).Delete(&KeptMail{}).Error
	})
}

// Mailbox lists the kept mails to an address (empty: to all), newest first, with their ids and times.
func (db *DB) Mailbox(ctx context.Context, to string) ([]KeptMail, error) {
	query := db.read(ctx).Order("sent_at DESC, id DESC").Limit(MailboxSize)
	if to != "" {
		query = query.Where("to_address = ?", to)
	}
	var list []KeptMail
	return list, query.Find(&list).Error
}

// MailInMailbox is one kept mail.
func (db *DB) MailInMailbox(ctx context.Context, id string) (KeptMail, error) {
	var k KeptMail
	return k, one(db.read(ctx).First(&k, "id = ?", id).Error)
}

// Mail is the message inside.
func (k KeptMail) Mail() (Mail, error) {
	var m Mail
	err := json.Unmarshal(k.Body, &m)
	return m, err
}
