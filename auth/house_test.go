package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

func TestFlash_OnlyKnownMessages(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		p := b.post("/logout")
		for _, cookie := range p.set {
			if cookie.Name == "flash" && (cookie.Value != "signed-out" || cookie.MaxAge != 60) {
				t.Errorf("flash: %s", cookie.Raw)
			}
		}
		wantPage(t, b.get("/"), 200, "You are signed out.")
		if strings.Contains(b.get("/").body, "You are signed out.") {
			t.Error("shown twice")
		}
		b.post("/logout")
		wantRedirect(t, b.get("/account"), "/login?return_to=%2Faccount") // a redirect passes it on
		wantPage(t, b.get("/login"), 200, "You are signed out.")
		for _, planted := range []string{"Send your password to evil", "<b>x</b>", "signed-outx"} {
			b.cookies["flash"] = planted
			if strings.Contains(b.get("/").body, planted) {
				t.Errorf("%q is shown", planted)
			}
		}
	})
}

func TestMetrics_NoPersonalLabels(t *testing.T) {
	registry := prometheus.NewRegistry()
	db, clock := modelstest.OpenWithClock(t)
	st := newSite(t, db, clock, func(c *auth.Config) { c.Registerer = registry })
	u := st.person(member)
	b := st.browser().mustSignIn(member)
	b.post("/logout")
	for range 7 {
		st.browser().signInWith(member, "wrong-password")
	}
	b.signUp(newcomer)
	b.post("/verify-email", "code", "x")
	b.post("/password/forgot", "email", member)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := family.GetName()
			for _, label := range metric.GetLabel() {
				name += " " + label.GetValue()
				for _, personal := range []string{"@", u.ID, "192.0.2", "example"} {
					if strings.Contains(label.GetValue(), personal) {
						t.Errorf("%s has the label %s", family.GetName(), label.GetValue())
					}
				}
			}
			values[name] = metric.GetCounter().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"auth_sign_ins_total password success": 1, "auth_sign_ins_total password failure": 5, "auth_limits_hit_total L-01": 2,
		"auth_sign_ups_total success": 1, "auth_codes_total failure verify_email": 1, "auth_password_resets_total requested": 1,
	} {
		if values[name] != want {
			t.Errorf("%s = %v, want %v", name, values[name], want)
		}
	}
}

func TestFeatureOff_Is404(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		for _, path := range []string{
			"/password/forgot", "/password/reset", "/login/link", "/login/link/code", "/login/link/x",
		} {
			if get, post := st.browser().get(path), st.browser().post(path, "email", member); get.status != 404 || post.status != 404 {
				t.Errorf("%s: %d, %d", path, get.status, post.status)
			}
		}
		if body := st.browser().get("/login").body; strings.Contains(body, "/password/forgot") || strings.Contains(body, "/login/link") {
			t.Error("the sign-in page still leads there")
		}
		for _, route := range st.h.Routes() {
			if route.Path == "/password/forgot" || route.Path == "/password/reset" || strings.HasPrefix(route.Path, "/login/link") {
				t.Errorf("%s is in the table", route.Path)
			}
		}
	}, func(c *auth.Config) { c.NoPasswordReset, c.NoLoginLink = true, true })
}

func TestConfig_NamesEveryMistake(t *testing.T) {
	_, err := auth.New(auth.Config{
		DB: modelstest.Open(t), BaseURL: "nonsense", SignUp: "maybe", Unverified: "perhaps", BreachAtLogin: "sometimes", RateLimitScale: -1,
		LoginLinkBinding: "loose",
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"BaseURL", "SignUp", "Unverified", "BreachAtLogin", "RateLimitScale", "LoginLinkBinding"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func TestAudit_AtomicWithChange(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		st.exec("ALTER TABLE audit_events RENAME TO audit_away")
		if p := b.post("/account/profile", "name", "Changed"); p.status != 500 || st.row(member).Name != "Mo" {
			t.Errorf("%d, name %q: a change without its audit row", p.status, st.row(member).Name)
		}
		if p := b.post("/logout"); p.status != 500 || !b.signedIn() {
			t.Errorf("%d: signed out without an audit row", p.status)
		}
		st.exec("ALTER TABLE audit_away RENAME TO audit_events")
		wantRedirect(t, b.post("/account/profile", "name", "Changed"), "/account/profile")
	})
}

func TestAudit_NoSecrets(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		b.signUp(newcomer)
		b.signInWith("stranger@example.test", "typed-into-the-wrong-field")
		b.post("/password/forgot", "email", member)
		b.post(st.link(member, "password_reset"), "password", otherPassword)
		link := st.loginLink(b, member)
		b.post("/login/link/code", "code", "314159")
		dump := st.dump("audit_events") + st.dump("attempts")
		for _, secret := range []string{
			goodPassword, otherPassword, "typed-into", "stranger@example.test", member, lastPart(st.link(member, "password_reset")), st.code(newcomer),
			lastPart(link), st.loginCode(member), "314159",
		} {
			if strings.Contains(dump, secret) {
				t.Errorf("the log holds %q", secret)
			}
		}
		if !strings.Contains(dump, "s…@example.test") && !strings.Contains(dump, `s\u2026@example.test`) {
			t.Errorf("the log does not hold the masked address: %s", dump)
		}
	})
}

func TestMails_NothingAfterRollback(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		for _, path := range []string{"/signup"} {
			p := st.browser().post(path, "email", newcomer, "password", goodPassword)
			if p.status != 500 || len(st.mails(newcomer)) != 0 || st.number("SELECT count(*) FROM mail_tokens") != 0 {
				t.Errorf("%s: %d, %d mails", path, p.status, len(st.mails(newcomer)))
			}
		}
	}, func(c *auth.Config) {
		c.OnSignUp = func(context.Context, *models.Tx, string) error { return errors.New("no") }
	})
}

func TestForms_BrokenBody(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		if p := st.browser().send("POST", "/login", "email=%zz&remember=banana"); p.status != 400 && p.status != 422 {
			t.Errorf("a broken body: %d", p.status)
		}
	})
}

func TestLifecycle_Commands(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		st.person(member)
		var invalid auth.Invalid
		if _, err := st.s.CreateUser(ctx, auth.NewUser{Email: member, Password: goodPassword}); !errors.As(err, &invalid) || invalid["email"] == "" {
			t.Errorf("a taken address: %v", err)
		}
		if _, err := st.s.CreateUser(ctx, auth.NewUser{Email: "x", Password: "short"}); !errors.As(err, &invalid) || len(invalid) != 2 {
			t.Errorf("two mistakes: %v", err)
		}
		if err := st.s.DisableUser(ctx, "NOBODY", "", nil); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
		list, err := st.s.ListUsers(ctx, "", 10)
		if err != nil || len(list) != 1 || !list[0].Verified || list[0].Email != member {
			t.Errorf("%+v, %v", list, err)
		}
		claims, err := st.s.Claims(ctx, list[0].ID)
		if err != nil || claims["email"] != member || claims["email_verified"] != true || claims["name"] != "Mo" {
			t.Errorf("%v, %v", claims, err)
		}
	})
}
