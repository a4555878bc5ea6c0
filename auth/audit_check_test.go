package auth_test

import (
	"errors"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// TestAuditChecksByThemselves (D-28): once a day the house checks what was sealed since it last did, and nobody's check keeps it
// from that.
func TestAuditChecksByThemselves(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		tend := func() (own models.AuditCheckRun) {
			t.Helper()
			st.sealedEvents(3)
			if err := st.s.TendAuditChecks(t.Context()); err != nil {
				t.Fatal(err)
			}
			own, err := st.db.LastOwnAuditCheck(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			st.workOn(own.ID)
			own, err = st.db.AuditCheckByID(t.Context(), own.ID)
			if err != nil {
				t.Fatal(err)
			}
			return own
		}
		auditor := st.operatorWith("auditor@example.test", auth.RoleAuditor)
		st.sealedEvents(1)
		if _, err := st.s.VerifyAuditLog(t.Context(), auditor, models.AuditRange{}); err != nil {
			t.Fatal(err)
		}
		first := tend()
		if first.FirstSeal != 1 || first.LastSeal != 2 || first.State != models.CheckWhole {
			t.Fatalf("the first: %+v", first)
		}
		st.clock.Add(23 * time.Hour)
		if again := tend(); again.ID != first.ID {
			t.Error("twice within a day")
		}
		st.clock.Add(time.Hour)
		if second := tend(); second.ID == first.ID || second.FirstSeal != 3 || second.LastSeal != 4 || second.State != models.CheckWhole {
			t.Errorf("the second: %+v", second)
		}
		if rows := st.audit(auth.AuditLogVerified); len(rows) != 2 || rows[0].ActorKind != "system" {
			t.Errorf("rows %+v", rows)
		}
	})
}

// TestVerifyAuditLog (D-28): an operator has one check at a time, its end is in the log under their name, and one that was
// cancelled ends where it is.
func TestVerifyAuditLog(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		auditor, support := st.operatorWith("auditor@example.test", auth.RoleAuditor), st.operatorWith("support@example.test", auth.RoleSupport)
		st.sealedEvents(1)
		var forbidden auth.Forbidden
		if _, err := st.s.VerifyAuditLog(t.Context(), support, models.AuditRange{}); !errors.As(err, &forbidden) {
			t.Errorf("support: %v", err)
		}
		id, err := st.s.VerifyAuditLog(t.Context(), auditor, models.AuditRange{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := st.s.VerifyAuditLog(t.Context(), auditor, models.AuditRange{}); !errors.Is(err, models.ErrTaken) {
			t.Errorf("a second at once: %v", err)
		}
		if err := st.s.CancelAuditCheck(t.Context(), support, id); !errors.As(err, &forbidden) {
			t.Errorf("cancelled by support: %v", err)
		}
		if err := st.s.CancelAuditCheck(t.Context(), auditor, id); err != nil {
			t.Fatal(err)
		}
		st.workOn(id)
		if err := st.s.CancelAuditCheck(t.Context(), auditor, id); !errors.Is(err, models.ErrSpent) {
			t.Errorf("cancelled twice: %v", err)
		}
		if run, err := st.db.AuditCheckByID(t.Context(), id); err != nil || run.State != models.CheckCancelled || run.Seals != 0 {
			t.Errorf("cancelled: %+v, %v", run, err)
		}
		st.exec("UPDATE audit_events SET reason = 'forged' WHERE seal = 1")
		id, err = st.s.VerifyAuditLog(t.Context(), auditor, models.AuditRange{})
		if err != nil {
			t.Fatal(err)
		}
		st.workOn(id)
		rows := st.audit(auth.AuditLogVerified)
		if len(rows) != 1 || rows[0].Outcome != models.OutcomeFailure || rows[0].ActorID != auditor.ID || rows[0].TargetID != id {
			t.Errorf("rows %+v", rows)
		}
	})
}

// sealedEvents writes events and puts a seal over all that there are.
func (st *site) sealedEvents(n int) {
	st.t.Helper()
	for range n {
		if err := st.db.Audit(st.t.Context(), models.AuditEvent{Action: "app.test", ActorKind: "system"}); err != nil {
			st.t.Fatal(err)
		}
	}
	if _, err := st.db.SealAudit(st.t.Context()); err != nil {
		st.t.Fatal(err)
	}
}

// workOn does a check to its end, as the job does.
func (st *site) workOn(id string) {
	st.t.Helper()
	for over, err := false, error(nil); !over; {
		if over, err = st.s.WorkOnAuditCheck(st.t.Context(), id); err != nil {
			st.t.Fatal(err)
		}
	}
}
