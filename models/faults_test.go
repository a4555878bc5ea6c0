package models_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// execute runs SQL beside the tested database, as another program would.
func execute(t *testing.T, db *models.DB, statements ...string) {
	t.Helper()
	pool := modelstest.SQL(t, db)
	for _, statement := range statements {
		if _, err := pool.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// plantCommitFault makes every COMMIT fail that writes an audit event: a deferred foreign key is looked at then
// and not before, which is a true error of COMMIT on both databases. pull takes it out again.
func plantCommitFault(t *testing.T, db *models.DB) (pull func()) {
	t.Helper()
	execute(t, db, "CREATE TABLE planted (missing VARCHAR(26) REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED)")
	if db.Dialect() == "sqlite" {
		execute(t, db, "CREATE TRIGGER plant AFTER INSERT ON audit_events BEGIN INSERT INTO planted VALUES ('nobody'); END")
		return func() { execute(t, db, "DROP TRIGGER plant", "DROP TABLE planted") }
	}
	execute(t, db, "CREATE FUNCTION plant() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO planted VALUES ('nobody'); RETURN NULL; END $$",
		"CREATE TRIGGER plant AFTER INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION plant()")
	return func() {
		execute(t, db, "DROP TRIGGER plant ON audit_events", "DROP FUNCTION plant", "DROP TABLE planted")
	}
}

// signUpSomeone is a change as the product makes them: a row, an event, a mail, in one transaction.
func signUpSomeone(ctx context.Context, db *models.DB, email string) error {
	return db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.CreateUser(ctx, &models.User{Email: email}); err != nil {
			return err
		}
		if err := tx.SendMail(ctx, models.Mail{Kind: "test", To: email}); err != nil {
			return err
		}
		return tx.Audit(ctx, models.AuditEvent{Action: "auth.sign_up"})
	})
}

// TestLostCommit (T-1006): a COMMIT that fails, or whose connection is gone before it, is an error to the caller
// and leaves nothing; the next transaction works.
func TestLostCommit(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		pool := modelstest.SQL(t, db)
		before := modelstest.Digest(t, pool)
		pull := plantCommitFault(t, db)
		if err := signUpSomeone(t.Context(), db, "planted@example.test"); err == nil {
			t.Error("a COMMIT that failed counts as success")
		}
		pull()
		if changed := before.Changed(modelstest.Digest(t, pool)); len(changed) > 0 {
			t.Errorf("a COMMIT that failed left %v", changed)
		}
		if db.Dialect() == "postgres" {
			loseConnection(t, db)
			if changed := before.Changed(modelstest.Digest(t, pool)); len(changed) > 0 {
				t.Errorf("a lost connection left %v", changed)
			}
		}
		if err := signUpSomeone(t.Context(), db, "planted@example.test"); err != nil {
			t.Errorf("the next transaction: %v", err)
		}
		if jobs, events := jobsAndEvents(t, db); jobs != 1 || events != 1 {
			t.Errorf("%d jobs and %d events after one success", jobs, events)
		}
	})
}

// loseConnection ends the server's side of a transaction when all but its COMMIT was said.
func loseConnection(t *testing.T, db *models.DB) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx *models.Tx) error {
		if err := signUpSomeone(tx.Context(), db, "lost@example.test"); err != nil {
			return err
		}
		execute(t, db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'")
		return nil
	})
	if err == nil {
		t.Error("a connection lost before COMMIT counts as success")
	}
}

// TestContention (T-1007): what somebody else holds for a moment is waited for; what they hold for long is an error
// that says so, after a time that both databases share, and with nothing changed.
func TestContention(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds by its nature")
	}
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		if err := signUpSomeone(t.Context(), db, "ada@example.test"); err != nil {
			t.Fatal(err)
		}
		ada, err := db.UserByEmail(t.Context(), "ada@example.test")
		if err != nil {
			t.Fatal(err)
		}
		rename := func(name string) error { return db.SetUserName(t.Context(), ada.ID, name) }
		release := holdUsers(t, db)
		time.AfterFunc(100*time.Millisecond, release)
		if err := rename("after a moment"); err != nil {
			t.Errorf("held for a moment: %v", err)
		}

		release = holdUsers(t, db)
		began := time.Now()
		err = rename("never")
		if took := time.Since(began); !models.IsBusy(err) || took < 4*time.Second || took > 10*time.Second {
			t.Errorf("held for long: %v after %s", err, took)
		}
		release()
		if again, err := db.UserByEmail(t.Context(), ada.Email); err != nil || again.Name != "after a moment" {
			t.Errorf("left %q, %v", again.Name, err)
		}
		if err := rename("free again"); err != nil {
			t.Errorf("free again: %v", err)
		}
	})
}

