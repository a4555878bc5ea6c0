package auth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"latchkey/models"
	"latchkey/views"
)

// familiarFor is how long a browser's kind and neighbourhood count as familiar after it signed in.
const familiarFor = 30 * 24 * time.Hour

// noteBrowser notes a sign-in of a browser and mails the owner when it is new to the account and nothing about it is
// familiar. unseen: it is new, mailed or not. The first browser of an account is new to nobody.
func (s *Service) noteBrowser(ctx context.Context, tx *models.Tx, u models.User, browser, method string) (unseen bool, err error) {
	lately := s.now().Add(-familiarFor)
	seen, err := tx.RememberBrowser(ctx, u.ID, browser, lately)
	if err != nil {
		return false, fmt.Errorf("remember browser: %w", err)
	}
	if !seen.New {
		return false, nil
	}
	here := models.OriginOf(ctx)
	if seen.Twin && readable(here) {
		return true, nil
	}
	others, err := tx.OtherBrowsersOf(ctx, u.ID, browser)
	if err != nil {
		return false, fmt.Errorf("list browsers: %w", err)
	}
	if len(others) == 0 {
		before, err := signedInBefore(ctx, tx, u)
		if err != nil || !before {
			return false, err
		}
	}
	familiar := slices.ContainsFunc(others, func(b models.Browser) bool {
		return b.LastSignInAt.After(lately) && alike(here, models.Origin{Address: b.Address, UserAgent: b.UserAgent})
	})
	if familiar || s.cfg().NoNewDeviceNotice {
		return true, nil
	}
	return true, s.mailNewSignIn(ctx, tx, u, method)
}

// signedInBefore asks the log, which keeps sign-ins longer than browsers are remembered. Those from before the address
// was proven may be a stranger's.
func signedInBefore(ctx context.Context, tx *models.Tx, u models.User) (bool, error) {
	events, err := tx.ActivityOlder(ctx, models.Activity{
		SubjectID: u.ID, Actions: []models.Action{AuditSignIn}, Outcome: models.OutcomeSuccess, Since: *u.EmailVerifiedAt,
	}, nil, 1)
	if err != nil {
		return false, fmt.Errorf("look for sign-ins: %w", err)
	}
	return len(events) > 0, nil
}

// alike tells whether two origins are of one kind of browser in one neighbourhood.
func alike(a, b models.Origin) bool {
	kind, _ := describeUserAgent(a.UserAgent)
	other, _ := describeUserAgent(b.UserAgent)
	return readable(a) && kind == other && neighbourhood(a.Address) == neighbourhood(b.Address)
}

// readable tells an origin that can be compared from one of which nothing is known.
func readable(o models.Origin) bool {
	kind, _ := describeUserAgent(o.UserAgent)
	return kind != "" && neighbourhood(o.Address) != ""
}

func (s *Service) mailNewSignIn(ctx context.Context, tx *models.Tx, u models.User, method string) error {
	security, err := s.securityContext(ctx, tx, u.Email, &u.ID)
	if err != nil {
		return err
	}
	security.Method = MethodWords(s.shown(method))
	content, err := views.MailNewSignIn(ctx, security)
	return s.send(ctx, tx, letter{kind: mailNewSignIn, to: u.Email}, content, err)
}
