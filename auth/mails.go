package auth

import (
	"context"
	"fmt"

	"latchkey/models"
	"latchkey/views"
)

// The kinds of mail this package sends.
const (
	mailVerifyEmail     = "verify_email"
	mailAccountExists   = "account_exists"
	mailPasswordReset   = "password_reset"
	mailPasswordChanged = "password_changed"
	mailAccountGuarded  = "account_guarded"
	mailAccountLocked   = "account_locked"

	mailTOTPAdded            = "totp_added"
	mailTOTPRemoved          = "totp_removed"
	mailRecoveryCodesCreated = "recovery_codes_created"
	mailRecoveryCodeUsed     = "recovery_code_used"
	mailSecondFactorFailures = "second_factor_failures"
	mailNewSignIn            = "new_sign_in"
	mailSecuredByOwner       = "secured_by_owner"
	mailSignInLink           = "sign_in_link"
	mailSignInCode           = "sign_in_code"
	mailPasskeyAdded         = "passkey_added"
	mailPasskeyRemoved       = "passkey_removed"
	mailPasskeySuspect       = "passkey_suspicious"

	mailFactorRecoveryStarted  = "factor_recovery_started"
	mailFactorRecoveryReminder = "factor_recovery_reminder"
	mailFactorRecoveryReady    = "factor_recovery_ready"
	mailFactorRecoveryStopped  = "factor_recovery_stopped"
	mailFactorRecoveryDone     = "factor_recovery_done"

	mailAccountDisabled = "account_disabled"
	mailAccountEnabled  = "account_enabled"
	mailFactorsReset    = "factors_reset"
	mailOperatorRole    = "operator_role"
	mailAccountViewed   = "account_viewed"
	mailViewStarted     = "account_view_started"
	mailTest            = "test"

	mailBrowserUntrusted = "browser_untrusted"
)

// MailKinds are all of them, as the log of mails is filtered by.
var MailKinds = []string{
	mailVerifyEmail, mailAccountExists, mailPasswordReset, mailPasswordChanged, mailAccountGuarded, mailAccountLocked,
	mailTOTPAdded, mailTOTPRemoved, mailRecoveryCodesCreated, mailRecoveryCodeUsed, mailSecondFactorFailures, mailNewSignIn, mailSecuredByOwner,
	mailSignInLink, mailSignInCode, mailPasskeyAdded, mailPasskeyRemoved, mailPasskeySuspect,
	mailFactorRecoveryStarted, mailFactorRecoveryReminder, mailFactorRecoveryReady, mailFactorRecoveryStopped, mailFactorRecoveryDone,
	mailAccountDisabled, mailAccountEnabled, mailFactorsReset, mailOperatorRole, mailAccountViewed, mailViewStarted, mailBrowserUntrusted, mailTest,
}

// SendAgain are the acts on a member that send a mail of a kind anew, by kind: with new links, through the member's own flow.
var SendAgain = map[string]string{mailVerifyEmail: "resend_verification", mailPasswordReset: "send_reset"}

// letter is a mail about to be queued.
type letter struct {
	kind    string
	to      string
	tokenID string // dropped when that link is dead by then
	decoy   bool   // rendered and queued like any other, then dropped
}

// send renders a mail and queues it in the transaction of its cause.
func (s *Service) send(ctx context.Context, tx *models.Tx, l letter, content views.MailContent, err error) error {
	if err != nil {
		return fmt.Errorf("render mail %s: %w", l.kind, err)
	}
	return tx.SendMail(ctx, models.Mail{
		Key: l.tokenID, Kind: l.kind, To: l.to, TokenID: l.tokenID, Decoy: l.decoy,
		Subject: content.Subject, Text: content.Text, HTML: content.HTML,
	})
}

