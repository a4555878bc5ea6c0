package auth

import (
	"strings"

	"latchkey/models"
)

// The actions of this package in the audit log.
const (
	AuditSignUp               models.Action = "auth.sign_up"
	AuditSignUpDiscarded      models.Action = "auth.sign_up_discarded"
	AuditSignUpExpired        models.Action = "auth.sign_up_expired"
	AuditSetUp                models.Action = "auth.set_up"
	AuditEmailVerify          models.Action = "auth.email_verify"
	AuditSignIn               models.Action = "auth.sign_in"
	AuditLinkRequest          models.Action = "auth.link_request"
	AuditLinkCancel           models.Action = "auth.link_cancel"
	AuditSignOut              models.Action = "auth.sign_out"
	AuditReauth               models.Action = "auth.reauth"
	AuditPasswordResetRequest models.Action = "auth.password_reset_request"
	AuditPasswordReset        models.Action = "auth.password_reset"
	AuditPasswordChange       models.Action = "auth.password_change"
	AuditPasswordSet          models.Action = "auth.password_set"
	AuditPasswordBreached     models.Action = "auth.password_breached"
	AuditGuard                models.Action = "auth.guard"
	AuditLock                 models.Action = "auth.lock"
	AuditUnlock               models.Action = "auth.unlock"
	AuditLimited              models.Action = "auth.limited"
	AuditNotMe                models.Action = "auth.not_me"
	AuditSessionEnd           models.Action = "session.end"
	AuditNewBrowserCheck      models.Action = "auth.new_browser_check"
	AuditSecondFactor         models.Action = "auth.second_factor"
	AuditTOTPAdd              models.Action = "mfa.totp_add"
	AuditTOTPRemove           models.Action = "mfa.totp_remove"
	AuditRecoveryCodesCreate  models.Action = "mfa.recovery_codes_create"
	AuditRecoveryCodeUse      models.Action = "mfa.recovery_code_use"
	AuditBrowserTrust         models.Action = "mfa.browser_trust"
	AuditBrowserUntrust       models.Action = "mfa.browser_untrust"
	AuditPolicyBlock          models.Action = "mfa.policy_block"
	AuditRecoveryStart        models.Action = "mfa.recovery_start"
	AuditRecoveryStop         models.Action = "mfa.recovery_stop"
	AuditRecoveryDone         models.Action = "mfa.recovery_done"
	AuditPasskeyAdd           models.Action = "passkey.add"
	AuditPasskeyRename        models.Action = "passkey.rename"
	AuditPasskeyRemove        models.Action = "passkey.remove"
	AuditPasskeyBackup        models.Action = "passkey.backup_changed"
	AuditPasskeyCounter       models.Action = "passkey.sign_count_regression"
	AuditProfileChange        models.Action = "account.profile_change"

	AuditMemberCreate             models.Action = "admin.member.create"
	AuditMemberView               models.Action = "admin.member.view"
	AuditMemberUnlock             models.Action = "admin.member.unlock"
	AuditMemberResendVerification models.Action = "admin.member.resend_verification"
	AuditMemberVerify             models.Action = "admin.member.verify"
	AuditMemberSendReset          models.Action = "admin.member.send_reset"
	AuditMemberForceReset         models.Action = "admin.member.force_reset"
	AuditMemberLiftReset          models.Action = "admin.member.lift_reset"
	AuditMemberRemoveFactor       models.Action = "admin.member.remove_factor"
	AuditMemberResetFactors       models.Action = "admin.member.reset_factors"
	AuditMemberEndSession         models.Action = "admin.member.end_session"
	AuditMemberEndSessions        models.Action = "admin.member.end_sessions"
	AuditMemberSuspend            models.Action = "admin.member.suspend"
	AuditMemberUnsuspend          models.Action = "admin.member.unsuspend"
	AuditMemberRename             models.Action = "admin.member.rename"
	AuditMemberGrantRole          models.Action = "admin.member.grant_role"
	AuditMemberRevokeRole         models.Action = "admin.member.revoke_role"
	AuditMemberNote               models.Action = "admin.member.note"
	AuditMemberRemoveNote         models.Action = "admin.member.remove_note"

	AuditAddressEndSessions models.Action = "admin.address.end_sessions"
	AuditAccess             models.Action = "admin.access" // refused: the role does not reach the page

	AuditViewStart  models.Action = "admin.viewas.start"
	AuditViewStop   models.Action = "admin.viewas.stop"
	AuditViewExpire models.Action = "admin.viewas.expire"
	AuditViewBlock  models.Action = "admin.viewas.block"
	AuditViewChange models.Action = "admin.viewas.change"

	AuditMailRetry    models.Action = "admin.mail.retry"
	AuditMailStop     models.Action = "admin.mail.stop"
	AuditMailAllow    models.Action = "admin.mail.allow"
	AuditMailTest     models.Action = "admin.mail.test"
	AuditMemberExport models.Action = "admin.export.members"
	AuditBatchExport  models.Action = "admin.export.batch"

	AuditBulkPreview models.Action = "admin.bulk.preview"
	AuditBulkStart   models.Action = "admin.bulk.start"
	AuditBulkPause   models.Action = "admin.bulk.pause"
	AuditBulkResume  models.Action = "admin.bulk.resume"
	AuditBulkCancel  models.Action = "admin.bulk.cancel"
	AuditBulkFinish  models.Action = "admin.bulk.finish"
	AuditBulkUndo    models.Action = "admin.bulk.undo"

	AuditLogExport   models.Action = "admin.audit.export"
	AuditLogVerify   models.Action = "admin.audit.verify"
	AuditLogSaveView models.Action = "admin.audit.save_view"

	AuditLogVerified     models.Action = "admin.audit.verify_end"
	AuditLogVerifyCancel models.Action = "admin.audit.verify_cancel"

	AuditReviewAcknowledge models.Action = "admin.review.acknowledge"
	AuditReviewSnooze      models.Action = "admin.review.snooze"
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
func byPerson(action models.Action, userID string) models.AuditEvent {
	return models.AuditEvent{Action: action, ActorKind: "person", ActorID: userID, SubjectID: userID}
}

// byUser is an event of a signed-in browser. When an operator acts in someone's session, the operator is
// the actor.
func byUser(action models.Action, u *User) models.AuditEvent {
	e := byPerson(action, u.ID)
	e.SessionID = u.SessionID
	if u.ActorID != "" {
		e.ActorKind, e.ActorID, e.EffectiveID, e.Meta = "operator", u.ActorID, u.ID, u.actorRole.detail()
	}
	return e
}

// aboutAddress is an event of which only a typed address is known. The address itself is not kept: it
// may be a stranger's, or a password typed into the wrong field.
func (s *Service) aboutAddress(action models.Action, email string) models.AuditEvent {
	return models.AuditEvent{
		Action: action, ActorKind: "anonymous",
		Meta: map[string]any{"address": maskedEmail(email), "address_hmac": s.addressKey(email)},
	}
}

func failed(e models.AuditEvent, reason string) models.AuditEvent {
	e.Outcome, e.Reason = models.OutcomeFailure, reason
	return e
}
