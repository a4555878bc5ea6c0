package auth_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
		if _, err := st.s.AllSessions(ctx, auditor, auth.SessionQuery{Address: "198.51.100.1", Older: first.Older}); !errors.Is(err, models.ErrNoCursor) {
			t.Errorf("a place of another list: %v", err)
		}
	})
}

// TestAllSessions_Filters (D-22): sessions by member, address or range, kind, strength and day, alone and together; what is none of
// them is refused, and a place of one selection is none of another.
func TestAllSessions_Filters(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		ada, grace := st.person("ada@example.test"), st.person("grace@example.test")
		st.person("admin@example.test")
		st.exec("UPDATE users SET role = 'administrator' WHERE email = 'admin@example.test'")
		remembered := func(address, email string) *browser {
			b := st.browserAt(address)
			b.post("/login", "email", email, "password", goodPassword, "remember", "on")
			st.clock.Add(time.Second)
			return b
		}
		operator := remembered("192.0.2.50", "admin@example.test")
		remembered("198.51.100.7", ada.Email)
		remembered("2001:db8:7::9", ada.Email)
		st.clock.Add(24 * time.Hour)
		st.browserAt("198.51.100.201").mustSignIn(grace.Email)
		st.exec("UPDATE sessions SET acr = 'phr' WHERE address = '198.51.100.201'")
		admin := auth.OperatorOf(st.actor(operator))
		st.clock.Add(time.Second)
		view := auth.ViewStart{Reason: "They asked for it by phone", PublicReason: auth.PublicReasons[0], Version: st.decided(grace.Email).Version}
		if _, _, err := st.s.StartView(ctx, admin, grace.ID, view); err != nil {
			t.Fatal(err)
		}
		today := st.clock.Now().Format(time.DateOnly)
		for name, c := range map[string]struct {
			auth.SessionQuery
			want string
		}{
			"all":                {auth.SessionQuery{}, "view of grace, grace, ada, ada, admin"},
			"members' own":       {auth.SessionQuery{Kind: models.SessionOfPerson}, "grace, ada, ada, admin"},
			"views":              {auth.SessionQuery{Kind: models.SessionOfView}, "view of grace"},
			"of a member":        {auth.SessionQuery{Member: "ADA"}, "ada, ada"},
			"of an id":           {auth.SessionQuery{Member: grace.ID}, "view of grace, grace"},
			"of nobody":          {auth.SessionQuery{Member: "nobody@example.test"}, ""},
			"from an address":    {auth.SessionQuery{Address: " 198.51.100.7 "}, "ada"},
			"from a range":       {auth.SessionQuery{Address: "198.51.100.0/24"}, "grace, ada"},
			"from a half of it":  {auth.SessionQuery{Address: "198.51.100.128/25"}, "grace"},
			"from a range of v6": {auth.SessionQuery{Address: "2001:db8:7::/48"}, "ada"},
			"where the view is":  {auth.SessionQuery{Address: "192.0.2.48/29"}, "view of grace, admin"},
			"strong":             {auth.SessionQuery{Strength: auth.ACRPasskey}, "grace"},
			"weak in a range":    {auth.SessionQuery{Strength: auth.ACRSingle, Address: "198.51.100.0/24"}, "ada"},
			"since today":        {auth.SessionQuery{From: today}, "view of grace, grace"},
			"until yesterday":    {auth.SessionQuery{To: st.clock.Now().AddDate(0, 0, -1).Format(time.DateOnly)}, "ada, ada, admin"},
			"all at once":        {auth.SessionQuery{Member: "grace", Address: "198.51.100.201", Kind: models.SessionOfPerson, Strength: auth.ACRPasskey, From: today, To: today}, "grace"},
		} {
			page, err := st.s.AllSessions(ctx, admin, c.SessionQuery)
			if got := namesOf(page.Sessions); err != nil || got != c.want {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
		for field, q := range map[string]auth.SessionQuery{
			"address": {Address: "there"}, "kind": {Kind: "machine"}, "strength": {Strength: "aal3"}, "from": {From: today, To: "2020-01-01"}, "member": {Member: strings.Repeat("x", 300)},
		} {
			var invalid auth.Invalid
			if _, err := st.s.AllSessions(ctx, admin, q); !errors.As(err, &invalid) || invalid[field] == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

// namesOf are whose sessions these are, those that began together by name.
func namesOf(sessions []auth.MemberSession) string {
	var names []string
	for _, s := range sessions {
		name, _, _ := strings.Cut(s.Email, "@")
		if s.View != "" {
			name = "view of " + name
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// TestAllSessions_ViewsBetween (D-22): views stand among the sessions by when they began, and pages lead over them both ways.
func TestAllSessions_ViewsBetween(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		for i := range 30 {
			email := fmt.Sprintf("p%02d@example.test", i)
			id := st.person(email).ID
			st.clock.Add(time.Second)
			st.browser().mustSignIn(email)
			view := auth.ViewStart{Reason: "They asked for it by phone", PublicReason: auth.PublicReasons[0], Version: st.decided(email).Version}
			st.clock.Add(time.Second)
			if _, _, err := st.s.StartView(ctx, admin, id, view); err != nil {
				t.Fatal(err)
			}
		}
		var want []string
		for i := 29; i >= 0; i-- {
			want = append(want, fmt.Sprintf("view of p%02d", i), fmt.Sprintf("p%02d", i))
		}
		want = append(want, "admin")
		q, down := auth.SessionQuery{}, []string{}
		var last auth.SessionPage
		for pages := 0; pages < 5; pages++ {
			page, err := st.s.AllSessions(ctx, admin, q)
			if err != nil {
				t.Fatal(err)
			}
			down, last = append(down, strings.Split(namesOf(page.Sessions), ", ")...), page
			if q = (auth.SessionQuery{Older: page.Older}); page.Older == "" {
				break
			}
		}
		if !slices.Equal(down, want) {
			t.Errorf("down the list: %v", down)
		}
		back, err := st.s.AllSessions(ctx, admin, auth.SessionQuery{Newer: last.Newer})
		if got := namesOf(back.Sessions); err != nil || got != strings.Join(want[25:50], ", ") {
			t.Errorf("back: %s, %v", got, err)
		}
	})
}

// TestEndSessionsFrom_Range (D-22): an act on a range meets the sessions of all its addresses; too wide a range is refused, and what
// is more than can be ended at once is said before.
func TestEndSessionsFrom_Range(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		support := st.operatorWith("support@example.test", auth.RoleSupport)
		st.exec("UPDATE sessions SET address = '203.0.113.1'")
		for i, address := range []string{"198.51.100.7", "198.51.100.8", "198.51.101.9"} {
			st.browserAt(address).mustSignIn(st.person(fmt.Sprintf("p%d@example.test", i)).Email)
		}
		var invalid auth.Invalid
		for _, typed := range []string{"", "there", "10.0.0.0/15", "::/0", "2001::/31", "0.0.0.0/0"} {
			if _, err := st.s.SessionsFrom(ctx, support, typed); !errors.As(err, &invalid) || invalid["address"] == "" || auth.EndableFrom(typed) {
				t.Errorf("%q: %v", typed, err)
			}
		}
		from, err := st.s.SessionsFrom(ctx, support, "198.51.100.77/24")
		if err != nil || from != (auth.FromAddress{Address: "198.51.100.0/24", Sessions: 2, Members: 2}) {
			t.Fatalf("the count: %+v, %v", from, err)
		}
		version, err := from.Version()
		if err != nil {
			t.Fatal(err)
		}
		if err := st.s.EndSessionsFrom(ctx, support, "198.51.100.0/24", auth.Act{Reason: "Signs of a stolen password", Version: version}); err != nil {
			t.Fatal(err)
		}
		if left := st.texts("SELECT address FROM sessions ORDER BY address"); !slices.Equal(left, []string{"198.51.101.9", "203.0.113.1"}) {
			t.Errorf("left: %v", left)
		}
		if rows := st.audit(auth.AuditAddressEndSessions); len(rows) != 1 || rows[0].TargetID != "198.51.100.0/24" {
			t.Errorf("the row: %+v", rows)
		}
		st.exec("DELETE FROM sessions WHERE address = '198.51.101.9'")
		st.manySessionsOf("p0@example.test", "198.51.100.7", 1001)
		if from, err := st.s.SessionsFrom(ctx, support, "198.51.0.0/16"); err != nil || from.Sessions != 1000 || !from.More {
			t.Errorf("more than can be ended: %+v, %v", from, err)
		}
	})
}

// manySessionsOf makes sessions that nobody has a cookie for.
func (st *site) manySessionsOf(email, address string, n int) {
	st.t.Helper()
	owner, now := st.row(email), st.clock.Now()
	err := st.db.InTx(context.Background(), func(tx *models.Tx) error {
		for range n {
			session := models.Session{
				ID: models.NewID(), TokenHash: models.Digest(models.NewToken()), UserID: owner.ID, Epoch: owner.Epoch, Proofs: []models.Proof{}, ACR: auth.ACRSingle, Address: address,
				AuthTime: now, CreatedAt: now, LastSeenAt: now, IdleUntil: now.Add(time.Hour), AbsoluteUntil: now.Add(time.Hour),
			}
			if err := tx.CreateSession(context.Background(), &session); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		st.t.Fatal(err)
	}
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
