package auth_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// The steps of FuzzLifecycle: each does the same to the product, by its forms, and to the model.

// lifeArg chooses within a step: one bit the browser, one the address, two the password, four what else there is.
type lifeArg byte

func (a lifeArg) browser() int  { return int(a & 1) }
func (a lifeArg) email() string { return [2]string{"ada@example.test", "bo@example.test"}[a>>1&1] }
func (a lifeArg) word() int     { return int(a >> 2 & 3) }
func (a lifeArg) choice() int   { return int(a >> 4) }

var lifeWords = [4]string{"violet-Kettle-drum-41", "amber-Lantern-reed-52", "copper-Willow-tide-63", "never-Chosen-by-anyone-74"}

// typed is a password someone tries; chosen is one that someone sets.
func (a lifeArg) typed() string  { return lifeWords[a.word()] }
func (a lifeArg) chosen() string { return lifeWords[a.word()%3] }

const (
	lifeSignUp = iota
	lifeCode
	lifeConfirm
	lifeNewByLink
	lifeDiscard
	lifeResend
	lifeSignIn
	lifeForgot
	lifeReset
	lifeChange
	lifeReplace
	lifeReauth
	lifeEndOne
	lifeEndOthers
	lifeSignOut
	lifeLock
	lifeGuess
	lifeUnlock
	lifeEnable
	lifeDisable
	lifeRequire
	lifeClock
	lifeSweep
	lifeMeanwhile
	lifeAskLink
	lifeByLink
	lifeByCode
)

var lifeSteps = [...]struct {
	name string
	do   func(*lifeWalk, lifeArg)
}{
	lifeSignUp:    {"sign up", (*lifeWalk).signUp},
	lifeCode:      {"type a code", (*lifeWalk).typeCode},
	lifeConfirm:   {"confirm by link", (*lifeWalk).confirm},
	lifeNewByLink: {"new password by the link of a sign-up", (*lifeWalk).newByLink},
	lifeDiscard:   {"discard the sign-up", (*lifeWalk).discard},
	lifeResend:    {"send the code again", (*lifeWalk).resend},
	lifeSignIn:    {"sign in", func(w *lifeWalk, a lifeArg) { w.signInFrom(a.browser(), a) }},
	lifeForgot:    {"forgot the password", (*lifeWalk).forgot},
	lifeReset:     {"reset the password", (*lifeWalk).reset},
	lifeChange:    {"change the password", (*lifeWalk).change},
	lifeReplace:   {"replace the password, as required", (*lifeWalk).replace},
	lifeReauth:    {"confirm it is you", (*lifeWalk).reauth},
	lifeEndOne:    {"end a session", (*lifeWalk).endOne},
	lifeEndOthers: {"end the other sessions", (*lifeWalk).endOthers},
	lifeSignOut:   {"sign out", (*lifeWalk).signOut},
	lifeLock:      {"operator: lock", (*lifeWalk).lock},
	lifeGuess:     {"strangers guess until it is locked", (*lifeWalk).guess},
	lifeUnlock:    {"unlock by link", (*lifeWalk).unlock},
	lifeEnable:    {"operator: enable", (*lifeWalk).enable},
	lifeDisable:   {"operator: disable", (*lifeWalk).disable},
	lifeRequire:   {"operator: require a new password", (*lifeWalk).require},
	lifeClock:     {"time goes by", (*lifeWalk).wait},
	lifeSweep:     {"sweep", (*lifeWalk).sweep},
	lifeMeanwhile: {"meanwhile", func(*lifeWalk, lifeArg) {}}, // of lifeWalk.step
	lifeAskLink:   {"ask for a link to sign in with", (*lifeWalk).askLink},
	lifeByLink:    {"sign in by link", (*lifeWalk).byLink},
	lifeByCode:    {"sign in by the code beside it", (*lifeWalk).byCode},
}

func (w *lifeWalk) signUp(a lifeArg) {
	p := w.browsers[a.browser()].post("/signup", "email", a.email(), "password", a.chosen())
	w.want(p, w.m.signUp(a.browser(), a.email(), a.chosen()))
}

// link is the newest mail of a kind to the address, or the one before; nil: there is none.
func (w *lifeWalk) link(kind string, a lifeArg) *lifeMail {
	skip := a.choice() & 1
	for i := len(w.m.mails) - 1; i >= 0; i-- {
		mail := w.m.mails[i]
		if mail.kind != kind || mail.to != a.email() || mail.path == "" {
			continue
		}
		if skip == 0 {
			return mail
		}
		skip--
	}
	return nil
}

