package auth_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"latchkey/auth"
	"latchkey/models"
)

// TestPasskey_SignsIn: two factors in one: a session of the highest assurance, one audit row, no step after it.
func TestPasskey_SignsIn(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed()
		b := st.browser()
		_, challenge := b.options("/login/passkey/options")
		st.exec("DELETE FROM audit_events")
		wantRedirect(t, b.post("/login/passkey", "credential", k.sign(t, challenge), "return_to", "/notes", "remember", "on"), "/notes")
		u := st.actor(b)
		if u.Email != member || u.ACR != "phr" || !slices.Equal(u.AMR, []string{"pop", "hwk", "user"}) {
			t.Errorf("%s, %s, %v", u.Email, u.ACR, u.AMR)
		}
		if n := st.number("SELECT count(*) FROM sessions WHERE remember"); n != 1 {
			t.Errorf("%d remembered sessions", n)
		}
		rows := st.audit(auth.AuditSignIn)
		if len(rows) != 1 || rows[0].Method != "passkey" || rows[0].SubjectID != u.ID || rows[0].Outcome != models.OutcomeSuccess {
			t.Errorf("%+v", rows)
		}
		if row := st.keyRow(k); row.LastUsedAt == nil || !row.Discoverable || !row.Verified {
			t.Errorf("%+v", row)
		}
		wantPage(t, b.get("/account/sessions"), 200, "Passkey")
		if n := st.number("SELECT COALESCE(SUM(hits), 0) FROM attempts WHERE rule = 'L-15 failed'"); n != 0 {
			t.Errorf("%d ceremonies that went well count as failed", n)
		}

		// An account with a passkey asks for it, or for another second factor, after a password.
		wantRedirect(t, st.browser().signIn(member), "/login/code")
	})
}

func TestPasskey_SyncedSaysSo(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed(synced)
		b := st.browser()
		wantRedirect(t, b.enterWith(k), "/dashboard")
		if u := st.actor(b); !slices.Equal(u.AMR, []string{"pop", "swk", "user"}) {
			t.Error(u.AMR)
		}
	})
}

// TestPasskeyFirstFactorNeedsUV (A-802, T-812): without a PIN or a finger a passkey is no first factor.
func TestPasskeyFirstFactorNeedsUV(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed()
		k.signing.unverified = true
		b := st.browser()
		wantPage(t, b.enterWith(k), 422, passkeyFailed)
		if rows := withReason(st.audit(auth.AuditSignIn), "passkey_no_uv"); b.signedIn() || len(rows) != 1 || rows[0].SubjectID != st.row(member).ID {
			t.Errorf("%+v", rows)
		}
		k.signing.unverified = false
		wantRedirect(t, b.enterWith(k), "/dashboard")
	})
}

// TestPasskeyOptionsDoNotTell (A-136, T-605): the options are those of everybody: no address is read, no key is named.
func TestPasskeyOptionsDoNotTell(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		owner, k := st.keyed()
		known := st.browserAt("203.0.113.51")
		wantRedirect(t, known.enterWith(k), "/dashboard")
		known.post("/logout")
		random := regexp.MustCompile(`"challenge":"[^"]{43}"`)
		want := ""
		for name, ask := range map[string]func() page{
			"nobody":            func() page { return st.browser().post("/login/passkey/options") },
			"with an address":   func() page { return st.browser().post("/login/passkey/options", "email", member) },
			"with another":      func() page { return st.browser().post("/login/passkey/options", "email", "nobody@example.test") },
			"of a known person": func() page { return known.post("/login/passkey/options", "username", member) },
			"once more":         func() page { return known.post("/login/passkey/options") },
		} {
			p := ask()
			text := random.ReplaceAllString(whole(p, member), "RANDOM")
			if want == "" {
				want = text
			}
			if p.status != 200 || text != want {
				t.Errorf("%s: %s", name, firstDifference(text, want))
			}
			for _, telling := range []string{"allowCredentials", member, k.id} {
				if strings.Contains(p.body, telling) {
					t.Errorf("%s: the options hold %s", name, telling)
				}
			}
		}
		if !strings.Contains(want, `"userVerification":"required"`) || !strings.Contains(want, `"rpId":"localhost"`) {
			t.Error(want)
		}
		if !owner.signedIn() {
			t.Error("asking ended a session")
		}
	})
}

func TestPasskey_OptionsAreConstant(t *testing.T) { TestPasskeyOptionsDoNotTell(t) }

