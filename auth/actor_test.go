package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

const victim = "victim@example.test"

// inert fails the test when anything but counters and the audit log differs from before.
func (st *site) inert(what string, before modelstest.Tables) {
	st.t.Helper()
	if changed := before.Changed(modelstest.Digest(st.t, st.raw())); len(changed) > 0 {
		st.t.Errorf("%s changed %v", what, changed)
	}
}

// insider signs up, stays unverified, is let in all the same, and gives what the service knows of them.
func (st *site) insider(email string) (*browser, *auth.User) {
	st.t.Helper()
	b := st.browser()
	b.signUp(email)
	wantRedirect(st.t, b.signIn(email), "/dashboard")
	return b, st.actor(b)
}

func (st *site) actor(b *browser) *auth.User {
	st.t.Helper()
	u, err := st.s.Load(context.Background(), b.cookies["session"])
	if err != nil {
		st.t.Fatal(err)
	}
	return u
}

// wrongActors are people who may not act: what they were is not what they are, or was never theirs.
func wrongActors(st *site, other *auth.User) map[string]*auth.User {
	ctx := context.Background()
	left, leaver := st.insider("left@example.test")
	left.post("/logout")
	_, off := st.insider("off@example.test")
	if err := st.s.DisableUser(ctx, off.ID, "test", nil); err != nil {
		st.t.Fatal(err)
	}
	renewed, earlier := st.insider("renewed@example.test")
	wantRedirect(st.t, renewed.post("/reauth", "password", goodPassword), "/dashboard")
	_, late := st.insider("late@example.test")
	st.exec("UPDATE sessions SET idle_until = created_at WHERE id = '" + late.SessionID + "'")
	_, honest := st.insider("real@example.test")
	foreign, foreignSession := *honest, *honest
	foreign.ID, foreign.Email, foreign.HasPassword = other.ID, other.Email, false
	foreignSession.SessionID = other.SessionID
	return map[string]*auth.User{
		"signed out": leaver, "switched off": off, "with the token of before": earlier, "past the idle limit": late,
		"with another's id": &foreign, "with another's session": &foreignSession,
		"made by hand": {ID: other.ID, Email: other.Email, SessionID: other.SessionID, Epoch: other.Epoch},
		"nobody":       {},
	}
}