// at is the address of a link, or one that no mail held.
func (w *lifeWalk) at(path string, mail *lifeMail) string {
	if mail == nil {
		return path + models.NewToken()
	}
	return mail.path
}

// code is the newest of a kind to the address, the one before, or a wrong one.
func (w *lifeWalk) code(kind string, a lifeArg) string {
	code := "000000"
	if mail := w.link(kind, a); mail != nil {
		code = mail.code
	}
	if a.choice()&2 != 0 {
		code = fmt.Sprintf("%c%s", '0'+(code[0]-'0'+1)%10, code[1:])
	}
	return code
}

func (w *lifeWalk) askLink(a lifeArg) {
	p := w.browsers[a.browser()].post("/login/link", "email", a.email())
	w.want(p, w.m.askLink(a.browser(), a.email()))
}

func (w *lifeWalk) byLink(a lifeArg) {
	mail := w.link("sign_in_link", a)
	p := w.browsers[a.browser()].post(w.at("/login/link/", mail))
	w.want(p, w.m.signInByLink(a.browser(), mail))
}

func (w *lifeWalk) byCode(a lifeArg) {
	code := w.code("sign_in_link", a)
	p := w.browsers[a.browser()].post("/login/link/code", "code", code)
	w.want(p, w.m.signInByCode(a.browser(), code))
}

func (w *lifeWalk) typeCode(a lifeArg) {
	code := w.code("verify_email", a)
	p := w.browsers[a.browser()].post("/verify-email", "code", code)
	w.want(p, w.m.typeCode(a.browser(), code))
}

func (w *lifeWalk) confirm(a lifeArg) {
	mail, password := w.link("verify_email", a), a.typed()
	if a.choice()&2 != 0 {
		password = ""
	}
	p := w.browsers[a.browser()].post(w.at("/verify-email/", mail), "action", "confirm", "password", password)
	w.want(p, w.m.confirm(a.browser(), mail, password))
}

func (w *lifeWalk) newByLink(a lifeArg) {
	mail := w.link("verify_email", a)
	p := w.browsers[a.browser()].post(w.at("/verify-email/", mail), "action", "new_password", "new_password", a.chosen())
	w.want(p, w.m.newPasswordByLink(a.browser(), mail, a.chosen()))
}

func (w *lifeWalk) discard(a lifeArg) {
	mail := w.link("verify_email", a)
	p := w.browsers[a.browser()].post(w.at("/verify-email/", mail), "action", "discard")
	w.want(p, w.m.discard(mail))
}

func (w *lifeWalk) resend(a lifeArg) {
	p := w.browsers[a.browser()].post("/verify-email/resend")
	w.want(p, w.m.resend(a.browser()))
}

func (w *lifeWalk) signInFrom(b int, a lifeArg) {
	fields := []string{"email", a.email(), "password", a.typed()}
	if a.choice()&1 != 0 {
		fields = append(fields, "remember", "on")
	}
	proof := w.m.comparePassword(b, a.email(), a.typed())
	p := w.browsers[b].post("/login", fields...)
	w.want(p, w.m.signIn(b, proof, a.choice()&1 != 0))
}

func (w *lifeWalk) forgot(a lifeArg) {
	p := w.browsers[a.browser()].post("/password/forgot", "email", a.email())
	w.want(p, w.m.forgot(a.browser(), a.email()))
}

func (w *lifeWalk) reset(a lifeArg) {
	mail := w.link("password_reset", a)
	p := w.browsers[a.browser()].post(w.at("/password/reset/", mail), "password", a.chosen())
	w.want(p, w.m.reset(mail, a.chosen()))
}

func (w *lifeWalk) change(a lifeArg) {
	s, chosen := w.m.live(a.browser()), lifeWords[a.choice()%3]
	p := w.browsers[a.browser()].post("/account/password", "current_password", a.typed(), "password", chosen)
	w.want(p, w.m.change(a.browser(), s, a.typed(), chosen))
}

func (w *lifeWalk) replace(a lifeArg) {
	open := w.m.pending(a.browser(), choosesPassword)
	p := w.browsers[a.browser()].post("/password/new", "password", a.chosen())
	w.want(p, w.m.replace(a.browser(), open, a.chosen()))
}

func (w *lifeWalk) reauth(a lifeArg) {
	p := w.browsers[a.browser()].post("/reauth", "password", a.typed())
	w.want(p, w.m.reauthenticate(a.browser(), a.typed()))
}