// mailVerification sends link and code to prove an address; without a person it is a decoy.
func (s *Service) mailVerification(ctx context.Context, tx *models.Tx, email string, userID *string, epoch int64, pendingID string) error {
	row, token, code, err := s.issueLink(ctx, tx, mailLink{
		purpose: purposeVerify, email: email, userID: userID, epoch: epoch, pendingID: pendingID,
		ttl: s.cfg().VerifyLinkTTL, codeTTL: s.cfg().VerifyCodeTTL,
	})
	if err != nil {
		return err
	}
	content, err := views.MailVerifyEmail(ctx, views.MailVerifyEmailData{
		Link: s.url("/verify-email/" + token), Code: code,
		LinkTTL: s.cfg().VerifyLinkTTL, CodeTTL: s.cfg().VerifyCodeTTL, ErasedIn: s.cfg().UnverifiedTTL,
	})
	return s.send(ctx, tx, letter{kind: mailVerifyEmail, to: email, tokenID: row.ID, decoy: userID == nil}, content, err)
}

// mailTaken tells the owner of an account that someone signed up with their address. The decoy row
// keeps the work the same as for a free address.
func (s *Service) mailTaken(ctx context.Context, tx *models.Tx, email, pendingID string, decoy bool) error {
	if _, _, _, err := s.issueLink(ctx, tx, mailLink{
		purpose: purposeVerify, email: email, pendingID: pendingID, ttl: s.cfg().VerifyLinkTTL, codeTTL: s.cfg().VerifyCodeTTL,
	}); err != nil {
		return err
	}
	content, err := views.MailAccountExists(ctx, views.MailAccountExistsData{
		SignInURL: s.url("/login"), ResetURL: s.forgotURL(),
	})
	return s.send(ctx, tx, letter{kind: mailAccountExists, to: email, decoy: decoy}, content, err)
}

// forgotURL is where somebody who forgot their password asks for another one; empty: nowhere.
func (s *Service) forgotURL() string {
	if s.cfg().NoPasswordReset {
		return ""
	}
	return s.url("/password/forgot")
}

// mailReset sends a link to choose a new password, to a browser that asked with a code; without a person it is a decoy.
func (s *Service) mailReset(ctx context.Context, tx *models.Tx, to addressee) error {
	row, token, code, err := s.issueLink(ctx, tx, to.link(purposeReset, s.cfg().ResetTTL))
	if err != nil {
		return err
	}
	content, err := views.MailPasswordReset(ctx, views.MailPasswordResetData{
		Link: s.url("/password/reset/" + token), Code: code, TTL: s.cfg().ResetTTL, Passwordless: to.owner != nil && to.owner.PasswordHash == "",
		Secured:  to.owner != nil && to.owner.PasswordHash == "" && to.owner.MustChangePassword,
		Operator: to.operator,
		Added:    to.owner != nil && to.owner.PasswordHash == "" && !to.owner.Verified() && to.owner.LastSignUpAt == nil,
	})
	return s.send(ctx, tx, letter{kind: mailPasswordReset, to: to.email, tokenID: row.ID, decoy: to.owner == nil}, content, err)
}

// mailSignIn sends link and code to sign in with; without a person it is a decoy.
func (s *Service) mailSignIn(ctx context.Context, tx *models.Tx, to addressee) error {
	row, token, code, err := s.issueLink(ctx, tx, to.link(purposeSignIn, s.cfg().LoginLinkTTL))
	if err != nil {
		return err
	}
	content, err := views.MailSignInLink(ctx, views.MailSignInLinkData{
		Link: s.url("/login/link/" + token), Code: code, TTL: s.cfg().LoginLinkTTL, SecurityContext: s.whenAndWhere(ctx),
	})
	return s.send(ctx, tx, letter{kind: mailSignInLink, to: to.email, tokenID: row.ID, decoy: to.owner == nil}, content, err)
}

