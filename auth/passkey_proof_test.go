package auth_test

import (
	"slices"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"latchkey/auth"
)

// answer completes a ceremony that a page offers.
func (b *browser) answer(k *softKey, options, form string, fields ...string) page {
	b.st.t.Helper()
	_, challenge := b.options(options)
	return b.post(form, append([]string{"credential", k.sign(b.st.t, challenge)}, fields...)...)
}

const (
	secondStepOptions = "/login/code/passkey/options"
	secondStepForm    = "/login/code/passkey"
)

// TestTwoStep_PasskeyAloneTurnsItOn: with one passkey the password alone signs nobody in any more.
func TestTwoStep_PasskeyAloneTurnsItOn(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		owner, k := st.keyed()
		b := st.browser()
		wantRedirect(t, b.signInWith(member, goodPassword), "/login/code")
		wantPage(t, b.get("/login/code"), 200, "Use your passkey", "Try another way")
		wantRedirect(t, b.answer(k, secondStepOptions, secondStepForm), "/dashboard")
		wantRedirect(t, owner.post("/account/passkeys/"+k.id+"/remove"), "/account/passkeys")
		wantRedirect(t, st.browser().signInWith(member, goodPassword), "/dashboard")
	})
}

// TestPasskey_SecondFactor: somebody being there is enough; who was verified reaches more. The step takes no
// key of another account, no answer to another question, and none twice.
func TestPasskey_SecondFactor(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed()
		st.person("other@example.test")
		foreign := st.browserAt("203.0.113.60").mustSignIn("other@example.test")
		theirs := newSoftKey(virtualwebauthn.KeyTypeEC2)
		asked, _ := foreign.options("/account/passkeys/options")
		wantRedirect(t, foreign.post("/account/passkeys", "credential", theirs.made(t, asked, homeParty)), "/account/recovery-codes")
		for level, unverified := range map[string]bool{auth.ACRTwoStep: true, auth.ACRPasskey: false} {
			k.signing.unverified = unverified
			b := st.browser()
			wantRedirect(t, b.signInWith(member, goodPassword), "/login/code")
			wantPage(t, b.answer(theirs, secondStepOptions, secondStepForm), 422, passkeyFailed)
			_, elsewhere := b.options("/login/passkey/options")
			wantPage(t, b.post(secondStepForm, "credential", k.sign(t, elsewhere)), 422, passkeyFailed)
			_, challenge := b.options(secondStepOptions)
			stranger := st.browser()
			wantRedirect(t, stranger.signInWith(member, goodPassword), "/login/code")
			signed := k.sign(t, challenge)
			wantPage(t, stranger.post(secondStepForm, "credential", signed), 422, passkeyFailed)
			wantRedirect(t, b.post(secondStepForm, "credential", signed), "/dashboard")
			wantPage(t, stranger.post(secondStepForm, "credential", signed), 422, passkeyFailed)
			if u := st.actor(b); u.ACR != level || !slices.Contains(u.AMR, "pop") || !slices.Contains(u.AMR, "mfa") {
				t.Errorf("%s %v, want %s", u.ACR, u.AMR, level)
			}
		}
		wantRedirect(t, st.browser().post(secondStepOptions), "/login")
	}, func(c *auth.Config) { c.RateLimitScale = 100 })
}

// TestPasskey_FirstGivesRecoveryCodes: the first second factor brings them, the next ones do not, and with the
// last they go.
func TestPasskey_FirstGivesRecoveryCodes(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b, k := st.keyed()
		wantPage(t, b.get("/account/recovery-codes"), 200, "Save these codes now")
		b.addKey("Another")
		codes := recoveryPattern.FindAllString(b.get("/account/recovery-codes").body, -1)
		if len(codes) != 10 {
			t.Fatalf("%d codes", len(codes))
		}
		other := st.browser()
		wantRedirect(t, other.signInWith(member, goodPassword), "/login/code")
		wantRedirect(t, other.post("/login/code", "code", codes[0]), "/dashboard")
		wantRedirect(t, b.post("/account/passkeys/"+k.id+"/remove"), "/account/passkeys")
		if n := st.number("SELECT count(*) FROM recovery_codes WHERE used_at IS NULL"); n != 9 {
			t.Errorf("%d codes beside a passkey", n)
		}
		wantRedirect(t, b.post("/account/passkeys/"+st.keyNamed("Another")+"/remove"), "/account/passkeys")
		if n := st.number("SELECT count(*) FROM recovery_codes"); n != 0 {
			t.Errorf("%d codes for nothing", n)
		}
	})
}

// TestReauth_ByPasskey: a passkey confirms who sits there, in the session that asked and nowhere else.
func TestReauth_ByPasskey(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b, k := st.keyed()
		st.clock.Add(11 * time.Minute)
		wantRedirect(t, b.get("/account/totp"), "/reauth?return_to=%2Faccount%2Ftotp")
		wantPage(t, b.get("/reauth?return_to=%2Faccount%2Fpasskeys"), 200, "To change your passkeys", "Use a passkey")
		wantPage(t, b.post("/reauth", "password", goodPassword), 422)
		other := st.browser()
		wantRedirect(t, other.enterWith(k), "/dashboard")
		_, challenge := other.options("/reauth/passkey/options")
		wantPage(t, b.post("/reauth", "credential", k.sign(t, challenge)), 422, passkeyFailed)
		wantRedirect(t, b.answer(k, "/reauth/passkey/options", "/reauth", "return_to", "/account/totp"), "/account/totp")
		wantPage(t, b.get("/account/totp"), 200)
		if u := st.actor(b); u.ACR != auth.ACRPasskey {
			t.Error(u.ACR)
		}
	})
}

func (st *site) keyNamed(name string) string {
	st.t.Helper()
	keys, err := st.db.PasskeysOf(st.t.Context(), st.row(member).ID)
	if err != nil {
		st.t.Fatal(err)
	}
	for _, key := range keys {
		if key.Name == name {
			return key.ID
		}
	}
	st.t.Fatal("no such key")
	return ""
}
