package models_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// chained is a log of three seals of four rows each, and two rows that none covers yet.
func chained(t *testing.T, f func(c *chain)) {
	t.Helper()
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		c := &chain{t, db, modelstest.SQL(t, db), clock}
		for range 3 {
			c.write(4)
			clock.Add(time.Hour)
			if n := c.seal(); n != 4 {
				t.Fatalf("%d rows sealed", n)
			}
		}
		c.write(2)
		f(c)
	})
}

type chain struct {
	*testing.T
	db    *models.DB
	pool  *sql.DB
	clock *modelstest.Clock
}

// write adds rows, one transaction each.
func (c *chain) write(n int) {
	c.Helper()
	for i := range n {
		err := c.db.Audit(context.Background(), models.AuditEvent{
			Action: "app.test", ActorKind: "person", SubjectID: "U", Reason: "line\r\nbreak \u202e", Meta: map[string]any{"n": i, "at": c.db.Now(), "part": 0.5, "<": nil},
		})
		if err != nil {
			c.Fatal(err)
		}
	}
}

func (c *chain) seal() int {
	c.Helper()
	n, err := c.db.SealAudit(context.Background())
	if err != nil {
		c.Fatal(err)
	}
	return n
}

// find is what a verification of all finds, nil when all is well.
func (c *chain) find() *models.AuditBreak {
	c.Helper()
	_, err := c.db.VerifyAudit(context.Background(), 0)
	if found, broken := errors.AsType[models.AuditBreak](err); broken {
		return &found
	}
	if err != nil {
		c.Fatal(err)
	}
	return nil
}

// do runs SQL behind the program's back.
func (c *chain) do(statements ...string) {
	c.Helper()
	for _, statement := range statements {
		if _, err := c.pool.ExecContext(context.Background(), statement); err != nil {
			c.Fatalf("%s: %v", statement, err)
		}
	}
}

// rows are the ids of some rows, in their order: all were written at one time.
func (c *chain) rows(condition string) []string {
	c.Helper()
	return column(c.T, c.db, "SELECT id FROM audit_events WHERE "+condition)
}

// tampered is one thing done to the tables, and what must be found.
type tampered struct {
	what string
	do   []string
	seal int64
	row  string // empty: the seal is named, no row
}

// findEach does one thing after the other, looks, and puts the tables back.
func (c *chain) findEach(list ...tampered) {
	c.Helper()
	tables := []string{"audit_events", "audit_seals"}
	for _, one := range list {
		for _, table := range tables {
			c.do("CREATE TABLE kept_" + table + " AS SELECT * FROM " + table)
		}
		c.do(one.do...)
		found := c.find()
		if found == nil || found.Seal != one.seal || found.EventID != one.row {
			c.Errorf("%s: found %+v", one.what, found)
		}
		for _, table := range tables {
			c.do("DELETE FROM "+table, "INSERT INTO "+table+" SELECT * FROM kept_"+table, "DROP TABLE kept_"+table)
		}
		if found := c.find(); found != nil {
			c.Fatalf("%s, put back: %v", one.what, found)
		}
	}
}

// TestChainFindsChangedRow (D-28): whatever is changed in a row names it, under a seal and before there is one.
func TestChainFindsChangedRow(t *testing.T) {
	chained(t, func(c *chain) {
		second, open := c.rows("seal = 2"), c.rows("seal IS NULL")
		change := func(set, id string) []string {
			return []string{"UPDATE audit_events SET " + set + " WHERE id = '" + id + "'"}
		}
		for column, value := range map[string]string{
			"created_at": "(SELECT min(created_at) FROM audit_events)", "action": "'app.other'", "outcome": "'failure'", "reason": "'another'", "actor_kind": "'system'",
			"actor_id": "'V'", "subject_id": "'V'", "org_id": "'V'", "client_id": "'V'", "target_kind": "'V'", "target_id": "'V'", "session_id": "'V'", "method": "'V'",
			"address": "'V'", "user_agent": "'V'", "request_id": "'V'", "meta": `'{"n":7}'`, "effective_id": "'V'", "batch_id": "'V'", "changes": `'{"a":{"old":1}}'`,
			"digest": "(SELECT digest FROM audit_events WHERE seal = 1 LIMIT 1)",
		} {
			c.findEach(tampered{column, change(column+" = "+value, second[1]), 2, second[1]}, tampered{column + ", not sealed", change(column+" = "+value, open[1]), 0, open[1]})
		}
		c.findEach(
			tampered{"its digest is gone", change("digest = NULL", second[1]), 2, second[1]},
			tampered{"its id", change("id = 'other'", second[1]), 2, "other"},
			tampered{"two rows change places", []string{
				"UPDATE audit_events SET id = 'x' WHERE id = '" + second[0] + "'", "UPDATE audit_events SET id = '" + second[0] + "' WHERE id = '" + second[1] + "'",
				"UPDATE audit_events SET id = '" + second[1] + "' WHERE id = 'x'",
			}, 2, min(second[0], second[1])},
		)
	})
}

