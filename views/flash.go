package views

// Message ids of the flash cookie. The cookie carries the id alone, so nobody can put words on our pages.
const (
	FlashSignedOut          = "signed-out"
	FlashPasswordChanged    = "password-changed"
	FlashPasswordReset      = "password-reset"
	FlashPasswordSet        = "password-set"
	FlashEmailConfirmed     = "email-confirmed"
	FlashAddressProven      = "address-proven"
	FlashLinkCancelled      = "link-cancelled"
	FlashCodeSent           = "code-sent"
	FlashAccountDiscarded   = "account-discarded"
	FlashAccountUnlocked    = "account-unlocked"
	FlashAccountSecured     = "account-secured"
	FlashProfileSaved       = "profile-saved"
	FlashPasskeyAdded       = "passkey-added"
	FlashPasskeyRenamed     = "passkey-renamed"
	FlashPasskeyRemoved     = "passkey-removed"
	FlashPasskeySignedOut   = "passkey-signed-out"
	FlashSessionEnded       = "session-ended"
	FlashOtherSessionsEnded = "other-sessions-ended"
	FlashAppRevoked         = "app-revoked"
	FlashNoteAdded          = "note-added"

	FlashActDone     = "act-done"
	FlashActMoot     = "act-moot"
	FlashMemberAdded = "member-added"
	FlashSetUp       = "set-up"

	FlashViewOver       = "view-over"
	FlashViewOverUndone = "view-over-undone"
	FlashViewStopped    = "view-stopped"

	FlashTestSent = "test-sent"

	FlashCheckRuns     = "check-runs"
	FlashSearchKept    = "search-kept"
	FlashSearchRemoved = "search-removed"
	FlashClientCreated = "client-created" // oauth
	FlashSecretSaved   = "secret-saved"   // oauth

	FlashFoundAccess     = "found-access"      // oauth
	FlashFoundRefresh    = "found-refresh"     // oauth
	FlashFoundOldRefresh = "found-old-refresh" // oauth
	FlashFoundCode       = "found-code"        // oauth

	FlashSignInAgain          = "sign-in-again"
	FlashTwoStepOn            = "two-step-on"
	FlashAuthenticatorAdded   = "authenticator-added"
	FlashAuthenticatorRemoved = "authenticator-removed"
	FlashRecoveryCodesSaved   = "recovery-codes-saved"
	FlashBrowserRenamed       = "browser-renamed"
	FlashTrustEnded           = "trust-ended"
	FlashRecoveryStopped      = "recovery-stopped"
	FlashFactorsRemoved       = "factors-removed"
)

type flashMessage struct{ Kind, Sentence string }

var flashMessages = map[string]flashMessage{
	FlashSignedOut:          {"info", "You are signed out."},
	FlashPasswordChanged:    {"success", "Password changed. Your other sessions have ended."},
	FlashPasswordReset:      {"success", "Password changed. All sessions have ended. Sign in with the new password."},
	FlashPasswordSet:        {"success", "Your account has a password now."},
	FlashEmailConfirmed:     {"success", "Email address confirmed. Welcome."},
	FlashAddressProven:      {"success", "Email address confirmed. Set a password if you want one."},
	FlashLinkCancelled:      {"success", "Link cancelled. It opens nothing any more."},
	FlashCodeSent:           {"info", "A new code is on its way."},
	FlashAccountDiscarded:   {"info", "That account is gone. Nothing of it was kept."},
	FlashAccountUnlocked:    {"success", "Your account is unlocked. Sign in as usual."},
	FlashAccountSecured:     {"success", "Your account is secured. Every session has ended. Read the email we sent you to get back in."},
	FlashProfileSaved:       {"success", "Profile saved."},
	FlashPasskeyAdded:       {"success", "Passkey added. You can sign in with it now."},
	FlashPasskeyRenamed:     {"success", "Passkey renamed."},
	FlashPasskeyRemoved:     {"success", "Passkey removed. Sessions that began with it have ended."},
	FlashPasskeySignedOut:   {"success", "Passkey removed. This session began with it, so sign in another way."},
	FlashSessionEnded:       {"success", "Session ended."},
	FlashOtherSessionsEnded: {"success", "All other sessions have ended."},
	FlashAppRevoked:         {"success", "Access revoked. The app cannot reach your account any more."},
	FlashNoteAdded:          {"success", "Note added."},

	FlashActDone:     {"success", "Done. The audit log has it."},
	FlashActMoot:     {"info", "There is nothing to do: it has changed since you opened the page."},
	FlashSetUp:       {"success", "You are the administrator now. Sign in to begin."},
	FlashMemberAdded: {"success", "Member added. An email with a link to set a password is on its way."},

	FlashViewOver:       {"warning", "Your view as a member has ended. You go on as yourself."},
	FlashViewOverUndone: {"warning", "Your view as a member has ended. What you did last was not done."},
	FlashViewStopped:    {"success", "View stopped. The member got an email about it."},

	FlashTestSent: {"info", "The test is in the queue. What the mail server answers stands here."},

	FlashCheckRuns:     {"info", "Your last check still runs. Follow it below, or cancel it and begin another."},
	FlashSearchKept:    {"success", "Search kept. You find it above the list."},
	FlashSearchRemoved: {"success", "Search removed."},
	FlashClientCreated: {"success", "Client created. A secret, if it has one, is shown below this once."}, // oauth
	FlashSecretSaved:   {"success", "The secret is not shown any more."},                                  // oauth

	FlashFoundAccess:     {"success", "It is an access token of this sign-in. Its state stands below."},              // oauth
	FlashFoundRefresh:    {"success", "It is the refresh token of this sign-in, the one that works or worked last."}, // oauth
	FlashFoundOldRefresh: {"success", "It is a refresh token of this sign-in that is no longer the current one."},    // oauth
	FlashFoundCode:       {"success", "It is the code that this sign-in began with."},                                // oauth

	FlashSignInAgain:          {"warning", "Too many wrong codes, or it took too long. Sign in again."},
	FlashTwoStepOn:            {"success", "Signing in now asks for a code. Save your recovery codes before you go on."},
	FlashAuthenticatorAdded:   {"success", "App added."},
	FlashAuthenticatorRemoved: {"success", "App removed. Its codes no longer work."},
	FlashRecoveryCodesSaved:   {"success", "Good. Keep the codes where you find them without your phone."},
	FlashBrowserRenamed:       {"success", "Name saved."},
	FlashRecoveryStopped:      {"success", "Stopped. Your second step stays. If you did not ask for its removal, somebody knows your password: choose a new one."},
	FlashFactorsRemoved:       {"success", "Your second step is removed, and every session has ended. Sign in, and add a new one."},
	FlashTrustEnded:           {"success", "That browser asks for a code again."},
}
