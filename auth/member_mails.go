package auth

import (
	"context"
	"fmt"
	"time"

	"latchkey/models"
	"latchkey/views"
)

// The mails about what an operator did say that it was an operator, and not from where: withoutOrigin keeps their address and
// browser out of a member's mailbox.
func withoutOrigin(ctx context.Context) context.Context {
	return models.WithOrigin(ctx, models.Origin{})
}

func (s *Service) mailSuspended(ctx context.Context, tx *models.Tx, to string, until *time.Time) error {
	data := views.MailSuspendedData{}
	if until != nil {
		data.Until = *until
	}
	content, err := views.MailSuspended(ctx, data)
	return s.send(ctx, tx, letter{kind: mailAccountDisabled, to: to}, content, err)
}

func (s *Service) mailUnsuspended(ctx context.Context, tx *models.Tx, to string) error {
	content, err := views.MailUnsuspended(ctx, views.MailUnsuspendedData{SignInURL: s.url("/login")})
	return s.send(ctx, tx, letter{kind: mailAccountEnabled, to: to}, content, err)
}

func (s *Service) mailFactorsReset(ctx context.Context, tx *models.Tx, p models.User) error {
	ctx = withoutOrigin(ctx)
	security, err := s.securityContext(ctx, tx, p.Email, &p.ID)
	if err != nil {
		return err
	}
	content, err := views.MailFactorsReset(ctx, views.MailFactorData{AccountURL: s.url("/account"), SecurityContext: security})
	return s.send(ctx, tx, letter{kind: mailFactorsReset, to: p.Email}, content, err)
}

// mailRoleChanged tells the member and every administrator: a right that somebody gave away unseen would be a door.
func (s *Service) mailRoleChanged(ctx context.Context, tx *models.Tx, a *memberActing, role Role) error {
	administrators, err := tx.UsersWithRole(ctx, string(RoleAdministrator))
	if err != nil {
		return fmt.Errorf("list administrators: %w", err)
	}
	data := views.MailRoleChangedData{Member: a.member.Email, Role: string(role), AdminURL: s.url("/admin")}
	if a.op.user != nil {
		data.By = a.op.user.Email
	}
	to := map[string]bool{a.member.Email: true}
	for _, administrator := range administrators {
		to[administrator.Email] = true
	}
	for address := range to {
		data.ToMember = address == a.member.Email
		content, err := views.MailRoleChanged(ctx, data)
		if err := s.send(ctx, tx, letter{kind: mailOperatorRole, to: address}, content, err); err != nil {
			return err
		}
	}
	return nil
}
