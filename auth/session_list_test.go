package auth_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// TestAllSessions (D-22): everybody's sessions page by page, those that began last first, and those from one address.
func TestAllSessions(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		auditor := st.operatorWith("auditor@example.test", auth.RoleAuditor)
		for i := range 30 {
			st.person(fmt.Sprintf("p%02d@example.test", i))
			st.clock.Add(time.Second)
			st.browserAt(fmt.Sprintf("198.51.100.%d", i%3)).mustSignIn(fmt.Sprintf("p%02d@example.test", i))
		}
		first, err := st.s.AllSessions(ctx, auditor, auth.SessionQuery{})
		if err != nil || len(first.Sessions) != 25 || first.Sessions[0].Email != "p29@example.test" || first.Newer != "" || first.Older == "" {
			t.Fatalf("the first page: %d, %v", len(first.Sessions), err)
		}
		second, err := st.s.AllSessions(ctx, auditor, auth.SessionQuery{Older: first.Older})
		if err != nil || len(second.Sessions) != 6 || second.Older != "" {
			t.Errorf("the second page: %d, %v", len(second.Sessions), err)
		}
		back, err := st.s.AllSessions(ctx, auditor, auth.SessionQuery{Newer: second.Newer})
		if err != nil || len(back.Sessions) != 25 || back.Sessions[0].ID != first.Sessions[0].ID {
			t.Errorf("back: %d, %v", len(back.Sessions), err)
		}
		if from, err := st.s.AllSessions(ctx, auditor, auth.SessionQuery{Address: " 198.51.100.1 "}); err != nil || len(from.Sessions) != 10 {
			t.Errorf("from one address: %d, %v", len(from.Sessions), err)
		}
		var invalid auth.Invalid
		if _, err := st.s.AllSessions(ctx, auditor, auth.SessionQuery{Address: "there"}); !errors.As(err, &invalid) || invalid["address"] == "" {
			t.Errorf("no address: %v", err)
		}
		if _, err := st.s.AllSessions(ctx, auditor, auth.SessionQuery{Address: "198.51.100.1", Older: first.Older}); !errors.Is(err, models.ErrNoCursor) {
			t.Errorf("a place of another list: %v", err)
		}
	})
}

// TestEndSessionsFrom (D-22): all sessions from an address end in one batch, but the operator's own, and those of operators only
// by an administrator; on another state nothing ends.
func TestEndSessionsFrom(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		const address = "198.51.100.7"
		support, admin := st.operatorWith("support@example.test", auth.RoleSupport), st.operatorWith("admin@example.test", auth.RoleAdministrator)
		st.exec("UPDATE sessions SET address = '" + address + "'") // both operators sit there, too
		mine, other := st.browserAt(address), st.browserAt("192.0.2.9")
		st.person(member)
		mine.mustSignIn(member)
		other.mustSignIn(member)
		end := func(op auth.Operator, reason string, change func(*auth.FromAddress)) error {
			t.Helper()
			from, err := st.s.SessionsFrom(ctx, op, address)
			if err != nil {
				t.Fatal(err)
			}
			change(&from)
			version, err := from.Version()
			if err != nil {
				t.Fatal(err)
			}
			return st.s.EndSessionsFrom(ctx, op, address, auth.Act{Reason: reason, Version: version})
		}
		same := func(*auth.FromAddress) {}
		var invalid auth.Invalid
		if err := end(support, "Short", same); !errors.As(err, &invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if err := end(support, "Signs of a stolen password", func(f *auth.FromAddress) { f.Sessions++ }); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("on another state: %v", err)
		}
		if !mine.signedIn() {
			t.Fatal("a refused act ended a session")
		}
		if err := end(support, "Signs of a stolen password", same); err != nil {
			t.Fatal(err)
		}
		if mine.signedIn() || !other.signedIn() || st.number("SELECT count(*) FROM sessions WHERE address = '"+address+"'") != 2 {
			t.Error("support ended too much, or too little")
		}
		if err := end(admin, "Signs of a stolen password", same); err != nil {
			t.Fatal(err)
		}
		if n := st.number("SELECT count(*) FROM sessions WHERE address = '" + address + "'"); n != 1 {
			t.Errorf("%d are left of two operators", n)
		}
		rows := st.audit(auth.AuditAddressEndSessions)
		if len(rows) != 2 || rows[0].BatchID == "" || rows[0].BatchID == rows[1].BatchID || st.number("SELECT count(*) FROM audit_events WHERE batch_id = '"+rows[1].BatchID+"'") != 2 {
			t.Errorf("the rows: %+v", rows)
		}
	})
}
