package auth

import "latchkey/models"

// auditSeverity is how much each action of this package asks for attention.
var auditSeverity = map[models.Action]models.Severity{
	AuditSignUp:               models.SeverityInfo,
	AuditSignUpDiscarded:      models.SeverityInfo,
	AuditSignUpExpired:        models.SeverityInfo,
	AuditSetUp:                models.SeverityWarning,
	AuditEmailVerify:          models.SeverityInfo,
	AuditSignIn:               models.SeverityInfo,
	AuditLinkRequest:          models.SeverityInfo,
	AuditLinkCancel:           models.SeverityNotice,
	AuditSignOut:              models.SeverityInfo,
	AuditReauth:               models.SeverityInfo,
	AuditPasswordResetRequest: models.SeverityInfo,
	AuditPasswordReset:        models.SeverityNotice,
	AuditPasswordChange:       models.SeverityNotice,
	AuditPasswordSet:          models.SeverityNotice,
	AuditPasswordBreached:     models.SeverityWarning,
	AuditGuard:                models.SeverityWarning,
	AuditLock:                 models.SeverityWarning,
	AuditUnlock:               models.SeverityNotice,
	AuditLimited:              models.SeverityWarning,
	AuditNotMe:                models.SeverityAlert,
	AuditSessionEnd:           models.SeverityInfo,
	AuditNewBrowserCheck:      models.SeverityInfo,
	AuditSecondFactor:         models.SeverityInfo,
	AuditTOTPAdd:              models.SeverityNotice,
	AuditTOTPRemove:           models.SeverityNotice,
	AuditRecoveryCodesCreate:  models.SeverityNotice,
	AuditRecoveryCodeUse:      models.SeverityNotice,
	AuditBrowserTrust:         models.SeverityNotice,
	AuditBrowserUntrust:       models.SeverityInfo,
	AuditPolicyBlock:          models.SeverityInfo,
	AuditRecoveryStart:        models.SeverityWarning,
	AuditRecoveryStop:         models.SeverityNotice,
	AuditRecoveryDone:         models.SeverityWarning,
	AuditPasskeyAdd:           models.SeverityNotice,
	AuditPasskeyRename:        models.SeverityInfo,
	AuditPasskeyRemove:        models.SeverityNotice,
	AuditPasskeyBackup:        models.SeverityNotice,
	AuditPasskeyCounter:       models.SeverityAlert,
	AuditProfileChange:        models.SeverityInfo,

	AuditMemberCreate:             models.SeverityNotice,
	AuditMemberView:               models.SeverityInfo,
	AuditMemberUnlock:             models.SeverityNotice,
	AuditMemberResendVerification: models.SeverityInfo,
	AuditMemberVerify:             models.SeverityNotice,
	AuditMemberSendReset:          models.SeverityInfo,
	AuditMemberForceReset:         models.SeverityNotice,
	AuditMemberLiftReset:          models.SeverityNotice,
	AuditMemberRemoveFactor:       models.SeverityNotice,
	AuditMemberResetFactors:       models.SeverityWarning,
	AuditMemberEndSession:         models.SeverityNotice,
	AuditMemberEndSessions:        models.SeverityNotice,
	AuditMemberSuspend:            models.SeverityNotice,
	AuditMemberUnsuspend:          models.SeverityNotice,
	AuditMemberRename:             models.SeverityInfo,
	AuditMemberGrantRole:          models.SeverityWarning,
	AuditMemberRevokeRole:         models.SeverityWarning,

	AuditAddressEndSessions: models.SeverityWarning,
	AuditAccess:             models.SeverityWarning,
	AuditViewStart:          models.SeverityNotice,
	AuditViewStop:           models.SeverityInfo,
	AuditViewExpire:         models.SeverityInfo,
	AuditViewBlock:          models.SeverityNotice,
	AuditViewChange:         models.SeverityNotice,

	AuditMailRetry:    models.SeverityInfo,
	AuditMailStop:     models.SeverityWarning,
	AuditMailAllow:    models.SeverityNotice,
	AuditMailTest:     models.SeverityInfo,
	AuditMemberExport: models.SeverityWarning,
	AuditBatchExport:  models.SeverityNotice,
	AuditBulkPreview:  models.SeverityInfo,
	AuditBulkStart:    models.SeverityWarning,
	AuditBulkPause:    models.SeverityNotice,
	AuditBulkResume:   models.SeverityNotice,
	AuditBulkCancel:   models.SeverityNotice,
	AuditBulkFinish:   models.SeverityNotice,
	AuditBulkUndo:     models.SeverityWarning,

	AuditLogExport:   models.SeverityNotice,
	AuditLogVerify:   models.SeverityInfo,
	AuditLogSaveView: models.SeverityInfo,

	AuditLogVerified:     models.SeverityInfo,
	AuditLogVerifyCancel: models.SeverityNotice,

	AuditReviewAcknowledge: models.SeverityNotice,
	AuditReviewSnooze:      models.SeverityNotice,
}

