package auth_test

import (
	"context"
	"errors"
	"testing"

	"latchkey/auth"
	"latchkey/views"
)

// firstPassword sets the password of an account that has none.
func (st *site) firstPassword(b *browser) {
	st.t.Helper()
	wantPage(st.t, b.get("/account"), 200, "Email address confirmed. Set a password if you want one.")
	wantRedirect(st.t, b.post("/account/password", "password", goodPassword), "/account")
}

// TestPreHijack (T-804): whoever opens an account with somebody else's address, and even sits in it, has nothing left
// of it once the owner of the mailbox proves, in whatever way, that it is theirs.
func TestPreHijack(t *testing.T) {
	const strangers = "strangers-Pass-77"
	ways := map[string]func(st *site, owner *browser){
		"reset": func(st *site, owner *browser) {
			owner.post("/password/forgot", "email", newcomer)
			wantRedirect(st.t, owner.post(st.link(newcomer, "password_reset"), "password", goodPassword), "/login")
		},
		"sign-in link": func(st *site, owner *browser) {
			wantRedirect(st.t, owner.post(st.loginLink(st.browser(), newcomer)), "/dashboard")
			st.firstPassword(owner)
		},
		"sign-in code": func(st *site, owner *browser) {
			owner.post("/login/link", "email", newcomer)
			wantRedirect(st.t, owner.post("/login/link/code", "code", st.loginCode(newcomer)), "/dashboard")
			st.firstPassword(owner)
		},
		"reset by code": func(st *site, owner *browser) {
			owner.post("/password/forgot", "email", newcomer)
			p := owner.post("/password/reset", "code", codeIn(st.t, st.lastMail(newcomer, "password_reset")))
			wantRedirect(st.t, owner.post(p.location, "password", goodPassword), "/login")
		},
		"new password by the stranger's link": func(st *site, owner *browser) {
			link := st.link(newcomer, "verify_email")
			wantRedirect(st.t, owner.post(link, "action", views.VerifyNewPassword, "new_password", goodPassword), "/dashboard")
		},
		"sign-up and code": func(st *site, owner *browser) {
			owner.signUp(newcomer)
			wantRedirect(st.t, owner.post("/verify-email", "code", st.code(newcomer)), "/dashboard")
		},
		"sign-up and link": func(st *site, owner *browser) {
			owner.signUp(newcomer)
			wantRedirect(st.t, owner.post(st.link(newcomer, "verify_email"), "action", "confirm"), "/dashboard")
		},
		"sign-up and link elsewhere": func(st *site, owner *browser) {
			st.browser().signUp(newcomer)
			link := st.link(newcomer, "verify_email")
			wantRedirect(st.t, owner.post(link, "action", "confirm", "password", goodPassword), "/dashboard")
		},
		"discarded, then sign-up": func(st *site, owner *browser) {
			wantRedirect(st.t, owner.post(st.link(newcomer, "verify_email"), "action", views.VerifyDiscard), "/")
			owner.signUp(newcomer)
			wantRedirect(st.t, owner.post("/verify-email", "code", st.code(newcomer)), "/dashboard")
		},
	}
	for _, mode := range []string{auth.UnverifiedBlock, auth.UnverifiedBanner} {
		for name, prove := range ways {
			t.Run(mode+", "+name, func(t *testing.T) {
				each(t, func(t *testing.T, st *site) {
					stranger := st.browserAt("203.0.113.66")
					stranger.post("/signup", "email", newcomer, "password", strangers, "name", "Pay to DE00", "return_to", "/evil")
					waiting := stranger.copy() // at the page for the code
					if mode == auth.UnverifiedBanner {
						stranger.post("/login", "email", newcomer, "password", strangers, "remember", "on")
						if !stranger.signedIn() {
							t.Fatal("the test needs the stranger inside")
						}
						stranger.post("/account/profile", "name", "Pay to DE00")
					} else {
						wantRedirect(t, stranger.signInWith(newcomer, strangers), "/verify-email")
					}
					code, link := st.code(newcomer), st.link(newcomer, "verify_email")
					cookies := []string{stranger.cookies["session"], stranger.cookies["login"], waiting.cookies["login"]}

					owner := st.browser()
					prove(st, owner)

					if u := st.row(newcomer); !u.Verified() || u.Name == "Pay to DE00" {
						t.Errorf("verified %v, called %q", u.Verified(), u.Name)
					}
					for _, cookie := range cookies {
						if _, err := st.s.Load(context.Background(), cookie); !errors.Is(err, auth.ErrSignedOut) {
							t.Errorf("a session of the stranger's: %v", err)
						}
						if _, err := st.s.VerifyByCode(context.Background(), auth.Visitor{Pending: cookie}, nil, code); !errors.Is(err, auth.ErrWrongCode) {
							t.Errorf("a step of the stranger's: %v", err)
						}
					}
					if stranger.signedIn() || waiting.signedIn() {
						t.Error("the stranger is inside")
					}
					wantPage(t, stranger.signInWith(newcomer, strangers), 422, "is wrong")
					wantPage(t, waiting.post("/verify-email", "code", code), 422, "not right")
					for _, b := range []*browser{stranger, waiting, st.browser()} {
						wantPage(t, b.get(link), 410, "no longer works")
						if p := b.post(link, "action", "confirm", "password", strangers); p.status != 422 {
							t.Errorf("the stranger's link: %d", p.status)
						}
					}
					st.exec("DELETE FROM attempts")
					wantRedirect(t, st.browser().signIn(newcomer), "/dashboard")

					// Nor is the stranger's browser one that the owner's lock spares.
					if err := st.s.LockUser(context.Background(), st.row(newcomer).ID); err != nil {
						t.Fatal(err)
					}
					for _, cookie := range []string{stranger.cookies["browser"], waiting.cookies["browser"]} {
						known, err := st.db.KnownBrowser(context.Background(), newcomer, cookie, st.clock.Now().AddDate(0, 0, -90))
						if err != nil || known {
							t.Errorf("the stranger's browser is known: %v, %v", known, err)
						}
					}
				}, func(c *auth.Config) { c.Unverified = mode })
			})
		}
	}
}
