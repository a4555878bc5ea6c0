package doctor

import (
	"context"
	"fmt"
	"time"

	"latchkey/app/mail"
)

func (p Patient) examineMail(ctx context.Context) Finding {
	if p.SMTPURL == "" {
		if p.Production {
			return Broken("mail", "SMTP_URL is not set: no mail leaves", "set SMTP_URL and MAIL_FROM")
		}
		return fine("mail", "mails are kept for /dev/mail")
	}
	if err := mail.Check(ctx, p.SMTPURL); err != nil {
		return Broken("mail", err.Error(), "check SMTP_URL: host, port, user and password")
	}
	return fine("mail", "the mail server answers")
}

// maxClockSkew is how far this machine's clock may be from the database's: codes and tokens live by it.
const maxClockSkew = 5 * time.Second

func (p Patient) examineClock(ctx context.Context) Finding {
	there, err := p.DB.ServerTime(ctx)
	if err != nil {
		return Broken("clock", err.Error(), "check the database")
	}
	if skew := time.Since(there).Abs(); skew > maxClockSkew {
		return Broken("clock", fmt.Sprintf("%s apart from the database's", skew.Round(time.Second)), "let both machines follow a time server")
	}
	return fine("clock", "agrees with the database's")
}

// maxQueueAge is how long a job may wait for a worker. Mails wait in the same queue.
const maxQueueAge = 5 * time.Minute

func (p Patient) examineQueue(ctx context.Context) Finding {
	q, err := p.DB.QueueDepth(ctx)
	if err != nil {
		return Broken("queue", err.Error(), "check the rights of the database user")
	}
	if age := p.DB.Now().Sub(q.Oldest); !q.Oldest.IsZero() && age > maxQueueAge {
		return warning("queue", fmt.Sprintf("a job has waited for %s", age.Round(time.Minute)), "start the app with its background jobs, and see that no queue is paused in /admin/jobs")
	}
	return fine("queue", "no job waits for long")
}

// Where the disk is nearly full. A database that cannot write refuses every sign-in.
const (
	lowDisk  = 2 << 30   // bytes
	fullDisk = 256 << 20 // bytes
)

func (p Patient) examineDisk() Finding {
	file := p.DB.File()
	if file == "" {
		return fine("disk", "the database server looks after its own")
	}
	free, known, err := FreeDisk(file)
	switch left := fmt.Sprintf("%d MiB are free", free>>20); {
	case err != nil:
		return Broken("disk", err.Error(), "check that the file of DATABASE_URL can be reached")
	case !known:
		return fine("disk", "not looked at on this system")
	case free < fullDisk:
		return Broken("disk", left, "make room: the database cannot grow any more")
	case free < lowDisk:
		return warning("disk", left, "make room before the database cannot grow any more")
	default:
		return fine("disk", left)
	}
}
