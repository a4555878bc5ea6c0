package auth_test

import (
	"context"
	"testing"

	"latchkey/auth"
)

// TestOperatorsLinksWithoutReset (D-24.4, .5, .18): where nobody can ask for a new password, the links that operators send lead to
// one, and those that somebody had asked for do not.
func TestOperatorsLinksWithoutReset(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		st.person(member)
		st.person("asked@example.test")
		st.browser().post("/password/forgot", "email", "asked@example.test")
		asked := st.link("asked@example.test", "password_reset")
		st.choose("password-reset", "off")
		wantPage(t, st.browser().get("/password/forgot"), 404)
		wantPage(t, st.browser().get(asked), 410)
		wantPage(t, st.browser().post(asked, "password", goodPassword), 422)

		follow := func(what, email, password string) {
			t.Helper()
			mail := st.lastMail(email, "password_reset")
			if code := codePattern.FindString(mail.Text); code != "" {
				t.Errorf("%s: the code %s can be typed nowhere", what, code)
			}
			wantPage(t, st.browser().get(linkIn(t, mail)), 200, "Choose a new password")
			wantRedirect(t, st.browser().post(linkIn(t, mail), "password", password), "/login")
			if p := st.browser().signInWith(email, password); p.status != 303 {
				t.Errorf("%s: signing in with the new password: %d", what, p.status)
			}
		}
		if _, err := st.s.AddMember(context.Background(), admin, auth.NewUser{Email: "new@example.test", Reason: "They asked for it"}); err != nil {
			t.Fatal(err)
		}
		follow("an account that was added", "new@example.test", goodPassword)
		for act, password := range map[string]string{"send_reset": "another good secret 9", "force_reset": "a third good secret 7"} {
			if err := st.actOn(admin, act, member); err != nil {
				t.Fatal(err)
			}
			follow(act, member, password)
		}
	})
}
