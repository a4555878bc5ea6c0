package auth

import (
	"maps"
	"slices"

	"latchkey/models"
)

// The kinds of activity that the list is filtered by.
const (
	KindSignIn   = "sign-in"
	KindPassword = "password"
	KindFactor   = "second-step"
	KindAccount  = "account"
)

// ActivityWords is what an event is called on /account/activity.
type ActivityWords struct {
	Kind   string // one of the Kind constants
	Done   string
	Failed string // empty: the event does not fail
}

// activityWords names every event of this package that a person can read about. What has no words is not listed.
var activityWords = map[models.Action]ActivityWords{
	AuditSignIn:      {KindSignIn, "Signed in", "Sign-in refused"},
	AuditSignOut:     {KindSignIn, "Signed out", ""},
	AuditReauth:      {KindSignIn, "Confirmed that it is you", "Not confirmed that it is you"},
	AuditSessionEnd:  {KindSignIn, "Session ended", ""},
	AuditLinkRequest: {KindSignIn, "Sign-in by email asked for", ""},
	AuditLinkCancel:  {KindSignIn, "Mailed link ended", ""},
	AuditGuard:       {KindSignIn, "Unknown browsers must wait after many wrong passwords", ""},
	AuditLock:        {KindSignIn, "Account locked", ""},
	AuditUnlock:      {KindSignIn, "Account unlocked", ""},

	AuditNewBrowserCheck: {KindSignIn, "New browser confirmed by email", "New browser not confirmed"},
	AuditSecondFactor:    {KindSignIn, "Second step passed", "Second step failed"},

	AuditTOTPAdd:             {KindFactor, "Authenticator app added", ""},
	AuditTOTPRemove:          {KindFactor, "Authenticator app removed", ""},
	AuditRecoveryCodesCreate: {KindFactor, "New recovery codes made", ""},
	AuditRecoveryCodeUse:     {KindFactor, "Recovery code used", ""},
	AuditBrowserTrust:        {KindFactor, "Browser trusted", ""},
	AuditBrowserUntrust:      {KindFactor, "Browser no longer trusted", ""},

	AuditRecoveryStart: {KindFactor, "Removal of the second step asked for", "Removal of the second step not begun"},
	AuditRecoveryStop:  {KindFactor, "Removal of the second step stopped", ""},
	AuditRecoveryDone:  {KindFactor, "Second step removed after the wait", ""},

	AuditPasskeyAdd:     {KindFactor, "Passkey added", "Passkey not added"},
	AuditPasskeyRename:  {KindFactor, "Passkey renamed", ""},
	AuditPasskeyRemove:  {KindFactor, "Passkey removed", ""},
	AuditPolicyBlock:    {KindFactor, "Pages closed until a second step is added", ""},
	AuditPasskeyBackup:  {KindFactor, "A passkey is synced otherwise than before", "A passkey was refused, because it is synced otherwise than before"},
	AuditPasskeyCounter: {KindFactor, "A passkey may have been copied", "A passkey was refused, because it may have been copied"},

	AuditPasswordResetRequest: {KindPassword, "New password asked for by email", ""},
	AuditPasswordReset:        {KindPassword, "New password chosen by email", ""},
	AuditPasswordChange:       {KindPassword, "Password changed", "Password not changed"},
	AuditPasswordSet:          {KindPassword, "First password set", ""},
	AuditPasswordBreached:     {KindPassword, "Password found in a public list of stolen ones", ""},

	AuditSignUp:        {KindAccount, "Account created", "Account not created"},
	AuditSetUp:         {KindAccount, "Account created as the first administrator", ""},
	AuditEmailVerify:   {KindAccount, "Email address confirmed", "Email address not confirmed"},
	AuditProfileChange: {KindAccount, "Profile changed", ""},
	AuditNotMe:         {KindAccount, "Account secured with “This was not me”", ""},

	AuditMemberCreate:             {KindAccount, "Account created", ""},
	AuditMemberUnlock:             {KindSignIn, "Account unlocked", ""},
	AuditMemberResendVerification: {KindAccount, "New email to confirm the address sent", ""},
	AuditMemberVerify:             {KindAccount, "Email address confirmed", ""},
	AuditMemberSendReset:          {KindPassword, "Email to choose a new password sent", ""},
	AuditMemberForceReset:         {KindPassword, "New password required", ""},
	AuditMemberLiftReset:          {KindPassword, "Password accepted again", ""},
	AuditMemberRemoveFactor:       {KindFactor, "One second step removed", ""},
	AuditMemberResetFactors:       {KindFactor, "All second steps removed", ""},
	AuditMemberEndSession:         {KindSignIn, "Session ended", ""},
	AuditMemberEndSessions:        {KindSignIn, "All sessions ended", ""},
	AuditMemberSuspend:            {KindAccount, "Account suspended", ""},
	AuditMemberUnsuspend:          {KindAccount, "Suspension lifted", ""},
	AuditMemberRename:             {KindAccount, "Name changed", ""},
	AuditMemberGrantRole:          {KindAccount, "Operator role given", ""},
	AuditMemberRevokeRole:         {KindAccount, "Operator role taken away", ""},
	AuditViewStart:                {KindAccount, "Your account viewed", ""},
	AuditViewStop:                 {KindAccount, "View of your account ended", ""},
	AuditViewExpire:               {KindAccount, "View of your account ran out", ""},
}

