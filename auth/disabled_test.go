package auth_test

import (
	"context"
	"errors"
	"testing"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// TestDisabledHasNoSideDoor (T-1505): an account that is off, or gone, opens at no door, by nothing that was handed out
// while it was on, and gets no mail that would open it. TestStates_TimesEveryMethod has the table for the others.
func TestDisabledHasNoSideDoor(t *testing.T) {
	states := map[string]func(st *site, u models.User){
		"disabled": func(st *site, u models.User) {
			_ = st.operator(st.s.DisableUser(context.Background(), u.ID, "test", nil))
		},
		"suspended": func(st *site, u models.User) {
			until := st.clock.Now().AddDate(0, 0, 1)
			_ = st.operator(st.s.DisableUser(context.Background(), u.ID, "test", &until))
		},
		"locked, then disabled": func(st *site, u models.User) {
			_ = st.operator(st.s.LockUser(context.Background(), u.ID))
			_ = st.operator(st.s.DisableUser(context.Background(), u.ID, "test", nil))
		},
		"discarded": func(st *site, _ models.User) {
			wantRedirect(st.t, st.browser().post(st.link(member, "verify_email"), "action", views.VerifyDiscard), "/")
		},
	}
	for name, into := range states {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, st *site) {
				own := st.belongingsOf(member)
				code := st.code(member)
				asking, resetting := st.browser(), st.browser()
				signIn, signInCode := st.loginLink(asking, member), st.loginCode(member)
				resetting.post("/password/forgot", "email", member)
				resetCode := codeIn(t, st.lastMail(member, "password_reset"))
				known := own.other.copy()
				u := st.actor(own.current)
				into(st, st.row(member))
				if alive := own.alive(st, member); alive != "" {
					t.Errorf("alive: %s", alive)
				}
				st.exec("DELETE FROM attempts")
				signInLink := 403
				if name == "discarded" {
					signInLink = 422
				}
				sent := len(st.delivered(member, "password_reset")) + len(st.delivered(member, "sign_in_link")) + len(st.delivered(member, "verify_email")) + len(st.delivered(member, "account_exists"))
				doors := map[string]struct {
					p    page
					want int
				}{
					"password":                {st.browser().signIn(member), 422},
					"password, known browser": {known.signIn(member), 422},
					"password, wrong":         {known.signInWith(member, "wrong-password"), 422},
					"remembered":              {own.remembered.get("/account"), 303},
					"reauth":                  {own.current.post("/reauth", "password", goodPassword), 303},
					"change":                  {own.current.post("/account/password", "current_password", goodPassword, "password", otherPassword), 303},
					"forced change":           {own.forced.post("/password/new", "password", otherPassword), 303},
					"code":                    {own.verifying.post("/verify-email", "code", code), 422},
					"link, same browser":      {own.verifying.post(own.verify, "action", "confirm"), 422},
					"link, other browser":     {st.browser().post(own.verify, "action", "confirm", "password", goodPassword), 422},
					"link, new password":      {st.browser().post(own.verify, "action", views.VerifyNewPassword, "new_password", otherPassword), 422},
					"link, discard":           {st.browser().post(own.verify, "action", views.VerifyDiscard), 422},
					"reset":                   {st.browser().post(own.reset, "password", otherPassword), 422},
					"reset by code":           {resetting.post("/password/reset", "code", resetCode), 422},
					"unlock":                  {st.browser().post(own.unlock), 422},
					"sign-in link":            {asking.post(signIn), signInLink},
					"sign-in link, elsewhere": {st.browser().post(signIn), signInLink},
					"sign-in code":            {asking.post("/login/link/code", "code", signInCode), 422},
					"asking for a link":       {st.browser().post("/login/link", "email", member), 303},
					"asking for a reset":      {st.browser().post("/password/forgot", "email", member), 303},
					"asking for another code": {own.verifying.post("/verify-email/resend"), 303},
				}
				for door, d := range doors {
					if d.p.status != d.want || d.want == 303 && d.p.location == "/dashboard" {
						t.Errorf("%s: %d to %q", door, d.p.status, d.p.location)
					}
					for _, cookie := range d.p.set {
						if cookie.Name == "session" && cookie.Value != "" {
							t.Errorf("%s gives a session", door)
						}
					}
				}
				if _, err := st.s.Reauthenticate(context.Background(), u, auth.Reproof{Password: goodPassword}); !errors.Is(err, auth.ErrSignedOut) {
					t.Errorf("reauth: %v", err)
				}
				after := len(st.delivered(member, "password_reset")) + len(st.delivered(member, "sign_in_link")) + len(st.delivered(member, "verify_email")) + len(st.delivered(member, "account_exists"))
				if after != sent || st.number("SELECT count(*) FROM sessions") != 0 {
					t.Errorf("%d mails, %d sessions", after-sent, st.number("SELECT count(*) FROM sessions"))
				}
				if standing, err := st.s.Standing(context.Background(), u.ID, u.SessionID); standing.Active || standing.SessionLive || err != nil && !errors.Is(err, models.ErrNotFound) {
					t.Errorf("programs may go on: %+v, %v", standing, err)
				}
				if name == "discarded" {
					return // the address is free again
				}
				own.verifying.signUp(member)
				if n := len(st.delivered(member, "account_exists")) + len(st.delivered(member, "verify_email")); n > 1 || st.row(member).ID != u.ID {
					t.Errorf("signing up again: %d mails", n)
				}
			}, func(c *auth.Config) { c.Unverified = auth.UnverifiedBanner })
		})
	}
}
