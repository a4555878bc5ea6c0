package models_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// checking is a log with some seals, and checks of it.
type checking struct {
	*testing.T
	db    *models.DB
	clock *modelstest.Clock
}

// eachChecking runs a test over a log with this many seals of three rows each.
func eachChecking(t *testing.T, seals int, f func(c *checking)) {
	t.Helper()
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		c := &checking{t, db, clock}
		for range seals {
			c.sealed(3)
		}
		f(c)
	})
}

func (c *checking) sealed(rows int) {
	c.Helper()
	for range rows {
		c.clock.Add(time.Second)
		if err := c.db.Audit(c.Context(), models.AuditEvent{Action: "app.test", ActorKind: "system"}); err != nil {
			c.Fatal(err)
		}
	}
	if _, err := c.db.SealAudit(c.Context()); err != nil {
		c.Fatal(err)
	}
}

func (c *checking) begin(r models.AuditRange) (run models.AuditCheckRun) {
	c.Helper()
	err := c.db.InTx(c.Context(), func(tx *models.Tx) (err error) {
		run, err = tx.CreateAuditCheck(c.Context(), r, models.NewID(), "")
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
	return run
}

// step moves a check on by so many seals, as whoever comes next does: from what was kept.
func (c *checking) step(id string, seals int) models.AuditCheckRun {
	c.Helper()
	c.clock.Add(time.Second)
	run, err := c.db.AuditCheckByID(c.Context(), id)
	if err != nil {
		c.Fatal(err)
	}
	from := run.NextSeal
	if run, err = c.db.CheckAudit(c.Context(), run, seals); err != nil {
		c.Fatal(err)
	}
	if err := c.db.InTx(c.Context(), func(tx *models.Tx) error { return tx.MoveAuditCheck(c.Context(), &run, from) }); err != nil {
		c.Fatal(err)
	}
	return run
}

// all is a check of a range to its end.
func (c *checking) all(r models.AuditRange) models.AuditCheckRun {
	c.Helper()
	run := c.begin(r)
	for run.State == models.CheckRunning {
		run = c.step(run.ID, 2)
	}
	return run
}

func (c *checking) faults() (places []string) {
	c.Helper()
	list, err := c.db.AuditFaults(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	for _, run := range list {
		places = append(places, fmt.Sprintf("%d", run.FaultSeal))
	}
	return places
}

// TestAuditCheck_KeepsItsPlace (D-28): a check goes on from where it was left, follows the seals that are put meanwhile, and has
// seen every row once.
func TestAuditCheck_KeepsItsPlace(t *testing.T) {
	eachChecking(t, 5, func(c *checking) {
		run := c.begin(models.AuditRange{})
		for _, want := range []int{2, 4} {
			if run = c.step(run.ID, 2); run.Seals != want || run.State != models.CheckRunning {
				c.Fatalf("after a step: %+v", run)
			}
		}
		c.sealed(2)
		c.sealed(1)
		if err := c.db.Audit(c.Context(), models.AuditEvent{Action: "app.open", ActorKind: "system"}); err != nil {
			c.Fatal(err)
		}
		for run.State == models.CheckRunning {
			run = c.step(run.ID, 2)
		}
		if run.State != models.CheckWhole || run.Seals != 7 || run.RowsSeen != 19 || run.LastSeal != 7 || run.FinishedAt == nil {
			c.Errorf("at the end: %+v", run)
		}
		if err := c.db.InTx(c.Context(), func(tx *models.Tx) error { return tx.MoveAuditCheck(c.Context(), &run, run.NextSeal) }); err != models.ErrSpent {
			c.Errorf("moved on when it was over: %v", err)
		}
	})
}

// TestAuditCheck_Ranges (D-28): from one seal to another, the newest, all; what is no range is refused.
func TestAuditCheck_Ranges(t *testing.T) {
	eachChecking(t, 5, func(c *checking) {
		for want, r := range map[int]models.AuditRange{5: {}, 3: {First: 2, Last: 4}, 1: {Newest: 1}, 2: {First: 4}} {
			if run := c.all(r); run.State != models.CheckWhole || run.Seals != want {
				c.Errorf("%+v: %+v", r, run)
			}
		}
		for _, r := range []models.AuditRange{{First: 2, Last: 1}, {First: 1, Last: 6}, {First: 6}} {
			err := c.db.InTx(c.Context(), func(tx *models.Tx) error {
				_, err := tx.CreateAuditCheck(c.Context(), r, "", "")
				return err
			})
			if err != models.ErrNoSeals {
				c.Errorf("%+v: %v", r, err)
			}
		}
	})
}

// TestAuditCheck_FaultStays (D-28): a fault stays until a later check without one has passed over its place.
func TestAuditCheck_FaultStays(t *testing.T) {
	eachChecking(t, 5, func(c *checking) {
		say := sayer(c.T, c.db)
		change := func(reason string) { say("UPDATE audit_events SET reason = '" + reason + "' WHERE seal = 3") }
		change("forged")
		run := c.all(models.AuditRange{})
		if run.State != models.CheckBroken || run.FaultSeal != 3 || run.FaultRow == "" || run.FaultFrom == nil || run.Seals != 2 {
			c.Fatalf("a changed row: %+v", run)
		}
		if run := c.all(models.AuditRange{Newest: 2}); run.State != models.CheckWhole || !slices.Equal(c.faults(), []string{"3"}) {
			c.Errorf("checked beside it: %+v, %v", run, c.faults())
		}
		change("")
		if !slices.Equal(c.faults(), []string{"3"}) {
			c.Errorf("before anybody looked: %v", c.faults())
		}
		if run := c.all(models.AuditRange{First: 3, Last: 3}); run.State != models.CheckWhole || len(c.faults()) > 0 {
			c.Errorf("passed over: %+v, %v", run, c.faults())
		}

		say("INSERT INTO audit_events (id, created_at, action, outcome, actor_kind, digest) SELECT 'ADDED', created_at, action, outcome, actor_kind, digest FROM audit_events WHERE seal = 5 LIMIT 1")
		if run := c.all(models.AuditRange{Newest: 1}); run.State != models.CheckBroken || run.FaultRow != "ADDED" || !slices.Equal(c.faults(), []string{"0"}) {
			c.Fatalf("an added row: %+v, %v", run, c.faults())
		}
		if c.all(models.AuditRange{First: 1, Last: 5}); len(c.faults()) != 1 {
			c.Error("a check that ends before the place has passed over it")
		}
		say("DELETE FROM audit_events WHERE id = 'ADDED'")
		if run := c.all(models.AuditRange{Newest: 1}); run.State != models.CheckWhole || len(c.faults()) > 0 {
			c.Errorf("passed over: %+v, %v", run, c.faults())
		}
	})
}

// TestVerifyAudit_SealedMeanwhile: a seal that is put while a check runs is no fault, also after it has looked how many there are; a
// row that names a seal which is not there is one.
func TestVerifyAudit_SealedMeanwhile(t *testing.T) {
	eachChecking(t, 2, func(c *checking) {
		c.sealed(1)
		if err := c.db.VerifyRest(c.Context(), 2); err != nil {
			c.Errorf("sealed meanwhile: %v", err)
		}
		sayer(c.T, c.db)("UPDATE audit_events SET seal = 99 WHERE seal = 3")
		if found, broken := errors.AsType[models.AuditBreak](c.db.VerifyRest(c.Context(), 2)); !broken || found.Seal != 99 {
			c.Errorf("under a seal that is not there: %+v", found)
		}
	})
}
