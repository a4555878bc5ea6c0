package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
	"latchkey/views"
)

// linkForms are the routes of mailed links, and all that can be posted to them.
var linkForms = map[string][][]string{
	"/verify-email/": {
		{"action", "confirm"}, {"action", "confirm", "password", goodPassword},
		{"action", views.VerifyNewPassword, "new_password", otherPassword}, {"action", views.VerifyDiscard},
	},
	"/password/reset/":      {{"password", otherPassword}},
	"/login/unlock/":        {{}},
	"/account/not-me/":      {{}},
	"/login/recovery/stop/": {{}}, "/login/recovery/finish/": {{}},
	"/login/link/": {{}},
	"/setup/":      {{"email", "first@example.test", "password", otherPassword}},
}

// refusedStatus is how a route of links refuses a form.
func refusedStatus(route string) int {
	if route == "/account/not-me/" || route == "/login/recovery/stop/" { // A-854; alarms
		return 410
	}
	return 422
}

// deadEverywhere wants a token refused by these routes, in every browser and by every form, and nothing to change.
func (st *site) deadEverywhere(what, token string, routes []string, browsers ...*browser) {
	st.t.Helper()
	before := modelstest.Digest(st.t, st.raw())
	for _, route := range routes {
		for _, b := range browsers {
			st.exec("DELETE FROM attempts")
			if p := b.get(route + token); p.status != 410 || len(p.set) != 0 {
				st.t.Errorf("%s: GET %s gives %d, %v", what, route, p.status, p.set)
			}
			for _, form := range linkForms[route] {
				if p := b.post(route+token, form...); p.status != refusedStatus(route) || len(p.set) != 0 {
					st.t.Errorf("%s: POST %s %v gives %d, %v", what, route, form, p.status, p.set)
				}
			}
		}
	}
	st.inert(what, before)
}

// TestMailTokenPurpose (T-408): a mailed token works at the route of its purpose, for the person it was made for, and
// proves the address it went to.
func TestMailTokenPurpose(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.browser().post("/password/forgot", "email", member)
		st.guess(member, 20)
		pending := st.browser()
		pending.signUp(newcomer)
		inside := st.browserAt("203.0.113.9").mustSignIn(st.person("other@example.test").Email)
		stop, finish := st.recoveryLinks(member)
		tokens := map[string]string{
			"/login/recovery/stop/": stop, "/login/recovery/finish/": finish,
			"/verify-email/": st.link(newcomer, "verify_email"), "/password/reset/": st.link(member, "password_reset"),
			"/login/unlock/": st.link(member, "account_guarded"), "/account/not-me/": st.notMe(member, "account_guarded"),
			"/login/link/": st.loginLink(st.browser(), member), "/setup/": st.setupLink(),
		}
		if len(tokens) != len(linkForms) {
			t.Fatal("a route of links has no token here")
		}
		for own, link := range tokens {
			for route := range linkForms {
				if route != own {
					st.deadEverywhere("the token of "+own, lastPart(link), []string{route}, st.browser(), pending, inside)
				}
			}
			wantPage(t, st.browser().get(link), 200, "") // and it is alive after all that
		}

		// The token says for whom it works, not who holds it.
		wantRedirect(t, inside.post(tokens["/password/reset/"], "password", otherPassword), "/login")
		wantRedirect(t, st.browser().signInWith(member, otherPassword), "/dashboard")
		st.browserAt("203.0.113.10").mustSignIn("other@example.test")
		wantPage(t, inside.post(tokens["/verify-email/"], "action", "confirm"), 422, "Enter the password you chose")
		if st.row(newcomer).Verified() {
			t.Error("somebody else's button proved the address")
		}
	})
}

