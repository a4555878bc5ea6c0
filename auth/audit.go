package auth

import (
	"strings"

	"latchkey/models"
)

// The actions of this package in the audit log.
const (
	AuditSignUp               = "auth.sign_up"
	AuditSignUpDiscarded      = "auth.sign_up_discarded"
	AuditSignUpExpired        = "auth.sign_up_expired"
	AuditSetUp                = "auth.set_up"
	AuditEmailVerify          = "auth.email_verify"
	AuditSignIn               = "auth.sign_in"
	AuditLinkRequest          = "auth.link_request"
	AuditLinkCancel           = "auth.link_cancel"
	AuditSignOut              = "auth.sign_out"
	AuditReauth               = "auth.reauth"
	AuditPasswordResetRequest = "auth.password_reset_request"
	AuditPasswordReset        = "auth.password_reset"
	AuditPasswordChange       = "auth.password_change"
	AuditPasswordSet          = "auth.password_set"
	AuditPasswordBreached     = "auth.password_breached"
	AuditGuard                = "auth.guard"
	AuditLock                 = "auth.lock"
	AuditUnlock               = "auth.unlock"
	AuditLimited              = "auth.limited"
	AuditNotMe                = "auth.not_me"
	AuditSessionEnd           = "session.end"
	AuditNewBrowserCheck      = "auth.new_browser_check"
	AuditSecondFactor         = "auth.second_factor"
	AuditTOTPAdd              = "mfa.totp_add"
	AuditTOTPRemove           = "mfa.totp_remove"
	AuditRecoveryCodesCreate  = "mfa.recovery_codes_create"
	AuditRecoveryCodeUse      = "mfa.recovery_code_use"
	AuditBrowserTrust         = "mfa.browser_trust"
	AuditBrowserUntrust       = "mfa.browser_untrust"
	AuditPolicyBlock          = "mfa.policy_block"
	AuditRecoveryStart        = "mfa.recovery_start"
	AuditRecoveryStop         = "mfa.recovery_stop"
	AuditRecoveryDone         = "mfa.recovery_done"
	AuditPasskeyAdd           = "passkey.add"
	AuditPasskeyRename        = "passkey.rename"
	AuditPasskeyRemove        = "passkey.remove"
	AuditPasskeyBackup        = "passkey.backup_changed"
	AuditPasskeyCounter       = "passkey.sign_count_regression"
	AuditProfileChange        = "account.profile_change"

	AuditMemberCreate             = "admin.member.create"
	AuditMemberView               = "admin.member.view"
	AuditMemberUnlock             = "admin.member.unlock"
	AuditMemberResendVerification = "admin.member.resend_verification"
	AuditMemberVerify             = "admin.member.verify"
	AuditMemberSendReset          = "admin.member.send_reset"
	AuditMemberForceReset         = "admin.member.force_reset"
	AuditMemberLiftReset          = "admin.member.lift_reset"
	AuditMemberRemoveFactor       = "admin.member.remove_factor"
	AuditMemberResetFactors       = "admin.member.reset_factors"
	AuditMemberEndSession         = "admin.member.end_session"
	AuditMemberEndSessions        = "admin.member.end_sessions"
	AuditMemberSuspend            = "admin.member.suspend"
	AuditMemberUnsuspend          = "admin.member.unsuspend"
	AuditMemberRename             = "admin.member.rename"
	AuditMemberGrantRole          = "admin.member.grant_role"
	AuditMemberRevokeRole         = "admin.member.revoke_role"

	AuditAddressEndSessions = "admin.address.end_sessions"
	AuditAccess             = "admin.access" // refused: the role does not reach the page

	AuditViewStart  = "admin.viewas.start"
	AuditViewStop   = "admin.viewas.stop"
	AuditViewExpire = "admin.viewas.expire"
	AuditViewBlock  = "admin.viewas.block"
	AuditViewChange = "admin.viewas.change"

	AuditMailRetry    = "admin.mail.retry"
	AuditMailStop     = "admin.mail.stop"
	AuditMailAllow    = "admin.mail.allow"
	AuditMailTest     = "admin.mail.test"
	AuditMemberExport = "admin.export.members"

	AuditLogExport   = "admin.audit.export"
	AuditLogVerify   = "admin.audit.verify"
	AuditLogSaveView = "admin.audit.save_view"

	AuditLogVerified     = "admin.audit.verify_end"
	AuditLogVerifyCancel = "admin.audit.verify_cancel"

	AuditReviewAcknowledge = "admin.review.acknowledge"
	AuditReviewSnooze      = "admin.review.snooze"
)

