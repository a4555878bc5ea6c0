package auth

import (
	"context"
	"time"

	"latchkey/models"
	"latchkey/views"
)

// recoveryMail is what the mails of a running recovery share: the link that stops it. It is an alarm: whoever changes the
// password meanwhile does not silence it, and each mail's works until the recovery is over.
func (s *Service) recoveryMail(ctx context.Context, tx *models.Tx, u models.User, at time.Time) (views.MailFactorRecoveryData, error) {
	_, token, _, err := s.issueLink(ctx, tx, mailLink{
		purpose: purposeStopRecovery, email: u.Email, userID: &u.ID, reported: s.now(), ttl: at.Sub(s.now()) + factorRecoveryLinkTTL,
	})
	return views.MailFactorRecoveryData{At: at, StopURL: s.url(factorRecoveryPath + "/stop/" + token)}, err
}

func (s *Service) mailRecoveryStarted(ctx context.Context, tx *models.Tx, u models.User, at time.Time) error {
	data, err := s.recoveryMail(ctx, tx, u, at)
	if err != nil {
		return err
	}
	if data.SecurityContext, err = s.securityContext(ctx, tx, u.Email, &u.ID); err != nil {
		return err
	}
	content, err := views.MailFactorRecoveryStarted(ctx, data)
	return s.send(ctx, tx, letter{kind: mailFactorRecoveryStarted, to: u.Email}, content, err)
}

func (s *Service) mailRecoveryReminder(ctx context.Context, tx *models.Tx, u models.User, at time.Time) error {
	data, err := s.recoveryMail(ctx, tx, u, at)
	if err != nil {
		return err
	}
	content, err := views.MailFactorRecoveryReminder(ctx, data)
	return s.send(ctx, tx, letter{kind: mailFactorRecoveryReminder, to: u.Email}, content, err)
}

func (s *Service) mailRecoveryReady(ctx context.Context, tx *models.Tx, u models.User) error {
	data, err := s.recoveryMail(ctx, tx, u, s.now())
	if err != nil {
		return err
	}
	row, token, _, err := s.issueLink(ctx, tx, mailLink{
		purpose: purposeRemoveFactors, email: u.Email, userID: &u.ID, epoch: u.Epoch, ttl: factorRecoveryLinkTTL,
	})
	if err != nil {
		return err
	}
	data.Link, data.LinkTTL = s.url(factorRecoveryPath+"/finish/"+token), factorRecoveryLinkTTL
	content, err := views.MailFactorRecoveryReady(ctx, data)
	return s.send(ctx, tx, letter{kind: mailFactorRecoveryReady, to: u.Email, tokenID: row.ID}, content, err)
}

func (s *Service) mailRecoveryStopped(ctx context.Context, tx *models.Tx, u models.User) error {
	security, err := s.securityContext(ctx, tx, u.Email, &u.ID)
	if err != nil {
		return err
	}
	content, err := views.MailFactorRecoveryStopped(ctx, views.MailFactorRecoveryEndData{AccountURL: s.url("/account"), SecurityContext: security})
	return s.send(ctx, tx, letter{kind: mailFactorRecoveryStopped, to: u.Email}, content, err)
}

func (s *Service) mailRecoveryDone(ctx context.Context, tx *models.Tx, u models.User) error {
	security, err := s.securityContext(ctx, tx, u.Email, &u.ID)
	if err != nil {
		return err
	}
	content, err := views.MailFactorRecoveryDone(ctx, views.MailFactorRecoveryEndData{AccountURL: s.url("/account"), SecurityContext: security})
	return s.send(ctx, tx, letter{kind: mailFactorRecoveryDone, to: u.Email}, content, err)
}