// TestServiceChecksActor (T-1503): the rules themselves refuse who may not act, whatever route was passed before.
func TestServiceChecksActor(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		owner, other := st.insider(victim)
		theirs := owner.addKey("")
		options, _ := owner.options("/account/passkeys/options")
		made := newSoftKey(virtualwebauthn.KeyTypeEC2).made(t, options, homeParty)
		mailed := st.openLink(victim)
		code := func(u *auth.User) string {
			if u.Email == "" || len(st.delivered(u.Email, "verify_email")) == 0 {
				return "123456"
			}
			return st.code(u.Email)
		}
		methods := map[string]func(u *auth.User) error{
			"ChangePassword": func(u *auth.User) error {
				_, err := st.s.ChangePassword(ctx, u, auth.PasswordChange{Current: goodPassword, New: otherPassword, EndApps: true})
				return err
			},
			"Reauthenticate": func(u *auth.User) error {
				_, err := st.s.Reauthenticate(ctx, u, auth.Reproof{Password: goodPassword, Code: "123456"})
				return err
			},
			"Rename":   func(u *auth.User) error { return st.s.Rename(ctx, u, "Mallory") },
			"Overview": func(u *auth.User) error { _, err := st.s.Overview(ctx, u); return err },
			"Sessions": func(u *auth.User) error {
				if list, err := st.s.Sessions(ctx, u); err != nil || len(list) > 0 {
					return err
				}
				return errors.New("an empty list")
			},
			"EndOwnSession":         func(u *auth.User) error { return st.s.EndOwnSession(ctx, u, u.SessionID) },
			"EndOwnSession foreign": func(u *auth.User) error { return st.s.EndOwnSession(ctx, u, other.SessionID) },
			"EndOtherSessions":      func(u *auth.User) error { return st.s.EndOtherSessions(ctx, u) },
			"EndAllSessions":        func(u *auth.User) error { return st.s.EndAllSessions(ctx, u) },
			"Activity": func(u *auth.User) error {
				_, err := st.s.Activity(ctx, u, auth.ActivityFilter{}, "", "")
				return err
			},
			"ReportActivity": func(u *auth.User) error {
				_, err := st.s.ReportActivity(ctx, u, st.audit(auth.AuditSignIn)[0].ID)
				return err
			},
			"OpenLinks": func(u *auth.User) error {
				if list, err := st.s.OpenLinks(ctx, u); err != nil || len(list) > 0 {
					return err
				}
				return errors.New("an empty list")
			},
			"CancelLink":         func(u *auth.User) error { return st.s.CancelLink(ctx, u, mailed) },
			"Passkeys":           func(u *auth.User) error { _, err := st.s.Passkeys(ctx, u); return err },
			"Passkey":            func(u *auth.User) error { _, err := st.s.Passkey(ctx, u, theirs.id); return err },
			"BeginPasskey":       func(u *auth.User) error { _, err := st.s.BeginPasskey(ctx, u); return err },
			"AddPasskey":         func(u *auth.User) error { _, _, err := st.s.AddPasskey(ctx, u, made, "Mallory's"); return err },
			"SendReauthCode":     func(u *auth.User) error { return st.s.SendReauthCode(ctx, u) },
			"ReauthCodeSent":     func(u *auth.User) error { _, err := st.s.ReauthCodeSent(ctx, u); return err },
			"BeginReauthPasskey": func(u *auth.User) error { _, err := st.s.BeginReauthPasskey(ctx, u, ""); return err },
			"RenamePasskey":      func(u *auth.User) error { return st.s.RenamePasskey(ctx, u, theirs.id, "Mallory's") },
			"RemovePasskey":      func(u *auth.User) error { _, err := st.s.RemovePasskey(ctx, u, theirs.id); return err },
			"VerifyByCode": func(u *auth.User) error {
				_, err := st.s.VerifyByCode(ctx, auth.Visitor{}, u, code(u))
				return err
			},
			"OpenVerification": func(u *auth.User) error {
				if open, err := st.s.OpenVerification(ctx, auth.Visitor{}, u); err != nil || open.Email != "" {
					return err
				}
				return auth.ErrSignedOut // the page says that nothing is open
			},
			"ResendVerification": func(u *auth.User) error {
				if err := st.s.ResendVerification(ctx, auth.Visitor{}, u); err != nil {
					return err
				}
				return auth.ErrSignedOut // the answer is always the same
			},
			"OpenVerifyLink": func(u *auth.User) error {
				if link, err := st.s.OpenVerifyLink(ctx, auth.Visitor{}, u, lastPart(st.link(victim, "verify_email"))); err != nil || !link.OtherBrowser {
					return err
				}
				return auth.ErrSignedOut // a stranger's page
			},
			"ConfirmLink": func(u *auth.User) error {
				_, err := st.s.ConfirmLink(ctx, auth.Visitor{}, u, lastPart(st.link(victim, "verify_email")), "")
				return err
			},
			"OpenAuthenticators": func(u *auth.User) error { _, err := st.s.OpenAuthenticators(ctx, u); return err },
			"AddAuthenticator": func(u *auth.User) error {
				defer st.exec("DELETE FROM attempts") // a try is counted before it is known who tries
				_, _, err := st.s.AddAuthenticator(ctx, u, "123456", "")
				return err
			},
			"RemoveAuthenticators": func(u *auth.User) error { _, err := st.s.RemoveAuthenticators(ctx, u, "", ""); return err },
			"OpenRecoveryCodes":    func(u *auth.User) error { _, err := st.s.OpenRecoveryCodes(ctx, u); return err },
			"NewRecoveryCodes":     func(u *auth.User) error { _, err := st.s.NewRecoveryCodes(ctx, u); return err },
			"RecoveryCodesSaved":   func(u *auth.User) error { return st.s.RecoveryCodesSaved(ctx, u) },
			"TrustedBrowsers":      func(u *auth.User) error { _, err := st.s.TrustedBrowsers(ctx, u, auth.Visitor{}); return err },
			"RenameTrustedBrowser": func(u *auth.User) error { return st.s.RenameTrustedBrowser(ctx, u, models.NewID(), "Mine") },
			"LoadView":             func(u *auth.User) error { _, err := st.s.LoadView(ctx, u, models.NewToken()); return err },
			"NoteView":             func(u *auth.User) error { return st.s.NoteView(ctx, u, auth.AuditViewChange, "POST /notes") },
			"StopView":             func(u *auth.User) error { return st.s.StopView(ctx, u) },
			"UntrustBrowsers":      func(u *auth.User) error { return st.s.UntrustBrowsers(ctx, u, "") },
		}
		everyMethodTaking(t, reflect.TypeFor[*auth.User](), methods, "Recent") // which asks the time only
		actors := wrongActors(st, other)
		before := modelstest.Digest(t, st.raw())
		for who, u := range actors {
			for name, call := range methods {
				err := call(u)
				var invalid auth.Invalid
				stranger := name == "ConfirmLink" && errors.As(err, &invalid) // who is asked for the password like anyone else
				if !stranger && !errors.Is(err, auth.ErrSignedOut) && !errors.Is(err, auth.ErrWrongCode) && !errors.Is(err, models.ErrNotFound) {
					t.Errorf("%s, %s: %v", name, who, err)
				}
				st.inert(name+", "+who, before)
			}
		}
		honest := st.actor(st.browser().mustSignIn("real@example.test"))
		if err := st.s.EndOwnSession(ctx, honest, other.SessionID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("another's session: %v", err)
		}
		if err := st.s.CancelLink(ctx, honest, mailed); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("another's link: %v", err)
		}
		if err := st.s.Rename(ctx, honest, "Really"); err != nil { // the right one may
			t.Error(err)
		}
	}, func(c *auth.Config) { c.Unverified = auth.UnverifiedBanner })
}