// unreadActivity are the events that nobody can read about: with the reason.
var unreadActivity = map[models.Action]string{
	AuditSignUpDiscarded:    "the account is gone",
	AuditSignUpExpired:      "the account is gone",
	AuditLimited:            "it is about a limit, and about nobody",
	AuditMemberView:         "it is the operators' own, and changes nothing",
	AuditMemberNote:         "it is the operators' own, and never shown to the member",
	AuditMemberRemoveNote:   "it is the operators' own, and never shown to the member",
	AuditAccess:             "it is the operators' own, and changed nothing",
	AuditAddressEndSessions: "it is about an address; each session it ended is listed",
	AuditViewBlock:          "it is the operators' own, and changed nothing",
	AuditViewChange:         "the change itself is listed",
	AuditMailRetry:          "it is about work, and the mail itself is what they get",
	AuditMailStop:           "it is the operators' own; the address may be somebody else's by now",
	AuditMailAllow:          "it is the operators' own; the address may be somebody else's by now",
	AuditMailTest:           "it is the operators' own",
	AuditMemberExport:       "it is about a list",
	AuditBatchExport:        "it is about a list",
	AuditBulkPreview:        "it is about many; what it did to each is listed",
	AuditBulkStart:          "it is about many; what it did to each is listed",
	AuditBulkPause:          "it is about many; what it did to each is listed",
	AuditBulkResume:         "it is about many; what it did to each is listed",
	AuditBulkCancel:         "it is about many; what it did to each is listed",
	AuditBulkFinish:         "it is about many; what it did to each is listed",
	AuditBulkUndo:           "it is about many; what it did to each is listed",
	AuditLogExport:          "it is about the log",
	AuditLogVerify:          "it is about the log",
	AuditLogSaveView:        "it is about the log",
	AuditLogVerified:        "it is about the log",
	AuditLogVerifyCancel:    "it is about the log",
	AuditReviewAcknowledge:  "it is the operators' own, and changes nothing",
	AuditReviewSnooze:       "it is the operators' own, and changes nothing",
}

// reasonWords says why, where a person can do something with it.
var reasonWords = map[string]string{
	reasonBadPassword: "Wrong password",
	reasonLocked:      "Right password, but the account was locked",
	reasonDisabled:    "Right password, but the account was suspended",
	reasonUnverified:  "Right password, but the email address was not confirmed",
	reasonSelf:        "Ended from the list of sessions",
	reasonOthers:      "Ended together with other sessions",
	reasonEpoch:       "Ended by a change of the password",
	reasonReplaced:    "Replaced by a newer sign-in",
	reasonLimit:       "Ended by a limit",
}

func (s *Service) wordsOf(action models.Action) ActivityWords {
	if words, known := activityWords[action]; known {
		return words
	}
	return s.cfg().ActivityWords[action]
}

// actionsOf lists the actions of a kind (empty: of all) that have words.
func (s *Service) actionsOf(kind string) []models.Action {
	var list []models.Action
	for _, words := range []map[models.Action]ActivityWords{activityWords, s.cfg().ActivityWords} {
		for action, w := range words {
			if kind == "" || w.Kind == kind {
				list = append(list, action)
			}
		}
	}
	slices.Sort(list) // one statement for one question
	return list
}

// knownKind tells a kind of activity.
func knownKind(kind string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(activityWords)), func(w ActivityWords) bool { return w.Kind == kind })
}
