package views

import (
	"context"
	"strings"
	"time"
)

// MailVerifyEmailData fills the mail that proves an address at sign-up.
type MailVerifyEmailData struct {
	Link     string
	Code     string // six digits
	LinkTTL  time.Duration
	CodeTTL  time.Duration
	ErasedIn time.Duration // when nothing is confirmed
}

// MailVerifyEmail carries the link and the code of a sign-up.
func MailVerifyEmail(ctx context.Context, d MailVerifyEmailData) (MailContent, error) {
	return letter{
		Subject: "Confirm your email address",
		Heading: "Confirm your email address",
		Before:  []string{"Someone created a " + BrandName + " account with this address. If it was you, type this code where you created it. It works for " + lasting(d.CodeTTL) + "."},
		Code:    d.Code,
		Acts:    []mailAct{{"Confirm email address", d.Link}},
		After: []string{
			linkWorks(d.LinkTTL),
			"If it was not you, ignore this email. Without your confirmation the account is erased after " + lasting(d.ErasedIn) + ".",
		},
	}.content(ctx)
}

// MailAccountExistsData fills the mail for a sign-up with an address that has an account.
type MailAccountExistsData struct{ SignInURL, ResetURL string } // ResetURL: empty where nobody can ask for a new password

// MailAccountExists tells the mailbox, and nobody else, that the address has an account.
func MailAccountExists(ctx context.Context, d MailAccountExistsData) (MailContent, error) {
	acts, then := []mailAct{{"Sign in", d.SignInURL}}, "sign in."
	if d.ResetURL != "" {
		acts, then = append(acts, mailAct{"Choose a new password", d.ResetURL}), "sign in, or choose a new password if you forgot yours."
	}
	return letter{
		Subject: "You already have an account",
		Heading: "You already have an account",
		Before:  []string{"Someone tried to create a " + BrandName + " account with this address, but it has one. If it was you, " + then},
		Acts:    acts,
		After:   []string{"If it was not you, ignore this email. Nothing was changed, and nobody was told that you have an account."},
	}.content(ctx)
}

// MailPasswordResetData fills the mail that lets a person choose a new password.
type MailPasswordResetData struct {
	Link         string
	Code         string        // six digits; empty: no browser asked for it
	TTL          time.Duration // of both
	Operator     bool          // an operator sent it
	Passwordless bool          // the account has no password so far
	Secured      bool          // the owner had it removed
	Added        bool          // an operator made the account, and nobody has used it yet
}

// MailPasswordReset carries the link to choose a new password, and the code for the browser that asked.
func MailPasswordReset(ctx context.Context, d MailPasswordResetData) (MailContent, error) {
	title, before, after := d.words()
	l := letter{
		Subject: title, Heading: title, Before: []string{before, "Follow the link, or type this code where you asked for it."},
		Code: d.Code, Acts: []mailAct{{"Choose a new password", d.Link}}, After: []string{linkAndCodeWork(d.TTL), after},
	}
	if d.Code == "" {
		l.Before, l.After[0] = l.Before[:1], linkWorks(d.TTL)
	}
	return l.content(ctx)
}

// words say why there is such a mail, and what if it is not wanted.
func (d MailPasswordResetData) words() (title, before, after string) {
	title, after = "Reset your password", "If it was not you, ignore this email. Your password stays as it is."
	switch {
	case d.Added:
		return "Set a password for your account", "An operator made an account on " + BrandName + " for you. Choose a password to use it.",
			"If you do not want it, ignore this email: nobody can sign in to the account before that."
	case d.Secured && d.Operator:
		return "Choose a new password", "An operator asks you to choose a new password for your " + BrandName + " account. The old one does not work any more, and your sessions have ended.",
			"If the link has ended before you use it, ask an operator for another one."
	case d.Secured:
		return title, "Your " + BrandName + " account is secured and has no password now. Choose a new one to get back in.",
			"Without a new password nobody gets in with one. You can ask for another link at any time."
	case d.Operator:
		return title, "An operator sends you this link to choose a new password for your " + BrandName + " account. All your sessions end when you do.",
			"If you asked nobody for it, ignore this email. Your password stays as it is."
	case d.Passwordless:
		return title, "Someone asked to reset the password of your " + BrandName + " account, which has none: you sign in another way. You can go on as usual, or set a password here.", after
	}
	return title, "Someone asked to reset the password of your " + BrandName + " account. If it was you, choose a new one. All your sessions end when you do.", after
}

// MailSignInLinkData fills the mail that signs a person in.
type MailSignInLinkData struct {
	Link string
	Code string        // six digits
	TTL  time.Duration // of both
	SecurityContext
}

