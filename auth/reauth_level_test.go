package auth_test

import (
	"strings"
	"testing"

	"latchkey/auth"
)

// TestReauth_Level: for a level only the ways that reach it are offered; without one the page says how to get it,
// and lets the person go on without.
func TestReauth_Level(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		const back = "/reauth?return_to=%2Fnotes&level="
		wantPage(t, b.get(back+"aal1"), 200, "current-password")
		wantPage(t, b.get(back+"gold"), 200, "current-password") // unknown: no level at all
		for level, says := range map[string]string{"aal2": "This asks for a second step", "phr": "This asks for a passkey"} {
			p := b.get(back + level)
			wantPage(t, p, 200, says, `href="/account/passkeys"`, `href="/notes"`, "Go on without it")
			wantNot(t, p, "current-password", `name="code"`)
		}
		k := b.addKey("Mine")
		p := b.get(back + "phr")
		wantPage(t, p, 200, "/reauth/passkey/options?level=phr")
		wantNot(t, p, `name="code"`)
		wantPage(t, b.get(back+"aal2"), 200, "/reauth/passkey/options?level=aal2", `name="code"`)

		k.signing.unverified = true
		wantPage(t, b.answer(k, "/reauth/passkey/options?level=phr", "/reauth", "level", "phr"), 422, passkeyFailed)
		wantRedirect(t, b.answer(k, "/reauth/passkey/options?level=aal2", "/reauth", "return_to", "/notes"), "/notes")
		k.signing.unverified = false
		wantRedirect(t, b.answer(k, "/reauth/passkey/options?level=phr", "/reauth", "return_to", "/notes"), "/notes")
		if u := st.actor(b); u.ACR != auth.ACRPasskey {
			t.Error(u.ACR)
		}
	})
}

func wantNot(t *testing.T, p page, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(p.body, part) {
			t.Errorf("the page has %q", part)
		}
	}
}
