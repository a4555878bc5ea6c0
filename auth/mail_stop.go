package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// StoppedAddresses lists the addresses that nothing is sent to, the newest first. Errors: Forbidden, ErrSignedOut,
// models.ErrNoCursor.
func (s *Service) StoppedAddresses(ctx context.Context, op Operator, at models.Place) (models.ListPage[models.StoppedAddress], error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return models.ListPage[models.StoppedAddress]{}, err
	}
	db := s.db.Joined(ctx)
	at.Limit = rowsOnPage(at.Limit)
	page, err := models.ReadPage(db, at, "stopped|"+op.ID, models.StoppedAddress.Cursor,
		func(than *models.Cursor, limit int) ([]models.StoppedAddress, error) {
			return db.StoppedOlder(ctx, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.StoppedAddress, error) {
			return db.StoppedNewer(ctx, than, limit)
		})
	if err != nil {
		return page, fmt.Errorf("list stopped addresses: %w", err)
	}
	return page, nil
}

// MailAddress is what an act on an address is decided on.
type MailAddress struct {
	Address string
	Stopped *models.StoppedAddress // nil: mails go to it

	owner *models.User // nil: nobody has it
}

// Version names this state in a form.
func (a MailAddress) Version() (string, error) {
	id := ""
	if a.Stopped != nil {
		id = a.Stopped.ID
	}
	return models.Version([]any{a.Address, id})
}

// MailAddress is an address as an operator typed it, and whether mails go to it. Errors: Invalid (the address), Forbidden,
// ErrSignedOut.
func (s *Service) MailAddress(ctx context.Context, op Operator, typed string) (MailAddress, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return MailAddress{}, err
	}
	return mailAddress(ctx, s.db.Joined(ctx), typed)
}

func mailAddress(ctx context.Context, db *models.DB, typed string) (a MailAddress, err error) {
	var ok bool
	if a.Address, ok = NormalEmail(typed); !ok {
		return a, Invalid{"address": noAddress}
	}
	if a.Stopped, err = stoppedAddress(ctx, db, a.Address); err != nil {
		return a, err
	}
	if a.owner, err = ifThere(db.UserByEmail(ctx, a.Address)); err != nil {
		return a, fmt.Errorf("find the owner of an address: %w", err)
	}
	return a, nil
}

// stoppedAddress is the row by which nothing is sent to an address; nil: mails go to it.
func stoppedAddress(ctx context.Context, db *models.DB, address string) (*models.StoppedAddress, error) {
	stopped, err := ifThere(db.StoppedAddressOf(ctx, address))
	if err != nil {
		return nil, fmt.Errorf("look whether the address is stopped: %w", err)
	}
	return stopped, nil
}

// StopMail keeps every mail from an address until AllowMail: those in the queue, too. Whoever asks for one is told nothing.
// Errors: Invalid, Forbidden, ErrChanged, ErrSignedOut.
func (s *Service) StopMail(ctx context.Context, op Operator, typed string, act Act) error {
	return s.actOnAddress(ctx, op, AuditMailStop, typed, act, func(tx *models.Tx, a MailAddress, event *models.AuditEvent) error {
		row := models.StoppedAddress{Address: a.Address, Reason: event.Reason, StoppedBy: event.ActorID}
		if err := tx.StopAddress(ctx, &row); errors.Is(err, models.ErrTaken) {
			return ErrChanged
		} else if err != nil {
			return fmt.Errorf("stop address: %w", err)
		}
		event.TargetID = row.ID
		return nil
	})
}

// AllowMail lets mails go to an address again; what was stopped meanwhile is not sent. Errors: as StopMail.
func (s *Service) AllowMail(ctx context.Context, op Operator, typed string, act Act) error {
	return s.actOnAddress(ctx, op, AuditMailAllow, typed, act, func(tx *models.Tx, a MailAddress, event *models.AuditEvent) error {
		if a.Stopped == nil {
			return ErrChanged
		}
		if err := tx.AllowAddress(ctx, a.Stopped.ID); errors.Is(err, models.ErrSpent) {
			return ErrChanged
		} else if err != nil {
			return fmt.Errorf("allow address: %w", err)
		}
		event.TargetID = a.Stopped.ID
		return nil
	})
}

// actOnAddress does an act on the address that was typed, unless it is in another state than was shown.
func (s *Service) actOnAddress(ctx context.Context, op Operator, action models.Action, typed string, act Act, do func(tx *models.Tx, a MailAddress, event *models.AuditEvent) error) error {
	return s.Operate(ctx, op, RightOperate, action, act.Reason, func(tx *models.Tx, op Operator, event *models.AuditEvent) error {
		a, err := mailAddress(ctx, tx.DB, typed)
		if err != nil {
			return err
		}
		if a.owner != nil {
			if err := op.mayActOn(*a.owner); err != nil {
				return err
			}
		}
		if version, err := a.Version(); err != nil || version != act.Version {
			return errors.Join(err, ErrChanged)
		}
		s.aboutMailAddress(event, a)
		return do(tx, a, event)
	})
}

// aboutMailAddress makes an event one about an address: the log keeps no more of it than its owner would recognise.
func (s *Service) aboutMailAddress(event *models.AuditEvent, a MailAddress) {
	if a.owner != nil {
		event.SubjectID = a.owner.ID
	}
	event.TargetKind = "stopped_address"
	event.Meta = with(event.Meta, map[string]any{"address": maskedEmail(a.Address), "address_hmac": s.addressKey(a.Address)})
}
