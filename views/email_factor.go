package views

import (
	"context"
	"fmt"
)

// MailFactorData is what the mails about a changed factor say.
type MailFactorData struct {
	Name       string // what the person calls it; empty for recovery codes
	AccountURL string
	SecurityContext
}

// ifNotYou stands in every mail about a change that only its owner should make.
const ifNotYou = "If it was you, there is nothing to do. If it was not you, tell us at once."

// MailTOTPAdded says that an authenticator was added.
func MailTOTPAdded(ctx context.Context, d MailFactorData) (MailContent, error) {
	return d.letter("An authenticator app was added", "“"+d.Name+"” now makes codes for your "+BrandName+" account. Signing in asks for one.").content(ctx)
}

// MailTOTPRemoved says that an authenticator is gone.
func MailTOTPRemoved(ctx context.Context, d MailFactorData) (MailContent, error) {
	return d.letter("An authenticator app was removed", "“"+d.Name+"” no longer makes codes for your "+BrandName+" account.").content(ctx)
}

// MailRecoveryCodesCreated says that there is a new set; the codes themselves are never mailed.
func MailRecoveryCodesCreated(ctx context.Context, d MailFactorData) (MailContent, error) {
	return d.letter("You have new recovery codes", "New recovery codes were made for your "+BrandName+" account. Older ones no longer work.").content(ctx)
}

// MailBrowserUntrusted says that an operator took the trust from a browser.
func MailBrowserUntrusted(ctx context.Context, d MailFactorData) (MailContent, error) {
	return letter{
		Subject: "A trusted browser was removed", Heading: "A trusted browser was removed",
		Before: []string{
			"An operator removed “" + d.Name + "” from the trusted browsers of your " + BrandName + " account. Signing in there asks for your second step again.",
			"If you did not ask an operator for this, tell us at once.",
		},
		Acts: []mailAct{{"Look at your account", d.AccountURL}}, Context: &d.SecurityContext,
	}.content(ctx)
}

func (d MailFactorData) letter(subject, happened string) letter {
	return letter{
		Subject: subject, Heading: subject, Before: []string{happened, ifNotYou},
		Acts: []mailAct{{"Look at your account", d.AccountURL}}, Context: &d.SecurityContext,
	}
}

// MailRecoveryCodeUsedData is what MailRecoveryCodeUsed says.
type MailRecoveryCodeUsedData struct {
	Left     int // unused codes
	CodesURL string
	SecurityContext
}

// MailRecoveryCodeUsed says that a recovery code stood in for another factor.
func MailRecoveryCodeUsed(ctx context.Context, d MailRecoveryCodeUsedData) (MailContent, error) {
	return letter{
		Subject: "A recovery code was used", Heading: "A recovery code was used",
		Before: []string{
			fmt.Sprintf("Someone confirmed your %s account with one of your recovery codes. %s.", BrandName, codesLeft(d.Left)), ifNotYou,
		},
		Acts: []mailAct{{"Look at your recovery codes", d.CodesURL}}, Context: &d.SecurityContext,
	}.content(ctx)
}

// fewCodes is how many recovery codes are few.
const fewCodes = 3

func codesLeft(n int) string {
	switch n {
	case 0:
		return "No code is left"
	case 1:
		return "1 code is left"
	}
	return fmt.Sprintf("%d codes are left", n)
}

// MailSecondFactorFailuresData is what MailSecondFactorFailures says.
type MailSecondFactorFailuresData struct {
	Tries    int // wrong codes in an hour
	ResetURL string
	SecurityContext
}

// MailSecondFactorFailures says that somebody who has the password tries codes.
func MailSecondFactorFailures(ctx context.Context, d MailSecondFactorFailuresData) (MailContent, error) {
	return letter{
		Subject: "Someone knows your password", Heading: "Someone knows your password",
		Before: []string{
			fmt.Sprintf("The password of your %s account was right, and then %d wrong codes were tried. Nobody got in.", BrandName, d.Tries),
			"If it was not you, choose a new password at once.",
		},
		Acts: []mailAct{{"Choose a new password", d.ResetURL}}, Context: &d.SecurityContext,
	}.content(ctx)
}
