package auth_test

import (
	"encoding/base64"
	"encoding/hex"
	"latchkey/models/modelstest"
	"strings"
	"testing"
)

// spellings are the ways somebody who read a column may write what they found.
func spellings(value []byte) []string {
	return []string{
		string(value), hex.EncodeToString(value), strings.ToUpper(hex.EncodeToString(value)),
		base64.RawURLEncoding.EncodeToString(value), base64.URLEncoding.EncodeToString(value), base64.StdEncoding.EncodeToString(value),
	}
}

// TestStoredValueIsNoToken (T-508): whoever can read the tables of this package has nothing that the doors take: each
// stored value, in each spelling, is refused where the token it was made from works.
func TestStoredValueIsNoToken(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		inside := st.browser().mustSignIn(member)
		pending := st.browser()
		pending.signUp(newcomer)
		st.browser().post("/password/forgot", "email", member)
		if err := st.s.LockUser(t.Context(), st.row(member).ID); err != nil { // for all but its known browsers
			t.Fatal(err)
		}
		st.browserAt("203.0.113.60").options("/login/passkey/options")
		asCookie := func(name string, refused func(b *browser) bool) func(value string) bool {
			return func(value string) bool {
				b := st.browser()
				b.cookies[name] = value
				return !printable(value) || refused(b) // no header carries the others
			}
		}
		signedOut := func(b *browser) bool { return !b.signedIn() }
		noStep := func(b *browser) bool { return !strings.Contains(b.get("/verify-email").body, newcomer) }
		stranger := func(b *browser) bool { st.exec("DELETE FROM attempts"); return b.signIn(member).status == 422 }
		asLink := func(value string) bool {
			if !printable(value) || strings.Contains(value, "/") {
				return true // no part of a path
			}
			dead := 0
			for _, route := range []string{"/verify-email/", "/password/reset/", "/login/unlock/"} {
				if st.browser().get(route+value).status == 410 {
					dead++
				}
			}
			st.exec("DELETE FROM attempts")
			return dead == 3
		}
		doors := map[string]func(value string) bool{ // one for each column that a token was made into
			"sessions.token_hash": asCookie("session", signedOut), "sessions.browser_hash": asCookie("browser", stranger),
			"browsers.browser_hash": asCookie("browser", stranger), "passkey_challenges.holder_hash": asCookie("browser", stranger), "pending_logins.token_hash": asCookie("login", noStep),
			"mail_tokens.token_hash": asLink,
			"mail_tokens.code_hash": func(value string) bool {
				p := pending.copy().post("/verify-email", "code", value)
				st.exec("UPDATE mail_tokens SET tries = 0")
				st.exec("DELETE FROM attempts WHERE rule = 'L-07'")
				return p.status == 422
			},
		}
		empty := map[string]bool{"pending_logins.browser_hash": true} // of a later step
		found := 0
		for _, table := range []string{"sessions", "pending_logins", "mail_tokens", "browsers", "passkey_challenges"} {
			for column, values := range st.hashes(table) {
				name := table + "." + column
				door := doors[name]
				switch {
				case empty[name] && len(values) == 0:
					continue
				case door == nil || len(values) == 0:
					t.Errorf("%s: no door, or no value, to try", name)
					continue
				}
				for _, value := range values {
					for _, text := range spellings(value) {
						if found++; !door(text) {
							t.Errorf("%s works as %q", name, text)
						}
					}
				}
			}
		}
		if found < 40 {
			t.Errorf("only %d values were tried", found)
		}
		// The doors are the right ones: what the values were made from passes them.
		for _, c := range [][2]string{
			{"sessions.token_hash", inside.cookies["session"]}, {"sessions.browser_hash", inside.cookies["browser"]},
			{"pending_logins.token_hash", pending.cookies["login"]}, {"mail_tokens.token_hash", lastPart(st.link(member, "password_reset"))},
			{"mail_tokens.code_hash", st.code(newcomer)}, // which ends the step
		} {
			if doors[c[0]](c[1]) {
				t.Errorf("%s: the token itself is refused", c[0])
			}
		}
	})
}

func printable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// hashes are the values of every column of a table that ends in _hash.
func (st *site) hashes(table string) map[string][][]byte {
	st.t.Helper()
	found := map[string][][]byte{}
	for _, row := range modelstest.Rows(st.t, st.raw(), table) {
		for _, cell := range row {
			if !strings.HasSuffix(cell.Column, "_hash") {
				continue
			}
			values := found[cell.Column] // also of a column with nothing in it
			if value, isBytes := cell.Value.([]byte); isBytes && len(value) > 0 {
				values = append(values, value)
			}
			found[cell.Column] = values
		}
	}
	return found
}
