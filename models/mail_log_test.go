package models_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// mailed queues mails.
func mailed(t *testing.T, db *models.DB, mails ...models.Mail) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx *models.Tx) error {
		for _, m := range mails {
			if err := tx.SendMail(t.Context(), m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func logged(t *testing.T, db *models.DB, id string) models.LoggedMail {
	t.Helper()
	m, err := db.LoggedMailByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestMailLog: a mail has one row, of the transaction that queues it, which names whose address it was; a decoy's row is in no list
// and holds no address.
func TestMailLog(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := t.Context()
		u := models.User{Email: "ada@example.test"}
		if err := db.CreateUser(ctx, &u); err != nil {
			t.Fatal(err)
		}
		real, decoy := models.Mail{Key: "K1", Kind: "sample", To: u.Email, Subject: "canary"}, models.Mail{Key: "K2", Kind: "sample", To: u.Email, Decoy: true}
		mailed(t, db, real, decoy, real)
		if m := logged(t, db, "K1"); m.UserID == nil || *m.UserID != u.ID || m.State != models.MailWaiting || m.ToAddress != u.Email || m.JobID == 0 {
			t.Errorf("%+v", m)
		}
		if _, err := db.LoggedMailByID(ctx, "K2"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("a decoy is shown: %v", err)
		}
		for _, f := range []models.MailFilter{{}, {Kind: "sample"}, {State: models.MailWaiting}, {UserID: u.ID}} {
			if list, err := db.MailsOlder(ctx, f, nil, 10); err != nil || len(list) != 1 || list[0].ID != "K1" {
				t.Errorf("%+v: %+v, %v", f, list, err)
			}
		}
		if rows := column(t, db, "SELECT to_address FROM mail_log WHERE id = 'K2'"); len(rows) != 1 || rows[0] != "" {
			t.Errorf("of a decoy %q is kept", rows)
		}
		failing := errors.New("no")
		if err := db.InTx(ctx, func(tx *models.Tx) error {
			return errors.Join(tx.SendMail(ctx, models.Mail{Key: "K3", Kind: "sample", To: u.Email}), failing)
		}); !errors.Is(err, failing) {
			t.Fatal(err)
		}
		if n := len(column(t, db, "SELECT id FROM mail_log")); n != 2 {
			t.Errorf("%d rows", n)
		}
		if err := db.DeleteUnverifiedUser(ctx, u.ID); err != nil {
			t.Fatal(err)
		}
		if n := len(column(t, db, "SELECT id FROM mail_log")); n != 0 {
			t.Errorf("the member is erased, and %d rows stay", n)
		}
	})
}

// TestMailLog_FollowsJobs: what an operator does to a mail's job shows in the log, and so does the end of a job whose worker was
// killed before it could write.
func TestMailLog_FollowsJobs(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := t.Context()
		say := sayer(t, db)
		for _, key := range []string{"cancelled", "retried", "killed", "done", "gone", "open"} {
			mailed(t, db, models.Mail{Key: key, Kind: "sample", To: "ada@example.test"})
		}
		mailed(t, db, models.Mail{Key: "decoy", Kind: "sample", To: "ada@example.test", Decoy: true})
		job := func(key string) int64 { return logged(t, db, key).JobID }
		act := func(act models.JobAct, key string) {
			t.Helper()
			id := job(key)
			if err := db.InTx(ctx, func(tx *models.Tx) error { return tx.ActOnJob(ctx, act, id) }); err != nil {
				t.Fatal(err)
			}
		}
		act(models.JobCancel, "cancelled")
		act(models.JobCancel, "retried")
		act(models.JobRetry, "retried")
		over := func(key, state string) {
			say(fmt.Sprintf("UPDATE river_job SET state = '%s', finalized_at = CURRENT_TIMESTAMP WHERE id = %d", state, job(key)))
		}
		over("killed", "discarded")
		over("done", "completed")
		say(fmt.Sprintf("DELETE FROM river_job WHERE id = %d OR id = (SELECT job_id FROM mail_log WHERE decoy)", job("gone")))
		if n, err := db.SettleMails(ctx); err != nil || n != 4 {
			t.Errorf("%d settled, %v", n, err)
		}
		for key, want := range map[string][2]string{
			"cancelled": {models.MailStopped, models.MailCancelled}, "retried": {models.MailWaiting, ""}, "killed": {models.MailGivenUp, ""},
			"done": {models.MailSent, models.MailUnanswered}, "gone": {models.MailSent, models.MailUnanswered}, "open": {models.MailWaiting, ""},
		} {
			if m := logged(t, db, key); m.State != want[0] || m.Cause != want[1] {
				t.Errorf("%s is %s %q", key, m.State, m.Cause)
			}
		}
		if n := len(column(t, db, "SELECT id FROM mail_log WHERE decoy")); n != 0 {
			t.Error("the decoy stays")
		}
	})
}