// TestChainFindsMissingRow (D-28): by the range of its seal.
func TestChainFindsMissingRow(t *testing.T) {
	chained(t, func(c *chain) {
		victim := c.rows("seal = 2")[1]
		c.findEach(
			tampered{"a row is gone", []string{"DELETE FROM audit_events WHERE id = '" + victim + "'"}, 2, ""},
			tampered{"a row is out of its seal", []string{"UPDATE audit_events SET seal = NULL WHERE id = '" + victim + "'"}, 2, ""},
			tampered{"the last rows of a seal", []string{"DELETE FROM audit_events WHERE seal = 3"}, 3, ""},
			tampered{"a seal and its rows", []string{"DELETE FROM audit_events WHERE seal = 2", "DELETE FROM audit_seals WHERE number = 2"}, 2, ""},
			tampered{"as if by retention", []string{"DELETE FROM audit_events WHERE seal = 2", "UPDATE audit_seals SET stub = seal WHERE number = 2"}, 2, ""},
		)
	})
}

// TestChainFindsAddedRow (D-28), also one that copies what the program wrote.
func TestChainFindsAddedRow(t *testing.T) {
	chained(t, func(c *chain) {
		victim, open := c.rows("seal = 2")[1], c.rows("seal IS NULL")[0]
		copied := func(seal string) string {
			return "INSERT INTO audit_events (id, created_at, action, outcome, digest, seal) SELECT 'zzz', created_at, action, outcome, digest, " + seal + " FROM audit_events WHERE id = '" + victim + "'"
		}
		c.findEach(
			tampered{"a row without a seal", []string{copied("NULL")}, 0, "zzz"},
			tampered{"a row without a digest", []string{copied("NULL"), "UPDATE audit_events SET digest = NULL WHERE id = 'zzz'"}, 0, "zzz"},
			tampered{"a row under a seal", []string{copied("2")}, 2, "zzz"},
			tampered{"a good row under another seal", []string{"UPDATE audit_events SET seal = 1 WHERE id = '" + victim + "'"}, 1, ""},
			tampered{"a good row under an old seal", []string{"UPDATE audit_events SET seal = 2 WHERE id = '" + open + "'"}, 2, ""},
			tampered{"a good row for a seal to come", []string{"UPDATE audit_events SET seal = 4 WHERE id = '" + open + "'"}, 4, open},
		)
		c.do(copied("NULL")) // and sealing takes it in, but not for good
		c.seal()
		if found := c.find(); found == nil || found.EventID != "zzz" || found.Seal != 4 {
			c.Errorf("sealed: %+v", found)
		}
	})
}

// TestChainFindsForgedSeal (D-28).
func TestChainFindsForgedSeal(t *testing.T) {
	chained(t, func(c *chain) {
		c.findEach(
			tampered{"another seal", []string{"UPDATE audit_seals SET seal = previous WHERE number = 2"}, 2, ""},
			tampered{"another count", []string{"UPDATE audit_seals SET events = 3 WHERE number = 1"}, 1, ""},
			tampered{"another range", []string{"UPDATE audit_seals SET last_at = first_at WHERE number = 3", "UPDATE audit_seals SET last_at = (SELECT last_at FROM audit_seals WHERE number = 1) WHERE number = 3"}, 3, ""},
			tampered{"a key that is not ours", []string{"UPDATE audit_seals SET key_id = 'other' WHERE number = 3"}, 3, ""},
			tampered{"a chain that begins anew", []string{"UPDATE audit_seals SET previous = seal WHERE number = 1"}, 1, ""},
			tampered{"a link to another seal", []string{"UPDATE audit_seals SET previous = seal WHERE number = 3"}, 3, ""},
		)
	})
}

