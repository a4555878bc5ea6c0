package auth_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// slower is the chance that something takes longer at one address than at another. The calls are shuffled, so that
// whatever else the machine does hits both.
func (st *site) slower(at, than string, do func(ctx context.Context, email string)) float64 {
	st.t.Helper()
	const calls = 200
	turns := make([]string, 0, 2*calls)
	for range calls {
		turns = append(turns, at, than)
	}
	rand.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
	took := map[string][]time.Duration{}
	for i, email := range turns {
		ctx := models.WithOrigin(context.Background(), models.Origin{Address: fmt.Sprintf("198.51.%d.%d", i/250, i%250)})
		began := time.Now()
		do(ctx, email)
		took[email] = append(took[email], time.Since(began))
	}
	var wins float64
	for _, a := range took[at] {
		for _, b := range took[than] {
			switch {
			case a > b:
				wins++
			case a == b:
				wins += 0.5
			}
		}
	}
	return wins / (calls * calls)
}

// TestLoginDoesNotTell_Rank (T-601): nor does the time of an answer tell who has an account.
func TestLoginDoesNotTell_Rank(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	each(t, func(t *testing.T, st *site) {
		emails := st.everyState()
		nobody, known, off, none := emails[0], emails[1], emails[2], emails[5]
		signIn := func(ctx context.Context, email string) {
			if _, err := st.s.Authenticate(ctx, auth.SignIn{Email: email, Password: "wrong-password"}); err == nil {
				t.Fatal("signed in")
			}
		}
		for _, email := range []string{nobody, off, none} {
			if p := st.slower(email, known, signIn); p < 0.3 || p > 0.7 {
				t.Errorf("%s is slower than a known address with probability %.3f", email, p)
			}
		}
		st.s.CheapenDecoy()
		if p := st.slower(nobody, known, signIn); p > 0.3 {
			t.Errorf("without the work of the decoy it is %.3f: this test could not see it", p)
		}
	}, func(c *auth.Config) {
		c.ArgonMemory, c.ArgonTime, c.RateLimitScale = 1024, 2, 1e6
	})
}

// TestLoginLinkDoesNotTell_Rank (T-605): nor does the time that asking for a link takes.
func TestLoginLinkDoesNotTell_Rank(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	each(t, func(t *testing.T, st *site) {
		emails := st.everyState()
		nobody, known, off := emails[0], emails[1], emails[2]
		twoStep := st.person("twostepxxx@example.test").Email
		st.giveAuthenticator(st.row(twoStep).ID)
		ask := func(ctx context.Context, email string) {
			if _, err := st.s.RequestLoginLink(ctx, auth.MailRequest{Email: email}); err != nil {
				t.Fatal(err)
			}
		}
		compared := func(email string) float64 {
			for _, table := range []string{"mail_tokens", "pending_logins", "river_job", "audit_events"} { // as short for both
				st.exec("DELETE FROM " + table)
			}
			return st.slower(email, known, ask)
		}
		for _, email := range []string{nobody, off, twoStep} {
			if p := compared(email); p < 0.3 || p > 0.7 {
				t.Errorf("%s is slower than a known address with probability %.3f", email, p)
			}
		}
		st.exec("DELETE FROM attempts")
		ask(t.Context(), known)
		st.exec("UPDATE attempts SET hits = 99999999 WHERE rule = 'L-10'")
		if p := compared(nobody); p < 0.7 {
			t.Errorf("where no mail is made it is %.3f: this test could not see it", p)
		}
	}, func(c *auth.Config) { c.RateLimitScale = 1e6 })
}
