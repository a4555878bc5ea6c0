package auth_test

import (
	"errors"
	"html"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/pquerna/otp/totp"

	"latchkey/auth"
)

// twoStep is somebody whose account asks for a code.
type twoStep struct {
	st    *site
	b     *browser // signed in, with the second factor shown
	key   string   // of the authenticator
	codes []string // for recovery
}

var (
	keyPattern      = regexp.MustCompile(`(?s)<code id="totp-key"[^>]*>([^<]+)</code>`)
	recoveryPattern = regexp.MustCompile(`(?m)\b[0-9a-z]{5}-[0-9a-z]{5}\b`)
)

func (st *site) twoStep(email string) *twoStep {
	st.t.Helper()
	st.person(email)
	two := &twoStep{st: st, b: st.browser().mustSignIn(email)}
	two.key = two.shownKey()
	wantRedirect(st.t, two.b.post("/account/totp", "code", two.code(0)), "/account/recovery-codes")
	two.codes = recoveryPattern.FindAllString(two.b.get("/account/recovery-codes").body, -1)
	if len(two.codes) != 10 {
		st.t.Fatalf("%d recovery codes", len(two.codes))
	}
	st.clock.Add(time.Minute) // the code that proved it is spent
	return two
}

func (two *twoStep) shownKey() string {
	two.st.t.Helper()
	found := keyPattern.FindStringSubmatch(two.b.get("/account/totp").body)
	if found == nil {
		two.st.t.Fatal("no key on the page")
	}
	return strings.ToUpper(strings.ReplaceAll(html.UnescapeString(found[1]), " ", ""))
}

// code is what the app shows, so many steps from now.
func (two *twoStep) code(steps int) string {
	two.st.t.Helper()
	code, err := totp.GenerateCode(two.key, two.st.db.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		two.st.t.Fatal(err)
	}
	return code
}

// halfway is a browser that has shown the password.
func (two *twoStep) halfway(email string) *browser {
	two.st.t.Helper()
	b := two.st.browser()
	wantRedirect(two.st.t, b.signInWith(email, goodPassword), "/login/code")
	return b
}

// rushSecondStep is fifty browsers past the password, all sending their code at once; how many got in.
func (st *site) rushSecondStep(email string, code func(i int) string) (in int) {
	st.t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range 50 {
		b := st.browser()
		wantRedirect(st.t, b.signInWith(email, goodPassword), "/login/code")
		visitor := auth.Visitor{Pending: b.cookies["login"]}
		all.Go(func() {
			<-start
			entry, err := st.s.ProveSecondStep(st.t.Context(), visitor, code(i), false)
			var wrong auth.WrongFactor
			switch {
			case err == nil && entry.Session != "":
				mu.Lock()
				in++
				mu.Unlock()
			case !errors.As(err, &wrong):
				st.t.Errorf("%v", err)
			}
		})
	}
	close(start)
	all.Wait()
	return in
}