// holdUsers takes what a writer of users needs, from outside, until release.
func holdUsers(t *testing.T, db *models.DB) (release func()) {
	t.Helper()
	conn, err := modelstest.SQL(t, db).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	take := "BEGIN; LOCK TABLE users"
	if db.Dialect() == "sqlite" {
		take = "BEGIN IMMEDIATE"
	}
	if _, err := conn.ExecContext(context.Background(), take); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		_ = conn.Close()
	})
}

// TestDeadlockEnds (T-1007): of two transactions that wait for one another one ends and says why; the other goes on.
func TestDeadlockEnds(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		if db.Dialect() == "sqlite" {
			t.Skip("one writer cannot wait for itself")
		}
		ids := map[string]string{}
		for _, email := range []string{"ada@example.test", "bob@example.test"} {
			if err := signUpSomeone(t.Context(), db, email); err != nil {
				t.Fatal(err)
			}
			u, err := db.UserByEmail(t.Context(), email)
			if err != nil {
				t.Fatal(err)
			}
			ids[email] = u.ID
		}
		order := [][]string{{ids["ada@example.test"], ids["bob@example.test"]}, {ids["bob@example.test"], ids["ada@example.test"]}}
		var both sync.WaitGroup
		both.Add(2)
		won, lost := modelstest.Race(2, func(i int) error {
			return db.InTx(t.Context(), func(tx *models.Tx) error {
				if _, err := tx.LockUser(t.Context(), order[i][0]); err != nil {
					return err
				}
				both.Done()
				both.Wait()
				_, err := tx.LockUser(t.Context(), order[i][1])
				return err
			})
		})
		if won != 1 || len(lost) != 1 || !models.IsBusy(lost[0]) {
			t.Errorf("%d won, %v", won, lost)
		}
	})
}

// cutOff is a request whose time is over after so many statements.
type cutOff struct {
	left int
	stop context.CancelFunc
}

type cutOffKey struct{}

func countDown(ctx context.Context, _ string, _ int64, _ time.Duration, _ error) {
	if c, ok := ctx.Value(cutOffKey{}).(*cutOff); ok {
		if c.left--; c.left == 0 {
			c.stop()
		}
	}
}

// TestCancelAndPool (T-1008): whoever goes away in the middle leaves nothing half done and no connection taken. Two
// connections are enough for a hundred at once, the half of whom go away.
func TestCancelAndPool(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, address string) {
		beside, _ := modelstest.OpenURL(t, address)
		narrow := address
		if strings.HasPrefix(address, "postgres") {
			narrow += "&pool_max_conns=2"
		}
		db, err := models.Open(t.Context(), models.Options{URL: narrow, Keys: modelstest.Keys(t), Observe: countDown})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		deadline, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		won, lost := modelstest.Race(100, func(i int) error {
			ctx := deadline
			if i%2 == 1 {
				cutCtx, stop := context.WithCancel(deadline)
				defer stop()
				ctx = context.WithValue(cutCtx, cutOffKey{}, &cutOff{left: 1 + i/2%2, stop: stop}) // after the row, after the event
			}
			return signUpSomeone(ctx, db, models.NewID()+"@example.test")
		})
		if deadline.Err() != nil {
			t.Errorf("not all were answered in time: %v", lost)
		}
		if jobs, events := jobsAndEvents(t, beside); won != 50 || jobs != won || events != won {
			t.Errorf("%d of 50 came through, with %d jobs and %d events", won, jobs, events)
		}
		if people, err := db.ListUsers(deadline, "", 200); err != nil || len(people) != won {
			t.Errorf("%d people, %v", len(people), err)
		}
		if n := db.InUse(); n != 0 {
			t.Errorf("%d connections are still taken", n)
		}
	})
}