// MailSignInLink carries the link and the code to sign in with.
func MailSignInLink(ctx context.Context, d MailSignInLinkData) (MailContent, error) {
	return letter{
		Subject: "Your sign-in link",
		Heading: "Your sign-in link",
		Before:  []string{"Someone asked to sign in to your " + BrandName + " account by email. If it was you, follow the link, or type this code where you asked for it."},
		Code:    d.Code,
		Acts:    []mailAct{{"Sign in", d.Link}},
		Context: &d.SecurityContext,
		After: []string{
			linkAndCodeWork(d.TTL),
			"If it was not you, ignore this email, and give the code to nobody. Nobody gets in without it.",
		},
	}.content(ctx)
}

// MailSignInCodeData fills the mail with a code and nothing else.
type MailSignInCodeData struct {
	Code string // six digits
	TTL  time.Duration
	SecurityContext
}

// MailSignInCode carries a code to be typed where it was asked for.
func MailSignInCode(ctx context.Context, d MailSignInCodeData) (MailContent, error) {
	return letter{
		Subject: "Your code",
		Heading: "Your code",
		Before:  []string{"Someone wants to confirm that they are you, in your " + BrandName + " account. If it was you, type this code where you asked for it."},
		Code:    d.Code,
		Context: &d.SecurityContext,
		After: []string{
			"It works for " + lasting(d.TTL) + ", and once.",
			"If it was not you, give the code to nobody, and look at your sessions: somebody may be in your account.",
		},
	}.content(ctx)
}

// MailPasswordChanged tells that the password is another one now.
func MailPasswordChanged(ctx context.Context, c SecurityContext) (MailContent, error) {
	return letter{
		Subject: "Your password was changed",
		Heading: "Your password was changed",
		Before: []string{
			"The password of your " + BrandName + " account is a new one now. Your other sessions have ended.",
			ifNotYou,
		},
		Context: &c,
	}.content(ctx)
}

// MailNewSignIn tells of a sign-in from a browser that is new to the account.
func MailNewSignIn(ctx context.Context, c SecurityContext) (MailContent, error) {
	return letter{
		Subject: "New sign-in to your account",
		Heading: "New sign-in to your account",
		Before: []string{
			"Someone signed in to your " + BrandName + " account from a browser that we have not seen before.",
			ifNotYou,
		},
		Context: &c,
	}.content(ctx)
}

// MailSecuredByOwnerData fills the mail that says what "This was not me" has done.
type MailSecuredByOwnerData struct {
	Since                    time.Time // what was added from then on is removed
	Authenticators, Passkeys int       // removed
	RecoveryCodes, Browsers  int       // removed
	NoReset                  bool      // no link to a new password follows
	SecurityContext
}

// MailSecuredByOwner tells what was ended and removed, and the way back in.
func MailSecuredByOwner(ctx context.Context, d MailSecuredByOwnerData) (MailContent, error) {
	before := []string{"“This was not me” was pressed for your " + BrandName + " account. Every session has ended, the password is removed, and no app has access any more."}
	if removed := d.removed(); removed != "" {
		before = append(before, "Removed too, because added after "+exact(d.Since)+": "+removed+".")
	}
	if d.NoReset {
		before = append(before, "To get back in, write to "+brandSupport+".")
	} else {
		before = append(before, "To get back in, choose a new password with the link in our next email.")
	}
	return letter{
		Subject: "Your account is secured",
		Heading: "Your account is secured",
		Before:  before,
		Context: &d.SecurityContext,
		After:   []string{"If it was not you who pressed it, someone else reads your emails. Secure your mailbox first."},
	}.content(ctx)
}

func (d MailSecuredByOwnerData) removed() string {
	var parts []string
	for _, kind := range []struct {
		n    int
		noun string
	}{{d.Authenticators, "authenticator app"}, {d.Passkeys, "passkey"}, {d.RecoveryCodes, "recovery code"}, {d.Browsers, "known browser"}} {
		if kind.n > 0 {
			parts = append(parts, count(kind.n, kind.noun))
		}
	}
	return strings.Join(parts, ", ")
}

// MailPasskeyData fills the notices about a passkey.
type MailPasskeyData struct {
	Name        string
	PasskeysURL string
	Refused     bool // of a suspicious one: the sign-in was refused
	SecurityContext
}