// TestPasskey_OneTextWhenRefused: whatever is wrong with a passkey, the answer is one, and the page still works.
func TestPasskey_OneTextWhenRefused(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed()
		stranger := newSoftKey(virtualwebauthn.KeyTypeRSA)
		stranger.signing.handle = k.handle
		answers := map[string]func(challenge string) string{
			"passkey_unknown": func(c string) string { return stranger.sign(t, c) },
			"passkey_signature": func(c string) string {
				s := stranger.signing
				s.id = k.key.ID
				return stranger.signAs(t, c, s)
			},
			"passkey_no_uv": func(c string) string {
				s := k.signing
				s.unverified = true
				return k.signAs(t, c, s)
			},
			"passkey_origin": func(c string) string {
				s := k.signing
				s.origin = "http://localhost:3001"
				return k.signAs(t, c, s)
			},
			"passkey_challenge": func(string) string { return k.sign(t, models.NewToken()) },
			"passkey_malformed": func(string) string { return "{}" },
		}
		want := ""
		for reason, answer := range answers {
			b := st.browser()
			_, challenge := b.options("/login/passkey/options")
			p := b.post("/login/passkey", "credential", answer(challenge), "return_to", "/notes")
			wantPage(t, p, 422, passkeyFailed)
			if want == "" {
				want = whole(p, member)
			}
			if got := whole(p, member); got != want {
				t.Errorf("%s: %s", reason, firstDifference(got, want))
			}
			if rows := withReason(st.audit(auth.AuditSignIn), reason); len(rows) != 1 || rows[0].Outcome != models.OutcomeFailure || rows[0].Method != "passkey" {
				t.Errorf("%s: %+v", reason, rows)
			}
			if !strings.Contains(p.body, `name="return_to" value="/notes"`) || !strings.Contains(p.body, `name="password"`) {
				t.Error("the page is not whole")
			}
		}
	})
}

// TestPasskey_States: a proof that nobody can guess may be told the truth about the account.
func TestPasskey_States(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := t.Context()
		_, k := st.keyed()
		u := st.row(member)
		if err := st.s.LockUser(ctx, u.ID); err != nil {
			t.Fatal(err)
		}
		wantRedirect(t, st.browser().enterWith(k), "/dashboard") // a lock is against guesses
		st.exec("UPDATE users SET must_change_password = TRUE")
		wantRedirect(t, st.browser().enterWith(k), "/password/new")
		st.exec("UPDATE users SET must_change_password = FALSE, email_verified_at = NULL")
		wantRedirect(t, st.browser().enterWith(k), "/verify-email")
		if len(st.delivered(member, "verify_email")) != 1 {
			t.Error("no mail to prove the address")
		}
		st.exec("UPDATE users SET email_verified_at = created_at")
		if err := st.s.DisableUser(ctx, u.ID, "test", nil); err != nil {
			t.Fatal(err)
		}
		b := st.browser()
		wantPage(t, b.enterWith(k), 403, "This account is switched off. Write to ")
		if rows := withReason(st.audit(auth.AuditSignIn), "disabled"); b.signedIn() || len(rows) != 1 {
			t.Errorf("%+v", rows)
		}
		st.exec("DELETE FROM users")
		wantPage(t, b.enterWith(k), 422, passkeyFailed)
	})
}

// TestPasskey_FirstProofWipesIt (T-804): a passkey that somebody put into an account before its address was proven is gone
// when the owner of the mailbox comes.
func TestPasskey_FirstProofWipesIt(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		squatter, _ := st.insider(victim)
		k := squatter.addKey("")
		st.browser().post("/password/forgot", "email", victim)
		wantRedirect(t, st.browser().post(st.link(victim, "password_reset"), "password", otherPassword), "/login")
		wantPage(t, st.browser().enterWith(k), 422, passkeyFailed)
		if n := st.number("SELECT count(*) FROM passkeys"); n != 0 {
			t.Errorf("%d passkeys are left", n)
		}
		wantRedirect(t, st.browser().signInWith(victim, otherPassword), "/dashboard")
	}, func(c *auth.Config) { c.Unverified = auth.UnverifiedBanner })
}

func TestPasskeysOff(t *testing.T) {
	off := map[string]func(*auth.Config){
		"switched off":      func(c *auth.Config) { c.NoPasskeys = true },
		"on a bare address": func(c *auth.Config) { c.BaseURL = "http://127.0.0.1:3000" },
	}
	for name, change := range off {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, st *site) {
				_, _ = st.keyed()
				closed := newSite(t, st.db, st.clock, change)
				b := closed.browser().mustSignIn(member) // a passkey that cannot be used is no second step
				for _, path := range []string{"/login/passkey", "/login/passkey/options", "/account/passkeys", "/account/passkeys/options"} {
					if p := b.post(path); p.status != 404 {
						t.Errorf("%s: %d", path, p.status)
					}
				}
				for _, path := range []string{"/account", "/account/profile"} {
					if strings.Contains(strings.ToLower(b.get(path).body), "passkey") {
						t.Errorf("%s still speaks of them", path)
					}
				}
				if strings.Contains(closed.browser().get("/login").body, "passkey") {
					t.Error("the sign-in page still speaks of them")
				}
			})
		})
	}
}
