package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"latchkey/models"
	"latchkey/views"
)

// factorMails draw the mails about a second factor.
var factorMails = map[string]func(context.Context, views.MailFactorData) (views.MailContent, error){
	mailTOTPAdded:            views.MailTOTPAdded,
	mailTOTPRemoved:          views.MailTOTPRemoved,
	mailRecoveryCodesCreated: views.MailRecoveryCodesCreated,
	mailBrowserUntrusted:     views.MailBrowserUntrusted,
}

// mailFactor tells the owner that a factor changed; name is what they call it.
func (s *Service) mailFactor(ctx context.Context, tx *models.Tx, kind string, p models.User, name string) error {
	security, err := s.securityContext(ctx, tx, p.Email, &p.ID)
	if err != nil {
		return err
	}
	content, err := factorMails[kind](ctx, views.MailFactorData{Name: name, AccountURL: s.url("/account"), SecurityContext: security})
	return s.send(ctx, tx, letter{kind: kind, to: p.Email}, content, err)
}

func (s *Service) mailRecoveryCodeUsed(ctx context.Context, tx *models.Tx, p models.User, left int) error {
	security, err := s.securityContext(ctx, tx, p.Email, &p.ID)
	if err != nil {
		return err
	}
	content, err := views.MailRecoveryCodeUsed(ctx, views.MailRecoveryCodeUsedData{
		Left: left, CodesURL: s.url("/account/recovery-codes"), SecurityContext: security,
	})
	return s.send(ctx, tx, letter{kind: mailRecoveryCodeUsed, to: p.Email}, content, err)
}

// mailSecondFactorFailures tells the owner, once a day at most, that somebody has the password and tries codes.
func (s *Service) mailSecondFactorFailures(ctx context.Context, userID string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		u, err := tx.LockUser(ctx, userID)
		if errors.Is(err, models.ErrNotFound) { // erased meanwhile
			return nil
		}
		if err != nil {
			return fmt.Errorf("read person: %w", err)
		}
		_, err = s.count(ctx, tx.DB, try{limitAlarmMail, mailSecondFactorFailures + "|" + u.ID})
		if isLimited(err) {
			return nil
		}
		if err != nil {
			return err
		}
		security, err := s.securityContext(ctx, tx, u.Email, &u.ID)
		if err != nil {
			return err
		}
		content, err := views.MailSecondFactorFailures(ctx, views.MailSecondFactorFailuresData{
			Tries: s.most(limitSecondStepAll), ResetURL: cmp.Or(s.forgotURL(), s.url("/account/password")), SecurityContext: security,
		})
		return s.send(ctx, tx, letter{kind: mailSecondFactorFailures, to: u.Email}, content, err)
	})
}

func (s *Service) mailPasskeyAdded(ctx context.Context, tx *models.Tx, p models.User, name string) error {
	data, err := s.passkeyMail(ctx, tx, p, name)
	if err != nil {
		return err
	}
	content, err := views.MailPasskeyAdded(ctx, data)
	return s.send(ctx, tx, letter{kind: mailPasskeyAdded, to: p.Email}, content, err)
}

func (s *Service) mailPasskeyRemoved(ctx context.Context, tx *models.Tx, p models.User, name string) error {
	data, err := s.passkeyMail(ctx, tx, p, name)
	if err != nil {
		return err
	}
	content, err := views.MailPasskeyRemoved(ctx, data)
	return s.send(ctx, tx, letter{kind: mailPasskeyRemoved, to: p.Email}, content, err)
}

// mailPasskeySuspicious tells that a passkey may have been copied: one such mail in a day.
func (s *Service) mailPasskeySuspicious(ctx context.Context, tx *models.Tx, p models.User, name string, refused bool) error {
	_, err := s.count(ctx, tx.DB, try{limitAlarmMail, mailPasskeySuspect + "|" + s.addressKey(p.Email)})
	if isLimited(err) {
		return nil
	}
	if err != nil {
		return err
	}
	data, err := s.passkeyMail(ctx, tx, p, name)
	if err != nil {
		return err
	}
	data.Refused = refused
	content, err := views.MailPasskeySuspicious(ctx, data)
	return s.send(ctx, tx, letter{kind: mailPasskeySuspect, to: p.Email}, content, err)
}

func (s *Service) passkeyMail(ctx context.Context, tx *models.Tx, p models.User, name string) (views.MailPasskeyData, error) {
	security, err := s.securityContext(ctx, tx, p.Email, &p.ID)
	return views.MailPasskeyData{Name: name, PasskeysURL: s.url("/account/passkeys"), SecurityContext: security}, err
}
