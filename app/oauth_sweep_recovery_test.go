package main

import (
	"testing"
)

// recovering is somebody new whose wait for the removal of a lost second step is over.
func (s *sweep) recovering(t *testing.T, email string) string {
	t.Helper()
	s.twoStep(t, email)
	now := s.db.Now()
	if err := s.db.StartFactorRecovery(t.Context(), s.idOf(t, email), now, now); err != nil {
		t.Fatal(err)
	}
	if err := s.people.TendFactorRecoveries(t.Context()); err != nil {
		t.Fatal(err)
	}
	return email
}

// lost is a browser at the page for people who have lost their second step, with the mailed code on its way.
func (s *sweep) lost(t *testing.T, email string) *actor {
	t.Helper()
	a := s.enter(t, s.twoStep(t, email))
	a.browse(t, post("/login/recovery/code", "x=1"))
	return a
}
