package main

import (
	"testing"
	"time"

	"latchkey/models/modelstest"
)

// TestDutiesTwice (T-1702): a duty done again, or twice at once, changes nothing more.
func TestDutiesTwice(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, databaseURL string) {
		s := newSweep(t, databaseURL)
		s.signUp(t, newcomer)
		s.redeem(t, s.enter(t, "member@example.test").allow(t))
		s.clock.Add(40 * 24 * time.Hour) // much has run out
		before := modelstest.Digest(t, s.pool)
		for _, duty := range s.duties() {
			if err := duty.Do(t.Context()); err != nil {
				t.Fatalf("%s: %v", duty.Name, err)
			}
		}
		once := modelstest.Digest(t, s.pool)
		if len(before.Changed(once)) == 0 {
			t.Error("the duties had nothing to do")
		}
		for _, duty := range s.duties() {
			if won, lost := modelstest.Race(2, func(int) error { return duty.Do(t.Context()) }); won != 2 {
				t.Errorf("%s twice at once: %v", duty.Name, lost)
			}
		}
		s.checkInert(t, once, "the duties, done again")
	})
}