// endOne presses the button beside the session of the same browser or of the other, whosever that is.
func (w *lifeWalk) endOne(a lifeArg) {
	b, target := a.browser(), a.choice()&1
	mine, theirs, id := w.m.live(b), w.m.live(target), models.NewID()
	if theirs != nil {
		id = w.st.session(w.browsers[target])
	}
	p := w.browsers[b].post("/account/sessions/" + id + "/end")
	switch {
	case mine == nil:
		w.want(p, askedOut)
	case theirs == nil || theirs.person != mine.person:
		w.want(p, lifeAnswer{status: 404})
	default:
		w.m.browsers[target].session = nil
		w.want(p, seeOther("/account/sessions"))
	}
}

func (w *lifeWalk) endOthers(a lifeArg) {
	fields := []string{}
	if a.choice()&1 != 0 {
		fields = append(fields, "this_one", "on")
	}
	p := w.browsers[a.browser()].post("/account/sessions/end-others", fields...)
	w.want(p, w.m.endOthers(a.browser(), a.choice()&1 != 0))
}

func (w *lifeWalk) signOut(a lifeArg) {
	w.want(w.browsers[a.browser()].post("/logout"), seeOther("/"))
	w.m.browsers[a.browser()].session = nil
}

// guess fills the counter of a day but for the last try, and makes that.
func (w *lifeWalk) guess(a lifeArg) {
	w.st.exec("DELETE FROM attempts WHERE rule = 'L-02 lock'")
	w.want(w.st.browserAt("198.51.100.7").signInWith(a.email(), lifeWords[3]), refused)
	w.st.exec("UPDATE attempts SET hits = 99999 WHERE rule = 'L-02 lock'")
	w.want(w.st.browserAt("198.51.100.7").signInWith(a.email(), lifeWords[3]), refused)
	w.st.exec("DELETE FROM attempts WHERE rule = 'L-02 lock'")
	w.m.guessed(a.email())
}

func (w *lifeWalk) unlock(a lifeArg) {
	mail := w.link("account_locked", a)
	p := w.browsers[a.browser()].post(w.at("/login/unlock/", mail))
	w.want(p, w.m.unlock(a.browser(), mail))
}

// operate does something to an account that there is.
func (w *lifeWalk) operate(a lifeArg, do func(ctx context.Context, id string) error, then func(*lifePerson)) {
	if p := w.m.people[a.email()]; p != nil {
		if err := do(context.Background(), w.st.row(p.email).ID); err != nil {
			w.t.Error(err)
		}
		then(p)
	}
}

func (w *lifeWalk) lock(a lifeArg) {
	w.operate(a, w.st.s.LockUser, func(p *lifePerson) { p.locked = true })
}

func (w *lifeWalk) enable(a lifeArg) {
	enable := func(ctx context.Context, id string) error { return w.st.s.EnableUser(ctx, id, "test") }
	w.operate(a, enable, func(p *lifePerson) {
		if p.isOff(w.m.now) {
			w.m.send("account_enabled", p.email, nil, 0)
		}
		p.off, p.locked = false, false
	})
}

func (w *lifeWalk) disable(a lifeArg) {
	var until *time.Time
	if hours := a.choice() & 3; hours > 0 {
		end := w.m.now.Add(time.Duration(hours) * time.Hour)
		until = &end
	}
	again := w.m.people[a.email()] != nil && w.m.people[a.email()].isOff(w.m.now)
	disable := func(ctx context.Context, id string) error {
		err := w.st.s.DisableUser(ctx, id, "test", until)
		if again && errors.Is(err, auth.ErrChanged) {
			return nil
		}
		return err
	}
	w.operate(a, disable, func(p *lifePerson) {
		if again {
			return
		}
		w.m.send("account_disabled", p.email, nil, 0)
		p.off, p.offUntil = true, time.Time{}
		if until != nil {
			p.offUntil = *until
		}
		w.m.switchOff(p)
	})
}

func (w *lifeWalk) require(a lifeArg) {
	w.operate(a, w.st.db.RequirePasswordChange, func(p *lifePerson) { p.mustReplace = true })
}

var lifeWaits = [16]time.Duration{
	time.Second, time.Minute, 61 * time.Second, 5 * time.Minute, 10 * time.Minute, 601 * time.Second, 30 * time.Minute, time.Hour,
	115 * time.Minute, 2 * time.Hour, 23 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 60 * 24 * time.Hour, 91 * 24 * time.Hour,
}

func (w *lifeWalk) wait(a lifeArg) {
	w.st.clock.Add(lifeWaits[a.choice()])
	w.m.now = w.st.clock.Now()
}

func (w *lifeWalk) sweep(lifeArg) {
	if err := w.st.s.Sweep(context.Background()); err != nil {
		w.t.Error(err)
	}
	w.m.sweep()
}