// TestMailLog_Kept: rows go after their time, decoys too, and others stay.
func TestMailLog_Kept(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		mailed(t, db, models.Mail{Key: "old", Kind: "sample", To: "a@example.test"}, models.Mail{Key: "decoy", Kind: "sample", To: "a@example.test", Decoy: true})
		clock.Add(time.Hour)
		mailed(t, db, models.Mail{Key: "new", Kind: "sample", To: "a@example.test"})
		for i, want := range []int64{1, 1, 0} {
			if n, err := db.SweepMails(t.Context(), clock.Now(), 1); err != nil || n != want {
				t.Errorf("sweep %d: %d, %v", i, n, err)
			}
		}
		if rows := column(t, db, "SELECT id FROM mail_log"); len(rows) != 1 || rows[0] != "new" {
			t.Errorf("%v stay", rows)
		}
	})
}

// TestMailLog_ByAddress: a search lists by address, the newest first for each, in pages that meet without a gap.
func TestMailLog_ByAddress(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		for _, key := range []string{"ada", "bob", "ada2", "adam", "ad_a", "ada3"} {
			address := map[string]string{"ada2": "ada", "ada3": "ada"}[key]
			if address == "" {
				address = key
			}
			mailed(t, db, models.Mail{Key: key, Kind: "sample", To: address + "@example.test"})
			clock.Add(time.Second)
		}
		f, want := models.MailFilter{Address: "ada"}, []string{"ada3", "ada2", "ada", "adam"}
		var place *models.MailPlace
		for i := range want {
			list, err := db.MailsToAfter(t.Context(), f, place, 1)
			if err != nil || len(list) != 1 || list[0].ID != want[i] {
				t.Fatalf("after %+v: %+v, %v", place, list, err)
			}
			at := list[0].Place()
			place = &at
		}
		back, err := db.MailsToBefore(t.Context(), f, *place, 10)
		if err != nil || len(back) != 3 || back[0].ID != "ada" || back[2].ID != "ada3" {
			t.Errorf("back: %+v, %v", back, err)
		}
		if list, err := db.MailsToAfter(t.Context(), f, place, 1); err != nil || len(list) != 0 {
			t.Errorf("behind the last: %+v, %v", list, err)
		}
	})
}

// TestListsUseIndexes_Mails (D-08): every filter of the log of mails walks the index that is named here, in its order.
func TestListsUseIndexes_Mails(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		manyMails(t, db)
		plans := newPlanner(t, db)
		for index, f := range map[string]models.MailFilter{
			"mail_log_time": {}, "mail_log_kind": {Kind: "verify_email"}, "mail_log_state": {State: models.MailFailed}, "mail_log_both": {Kind: "verify_email", State: models.MailFailed},
			"mail_log_member": {UserID: "U1"}, "mail_log_address": {Address: "a1"},
		} {
			list := []models.MailFilter{f}
			if f.Address != "" {
				list = append(list, models.MailFilter{Address: "a1", State: models.MailFailed}, models.MailFilter{Address: "a1", Kind: "verify_email"}, models.MailFilter{Address: "a1", Kind: "test", State: models.MailSent})
			}
			for _, f := range list {
				for _, s := range db.MailStatements(context.Background(), f, models.MailPlace{Address: "a1@example.test", At: time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC), ID: "M1"}) {
					rare := index == "mail_log_both" && f.State == models.MailFailed // of a rare state the kinds may be compared along the way
					if got, plan := plans.of(s); got != index && !(rare && got == "mail_log_state") {
						t.Errorf("%+v walks %q\n%s\n%s", f, got, s.SQL, plan)
					}
				}
			}
		}
		for _, s := range db.StoppedStatements(context.Background(), models.Cursor{CreatedAt: time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC), ID: "S1"}) {
			if got, plan := plans.of(s); got != "stopped_addresses_time" {
				t.Errorf("stopped addresses walk %q\n%s", got, plan)
			}
		}
	})
}

// manyMails makes as many as make a planner think.
func manyMails(t *testing.T, db *models.DB) {
	t.Helper()
	numbers, at := "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30000)", "datetime('2026-01-01', '+' || n || ' seconds') || '+00:00'"
	if db.Dialect() == "postgres" {
		at = "timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second'"
	}
	sayer(t, db)(
		"INSERT INTO users (id, email, created_at, updated_at) VALUES ('U1', 'a1@example.test', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
		numbers+" INSERT INTO mail_log (id, job_id, user_id, to_address, kind, decoy, state, created_at) SELECT 'M' || n, n, CASE WHEN n % 500 = 0 THEN 'U1' END, 'a' || (n % 3000) || '@example.test', "+
			"CASE WHEN n % 3 = 0 THEN 'verify_email' ELSE 'password_reset' END, n % 40 = 0, CASE WHEN n % 200 = 0 THEN 'failed' ELSE 'sent' END, "+at+" FROM numbers",
		numbers+" INSERT INTO stopped_addresses (id, address, reason, stopped_by, created_at) SELECT 'S' || n, 'a' || n, 'x', '', "+at+" FROM numbers",
		"ANALYZE")
}
