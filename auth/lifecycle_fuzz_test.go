package auth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models/modelstest"
)

// FuzzLifecycle (T-1910): walks over sign-up, sign-in, links, passwords, sessions, operators and the clock. After every
// step the product and lifeModel agree on who is signed in where and what each mail still opens. The first byte chooses
// whether people with an unproven address may sign in; two bytes are a step.
func FuzzLifecycle(f *testing.F) {
	reached := map[byte]bool{}
	for _, seed := range lifeSeeds {
		for i := 1; i < len(seed); i += 2 {
			reached[seed[i]] = true
		}
		f.Add(seed)
	}
	for kind, step := range lifeSteps {
		if !reached[byte(kind)] {
			f.Errorf("no walk comes to: %s", step.name)
		}
	}
	f.Fuzz(func(t *testing.T, walk []byte) {
		if len(walk) == 0 {
			return
		}
		w := newLifeWalk(t, walk[0]&1 == 1)
		w.steps = walk[1:min(len(walk), 1+2*lifeLongest)]
		for len(w.steps) > 1 && !t.Failed() {
			w.step()
			w.agree()
		}
		w.askPasswords()
		if t.Failed() {
			t.Logf("the walk was\n%s", strings.Join(w.story, "\n"))
		}
	})
}

// lifeLongest is how many steps a walk has at most.
const lifeLongest = 40

// lifeWalk is one walk: a site, its model, and what the walker holds.
type lifeWalk struct {
	t         *testing.T
	st        *site
	m         *lifeModel
	browsers  []*browser      // two, and in the end a third
	scanner   *browser        // opens links, has no cookies
	tokens    map[string]int  // every session cookie that was ever given out, and the browser it went to
	decoys    []string        // links in mails that are never sent
	spent     map[string]bool // ids of links that were dead once
	steps     []byte
	meanwhile func() // what happens while a password is being looked up
	story     []string
}

func newLifeWalk(t *testing.T, banner bool) *lifeWalk {
	w := &lifeWalk{t: t, tokens: map[string]int{}, spent: map[string]bool{}}
	db, clock := modelstest.OpenWithClock(t)
	w.st = newSite(t, db, clock, func(c *auth.Config) {
		c.RateLimitScale = 1000 // limits have tests of their own
		c.NoNewDeviceNotice = true
		c.BreachURL, c.Client = "http://stolen.test", &http.Client{Transport: w}
		if banner {
			c.Unverified = auth.UnverifiedBanner
		}
	})
	w.m = &lifeModel{now: clock.Now(), banner: banner, people: map[string]*lifePerson{}, quiet: map[string]time.Time{}}
	w.browsers, w.scanner = []*browser{w.st.browser(), w.st.browser()}, w.st.browser()
	return w
}

