package views

import (
	"context"
	"time"
)

// MailContent is one mail, both parts. Each part stands alone.
type MailContent struct{ Subject, Text, HTML string }

// SecurityContext says when and from where something was done.
type SecurityContext struct {
	When    time.Time
	Browser string // "Firefox on Linux"; empty when unknown
	Address string
}

// MailVerifyEmailData fills the mail that proves an address at sign-up.
type MailVerifyEmailData struct {
	Link string // 24 hours
	Code string // six digits, 30 minutes
}

// MailAccountExistsData fills the mail for a sign-up with an address that has an account.
type MailAccountExistsData struct{ SignInURL, ResetURL string }

// MailPasswordResetData fills the mail that lets a person choose a new password.
type MailPasswordResetData struct {
	Link         string // 60 minutes
	Passwordless bool   // the account has no password; the text names the usual way in
}

// MailPasswordChangedData fills the notice of a changed password.
type MailPasswordChangedData struct {
	ResetURL string // what to do if it was someone else
	SecurityContext
}

// MailAccountGuardedData fills the notice that strangers' tries made the account wary.
type MailAccountGuardedData struct {
	Link string // lifts the wait, 24 hours
	SecurityContext
}

// MailAccountLockedData fills the notice that the account was locked.
type MailAccountLockedData struct {
	Link string // unlocks, 24 hours
	SecurityContext
}

func MailVerifyEmail(ctx context.Context, d MailVerifyEmailData) (MailContent, error) {
	return MailContent{}, nil
}

func MailAccountExists(ctx context.Context, d MailAccountExistsData) (MailContent, error) {
	return MailContent{}, nil
}

func MailPasswordReset(ctx context.Context, d MailPasswordResetData) (MailContent, error) {
	return MailContent{}, nil
}

func MailPasswordChanged(ctx context.Context, d MailPasswordChangedData) (MailContent, error) {
	return MailContent{}, nil
}

func MailAccountGuarded(ctx context.Context, d MailAccountGuardedData) (MailContent, error) {
	return MailContent{}, nil
}

func MailAccountLocked(ctx context.Context, d MailAccountLockedData) (MailContent, error) {
	return MailContent{}, nil
}
