package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models/modelstest"
	"latchkey/views"
)

// TestSessionIDChanges (T-501): whenever a browser may do more than before, its cookie is another, and the one it had,
// planted or copied by somebody, is signed out at once.
func TestSessionIDChanges(t *testing.T) {
	const second = "second@example.test"
	forced := func(st *site, email string) {
		if err := st.db.RequirePasswordChange(context.Background(), st.row(email).ID); err != nil {
			st.t.Fatal(err)
		}
	}
	events := map[string]func(st *site, b *browser) page{
		"sign in again":  func(_ *site, b *browser) page { return b.signIn(member) },
		"sign in anew":   func(_ *site, b *browser) page { b.post("/logout"); return b.signIn(member) },
		"another person": func(_ *site, b *browser) page { return b.signIn("other@example.test") },
		"remembered": func(_ *site, b *browser) page {
			return b.post("/login", "email", member, "password", goodPassword, "remember", "on")
		},
		"verified by code": func(st *site, b *browser) page {
			b.signUp(second)
			return b.post("/verify-email", "code", st.code(second))
		},
		"verified by link": func(st *site, b *browser) page {
			b.signUp(second)
			return b.post(st.link(second, "verify_email"), "action", "confirm")
		},
		"verified by link and password": func(st *site, b *browser) page {
			st.browser().signUp(second)
			return b.post(st.link(second, "verify_email"), "action", "confirm", "password", goodPassword)
		},
		"verified by link and new password": func(st *site, b *browser) page {
			st.browser().signUp(second)
			return b.post(st.link(second, "verify_email"), "action", views.VerifyNewPassword, "new_password", otherPassword)
		},
		"forced change": func(st *site, b *browser) page {
			forced(st, "other@example.test")
			b.signIn("other@example.test")
			return b.post("/password/new", "password", otherPassword)
		},
		"own forced change": func(st *site, b *browser) page {
			forced(st, member)
			b.signIn(member)
			return b.post("/password/new", "password", otherPassword)
		},
		"proved again": func(_ *site, b *browser) page { return b.post("/reauth", "password", goodPassword) },
		"password changed": func(_ *site, b *browser) page {
			return b.post("/account/password", "current_password", goodPassword, "password", otherPassword)
		},
		"first password": func(st *site, b *browser) page {
			st.exec("UPDATE users SET password_hash = ''")
			return b.post("/account/password", "password", otherPassword)
		},
	}
	for name, act := range events {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, st *site) {
				st.person(member)
				st.person("other@example.test")
				b := st.browser().mustSignIn(member)
				thief := b.copy()
				if !thief.signedIn() {
					t.Fatal("the test needs a copy that works")
				}
				if p := act(st, b); p.status != 303 {
					t.Fatalf("%d\n%s", p.status, p.body)
				}
				if b.cookies["session"] == thief.cookies["session"] || !b.signedIn() {
					t.Error("the cookie is the same, or none")
				}
				wantRedirect(t, thief.get("/account"), "/login?return_to=%2Faccount")
				if _, err := st.s.Load(context.Background(), thief.cookies["session"]); !errors.Is(err, auth.ErrSignedOut) {
					t.Errorf("the former cookie: %v", err)
				}
				if n := st.number("SELECT count(*) FROM sessions"); n != 1 {
					t.Errorf("%d sessions for one browser", n)
				}
			})
		})
	}
}

// TestSessionIDChanges_Viewing (T-501, D-30): viewing as a member is a cookie of its own, another at each start, and worth nothing after
// the stop; the operator's own is the same throughout.
func TestSessionIDChanges_Viewing(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		id := st.person(member).ID
		st.person("admin@example.test")
		st.exec("UPDATE users SET role = 'administrator' WHERE email = 'admin@example.test'")
		b := st.browser().mustSignIn("admin@example.test")
		own := b.cookies["session"]
		start := func() string {
			t.Helper()
			view := auth.ViewStart{Reason: "They asked for it by phone", PublicReason: auth.PublicReasons[0], Version: st.decided(member).Version}
			token, _, err := st.s.StartView(context.Background(), auth.OperatorOf(st.actor(b)), id, view)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		shows := func(token string) bool {
			t.Helper()
			b.cookies["view_as"] = token
			return strings.Contains(b.get("/dashboard").body, "You are viewing as")
		}
		first := start()
		if !shows(first) || b.cookies["session"] != own {
			t.Fatal("the view does not run, or the operator's cookie is another")
		}
		wantRedirect(t, b.post("/view-as/stop"), "/admin/views/"+st.texts("SELECT id FROM member_views")[0])
		if b.cookies["session"] != own || b.cookies["view_as"] != "" {
			t.Errorf("after the stop: %v", b.cookies)
		}
		if shows(first) {
			t.Error("the cookie of a view that was stopped shows the member")
		}
		second := start()
		if second == first || !shows(second) || shows(first) || !shows(second) || b.cookies["session"] != own {
			t.Error("the second view is not one of its own")
		}
	})
}

// TestSessionLimits (T-505): a session lives to the last second of its limits and not one longer, and the first request
// after it finds nobody. What the limits are is the configuration's.
func TestSessionLimits(t *testing.T) {
	limits := auth.Config{
		SessionIdle: 37 * time.Minute, SessionAbsolute: 5 * time.Hour, RememberIdle: 50 * time.Hour, RememberAbsolute: 170 * time.Hour,
		SessionTouch: time.Minute,
	}
	kinds := map[string]struct {
		remember       string
		idle, absolute time.Duration
	}{
		"session": {"", limits.SessionIdle, limits.SessionAbsolute}, "remembered": {"on", limits.RememberIdle, limits.RememberAbsolute},
	}
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		for name, kind := range kinds {
			for _, edge := range []struct {
				off   time.Duration
				alive bool
			}{{-time.Second, true}, {0, false}, {time.Second, false}} {
				begin := func() *browser {
					b := st.browser()
					b.post("/login", "email", member, "password", goodPassword, "remember", kind.remember)
					return b
				}
				idle := begin()
				st.clock.Add(kind.idle + edge.off)
				st.oneLook(name+", idle", idle, edge.alive, edge.off)

				busy, began := begin(), st.clock.Now()
				for left := kind.absolute; left > kind.idle/2; left -= kind.idle / 2 {
					st.clock.Add(kind.idle / 2)
					if !busy.signedIn() {
						t.Fatalf("%s: ended in use", name)
					}
				}
				st.clock.Add(began.Add(kind.absolute + edge.off).Sub(st.clock.Now()))
				st.oneLook(name+", absolute", busy, edge.alive, edge.off)
			}
		}
	}, func(c *auth.Config) {
		c.SessionIdle, c.SessionAbsolute, c.SessionTouch = limits.SessionIdle, limits.SessionAbsolute, limits.SessionTouch
		c.RememberIdle, c.RememberAbsolute = limits.RememberIdle, limits.RememberAbsolute
	})
}

// oneLook asks once, in one statement: a session past its limit is not found, rather than found and ended.
func (st *site) oneLook(what string, b *browser, alive bool, off time.Duration) {
	st.t.Helper()
	before := modelstest.Digest(st.t, st.raw())
	ctx, statements := modelstest.Count(context.Background())
	_, err := st.s.Load(ctx, b.cookies["session"])
	if (err == nil) != alive || !alive && (!errors.Is(err, auth.ErrSignedOut) || statements.Load() != 1) {
		st.t.Errorf("%s, %v from the limit: %v after %d statements", what, off, err, statements.Load())
	}
	st.inert(what, before)
	if b.signedIn() != alive {
		st.t.Errorf("%s, %v from the limit: another answer to a request", what, off)
	}
}