// operatorWords are what operators read where members read nothing, or are spoken to.
var operatorWords = map[models.Action]ActivityWords{
	AuditSignUpDiscarded:    {Done: "Unconfirmed account discarded by whoever owns the address"},
	AuditSignUpExpired:      {Done: "Unconfirmed account removed after its time"},
	AuditLimited:            {Done: "A limit was reached"},
	AuditReauth:             {Done: "Identity confirmed", Failed: "Identity not confirmed"},
	AuditMemberView:         {Done: "Record of a member opened", Failed: "Record of a member not opened"},
	AuditAccess:             {Done: "Operator page opened", Failed: "Operator page refused"},
	AuditAddressEndSessions: {Done: "All sessions from an address ended"},
	AuditViewStart:          {Done: "View as a member begun", Failed: "View as a member not begun"},
	AuditViewStop:           {Done: "View as a member ended"},
	AuditViewExpire:         {Done: "View as a member ran out"},
	AuditViewBlock:          {Done: "Act stopped while viewing as a member"},
	AuditViewChange:         {Done: "Something changed while viewing as a member"},
	AuditMailRetry:          {Done: "Mail tried again"},
	AuditMailStop:           {Done: "Mails to an address stopped"},
	AuditMailAllow:          {Done: "Mails to an address allowed again"},
	AuditMailTest:           {Done: "Test mail sent"},
	AuditBatchExport:        {Done: "What a batch could not do exported", Failed: "Export of what a batch could not do cut short"},
	AuditBulkPreview:        {Done: "Batch prepared", Failed: "Batch not prepared"},
	AuditBulkStart:          {Done: "Batch started", Failed: "Batch not started"},
	AuditBulkPause:          {Done: "Batch paused", Failed: "Batch not paused"},
	AuditBulkResume:         {Done: "Batch resumed", Failed: "Batch not resumed"},
	AuditBulkCancel:         {Done: "Batch cancelled", Failed: "Batch not cancelled"},
	AuditBulkFinish:         {Done: "Batch finished", Failed: "Batch stopped: who started it may not any more"},
	AuditBulkUndo:           {Done: "Batch being taken back"},
	AuditMemberExport:       {Done: "Members exported", Failed: "Export of members cut short"},
	AuditLogExport:          {Done: "Audit log exported", Failed: "Export of the audit log cut short"},
	AuditLogVerify:          {Done: "Check of the audit log begun", Failed: "Check of the audit log not begun"},
	AuditLogVerified:        {Done: "Audit log checked", Failed: "Audit log checked, and it is not what was written"},
	AuditLogVerifyCancel:    {Done: "Check of the audit log cancelled", Failed: "Check of the audit log not cancelled"},
	AuditLogSaveView:        {Done: "Search of the audit log kept or removed"},
	AuditReviewAcknowledge:  {Done: "Something for review acknowledged", Failed: "Something for review not acknowledged"},
	AuditReviewSnooze:       {Done: "Something for review snoozed", Failed: "Something for review not snoozed"},
}

// AuditVocabulary is what every action of this package is called, for operators.
func AuditVocabulary() map[models.Action]models.AuditWords {
	words := map[models.Action]models.AuditWords{}
	for _, of := range []map[models.Action]ActivityWords{activityWords, operatorWords} {
		for action, w := range of {
			words[action] = models.AuditWords{Done: w.Done, Failed: w.Failed, Severity: auditSeverity[action]}
		}
	}
	return words
}