// mailCode mails a code to a person, to be typed where it was asked for: holder is the id of that open sign-in or session.
// Over the limit of the address nothing is sent, and nobody is told.
func (s *Service) mailCode(ctx context.Context, tx *models.Tx, u models.User, purpose, holder string) error {
	_, err := s.count(ctx, tx.DB, try{limitLinkMail, s.addressKey(u.Email)})
	if isLimited(err) {
		return nil
	}
	if err != nil {
		return err
	}
	ttl := s.cfg().LoginLinkTTL
	row, _, code, err := s.issueLink(ctx, tx, mailLink{
		purpose: purpose, email: u.Email, userID: &u.ID, epoch: u.Epoch, pendingID: holder, ttl: ttl, codeTTL: ttl,
	})
	if err != nil {
		return err
	}
	content, err := views.MailSignInCode(ctx, views.MailSignInCodeData{Code: code, TTL: ttl, SecurityContext: s.whenAndWhere(ctx)})
	return s.send(ctx, tx, letter{kind: mailSignInCode, to: u.Email, tokenID: row.ID}, content, err)
}

func (s *Service) mailPasswordChanged(ctx context.Context, tx *models.Tx, email, userID string) error {
	security, err := s.securityContext(ctx, tx, email, &userID)
	if err != nil {
		return err
	}
	content, err := views.MailPasswordChanged(ctx, security)
	return s.send(ctx, tx, letter{kind: mailPasswordChanged, to: email}, content, err)
}

// alarm is a mail about wrong passwords, by the limit they filled.
type alarm struct {
	cause Limit
	kind  string
	draw  func(context.Context, views.MailAlarmData) (views.MailContent, error)
}

var (
	alarmStrangers = alarm{limitStrangers, mailAccountGuarded, views.MailAccountGuarded}
	alarmLock      = alarm{limitLock, mailAccountLocked, views.MailAccountLocked}
	alarmSession   = alarm{limitReauthAll, mailAccountGuarded, views.MailSessionGuessed}
)

// mailAlarm tells the owner, with the link that lifts what followed: one of a kind in a day. Without a person it is
// a decoy.
func (s *Service) mailAlarm(ctx context.Context, tx *models.Tx, a alarm, email string, u *models.User) error {
	_, err := s.count(ctx, tx.DB, try{limitAlarmMail, a.kind + "|" + s.addressKey(email)})
	if isLimited(err) {
		return nil
	}
	if err != nil {
		return err
	}
	link := mailLink{purpose: purposeUnlock, email: email, ttl: s.cfg().UnlockTTL}
	if u != nil {
		link.userID, link.epoch = &u.ID, u.Epoch
	}
	row, token, _, err := s.issueLink(ctx, tx, link)
	if err != nil {
		return err
	}
	security, err := s.securityContext(ctx, tx, email, link.userID)
	if err != nil {
		return err
	}
	content, err := a.draw(ctx, views.MailAlarmData{
		Link: s.url("/login/unlock/" + token), LinkTTL: s.cfg().UnlockTTL, Tries: s.most(a.cause), SecurityContext: security,
	})
	return s.send(ctx, tx, letter{kind: a.kind, to: email, tokenID: row.ID, decoy: u == nil}, content, err)
}

// securityContext is what every security mail says of its cause, with the link for whom it was not. Without a person
// the link is a decoy.
func (s *Service) securityContext(ctx context.Context, tx *models.Tx, email string, userID *string) (views.SecurityContext, error) {
	security := s.whenAndWhere(ctx)
	_, token, _, err := s.issueLink(ctx, tx, mailLink{
		purpose: purposeNotMe, email: email, userID: userID, reported: security.When, ttl: s.cfg().AlarmTTL,
	})
	security.NotMe, security.NotMeTTL = s.url(notMePath+token), s.cfg().AlarmTTL
	return security, err
}

func (s *Service) whenAndWhere(ctx context.Context) views.SecurityContext {
	origin := models.OriginOf(ctx)
	browser, system := describeUserAgent(origin.UserAgent)
	return views.SecurityContext{
		When: s.now(), Address: origin.Address, Browser: browser, System: system, Place: s.places(ctx, origin.Address)[origin.Address],
	}
}