// Reasons in the audit log.
const (
	reasonBadPassword = "bad_password"
	reasonBadCode     = "bad_code"
	reasonUnknown     = "unknown"
	reasonLocked      = "locked"
	reasonDisabled    = "disabled"
	reasonLimited     = "limited"
	reasonUnverified  = "unverified"
	reasonTaken       = "taken"
	reasonSelf        = "self"
	reasonOthers      = "others"
	reasonEpoch       = "epoch"
	reasonOperator    = "operator"
	reasonReplaced    = "replaced"
	reasonLimit       = "limit"
	reasonExpired     = "expired"

	reasonPasskeyUnknown   = "passkey_unknown"
	reasonPasskeyChallenge = "passkey_challenge" // used, too old, or given to another browser or for another act
	reasonPasskeySignature = "passkey_signature"
	reasonPasskeyNoUV      = "passkey_no_uv"
	reasonPasskeyOrigin    = "passkey_origin"
	reasonPasskeyMalformed = "passkey_malformed"
	reasonPasskeyCounter   = "passkey_counter"
	reasonPasskeyBackup    = "passkey_backup"
)

// metaNewBrowser is the detail of a sign-in from a browser that was new to the account.
const metaNewBrowser = "new_browser"

// metaReplaced is the detail of a sign-up in place of an older one that was never confirmed.
const metaReplaced = "replaced"

// metaCommandLine is the detail of an event that a command on the server caused.
const metaCommandLine = "command_line"

// CommandLineDetail is what a row of the other half says in its details when a command caused it.
func CommandLineDetail() map[string]any { return map[string]any{metaCommandLine: true} }

// CommandLineOrigin begins the origin of what a command on the server causes; the account of the machine that ran it follows.
const CommandLineOrigin = "command line: "

// CommandLineAccount is the account of the machine that ran the command which caused an event. The detail decides, as
// any browser may call itself what it likes.
func CommandLineAccount(e models.AuditEvent) (account string, is bool) {
	_, is = e.Meta[metaCommandLine]
	return strings.TrimPrefix(e.UserAgent, CommandLineOrigin), is
}

// byPerson is an event that a person caused about themselves.
func byPerson(action, userID string) models.AuditEvent {
	return models.AuditEvent{Action: action, ActorKind: "person", ActorID: userID, SubjectID: userID}
}

// byUser is an event of a signed-in browser. When an operator acts in someone's session, the operator is
// the actor.
func byUser(action string, u *User) models.AuditEvent {
	e := byPerson(action, u.ID)
	e.SessionID = u.SessionID
	if u.ActorID != "" {
		e.ActorKind, e.ActorID, e.EffectiveID = "operator", u.ActorID, u.ID
	}
	return e
}

// aboutAddress is an event of which only a typed address is known. The address itself is not kept: it
// may be a stranger's, or a password typed into the wrong field.
func (s *Service) aboutAddress(action, email string) models.AuditEvent {
	return models.AuditEvent{
		Action: action, ActorKind: "anonymous",
		Meta: map[string]any{"address": maskedEmail(email), "address_hmac": s.addressKey(email)},
	}
}

func failed(e models.AuditEvent, reason string) models.AuditEvent {
	e.Outcome, e.Reason = models.OutcomeFailure, reason
	return e
}