// everyMethodTaking fails the test when a method of the service that takes a value of this type is missing.
func everyMethodTaking[T any](t *testing.T, kind reflect.Type, tested map[string]T, except ...string) {
	t.Helper()
	service := reflect.TypeFor[*auth.Service]()
	names := map[string]bool{}
	for name := range tested {
		first, _, _ := strings.Cut(name, " ")
		names[first] = true
	}
	for i := range service.NumMethod() {
		method := service.Method(i)
		for in := 1; in < method.Type.NumIn(); in++ {
			if method.Type.In(in) == kind && !names[method.Name] && !slices.Contains(except, method.Name) {
				t.Errorf("%s is not called with a wrong %s", method.Name, kind)
			}
		}
	}
}

// TestServiceChecksBrowser is the same for what a browser brings: somebody else's open step is not its own, and what
// is no token of ours opens nothing.
func TestServiceChecksBrowser(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		st.person(member)
		inside := st.browser().mustSignIn(member)
		st.browser().signUp(newcomer)
		other := st.browser()
		other.signUp(victim)
		link := lastPart(st.link(newcomer, "verify_email"))
		resetting := st.browser() // up to the link that only its own browser opens
		resetting.post("/password/forgot", "email", member)
		bound := lastPart(resetting.post("/password/reset", "code", codeIn(t, st.lastMail(member, "password_reset"))).location)
		signIn := lastPart(st.loginLink(st.browser(), member))
		methods := map[string]func(v auth.Visitor) error{
			"OpenForcedPassword": func(v auth.Visitor) error { _, err := st.s.OpenForcedPassword(ctx, v); return err },
			"ReplacePassword":    func(v auth.Visitor) error { _, err := st.s.ReplacePassword(ctx, v, otherPassword); return err },
			"ConfirmLink":        func(v auth.Visitor) error { _, err := st.s.ConfirmLink(ctx, v, nil, link, ""); return err },
			"OpenVerifyLink": func(v auth.Visitor) error {
				if open, err := st.s.OpenVerifyLink(ctx, v, nil, link); err != nil || !open.OtherBrowser {
					return err
				}
				return auth.ErrSignedOut
			},
			"NewPasswordByLink": func(v auth.Visitor) error {
				_, err := st.s.NewPasswordByLink(ctx, v, models.NewToken(), otherPassword)
				return err
			},
			"Unlock":                 func(v auth.Visitor) error { _, err := st.s.Unlock(ctx, v, link); return err },
			"BeginSecondStepPasskey": func(v auth.Visitor) error { _, err := st.s.BeginSecondStepPasskey(ctx, v); return err },
			"ProveSecondStepByPasskey": func(v auth.Visitor) error {
				_, err := st.s.ProveSecondStepByPasskey(ctx, v, "{}", true)
				return err
			},
			"OpenSecondStep": func(v auth.Visitor) error { _, err := st.s.OpenSecondStep(ctx, v); return err },
			"ProveSecondStep": func(v auth.Visitor) error {
				_, err := st.s.ProveSecondStep(ctx, v, "123456", true)
				return err
			},
			"OpenFactorRecovery":  func(v auth.Visitor) error { _, err := st.s.OpenFactorRecovery(ctx, v); return err },
			"SendRecoveryCode":    func(v auth.Visitor) error { return st.s.SendRecoveryCode(ctx, v) },
			"StartFactorRecovery": func(v auth.Visitor) error { return st.s.StartFactorRecovery(ctx, v, "123456") },
			"OpenLoginCode": func(v auth.Visitor) error {
				if open, err := st.s.OpenLoginCode(ctx, v); err != nil || open.Email != "" {
					return err
				}
				return auth.ErrSignedOut
			},
			"SignInByCode": func(v auth.Visitor) error {
				_, err := st.s.SignInByCode(ctx, v, st.loginCode(member))
				return err
			},
			"OpenLoginLink": func(v auth.Visitor) error {
				if open, err := st.s.OpenLoginLink(ctx, v, signIn); err != nil || !open.OtherBrowser {
					return err
				}
				return auth.ErrSignedOut // a stranger's page
			},
			"SignInByLink": func(v auth.Visitor) error { _, err := st.s.SignInByLink(ctx, v, signIn); return err },
			"ResetByCode": func(v auth.Visitor) error {
				_, err := st.s.ResetByCode(ctx, v, st.loginCode(member))
				return err
			},
			"OpenReset":     func(v auth.Visitor) error { _, err := st.s.OpenReset(ctx, v, bound); return err },
			"ResetPassword": func(v auth.Visitor) error { return st.s.ResetPassword(ctx, v, bound, otherPassword) },
		}
		only := map[string]func(v auth.Visitor) error{ // with a step of its own open, this is its own
			"OpenVerification": func(v auth.Visitor) error {
				if open, err := st.s.OpenVerification(ctx, v, nil); err != nil || open.Email != "" {
					return err
				}
				return auth.ErrSignedOut
			},
			"VerifyByCode": func(v auth.Visitor) error {
				_, err := st.s.VerifyByCode(ctx, v, nil, st.code(newcomer))
				return err
			},
			"ResendVerification": func(v auth.Visitor) error {
				if err := st.s.ResendVerification(ctx, v, nil); err != nil {
					return err
				}
				return auth.ErrSignedOut
			},
		}
		all := map[string]func(v auth.Visitor) error{}
		visitors := map[string]auth.Visitor{
			"with nothing": {}, "with another's step": {Pending: other.cookies["login"]}, "with a session as step": {Pending: inside.cookies["session"]},
			"with a made up step": {Pending: models.NewToken()}, "with a step as session": {Session: other.cookies["login"]},
		}
		before := modelstest.Digest(t, st.raw())
		for who, v := range visitors {
			for name, call := range methods {
				all[name] = call
				var invalid auth.Invalid
				err := call(v)
				stranger := (name == "ConfirmLink" || name == "SignInByLink") && errors.As(err, &invalid)
				if !stranger && !errors.Is(err, auth.ErrSignedOut) && !errors.Is(err, auth.ErrDeadLink) && !errors.Is(err, auth.ErrWrongCode) {
					t.Errorf("%s, %s: %v", name, who, err)
				}
				st.inert(name+", "+who, before)
			}
			for name, call := range only {
				all[name] = call
				if who == "with another's step" {
					continue // TestForeignIdentity_NextStepIgnoresIt
				}
				if err := call(v); !errors.Is(err, auth.ErrSignedOut) && !errors.Is(err, auth.ErrWrongCode) {
					t.Errorf("%s, %s: %v", name, who, err)
				}
				st.inert(name+", "+who, before)
			}
		}
		everyMethodTaking(t, reflect.TypeFor[auth.Visitor](), all, "TrustedBrowsers", "BeginPasskeySignIn") // which only marks this browser; which is for everybody
		st.wrongTokens(inside)
	}, func(c *auth.Config) { c.LoginLinkBinding = auth.BindingStrict })
}

