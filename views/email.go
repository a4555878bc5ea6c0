package views

import "context"

// MailVerifyEmailData fills the mail that proves an address at sign-up.
type MailVerifyEmailData struct {
	Link string // 24 hours
	Code string // six digits, 30 minutes
}

// MailVerifyEmail carries the link and the code of a sign-up.
func MailVerifyEmail(ctx context.Context, d MailVerifyEmailData) (MailContent, error) {
	return letter{
		Subject: "Confirm your email address",
		Heading: "Confirm your email address",
		Before:  []string{"Someone created a " + brandName + " account with this address. If it was you, type this code where you created it. It works for 30 minutes."},
		Code:    d.Code,
		Acts:    []mailAct{{"Confirm email address", d.Link}},
		After: []string{
			"The link works for 24 hours and once only.",
			"If it was not you, ignore this email. Without your confirmation the account is erased after 7 days.",
		},
	}.content(ctx)
}

// MailAccountExistsData fills the mail for a sign-up with an address that has an account.
type MailAccountExistsData struct{ SignInURL, ResetURL string }

// MailAccountExists tells the mailbox, and nobody else, that the address has an account.
func MailAccountExists(ctx context.Context, d MailAccountExistsData) (MailContent, error) {
	return letter{
		Subject: "You already have an account",
		Heading: "You already have an account",
		Before:  []string{"Someone tried to create a " + brandName + " account with this address, but it has one. If it was you, sign in, or choose a new password if you forgot yours."},
		Acts:    []mailAct{{"Sign in", d.SignInURL}, {"Choose a new password", d.ResetURL}},
		After:   []string{"If it was not you, ignore this email. Nothing was changed, and nobody was told that you have an account."},
	}.content(ctx)
}

// MailPasswordResetData fills the mail that lets a person choose a new password.
type MailPasswordResetData struct {
	Link         string // 60 minutes
	Passwordless bool   // the account has no password so far
}

// MailPasswordReset carries the link to choose a new password.
func MailPasswordReset(ctx context.Context, d MailPasswordResetData) (MailContent, error) {
	before := "Someone asked to reset the password of your " + brandName + " account. If it was you, choose a new one. All your sessions end when you do."
	if d.Passwordless {
		before = "Someone asked to reset the password of your " + brandName + " account, which has none: you sign in another way. You can go on as usual, or set a password here."
	}
	return letter{
		Subject: "Reset your password",
		Heading: "Reset your password",
		Before:  []string{before},
		Acts:    []mailAct{{"Choose a new password", d.Link}},
		After: []string{
			"The link works for 60 minutes and once only.",
			"If it was not you, ignore this email. Your password stays as it is.",
		},
	}.content(ctx)
}

// MailPasswordChangedData fills the notice of a changed password.
type MailPasswordChangedData struct {
	ResetURL string // what to do if it was someone else
	SecurityContext
}

// MailPasswordChanged tells that the password is another one now.
func MailPasswordChanged(ctx context.Context, d MailPasswordChangedData) (MailContent, error) {
	return letter{
		Subject: "Your password was changed",
		Heading: "Your password was changed",
		Before: []string{
			"The password of your " + brandName + " account is a new one now. Your other sessions have ended.",
			"If it was you, there is nothing to do. If it was not you, choose a new password at once.",
		},
		Acts:    []mailAct{{"Choose a new password", d.ResetURL}},
		Context: &d.SecurityContext,
	}.content(ctx)
}

// MailAccountGuardedData fills the notice that strangers' tries made the account wary.
type MailAccountGuardedData struct {
	Link string // lifts the wait, 24 hours
	SecurityContext
}

// MailAccountGuarded tells that browsers we do not know must wait.
func MailAccountGuarded(ctx context.Context, d MailAccountGuardedData) (MailContent, error) {
	return letter{
		Subject: "Wrong passwords were tried on your account",
		Heading: "Wrong passwords were tried on your account",
		Before:  []string{"Someone tried 20 wrong passwords within an hour. Browsers that never signed in to your " + brandName + " account must now wait an hour. Your own browsers are not affected."},
		Acts:    []mailAct{{"Lift the wait", d.Link}},
		Context: &d.SecurityContext,
		After: []string{
			"The link works for 24 hours and once only.",
			"If it was not you, there is nothing to do. Nobody got in.",
		},
	}.content(ctx)
}

// MailAccountLockedData fills the notice that the account was locked.
type MailAccountLockedData struct {
	Link string // unlocks, 24 hours
	SecurityContext
}

// MailAccountLocked tells that passwords are refused until the owner unlocks the account.
func MailAccountLocked(ctx context.Context, d MailAccountLockedData) (MailContent, error) {
	return letter{
		Subject: "Your account is locked",
		Heading: "Your account is locked",
		Before:  []string{"Someone tried 100 wrong passwords within a day, so we locked your " + brandName + " account. Browsers that never signed in to it are refused, even with the right password. Your own browsers still work."},
		Acts:    []mailAct{{"Unlock account", d.Link}},
		Context: &d.SecurityContext,
		After: []string{
			"The link works for 24 hours and once only.",
			"If it was not you, nobody got in. Unlock the account when you want to sign in from a new browser.",
		},
	}.content(ctx)
}
