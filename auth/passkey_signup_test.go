package auth_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"latchkey/auth"
)

// signUpWith begins a sign-up with a passkey and answers it, at an address that is asked for in the same way.
func (b *browser) signUpWith(k *softKey, email string, more ...string) page {
	b.st.t.Helper()
	options := b.post("/signup/passkey/options", "email", email, "name", "Ada")
	if options.status != 200 {
		b.st.t.Fatalf("options: %d %s", options.status, options.body)
	}
	return b.post("/signup/passkey", append([]string{"email", email, "name", "Ada", "credential", k.made(b.st.t, options.body, homeParty)}, more...)...)
}

// TestSignUp_Passkey: an account without a password. The ceremony comes first, then the mail; the code leads to a
// session of the highest assurance, with recovery codes on the way.
func TestSignUp_Passkey(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b, k := st.browser(), newSoftKey(virtualwebauthn.KeyTypeEC2)
		wantRedirect(t, b.signUpWith(k, newcomer, "return_to", "/notes"), "/verify-email")
		row := st.row(newcomer)
		if row.PasswordHash != "" || row.Verified() || row.Name != "Ada" || len(row.PasskeyHandle) != 32 {
			t.Errorf("%+v", row)
		}
		if key := st.keyRow(k); !key.Verified || !key.Discoverable || key.Name != "Passkey" || key.UserID != row.ID {
			t.Errorf("%+v", key)
		}
		if rows := st.audit(auth.AuditPasskeyAdd); len(rows) != 1 || rows[0].SubjectID != row.ID {
			t.Errorf("audit: %+v", rows)
		}
		wantRedirect(t, b.post("/verify-email", "code", st.code(newcomer)), "/account/recovery-codes?return_to=%2Fnotes")
		u := st.actor(b)
		if u.ACR != "phr" || !slices.Equal(u.AMR, []string{"pop", "hwk", "user", "email", "mfa"}) {
			t.Errorf("%s %v", u.ACR, u.AMR)
		}
		wantPage(t, b.get("/account/recovery-codes?return_to=%2Fnotes"), 200, "Save these codes now", `value="/notes"`)
		wantRedirect(t, b.post("/account/recovery-codes", "saved", "on", "return_to", "/notes"), "/notes")
		if n := st.number("SELECT count(*) FROM recovery_codes"); n != 10 {
			t.Errorf("%d recovery codes", n)
		}
		k.signing.handle = row.PasskeyHandle
		wantRedirect(t, st.browser().enterWith(k), "/dashboard")
		wantPage(t, st.browser().signIn(newcomer), 422, "is wrong") // there is no password
	})
}

// TestSignUp_PasskeyTellsNothing (T-605): address taken or not, the answers are the same, and the key of a stranger opens
// nothing of its owner's.
func TestSignUp_PasskeyTellsNothing(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		taken, free := st.browser(), st.browser()
		stranger := newSoftKey(virtualwebauthn.KeyTypeEC2)
		wantRedirect(t, free.signUpWith(newSoftKey(virtualwebauthn.KeyTypeEC2), newcomer), "/verify-email")
		wantRedirect(t, taken.signUpWith(stranger, member), "/verify-email")
		if a, b := free.get("/verify-email"), taken.get("/verify-email"); strings.ReplaceAll(a.body, newcomer, member) != b.body {
			t.Errorf("the pages differ:\n%s\n%s", a.body, b.body)
		}
		if n := st.number("SELECT count(*) FROM passkeys JOIN users ON users.id = user_id WHERE email = 'member@example.test'"); n != 0 {
			t.Error("a stranger's passkey is at the account")
		}
		wantPage(t, taken.enterWith(stranger), 422, passkeyFailed)

		// Nor does a key that an account of the stranger's own has.
		used := newSoftKey(virtualwebauthn.KeyTypeEC2)
		wantRedirect(t, st.browser().signUpWith(used, "stranger@example.test"), "/verify-email")
		for _, address := range []string{member, "nobody@example.test"} {
			wantPage(t, st.browser().signUpWith(used, address), 422, passkeyFailed)
		}
	})
}

// TestSignUp_PasskeyRefused: what is no answer to this browser's own question makes no account.
func TestSignUp_PasskeyRefused(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		owner, used := st.keyed()
		options, _ := owner.options("/account/passkeys/options")
		b := st.browser()
		asked := b.post("/signup/passkey/options", "email", newcomer).body
		fresh := newSoftKey(virtualwebauthn.KeyTypeEC2).made(t, asked, homeParty)
		unsure := newSoftKey(virtualwebauthn.KeyTypeEC2, func(a *virtualwebauthn.Authenticator) { a.Options.UserNotVerified = true })
		for name, credential := range map[string]string{
			"nothing":                    "",
			"another ceremony's":         newSoftKey(virtualwebauthn.KeyTypeEC2).made(t, options, homeParty),
			"another site's":             newSoftKey(virtualwebauthn.KeyTypeEC2).made(t, b.post("/signup/passkey/options", "email", newcomer).body, virtualwebauthn.RelyingParty{Name: "Evil", ID: "evil.example", Origin: "https://evil.example"}),
			"a key that verified nobody": unsure.made(t, b.post("/signup/passkey/options", "email", newcomer).body, homeParty),
			"a key of another account":   used.made(t, b.post("/signup/passkey/options", "email", newcomer).body, homeParty),
		} {
			wantPage(t, b.post("/signup/passkey", "email", newcomer, "credential", credential), 422, passkeyFailed)
			if n := st.number("SELECT count(*) FROM users WHERE email = 'ada@example.test'"); n != 0 {
				t.Errorf("%s made an account", name)
			}
		}
		wantPage(t, st.browser().post("/signup/passkey", "email", newcomer, "credential", fresh), 422, passkeyFailed) // another browser
		for field, wrong := range map[string][2]string{"an email address": {"nobody", "Ada"}, "control characters": {newcomer, "A\x01da"}} {
			if p := b.post("/signup/passkey/options", "email", wrong[0], "name", wrong[1]); p.status != 422 || !strings.Contains(p.body, field) {
				t.Errorf("%v: %d %s", wrong, p.status, p.body)
			}
		}
	})
}

// TestSignUp_PasskeyLinkElsewhere: another browser has no password to ask for; a new one takes the place of the
// passkey, which may be a stranger's.
func TestSignUp_PasskeyLinkElsewhere(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		k := newSoftKey(virtualwebauthn.KeyTypeEC2)
		wantRedirect(t, st.browser().signUpWith(k, newcomer), "/verify-email")
		link, other := st.link(newcomer, "verify_email"), st.browser()
		p := other.get(link)
		wantPage(t, p, 200, "in another browser, with a passkey")
		if strings.Contains(p.body, "current-password") {
			t.Error("asks for a password that there is not")
		}
		wantRedirect(t, other.post(link, "action", "new_password", "new_password", goodPassword), "/dashboard")
		if n := st.number("SELECT count(*) FROM passkeys"); n != 0 {
			t.Error("the passkey is still there")
		}
		wantPage(t, st.browser().enterWith(k), 422, passkeyFailed)
	})
}