// wrongTokens calls what takes the bare value of a cookie or an id.
func (st *site) wrongTokens(inside *browser) {
	ctx, t := context.Background(), st.t
	id, mine := st.session(inside), st.row(member).ID
	before := modelstest.Digest(t, st.raw())
	for _, token := range []string{"", id, mine, models.NewToken(), strings.ToUpper(inside.cookies["session"]), inside.cookies["browser"]} {
		if _, err := st.s.Load(ctx, token); !errors.Is(err, auth.ErrSignedOut) {
			t.Errorf("Load(%q): %v", token, err)
		}
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.AddCookie(&http.Cookie{Name: "session", Value: token})
		if _, err := st.s.FromRequest(request); !errors.Is(err, auth.ErrSignedOut) {
			t.Errorf("FromRequest(%q): %v", token, err)
		}
		if err := st.s.SignOut(ctx, token); err != nil {
			t.Errorf("SignOut(%q): %v", token, err)
		}
		if token == id {
			continue
		}
		if err := st.s.EndSession(ctx, token); err != nil {
			t.Errorf("EndSession(%q): %v", token, err)
		}
	}
	if standing, err := st.s.Standing(ctx, st.row(victim).ID, id); err != nil || standing.SessionLive {
		t.Errorf("another's session counts as their own: %v, %v", standing.SessionLive, err)
	}
	for _, nobody := range []string{"", "x", id} {
		if _, err := st.s.Standing(ctx, nobody, id); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("Standing(%q): %v", nobody, err)
		}
		if _, err := st.s.Claims(ctx, nobody); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("Claims(%q): %v", nobody, err)
		}
	}
	st.inert("a wrong token", before)
	if !inside.signedIn() {
		t.Error("the right one is signed out")
	}
}
