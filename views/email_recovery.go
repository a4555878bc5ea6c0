package views

import (
	"context"
	"time"
)

// MailFactorRecoveryData is what the mails of a running factor recovery say.
type MailFactorRecoveryData struct {
	At      time.Time // when the wait is over
	StopURL string
	Link    string // removes the factors; only in the mail at the end of the wait
	LinkTTL time.Duration
	SecurityContext
}

const (
	lostAll      = "passkeys, authenticator apps and recovery codes"
	mustBeThief  = "If it was not you, stop it: somebody knows your password."
	nothingToAdd = "If it was you, there is nothing to do until then. Found one of them after all? Sign in with it, and all stays as it is."
)

func (d MailFactorRecoveryData) stop() mailAct { return mailAct{"Stop this", d.StopURL} }

// MailFactorRecoveryStarted says that the wait has begun.
func MailFactorRecoveryStarted(ctx context.Context, d MailFactorRecoveryData) (MailContent, error) {
	return letter{
		Subject: "Your second step is to be removed", Heading: "Your second step is to be removed",
		Before: []string{
			"Somebody signed in to your " + BrandName + " account with its password, and says that the second step is lost.",
			"On " + exact(d.At) + " we email you a link that removes your " + lostAll + ".",
			nothingToAdd, mustBeThief,
		},
		Acts: []mailAct{d.stop()}, Context: &d.SecurityContext,
	}.content(ctx)
}

// MailFactorRecoveryReminder says that the wait goes on.
func MailFactorRecoveryReminder(ctx context.Context, d MailFactorRecoveryData) (MailContent, error) {
	return letter{
		Subject: "Your second step is soon to be removed", Heading: "Your second step is soon to be removed",
		Before: []string{
			"Somebody with the password of your " + BrandName + " account says that its second step is lost.",
			"On " + exact(d.At) + " we email you a link that removes your " + lostAll + ".",
			nothingToAdd, mustBeThief,
		},
		Acts: []mailAct{d.stop()},
	}.content(ctx)
}

// MailFactorRecoveryReady carries the link that removes the factors.
func MailFactorRecoveryReady(ctx context.Context, d MailFactorRecoveryData) (MailContent, error) {
	return letter{
		Subject: "Remove your second step", Heading: "Remove your second step",
		Before: []string{
			"The wait is over. The link removes the " + lostAll + " of your " + BrandName + " account. Then you sign in with your password and add new ones.",
			mustBeThief,
		},
		Acts:  []mailAct{{"Remove my second step", d.Link}, d.stop()},
		After: []string{linkWorks(d.LinkTTL)},
	}.content(ctx)
}

// MailFactorRecoveryEndData is what the mails at the end of a factor recovery say.
type MailFactorRecoveryEndData struct {
	AccountURL string
	SecurityContext
}

// MailFactorRecoveryStopped says that everything stays as it was.
func MailFactorRecoveryStopped(ctx context.Context, d MailFactorRecoveryEndData) (MailContent, error) {
	return letter{
		Subject: "Your second step stays", Heading: "Your second step stays",
		Before: []string{
			"Its removal was stopped. The " + lostAll + " of your " + BrandName + " account work as before.",
			"If you did not ask for the removal, somebody knows your password. Choose a new one.",
		},
		Acts: []mailAct{{"Look at your account", d.AccountURL}}, Context: &d.SecurityContext,
	}.content(ctx)
}

// MailFactorRecoveryDone says that the factors are gone.
func MailFactorRecoveryDone(ctx context.Context, d MailFactorRecoveryEndData) (MailContent, error) {
	return letter{
		Subject: "Your second step was removed", Heading: "Your second step was removed",
		Before: []string{
			"The " + lostAll + " of your " + BrandName + " account are gone, and every session has ended. Sign in with your password, and add a new second step.",
			ifNotYou,
		},
		Acts: []mailAct{{"Sign in", d.AccountURL}}, Context: &d.SecurityContext,
	}.content(ctx)
}
