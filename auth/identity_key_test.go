package auth_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"latchkey/auth"
)

// spellingsOf writes one address in the ways people, keyboards and attackers do.
func spellingsOf(local, domain, ascii string) []string {
	wide := strings.Map(func(r rune) rune {
		if r > ' ' && r <= '~' && r != '.' {
			return r + 0xFEE0
		}
		return r
	}, ascii)
	return []string{
		local + "@" + domain, strings.ToUpper(local + "@" + domain), "  " + local + "@" + domain + "\t\n",
		local + "@" + norm.NFC.String(domain), local + "@" + norm.NFD.String(domain), local + "@" + norm.NFKC.String(domain), local + "@" + norm.NFKD.String(domain),
		local + "@" + ascii, strings.ToUpper(local) + "@" + strings.ToUpper(ascii), local + "@" + wide, local + "@" + strings.ReplaceAll(domain, ".", "\u3002"),
	}
}

// TestIdentityKey (T-703): whatever spelling of an address is typed, the account found, the counter raised, the row of
// the log and the mailbox written to are the same.
func TestIdentityKey(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		const stored = "ada.b+c@xn--bcher-kva.example"
		spellings := spellingsOf("Ada.B+c", "Bücher.example", "xn--bcher-kva.example")
		st.person(stored)
		keys := map[any]bool{}
		for _, typed := range spellings {
			if email, ok := auth.NormalEmail(typed); !ok || email != stored {
				t.Errorf("%q is %q", typed, email)
			}
			if u, err := st.s.UserByEmail(context.Background(), typed); err != nil || u.Email != stored { // the look-up
				t.Errorf("%q finds %v, %v", typed, u, err)
			}
			st.exec("DELETE FROM attempts")
			st.browserAt("203.0.113.1").mustSignIn(typed)
			st.browser().signInWith(typed, "wrong-password")
			st.browser().post("/password/forgot", "email", typed)
			st.browser().signUp(typed)
			subjects := st.texts("SELECT subject FROM attempts ORDER BY rule, subject") // the limiter
			keys[strings.Join(slices.Compact(subjects), " ")] = true
			for _, row := range st.audit(auth.AuditPasswordResetRequest) { // the log
				keys[row.Meta["address_hmac"]] = true
			}
		}
		if len(keys) != 2 {
			t.Errorf("%d sets of counters and keys in the log for one address: %v", len(keys), keys)
		}
		resets, taken := st.delivered(stored, "password_reset"), st.delivered(stored, "account_exists") // the mail
		if len(resets) != len(spellings) || len(taken) != len(spellings) {
			t.Errorf("%d and %d mails to the mailbox", len(resets), len(taken))
		}
		if n := st.number("SELECT count(*) FROM river_job WHERE kind = 'mail'"); n != 2*len(spellings) {
			t.Errorf("%d mails in all", n)
		}
		if n := st.number("SELECT count(*) FROM users"); n != 1 {
			t.Errorf("%d accounts", n)
		}
	})
}

// texts are the rows of a query for one column.
func (st *site) texts(query string) (list []string) {
	st.t.Helper()
	rows, err := st.raw().Query(query)
	if err != nil {
		st.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			st.t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		st.t.Fatal(err)
	}
	return list
}

// TestMailGoesToStoredAddress (T-604): what looks like an address, or becomes it under some rule of Unicode, gets no
// mail of its owner's: a mail goes to the stored spelling, to one mailbox, or nowhere.
func TestMailGoesToStoredAddress(t *testing.T) {
	const admin, twin = "admin@example.test", "admin@xn--xample-9uf.test" // the twin's domain begins with a Cyrillic letter
	hostile := []string{
		"ADMİN@example.test", "admın@example.test", "ａｄｍｉｎ@example.test", "admin＠example.test", "аdmin@example.test", "admin@еxample.test", twin,
		"admin@example.test,evil@evil.example", "evil@evil.example,admin@example.test", "admin@example.test;evil@evil.example", "admin@example.test evil@evil.example",
		"admin@example.test\nBcc: evil@evil.example", "admin@example.test\r\nBcc:evil@evil.example", "admin@example.test%0aBcc:evil@evil.example",
		"admin@example.test\x00evil@evil.example", "<admin@example.test>", "\"admin@example.test\"@evil.example", "admin@example.test@evil.example",
		"evil@evil.example@example.test", "admin(evil@evil.example)@example.test", "admin@example.test.", "admin@example.test/evil", "admin\u200b@example.test",
		"admin@[example.test]", "=?utf-8?q?evil?=@example.test", "Admin <admin@example.test>", "ADMIN@EXAMPLE.TEST",
	}
	each(t, func(t *testing.T, st *site) {
		st.person(admin)
		for _, typed := range hostile {
			for _, path := range []string{"/password/forgot", "/signup"} {
				st.exec("DELETE FROM attempts")
				st.exec("DELETE FROM river_job")
				st.browser().post(path, "email", typed, "password", goodPassword)
				for _, mail := range st.everyMail() {
					normal, ok := auth.NormalEmail(typed)
					if !ok || mail.To != normal || strings.ContainsAny(mail.To, ", ;\r\n\x00<>\"()") || strings.Count(mail.To, "@") != 1 {
						t.Errorf("%s with %q writes to %q", path, typed, mail.To)
					}
					if owners := mail.Kind == "password_reset" || mail.Kind == "account_exists"; owners && !mail.Decoy && mail.To != admin {
						t.Errorf("%s with %q sends what is the admin's to %q", path, typed, mail.To)
					}
				}
			}
		}
		// Only the last spelling is the admin's own.
		st.exec("DELETE FROM river_job")
		st.exec("DELETE FROM attempts")
		for _, typed := range hostile {
			st.browser().post("/password/forgot", "email", typed)
		}
		if n := len(st.delivered(admin, "password_reset")); n != 1 {
			t.Errorf("%d of %d spellings reach the admin's mailbox", n, len(hostile))
		}
		if n := st.number("SELECT count(*) FROM users WHERE email LIKE '%admin@example.test%'"); n != 1 {
			t.Errorf("%d accounts look like the admin's", n)
		}
	})
}
