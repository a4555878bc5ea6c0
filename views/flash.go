package views

// Message ids of the flash cookie. The cookie carries the id alone, so nobody can put words on our pages.
const (
	FlashSignedOut          = "signed-out"
	FlashPasswordChanged    = "password-changed"
	FlashPasswordReset      = "password-reset"
	FlashPasswordSet        = "password-set"
	FlashEmailConfirmed     = "email-confirmed"
	FlashCodeSent           = "code-sent"
	FlashAccountDiscarded   = "account-discarded"
	FlashAccountUnlocked    = "account-unlocked"
	FlashProfileSaved       = "profile-saved"
	FlashSessionEnded       = "session-ended"
	FlashOtherSessionsEnded = "other-sessions-ended"
	FlashAppRevoked         = "app-revoked"
	FlashNoteAdded          = "note-added"
)

type flashMessage struct{ Kind, Sentence string }

var flashMessages = map[string]flashMessage{
	FlashSignedOut:          {"info", "You are signed out."},
	FlashPasswordChanged:    {"success", "Password changed. Your other sessions have ended."},
	FlashPasswordReset:      {"success", "Password changed. All sessions have ended. Sign in with the new password."},
	FlashPasswordSet:        {"success", "Your account has a password now."},
	FlashEmailConfirmed:     {"success", "Email address confirmed. Welcome."},
	FlashCodeSent:           {"info", "A new code is on its way."},
	FlashAccountDiscarded:   {"info", "That account is gone. Nothing of it was kept."},
	FlashAccountUnlocked:    {"success", "Your account is unlocked. Sign in as usual."},
	FlashProfileSaved:       {"success", "Profile saved."},
	FlashSessionEnded:       {"success", "Session ended."},
	FlashOtherSessionsEnded: {"success", "All other sessions have ended."},
	FlashAppRevoked:         {"success", "Access revoked. The app cannot reach your account any more."},
	FlashNoteAdded:          {"success", "Note added."},
}
