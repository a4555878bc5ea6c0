package auth_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models/modelstest"
)

// setupLink makes a link as a start of the program does.
func (st *site) setupLink() string {
	st.t.Helper()
	link, err := st.s.NewSetupLink(context.Background())
	if err != nil || link == "" {
		st.t.Fatalf("%q, %v", link, err)
	}
	return "/setup/" + lastPart(link)
}

// TestSetup: the link of the first start makes an administrator, once, and only while there is none; a mistake leaves it good.
func TestSetup(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		link, other := st.setupLink(), st.setupLink()
		b := st.browser()
		before := modelstest.Digest(t, st.raw())
		wantPage(t, b.get(link), 200, "Make the first administrator")
		wantPage(t, b.post(link, "email", "no address", "password", "short"), 422, "no address")
		wantPage(t, b.get("/setup/unknown"), 410)
		st.inert("looking and mistakes", before)
		wantRedirect(t, b.post(link, "email", "root@example.test", "name", "Root", "password", goodPassword), "/login?return_to=%2Fadmin")
		if u := st.row("root@example.test"); u.Role != string(auth.RoleAdministrator) || !u.Verified() || u.Name != "Root" {
			t.Errorf("the administrator: %+v", u)
		}
		for _, dead := range []string{link, other} {
			wantPage(t, b.get(dead), 410)
			wantPage(t, b.post(dead, "email", "second@example.test", "password", goodPassword), 422)
		}
		if again, err := st.s.NewSetupLink(context.Background()); err != nil || again != "" {
			t.Errorf("another link: %q, %v", again, err)
		}
		if rows := st.audit(auth.AuditSetUp); len(rows) != 1 || rows[0].ActorID != st.row("root@example.test").ID {
			t.Errorf("rows %+v", rows)
		}
	})
}

// TestSetup_Ends: a link is dead after a day, and once an administrator came about in another way.
func TestSetup_Ends(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		link := st.setupLink()
		st.clock.Add(24 * time.Hour)
		wantPage(t, st.browser().get(link), 410)
		link = st.setupLink()
		st.operatorWith("admin@example.test", auth.RoleAdministrator)
		wantPage(t, st.browser().get(link), 410)
		wantPage(t, st.browser().post(link, "email", "second@example.test", "password", goodPassword), 422)
		if n := st.number("SELECT count(*) FROM users WHERE role <> ''"); n != 1 {
			t.Errorf("%d operators", n)
		}
	})
}

// TestSetup_Race: of fifty who use one link at once, one becomes the administrator.
func TestSetup_Race(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		token := lastPart(st.setupLink())
		var wg sync.WaitGroup
		var won atomic.Int32
		for i := range 50 {
			wg.Go(func() {
				email := string(rune('a'+i%26)) + string(rune('a'+i/26)) + "@example.test"
				if st.s.SetUp(context.Background(), token, auth.NewUser{Email: email, Password: goodPassword}) == nil {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if n := st.number("SELECT count(*) FROM users"); won.Load() != 1 || n != 1 {
			t.Errorf("%d won, %d accounts", won.Load(), n)
		}
	})
}
