package auth_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
)

// TestRecoveryCodeWorksOnce (T-311).
func TestRecoveryCodeWorksOnce(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		if n := st.rushSecondStep(member, func(int) string { return two.codes[0] }); n != 1 {
			t.Errorf("one code, %d sign-ins", n)
		}
		if n := st.rushSecondStep(member, func(i int) string { return two.codes[1+i%2] }); n != 2 {
			t.Errorf("two codes, %d sign-ins", n)
		}
		if left := st.number("SELECT count(*) FROM recovery_codes WHERE used_at IS NULL"); left != 7 {
			t.Errorf("%d left", left)
		}
	}, func(c *auth.Config) { c.RateLimitScale = 100 })
}

func TestSecondFactor_RecoveryCodeOnce_Race(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		typed := " " + strings.ToUpper(strings.NewReplacer("0", "o", "1", "l").Replace(two.codes[0])) + " "
		b := two.halfway(member)
		wantRedirect(t, b.post("/login/code", "code", typed), "/dashboard")
		wantPage(t, two.halfway(member).post("/login/code", "code", two.codes[0]), 422, "That code is not right")
		mail := st.lastMail(member, "recovery_code_used")
		if !strings.Contains(mail.Text, "9 codes are left") {
			t.Error(mail.Text)
		}
		if rows := st.audit(auth.AuditRecoveryCodeUse); len(rows) != 1 || rows[0].Meta["left"] != 9.0 {
			t.Errorf("audit: %+v", rows)
		}
		if u := st.actor(b); u.ACR != "aal2" {
			t.Errorf("%q", u.ACR)
		}
	})
}

func TestRecoveryCodes_HashedShownOnce(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		if again := recoveryPattern.FindAllString(two.b.get("/account/recovery-codes").body, -1); strings.Join(again, " ") != strings.Join(two.codes, " ") {
			t.Error("looking again shows other codes: GET used them up")
		}
		for _, query := range []string{"SELECT code_hash FROM recovery_codes", "SELECT value FROM shown_once"} {
			rows, err := st.raw().Query(query)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var stored []byte
				if err := rows.Scan(&stored); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(stored), two.codes[0]) || strings.Contains(string(stored), strings.ReplaceAll(two.codes[0], "-", "")) {
					t.Errorf("%s: stored as it is", query)
				}
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			_ = rows.Close()
		}
		other := two.halfway(member)
		wantRedirect(t, other.post("/login/code", "code", two.code(0)), "/dashboard")
		if recoveryPattern.MatchString(other.get("/account/recovery-codes").body) {
			t.Error("another session sees them")
		}
		wantRedirect(t, two.b.post("/account/recovery-codes", "saved", "on"), "/account")
		page := two.b.get("/account/recovery-codes")
		wantPage(t, page, 200, "10 codes left")
		if recoveryPattern.MatchString(page.body) {
			t.Error("still shown after they were saved")
		}
	})
}

// TestShownOnce_UntilSaved: what is shown once waits for ten minutes at most.
func TestShownOnce_UntilSaved(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		st.clock.Add(8 * time.Minute)
		if !recoveryPattern.MatchString(two.b.get("/account/recovery-codes").body) {
			t.Error("gone before its time")
		}
		wantRedirect(t, two.b.post("/reauth", "code", two.code(0)), "/dashboard")
		st.clock.Add(2 * time.Minute)
		if recoveryPattern.MatchString(two.b.get("/account/recovery-codes").body) {
			t.Error("shown after ten minutes")
		}
		if err := st.s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := st.number("SELECT count(*) FROM shown_once"); n != 0 {
			t.Errorf("%d rows are kept", n)
		}
	})
}

func TestRecoveryCodes_NewSetKillsOld(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		two := st.twoStep(member)
		wantRedirect(t, two.b.post("/account/recovery-codes"), "/account/recovery-codes")
		fresh := recoveryPattern.FindAllString(two.b.get("/account/recovery-codes").body, -1)
		if len(fresh) != 10 {
			t.Fatalf("%d new codes", len(fresh))
		}
		wantPage(t, two.halfway(member).post("/login/code", "code", two.codes[3]), 422)
		wantRedirect(t, two.halfway(member).post("/login/code", "code", fresh[3]), "/dashboard")
		if n := len(st.delivered(member, "recovery_codes_created")); n != 2 {
			t.Errorf("%d mails", n)
		}
	})
}

// TestCodesAreEven (T-808): every digit and letter of a code is as likely as any other.
func TestCodesAreEven(t *testing.T) {
	const rounds = 200_000
	for name, made := range map[string]struct {
		alphabet string
		next     func() string
	}{"mailed": {"0123456789", auth.NewCode}, "recovery": {"0123456789abcdefghjkmnpqrstvwxyz", auth.NewRecoveryCode}} {
		counts := map[rune]int{}
		total := 0
		for range rounds {
			for _, r := range made.next() {
				counts[r]++
				total++
			}
		}
		if len(counts) != len(made.alphabet) {
			t.Errorf("%s: %d symbols", name, len(counts))
		}
		expected, chi := float64(total)/float64(len(made.alphabet)), 0.0
		for _, r := range made.alphabet {
			off := float64(counts[r]) - expected
			chi += off * off / expected
		}
		freedom := float64(len(made.alphabet) - 1)
		// The cube root of a chi-square is as good as normal (Wilson and Hilferty); six sigmas are one false alarm in 500 million.
		if z := (math.Cbrt(chi/freedom) - 1 + 2/(9*freedom)) / math.Sqrt(2/(9*freedom)); math.Abs(z) > 6 {
			t.Errorf("%s: chi-square %.1f for %.0f degrees of freedom", name, chi, freedom)
		}
	}
}