// TestChainSurvivesRetention (D-28): whole seals go and leave a stub; rows that come back under one are found. The key of
// SECRET_KEY may have changed meanwhile.
func TestChainSurvivesRetention(t *testing.T) {
	chained(t, func(c *chain) {
		c.seal()
		c.clock.Add(22 * time.Hour)
		removed, err := c.db.SweepAudit(context.Background(), 24*time.Hour)
		if err != nil || removed != 4 {
			c.Errorf("%d rows removed, %v", removed, err)
		}
		check, err := c.db.VerifyAudit(context.Background(), 0)
		if err != nil || check.Seals != 4 || check.Events != 10 || check.Unsealed != 0 {
			c.Errorf("after retention: %+v, %v", check, err)
		}
		c.findEach(
			tampered{"a row under a stub", []string{"UPDATE audit_events SET seal = 1 WHERE seal = 4"}, 1, ""},
			tampered{"a stub that is gone", []string{"UPDATE audit_seals SET stub = NULL WHERE number = 1"}, 1, ""},
		)

		aged := "UPDATE audit_seals SET last_at = (SELECT first_at FROM audit_seals WHERE number = 1) WHERE number = "
		c.do(aged + "4")
		removed, err = c.db.SweepAudit(context.Background(), 24*time.Hour)
		if broken, _ := errors.AsType[models.AuditBreak](err); removed != 0 || broken.Seal != 4 {
			c.Errorf("a seal made to look old: %d rows removed, %v", removed, err)
		}
		c.do("UPDATE audit_seals SET last_at = first_at WHERE number = 4")

		ring, err := models.NewKeyRing([][]byte{bytes.Repeat([]byte{8}, 32), bytes.Repeat([]byte{7}, 32)})
		if err != nil {
			c.Fatal(err)
		}
		newer, err := models.Open(context.Background(), models.Options{URL: c.db.URL(), Keys: ring, Now: c.clock.Now})
		if err != nil {
			c.Fatal(err)
		}
		c.Cleanup(func() { _ = newer.Close() })
		c.db = newer
		c.write(3)
		c.seal()
		c.clock.Add(time.Hour)
		if removed, err := newer.SweepAudit(context.Background(), 24*time.Hour); err != nil || removed != 4 {
			c.Errorf("%d rows removed, %v", removed, err)
		}
		if found := c.find(); found != nil {
			c.Errorf("after another key: %v", found)
		}
	})
}

// TestAuditChain (T-1604): fifty writers and five that seal, all at once: one chain, each row in it once. The newest seals
// alone are checked as well.
func TestAuditChain(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		c := &chain{t, db, modelstest.SQL(t, db), clock}
		_, lost := modelstest.Race(55, func(i int) error {
			for range 5 {
				if i%11 == 0 {
					if _, err := db.SealAudit(context.Background()); err != nil {
						return err
					}
					continue
				}
				if err := db.Audit(context.Background(), models.AuditEvent{Action: "app.test", ActorKind: "system"}); err != nil {
					return err
				}
			}
			return nil
		})
		if len(lost) > 0 {
			t.Fatal(lost)
		}
		clock.Add(time.Second)
		c.write(1)
		c.seal()
		check, err := db.VerifyAudit(context.Background(), 0)
		if err != nil || check.Events != 251 || check.Unsealed != 0 || !check.SealedUntil.Equal(clock.Now()) {
			t.Errorf("%+v, %v", check, err)
		}
		newest, err := db.VerifyAudit(context.Background(), 1)
		if err != nil || newest.Seals != 1 || !bytes.Equal(newest.Head, check.Head) {
			t.Errorf("the newest: %+v, %v", newest, err)
		}
		c.do(fmt.Sprintf("DELETE FROM audit_events WHERE seal = %d", check.Seals))
		if _, err := db.VerifyAudit(context.Background(), 1); err == nil {
			t.Error("the newest seal covers nothing, and that is fine")
		}
	})
}

// TestAuditChain_OldRows: rows from before there were digests get theirs with the first seal, and so do those that nodes of
// the version before write in the hour after it. Then never again.
func TestAuditChain_OldRows(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		c := &chain{t, db, modelstest.SQL(t, db), clock}
		c.write(3)
		for range 2 {
			c.do("UPDATE audit_events SET digest = NULL WHERE seal IS NULL")
			if found := c.find(); found != nil {
				t.Errorf("before the seal: %v", found)
			}
			if n := c.seal(); n != 3 {
				t.Errorf("%d rows sealed", n)
			}
			if found := c.find(); found != nil {
				t.Error(found)
			}
			clock.Add(time.Hour - time.Microsecond)
			c.write(3)
		}
		clock.Add(time.Microsecond)
		c.do("UPDATE audit_events SET digest = NULL WHERE seal IS NULL")
		foreign := c.rows("seal IS NULL")
		if n := c.seal(); n != 0 {
			t.Errorf("%d rows without a digest sealed", n)
		}
		if found := c.find(); found == nil || found.Seal != 0 || found.EventID != foreign[0] {
			t.Errorf("a row without a digest: %+v", found)
		}
	})
}

// TestSealingDoesNotBlockSignIn (D-28): while much is being sealed, others write.
func TestSealingDoesNotBlockSignIn(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		events := make([]models.AuditEvent, 500)
		for i := range events {
			events[i] = models.AuditEvent{Action: "app.test", ActorKind: "system"}
		}
		for range 20 {
			if err := db.InTx(context.Background(), func(tx *models.Tx) error { return tx.Audit(context.Background(), events...) }); err != nil {
				t.Fatal(err)
			}
		}
		sealing := make(chan error)
		go func() { _, err := db.SealAudit(context.Background()); sealing <- err }()
		written := 0
		for {
			if err := db.Audit(context.Background(), models.AuditEvent{Action: "app.test", ActorKind: "system"}); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-sealing:
				if err != nil {
					t.Fatal(err)
				}
				if written < 5 {
					t.Errorf("%d rows were written beside ten seals", written)
				}
				return
			default:
				written++
			}
		}
	})
}