// MailPasskeyAdded tells that the account has one more passkey.
func MailPasskeyAdded(ctx context.Context, d MailPasskeyData) (MailContent, error) {
	return letter{
		Subject: "A passkey was added to your account",
		Heading: "A passkey was added to your account",
		Before: []string{
			"The passkey “" + d.Name + "” can sign in to your " + BrandName + " account now.",
			ifNotYou,
		},
		Acts:    []mailAct{{"See your passkeys", d.PasskeysURL}},
		Context: &d.SecurityContext,
	}.content(ctx)
}

// MailPasskeyRemoved tells that the account has one passkey less.
func MailPasskeyRemoved(ctx context.Context, d MailPasskeyData) (MailContent, error) {
	return letter{
		Subject: "A passkey was removed from your account",
		Heading: "A passkey was removed from your account",
		Before: []string{
			"The passkey “" + d.Name + "” does not sign in to your " + BrandName + " account any more. Sessions that began with it have ended.",
			ifNotYou,
		},
		Acts:    []mailAct{{"See your passkeys", d.PasskeysURL}},
		Context: &d.SecurityContext,
	}.content(ctx)
}

// MailPasskeySuspicious tells that there may be a copy of a passkey.
func MailPasskeySuspicious(ctx context.Context, d MailPasskeyData) (MailContent, error) {
	outcome := "We let the sign-in pass."
	if d.Refused {
		outcome = "We refused the sign-in."
	}
	return letter{
		Subject: "One of your passkeys may have been copied",
		Heading: "One of your passkeys may have been copied",
		Before: []string{
			"The passkey “" + d.Name + "” counts its uses, and the count went back. That happens when there are two copies of it. " + outcome,
			"Remove this passkey and add a new one. If you did not sign in just now, someone else has a copy.",
		},
		Acts:    []mailAct{{"See your passkeys", d.PasskeysURL}},
		Context: &d.SecurityContext,
	}.content(ctx)
}

// MailAlarmData fills the notices that wrong passwords were tried.
type MailAlarmData struct {
	Link    string // lifts the wait, or unlocks
	LinkTTL time.Duration
	Tries   int // wrong passwords
	SecurityContext
}

// MailAccountGuarded tells that browsers we do not know must wait.
func MailAccountGuarded(ctx context.Context, d MailAlarmData) (MailContent, error) {
	return letter{
		Subject: "Wrong passwords were tried on your account",
		Heading: "Wrong passwords were tried on your account",
		Before:  []string{"Someone tried " + count(d.Tries, "wrong password") + " within an hour. Browsers that never signed in to your " + BrandName + " account must now wait an hour. Your own browsers are not affected."},
		Acts:    []mailAct{{"Lift the wait", d.Link}},
		Context: &d.SecurityContext,
		After: []string{
			linkWorks(d.LinkTTL),
			"If it was not you, there is nothing to do. Nobody got in.",
		},
	}.content(ctx)
}

// MailSessionGuessed tells that a session was ended because someone there did not know the password.
func MailSessionGuessed(ctx context.Context, d MailAlarmData) (MailContent, error) {
	return letter{
		Subject: "Wrong passwords were tried on your account",
		Heading: "Wrong passwords were tried on your account",
		Before: []string{
			"Where your " + BrandName + " account is signed in, someone typed " + count(d.Tries, "wrong password") + " within an hour. We ended that session.",
			"Your other sessions go on. For up to an hour, none of them can confirm or change the password.",
		},
		Acts:    []mailAct{{"Lift the wait", d.Link}},
		Context: &d.SecurityContext,
		After: []string{
			linkWorks(d.LinkTTL),
			"If it was not you, someone else used a browser of yours. End every session you do not know, and change your password.",
		},
	}.content(ctx)
}

// MailAccountLocked tells that passwords are refused until the owner unlocks the account.
func MailAccountLocked(ctx context.Context, d MailAlarmData) (MailContent, error) {
	return letter{
		Subject: "Your account is locked",
		Heading: "Your account is locked",
		Before:  []string{"Someone tried " + count(d.Tries, "wrong password") + " within a day, so we locked your " + BrandName + " account. Browsers that never signed in to it are refused, even with the right password. Your own browsers still work."},
		Acts:    []mailAct{{"Unlock account", d.Link}},
		Context: &d.SecurityContext,
		After: []string{
			linkWorks(d.LinkTTL),
			"If it was not you, nobody got in. Unlock the account when you want to sign in from a new browser.",
		},
	}.content(ctx)
}

func linkAndCodeWork(ttl time.Duration) string {
	return "Link and code work for " + lasting(ttl) + ". One use ends both."
}

func linkWorks(ttl time.Duration) string {
	return "The link works for " + lasting(ttl) + " and once only."
}