// RoundTrip is the public list of stolen passwords, which knows none. It is asked in the middle of a sign-in and before
// a new password is stored, so it is where something else can happen meanwhile.
func (w *lifeWalk) RoundTrip(r *http.Request) (*http.Response, error) {
	if act := w.meanwhile; act != nil {
		w.meanwhile = nil
		act()
	}
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

// step takes the next one, and what shall happen in the middle of it.
func (w *lifeWalk) step() {
	kind, a := w.next()
	if kind != lifeMeanwhile || len(w.steps) < 4 {
		w.do(kind, a)
		return
	}
	outer, with := w.next()
	inner, a := w.next()
	if inner != lifeClock && inner != lifeMeanwhile {
		w.meanwhile = func() { w.do(inner, a&^1|^with&1) } // in the other browser
	}
	w.do(outer, with)
	w.meanwhile = nil
}

func (w *lifeWalk) next() (kind byte, a lifeArg) {
	kind, a = w.steps[0]%byte(len(lifeSteps)), lifeArg(w.steps[1])
	w.steps = w.steps[2:]
	return kind, a
}

func (w *lifeWalk) do(kind byte, a lifeArg) {
	w.story = append(w.story, fmt.Sprintf("%s: browser %d, %s, password %d, choice %d", lifeSteps[kind].name, a.browser(), a.email(), a.word(), a.choice()))
	lifeSteps[kind].do(w, a)
}

// askPasswords tries every password with everybody, in a browser that nobody knows.
func (w *lifeWalk) askPasswords() {
	w.browsers = append(w.browsers, w.st.browser())
	for a := lifeArg(0); a < 16 && !w.t.Failed(); a += 2 {
		w.signInFrom(2, a)
	}
	if !w.t.Failed() {
		w.agree()
	}
}

// want compares an answer with the model's, and keeps the cookies that came with it.
func (w *lifeWalk) want(got page, want lifeAnswer) {
	w.t.Helper()
	w.story = append(w.story, fmt.Sprintf("    %d %s", got.status, got.location))
	if got.status != want.status || got.location != want.to {
		w.t.Errorf("the last answer was %d to %q, the model says %d to %q", got.status, got.location, want.status, want.to)
	}
	for b, client := range w.browsers {
		if token := client.cookies["session"]; token != "" {
			w.tokens[token] = b
		}
	}
}

// The parts of a lifeArg, to be added up.
const (
	second = 1 // the other browser
	bo     = 2 // the other address
	word1  = 1 << 2
	word2  = 2 << 2
	word3  = 3 << 2 // nobody's

	before    = 1 << 4 // the link or code before the newest
	wrong     = 2 << 4 // a wrong code; no password at a link
	remember  = 1 << 4
	to1       = 1 << 4 // what a password is changed into
	to2       = 2 << 4
	theOther  = 1 << 4 // the session of the other browser
	thisToo   = 1 << 4
	for2Hours = 2 << 4 // of a suspension

	// how much time goes by
	seconds1  = 0
	seconds61 = 2 << 4
	minutes5  = 3 << 4
	minutes10 = 4 << 4
	minutes30 = 6 << 4
	hour      = 7 << 4
	nearly2h  = 8 << 4
	hours2    = 9 << 4
	hours23   = 10 << 4
	day       = 11 << 4
	week      = 12 << 4
	days30    = 13 << 4
	days60    = 14 << 4
	days91    = 15 << 4

	block, banner = 0, 1 // the first byte
)

// lifeSeeds reach every step, where it works and where it must not.
var lifeSeeds = [][]byte{
	// Sign-up and codes.
	{block, lifeSignUp, 0, lifeCode, second, lifeCode, wrong, lifeCode, 0, lifeCode, 0, lifeSignOut, 0, lifeSignOut, 0, lifeSignIn, 0},
	{block, lifeSignUp, 0, lifeResend, 0, lifeCode, before, lifeCode, 0, lifeResend, 0, lifeResend, second},
	{block, lifeSignUp, 0, lifeCode, wrong, lifeCode, wrong, lifeCode, wrong, lifeCode, wrong, lifeCode, wrong, lifeCode, 0,
		lifeConfirm, 0},
	{block, lifeSignUp, 0, lifeClock, minutes30, lifeCode, 0, lifeConfirm, 0},
	{block, lifeSignUp, 0, lifeClock, day, lifeConfirm, 0, lifeCode, 0, lifeSignIn, 0, lifeCode, 0},
	{block, lifeSignUp, 0, lifeSignUp, second + word1, lifeCode, before, lifeCode, 0, lifeSignIn, 0, lifeCode, second, lifeSignIn, word1},
	{block, lifeSignUp, 0, lifeCode, 0, lifeSignUp, second + word1, lifeCode, second, lifeCode, second + wrong, lifeResend, second,
		lifeSignIn, second + word1},
	{block, lifeSignUp, 0, lifeSignUp, bo + word1, lifeCode, 0, lifeCode, bo, lifeSignIn, 0},
	{block, lifeSignUp, 0, lifeClock, week, lifeSweep, 0, lifeSignIn, 0, lifeClock, seconds1, lifeSweep, 0, lifeConfirm, 0,
		lifeSignIn, 0, lifeSignUp, 0},

	// The link of a sign-up.
	{block, lifeSignUp, 0, lifeConfirm, second + wrong, lifeConfirm, second + word1, lifeConfirm, second, lifeResend, 0, lifeCode, 0,
		lifeConfirm, 0},
	{block, lifeSignUp, 0, lifeConfirm, second + word3, lifeConfirm, second + word3, lifeConfirm, second + word3,
		lifeConfirm, second + word3, lifeConfirm, second + word3, lifeConfirm, second, lifeConfirm, 0},
	{block, lifeSignUp, 0, lifeNewByLink, second + word1, lifeCode, 0, lifeSignIn, 0, lifeSignIn, word1, lifeNewByLink, word2,
		lifeDiscard, 0},
	{block, lifeSignUp, 0, lifeDiscard, second, lifeDiscard, second, lifeCode, 0, lifeSignIn, 0, lifeSignUp, second + word1,
		lifeCode, second},
	{block, lifeSignUp, 0, lifeConfirm, before, lifeSignIn, second, lifeClock, seconds61, lifeSignIn, second + remember,
		lifeConfirm, before, lifeConfirm, second, lifeClock, day},
	{block, lifeSignUp, 0, lifeSignUp, bo + second, lifeConfirm, second + wrong, lifeConfirm, second + word1, lifeConfirm, second,
		lifeCode, bo + second},

	// Sign-in, and how long it lasts.
	{block, lifeSignUp, 0, lifeCode, 0, lifeClock, nearly2h, lifeClock, nearly2h, lifeClock, hours2, lifeSignIn, 0,
		lifeClock, minutes5, lifeClock, hours2},
	{block, lifeSignUp, 0, lifeCode, 0, lifeSignIn, second + remember, lifeSignIn, remember + word1, lifeClock, hours23, lifeClock, day,
		lifeClock, week, lifeClock, week, lifeClock, week, lifeClock,
		week, lifeClock, week, lifeClock, week, lifeClock, week, lifeClock, week, lifeClock, week, lifeSweep, 0},
	{block, lifeSignUp, 0, lifeCode, 0, lifeSignIn, remember, lifeClock, days30, lifeSweep, 0, lifeSignIn, remember, lifeClock, days60},
	{block, lifeSignUp, 0, lifeCode, 0, lifeSignUp, bo + second, lifeCode, bo + second, lifeSignIn, bo, lifeSignIn, second,
		lifeSignIn, second + word3},
	{block, lifeSignUp, 0, lifeCode, 0, lifeReauth, word1, lifeClock, minutes10, lifeClock, seconds1, lifeReauth, 0, lifeReauth, second,
		lifeSignOut, 0, lifeReauth, 0},
	{block, lifeSignUp, 0, lifeCode, 0, lifeSignIn, second, lifeEndOne, theOther, lifeEndOne, theOther, lifeEndOne, second,
		lifeEndOne, 0, lifeEndOne, 0},
	{block, lifeSignUp, 0, lifeCode, 0, lifeSignUp, bo + second, lifeCode, bo + second, lifeEndOne, theOther, lifeEndOthers, 0,
		lifeEndOthers, second + thisToo, lifeEndOthers, second},
	{block, lifeSignUp, 0, lifeCode, 0, lifeSignIn, second, lifeEndOthers, second, lifeSignIn, 0, lifeEndOthers, thisToo,
		lifeSignIn, second, lifeEndOthers, 0},

	// Passwords.
	{block, lifeSignUp, 0, lifeCode, 0, lifeForgot, second, lifeForgot, second, lifeReset, second + before + word1,
		lifeReset, second + word1, lifeReset, second + word2, lifeSignIn, 0, lifeSignIn, word1},
	{block, lifeSignUp, 0, lifeForgot, 0, lifeReset, second + word1, lifeCode, 0, lifeSignIn, 0, lifeSignIn, word1, lifeForgot, bo,
		lifeReset, bo},
	{block, lifeSignUp, 0, lifeCode, 0, lifeForgot, 0, lifeClock, hour, lifeReset, word1, lifeForgot, 0, lifeSweep, 0, lifeReset, word1,
		lifeChange, to1},
	{block, lifeSignUp, 0, lifeCode, 0, lifeSignIn, second + remember, lifeForgot, 0, lifeChange, word3 + to1, lifeChange, to1,
		lifeReset, word2, lifeChange, second + to1, lifeSignIn, second + word1},
	{block, lifeSignUp, 0, lifeCode, 0, lifeRequire, 0, lifeChange, to1, lifeSignIn, second + word1, lifeRequire, 0,
		lifeSignIn, second + word1 + remember, lifeReplace, second + word1,
		lifeReplace, second + word2, lifeReplace, second + word2, lifeReplace, 0},
	{block, lifeSignUp, 0, lifeRequire, 0, lifeCode, 0, lifeReplace, word1, lifeRequire, 0, lifeSignIn, second + word1,
		lifeClock, minutes10, lifeReplace, second + word2, lifeForgot, 0, lifeReset, word2, lifeSignIn, word2},
	{block, lifeSignUp, 0, lifeCode, 0, lifeRequire, 0, lifeSignIn, 0, lifeSignIn, second, lifeReplace, word1,
		lifeReplace, second + word2, lifeSignIn, second + word1},

	// Locks, and operators.
	{block, lifeSignUp, 0, lifeCode, 0, lifeLock, 0, lifeSignIn, second, lifeSignIn, 0, lifeChange, to1, lifeSignIn, second + word1,
		lifeEnable, 0, lifeSignIn, second + word1},
	{block, lifeSignUp, 0, lifeCode, 0, lifeGuess, 0, lifeSignIn, second, lifeUnlock, second + before, lifeUnlock, second,
		lifeUnlock, second, lifeLock, 0, lifeSignIn, second, lifeGuess, 0, lifeGuess, bo},
	{block, lifeSignUp, 0, lifeCode, 0, lifeGuess, 0, lifeEnable, 0, lifeGuess, 0, lifeClock, day, lifeUnlock, 0, lifeEnable, 0,
		lifeGuess, 0, lifeForgot, 0, lifeReset, word1, lifeSignIn, second + word1, lifeUnlock, 0},
	{block, lifeSignUp, 0, lifeCode, 0, lifeLock, 0, lifeClock, days91, lifeSignIn, 0, lifeEnable, 0, lifeSignIn, 0},
	{block, lifeSignUp, 0, lifeCode, 0, lifeForgot, 0, lifeDisable, 0, lifeSignIn, 0, lifeReset, word1, lifeForgot, 0,
		lifeSignUp, second + word1, lifeEnable, 0, lifeReset, word1, lifeSignIn, 0},
	{block, lifeSignUp, 0, lifeCode, 0, lifeSignIn, second + remember, lifeForgot, 0, lifeDisable, for2Hours, lifeClock, hour,
		lifeSignIn, 0, lifeClock, hour, lifeReset, word1, lifeSignIn, 0, lifeDisable, 0},
	{block, lifeSignUp, 0, lifeDisable, for2Hours, lifeCode, 0, lifeConfirm, 0, lifeSignUp, second, lifeSignIn, 0, lifeClock, hours2,
		lifeSignIn, 0, lifeCode, 0, lifeGuess, bo + second, lifeDisable, 0, lifeGuess, 0},

	// Links and codes to sign in with: elsewhere, once, replaced, too late, locked, switched off and on again.
	{block, lifeSignUp, 0, lifeCode, 0, lifeSignOut, 0, lifeAskLink, 0, lifeByLink, second, lifeByLink, 0, lifeByCode, 0, lifeAskLink, 0,
		lifeByCode, second, lifeByCode, wrong, lifeByCode, 0, lifeByLink, 0, lifeAskLink, second + bo, lifeByCode, second + bo},
	{block, lifeSignUp, 0, lifeCode, 0, lifeAskLink, 0, lifeAskLink, second, lifeByCode, 0, lifeByLink, before, lifeByCode, second,
		lifeAskLink, 0, lifeClock, minutes10, lifeByCode, 0, lifeByLink, 0},
	{block, lifeSignUp, 0, lifeCode, 0, lifeAskLink, second, lifeByCode, second + wrong, lifeByCode, second + wrong, lifeByCode, second + wrong,
		lifeByCode, second + wrong, lifeByCode, second + wrong, lifeByCode, second, lifeByLink, second},
	{block, lifeSignUp, 0, lifeCode, 0, lifeAskLink, second, lifeDisable, 0, lifeByLink, second, lifeByCode, second, lifeAskLink, second,
		lifeEnable, 0, lifeByLink, second, lifeAskLink, second, lifeLock, 0, lifeByLink, second, lifeSignIn, second},
	{block, lifeSignUp, 0, lifeCode, 0, lifeAskLink, second, lifeChange, to1, lifeByLink, second, lifeRequire, 0, lifeAskLink, second,
		lifeByCode, second, lifeReplace, second + word2, lifeSignIn, second + word2},
	// For an address that was never proven it is the first proof, and leaves no password.
	{block, lifeSignUp, 0, lifeAskLink, second, lifeByLink, second, lifeSignIn, 0, lifeCode, 0, lifeReauth, second, lifeChange, second + to1,
		lifeSignIn, word1},
	{block, lifeSignUp, 0, lifeAskLink, 0, lifeByCode, 0, lifeClock, minutes10, lifeClock, seconds1, lifeChange, to1, lifeForgot, second,
		lifeReset, second + word1, lifeSignIn, word1},
	{banner, lifeSignUp, 0, lifeSignIn, 0, lifeAskLink, second, lifeByLink, second, lifeAskLink, 0, lifeByLink, second, lifeSignOut, second,
		lifeAskLink, second, lifeSignUp, 0, lifeByCode, second},

	// Where an address need not be proven.
	{banner, lifeSignUp, 0, lifeSignIn, 0, lifeSignIn, second, lifeResend, second, lifeCode, second + before, lifeCode, second,
		lifeCode, 0, lifeResend, 0},
	{banner, lifeSignUp, 0, lifeSignIn, 0, lifeSignUp, second + word1, lifeCode, 0, lifeSignIn, word1, lifeNewByLink, second + word2,
		lifeSignIn, word1, lifeSignIn, word2},
	{banner, lifeSignUp, 0, lifeSignIn, remember, lifeLock, 0, lifeSignIn, second, lifeSignIn, 0, lifeConfirm, 0, lifeSignIn, 0,
		lifeClock, week, lifeSweep, 0},
	{banner, lifeSignUp, 0, lifeSignIn, remember, lifeDiscard, second, lifeSignUp, 0, lifeRequire, 0, lifeSignIn, 0, lifeReplace, word1,
		lifeForgot, 0, lifeChange, word1, lifeClock, week, lifeSweep, 0, lifeClock, week, lifeSweep, 0},

	// Two things at once: the second happens in the other browser while the first has a password looked up.
	{block, lifeSignUp, 0, lifeCode, 0, lifeMeanwhile, 0, lifeSignIn, second, lifeChange, to1, lifeMeanwhile, 0,
		lifeSignIn, second + word1, lifeDisable, 0, lifeEnable, 0, lifeSignIn, word1},
	{block, lifeSignUp, 0, lifeCode, 0, lifeForgot, 0, lifeMeanwhile, 0, lifeReset, word1, lifeReset, word2, lifeMeanwhile, 0,
		lifeSignIn, second + word2, lifeRequire, 0, lifeMeanwhile, 0, lifeSignIn, word2, lifeLock, 0},
	{block, lifeSignUp, 0, lifeCode, 0, lifeSignIn, second, lifeMeanwhile, 0, lifeChange, to1, lifeChange, to2, lifeMeanwhile, 0,
		lifeChange, second + word2 + to1, lifeEndOne, theOther, lifeSignIn, word2},
	{block, lifeSignUp, 0, lifeMeanwhile, 0, lifeSignIn, second, lifeSignUp, word1, lifeMeanwhile, 0, lifeSignIn, second + word1,
		lifeCode, 0, lifeMeanwhile, 0, lifeSignUp, word1, lifeSignOut, 0},
	{block, lifeSignUp, 0, lifeCode, 0, lifeRequire, 0, lifeMeanwhile, 0, lifeSignIn, second, lifeChange, to1, lifeSignIn, second + word1},
	{block, lifeSignUp, 0, lifeMeanwhile, 0, lifeSignIn, second, lifeNewByLink, word1, lifeSignIn, second, lifeSignIn, second + word1},
	{block, lifeSignUp, 0, lifeCode, 0, lifeRequire, 0, lifeSignIn, second, lifeForgot, 0, lifeMeanwhile, 0,
		lifeReplace, second + word1, lifeReset, word2, lifeSignIn, word2},
	{banner, lifeSignUp, 0, lifeMeanwhile, 0, lifeSignIn, second, lifeSignUp, word1, lifeSignIn, second + word1, lifeMeanwhile, 0,
		lifeChange, second + word1 + to2, lifeDiscard, 0},
	{banner, lifeSignUp, 0, lifeRequire, 0, lifeSignIn, second, lifeMeanwhile, 0, lifeReplace, second + word1, lifeDiscard, 0,
		lifeSignUp, 0, lifeMeanwhile, 0, lifeNewByLink, second + word2, lifeCode, 0},
}