// TestMailTokenPurpose_Moved: whose address changed after the mail had left proves nothing by it any more.
func TestMailTokenPurpose_Moved(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		links := func() []string {
			st.person(member)
			st.browser().post("/password/forgot", "email", member)
			st.guess(member, 20)
			stop, finish := st.recoveryLinks(member)
			return []string{
				stop, finish, st.link(member, "password_reset"), st.link(member, "account_guarded"), st.notMe(member, "account_guarded"), st.loginLink(st.browser(), member),
			}
		}
		pending := st.browser()
		pending.signUp(newcomer)
		all := append(links(), st.link(newcomer, "verify_email"))
		code := st.code(newcomer)
		st.exec("UPDATE users SET email = 'moved-' || email")
		before := modelstest.Digest(t, st.raw())
		for _, link := range all {
			route := link[:len(link)-len(lastPart(link))]
			wantPage(t, st.browser().get(link), 200, "") // names the address it went to
			for _, form := range linkForms[route] {
				for _, b := range []*browser{st.browser(), pending} {
					if p := b.post(link, form...); p.status != refusedStatus(route) || len(p.set) != 0 {
						t.Errorf("POST %s %v: %d", route, form, p.status)
					}
				}
			}
		}
		st.inert("a mail to the former address", before)
		wantPage(t, pending.post("/verify-email", "code", code), 422, "not right")
		if st.number("SELECT count(*) FROM users WHERE email = 'moved-"+newcomer+"' AND email_verified_at IS NULL") != 1 {
			t.Error("the new address counts as proven")
		}
		// A change of address raises the epoch, and then not even the page opens.
		st.exec("UPDATE users SET epoch = epoch + 1")
		for _, link := range all {
			if strings.HasPrefix(link, "/account/not-me/") || strings.HasPrefix(link, "/login/recovery/stop/") {
				continue // an alarm outlives the epoch, and is refused as before
			}
			st.deadEverywhere("an older epoch", lastPart(link), []string{link[:len(link)-len(lastPart(link))]}, st.browser(), pending)
		}
	})
}

// TestMailTokenWorksOnce (T-306): link and code of a mail, and all the buttons behind the link, have one effect
// together, one after another and at the same moment.
func TestMailTokenWorksOnce(t *testing.T) {
	type use struct {
		name string
		post func(b *browser, link, code string) page
	}
	uses := []use{
		{"code", func(b *browser, _, code string) page { return b.post("/verify-email", "code", code) }},
		{"confirm", func(b *browser, link, _ string) page { return b.post(link, "action", "confirm") }},
		{"new password", func(b *browser, link, _ string) page {
			return b.post(link, "action", views.VerifyNewPassword, "new_password", otherPassword)
		}},
		{"discard", func(b *browser, link, _ string) page { return b.post(link, "action", views.VerifyDiscard) }},
	}
	each(t, func(t *testing.T, st *site) {
		for i, first := range uses {
			email := fmt.Sprintf("once%d@example.test", i)
			b := st.browser()
			b.signUp(email)
			link, code := st.link(email, "verify_email"), st.code(email)
			holder := b.copy() // of the same sign-up
			if p := first.post(b, link, code); p.status != 303 {
				t.Fatalf("%s: %d\n%s", first.name, p.status, p.body)
			}
			before := modelstest.Digest(t, st.raw())
			for _, second := range uses {
				for _, b := range []*browser{holder, b, st.browser()} {
					st.exec("DELETE FROM attempts")
					if p := second.post(b, link, code); p.status != 422 {
						t.Errorf("%s after %s: %d", second.name, first.name, p.status)
					}
				}
			}
			st.inert("a second use after "+first.name, before)
		}
	})
}

func TestMailTokenWorksOnce_Race(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		const width, rounds = 48, 20
		for round := range rounds {
			email := fmt.Sprintf("race%d@example.test", round)
			b := st.browserAt(fmt.Sprintf("203.0.113.%d", round))
			b.signUp(email)
			visitor, token, code := auth.Visitor{Pending: b.cookies["login"]}, lastPart(st.link(email, "verify_email")), st.code(email)
			won, lost := modelstest.Race(width, func(i int) (err error) {
				ctx := models.WithOrigin(context.Background(), models.Origin{Address: fmt.Sprintf("198.51.100.%d", i)})
				switch i % 4 {
				case 0:
					_, err = st.s.VerifyByCode(ctx, visitor, nil, code)
				case 1:
					_, err = st.s.ConfirmLink(ctx, visitor, nil, token, "")
				case 2:
					_, err = st.s.NewPasswordByLink(ctx, auth.Visitor{}, token, otherPassword)
				default:
					err = st.s.DiscardByLink(ctx, token)
				}
				return err
			})
			if won != 1 {
				t.Errorf("round %d: %d effects of one mail", round, won)
			}
			for _, err := range lost {
				var stranger auth.Invalid // the sign-up is over, so its browser is asked for the password
				if !errors.Is(err, auth.ErrDeadLink) && !errors.Is(err, auth.ErrWrongCode) && !errors.As(err, &stranger) {
					t.Errorf("round %d: %v", round, err)
				}
			}
			alive := st.number("SELECT count(*) FROM users WHERE email = '" + email + "' AND email_verified_at IS NOT NULL")
			sessions := st.number("SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = '" + email + "'")
			gone := len(st.audit(auth.AuditSignUpDiscarded))
			st.exec("DELETE FROM audit_events")
			if alive+gone != 1 || sessions != alive {
				t.Errorf("round %d: %d verified, %d discarded, %d sessions", round, alive, gone, sessions)
			}
		}
		t.Logf("%d wide, %d rounds, one effect each", width, rounds)
	})
}
