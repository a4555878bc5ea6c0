package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/models"
)

// setupTTL is how long a set-up link works. A program that is started again prints another.
const setupTTL = 24 * time.Hour

const setupPath = "/setup/"

// NewSetupLink makes a link that lets whoever reads the program's output become the first administrator; empty: there is one.
// Links of other starts, and of other nodes, stay good: which of them is read, nobody knows. The first that is used ends all.
func (s *Service) NewSetupLink(ctx context.Context) (link string, err error) {
	exists, err := s.db.HasOperator(ctx, string(RoleAdministrator))
	if err != nil || exists {
		return "", err
	}
	token, now := models.NewToken(), s.now()
	row := models.SetupLink{ID: models.NewID(), TokenHash: models.Digest(token), ExpiresAt: now.Add(setupTTL), CreatedAt: now}
	if err := s.db.CreateSetupLink(ctx, &row); err != nil {
		return "", fmt.Errorf("make set-up link: %w", err)
	}
	return s.url(setupPath + token), nil
}

// OpenSetup looks at a set-up link and changes nothing. Errors: ErrDeadLink, Limited.
func (s *Service) OpenSetup(ctx context.Context, token string) error {
	_, err := s.findSetup(ctx, token)
	return err
}

// findSetup finds the live row of a link. Guessing is counted, as for links in mails.
func (s *Service) findSetup(ctx context.Context, token string) (models.SetupLink, error) {
	guess := try{limitDeadLinks, network(ctx)}
	if _, err := s.count(ctx, s.db, guess); err != nil {
		return models.SetupLink{}, err
	}
	row, err := s.db.SetupLinkByToken(ctx, token)
	if errors.Is(err, models.ErrNotFound) {
		return row, ErrDeadLink
	}
	if err != nil {
		return row, fmt.Errorf("find set-up link: %w", err)
	}
	exists, err := s.db.HasOperator(ctx, string(RoleAdministrator))
	if err == nil && exists { // made on the command line meanwhile
		err = ErrDeadLink
	}
	return row, errors.Join(err, s.giveBack(ctx, s.db, guess))
}

// SetUp makes the first administrator. The address counts as proven: whoever has the program's output holds more than any
// mailbox. Errors: Invalid (the link stays good), ErrDeadLink, Limited, ErrBusy.
func (s *Service) SetUp(ctx context.Context, token string, n NewUser) error {
	link, err := s.findSetup(ctx, token)
	if err != nil {
		return err
	}
	n.Role, n.Verified = RoleAdministrator, true
	row, wrong := s.checkPerson(ctx, newPassword{Password: n.Password, Email: n.Email, Name: n.Name})
	if len(wrong) > 0 {
		return wrong
	}
	if row.PasswordHash, err = s.HashPassword(ctx, n.Password); err != nil {
		return err
	}
	now := s.now()
	row.Role, row.EmailVerifiedAt = string(RoleAdministrator), &now
	err = s.db.InTx(ctx, func(tx *models.Tx) error { return s.setUp(ctx, tx, link, &row) })
	if errors.Is(err, models.ErrTaken) {
		return Invalid{"email": "There is an account with this address"}
	}
	return err
}

func (s *Service) setUp(ctx context.Context, tx *models.Tx, link models.SetupLink, row *models.User) error {
	if err := tx.UseSetupLinks(ctx, link.ID); errors.Is(err, models.ErrSpent) {
		return ErrDeadLink
	} else if err != nil {
		return fmt.Errorf("use set-up link: %w", err)
	}
	exists, err := tx.HasOperator(ctx, string(RoleAdministrator))
	if err != nil {
		return fmt.Errorf("look for administrators: %w", err)
	}
	if exists {
		return ErrDeadLink
	}
	if err := tx.CreateUser(ctx, row); err != nil {
		return err
	}
	if err := runHook(tx, s.cfg().OnSignUp, row.ID); err != nil {
		return err
	}
	event := byPerson(AuditSetUp, row.ID)
	return tx.Audit(ctx, event)
}
