package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"latchkey/models"
)

// Visitor is what a browser brought along: the values of its cookies. None of them is ever adopted as
// the value of a new session.
type Visitor struct {
	Session string // who is signed in
	Pending string // a sign-in with an open step
	Browser string // has signed in here before
}

// Entry is what a browser takes away from a step: cookies to set (empty: leave as they are), where to go
// and the notice shown there.
type Entry struct {
	Session      string
	SessionUntil time.Time // zero: until the browser closes
	Pending      string
	PendingUntil time.Time
	PendingDone  bool
	Browser      string
	Next         string

	pendingID string
}

// Load finds who is signed in with a session cookie, in one statement, and notes the activity.
// ErrSignedOut: nobody, any more.
func (s *Service) Load(ctx context.Context, token string) (*User, error) {
	live, err := s.liveSession(ctx, token)
	if err != nil {
		return nil, err
	}
	if err := s.touch(ctx, live.Session); err != nil {
		return nil, err
	}
	return userOf(live, token), nil
}

func (s *Service) liveSession(ctx context.Context, token string) (models.LiveSession, error) {
	if !wellFormed(token) {
		return models.LiveSession{}, ErrSignedOut
	}
	live, err := s.db.Joined(ctx).LiveSessionByToken(ctx, token, s.admitsUnverified())
	if errors.Is(err, models.ErrNotFound) {
		return live, ErrSignedOut
	}
	if err != nil {
		return live, fmt.Errorf("find session: %w", err)
	}
	return live, nil
}

// wellFormed spares the database what cannot be a token of ours.
func wellFormed(token string) bool { return len(token) == 43 }

func (s *Service) admitsUnverified() bool { return s.config.Unverified == UnverifiedBanner }

// touch moves the idle limit, at most once in SessionTouch. The absolute limit stays.
func (s *Service) touch(ctx context.Context, session models.Session) error {
	now := s.now()
	if now.Sub(session.LastSeenAt) < s.config.SessionTouch {
		return nil
	}
	if err := s.db.TouchSession(ctx, session.ID, now.Add(-s.config.SessionTouch), s.idleUntil(session)); err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

func (s *Service) idleUntil(session models.Session) time.Time {
	idle := s.config.SessionIdle
	if session.Remember {
		idle = s.config.RememberIdle
	}
	until := s.now().Add(idle)
	if until.After(session.AbsoluteUntil) {
		return session.AbsoluteUntil
	}
	return until
}

// FromRequest is Load for a net/http request.
func (s *Service) FromRequest(r *http.Request) (*User, error) {
	found := r.CookiesNamed(s.sessionCookieName())
	if len(found) != 1 { // two of one name: somebody planted one
		return nil, ErrSignedOut
	}
	return s.Load(r.Context(), found[0].Value)
}

// Standing is what may be relied on when a person is acted for, whether or not they are at a browser.
type Standing struct {
	User        *User
	Active      bool // may sign in and be acted for: not switched off, and the address is theirs
	SessionLive bool // the session asked about is theirs and has not ended
}

// Standing finds a person, and the session with that public id (empty: none), in one statement: a token's
// every use asks. models.ErrNotFound: there is no such person.
func (s *Service) Standing(ctx context.Context, id, sessionID string) (Standing, error) {
	p, live, err := s.db.Joined(ctx).UserAndSession(ctx, id, sessionID, s.admitsUnverified())
	if err != nil {
		return Standing{}, err
	}
	return Standing{User: personOf(p), Active: !p.Disabled(s.now()) && p.Verified(), SessionLive: live}, nil
}

// startSession makes the session of a sign-in: always a new row and a new token; the session that this
// browser had ends.
func (s *Service) startSession(ctx context.Context, tx *models.Tx, p proof) (Entry, error) {
	u, now, token := p.user, s.now(), models.NewToken()
	session := models.Session{
		ID: models.NewID(), TokenHash: models.Digest(token), UserID: u.ID, Epoch: u.Epoch,
		Methods: p.methods, ACR: assurance(p.methods), AuthTime: now, Remember: p.remember,
		CreatedAt: now, LastSeenAt: now, AbsoluteUntil: now.Add(s.config.SessionAbsolute),
	}
	if p.remember {
		session.AbsoluteUntil = now.Add(s.config.RememberAbsolute)
	}
	session.IdleUntil = s.idleUntil(session)
	origin := models.OriginOf(ctx)
	session.Address, session.UserAgent = origin.Address, strings.ToValidUTF8(origin.UserAgent[:min(len(origin.UserAgent), 512)], "")

	entry := Entry{Session: token, Next: LocalPath(p.returnTo), Browser: p.visitor.Browser, PendingDone: p.visitor.Pending != ""}
	if !wellFormed(entry.Browser) {
		entry.Browser = models.NewToken()
	}
	session.BrowserHash = models.Digest(entry.Browser)
	if p.remember {
		entry.SessionUntil = session.AbsoluteUntil
	}
	if err := tx.CreateSession(ctx, &session); err != nil {
		return Entry{}, fmt.Errorf("start session: %w", err)
	}
	if err := tx.RememberBrowser(ctx, u.ID, entry.Browser); err != nil {
		return Entry{}, fmt.Errorf("remember browser: %w", err)
	}
	if err := s.replaceSession(ctx, tx, p.visitor.Session, session); err != nil {
		return Entry{}, err
	}
	event := byPerson(AuditSignIn, u.ID)
	event.SessionID, event.Method = session.ID, p.methods[0]
	if err := tx.Audit(ctx, event); err != nil {
		return Entry{}, err
	}
	s.metrics.signIns.WithLabelValues(event.Method, models.OutcomeSuccess).Inc()
	return entry, nil
}

// replaceSession ends the session that this browser had before it got another.
func (s *Service) replaceSession(ctx context.Context, tx *models.Tx, oldToken string, replacement models.Session) error {
	old, err := s.liveSession(tx.Context(), oldToken)
	if errors.Is(err, ErrSignedOut) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := tx.EndSession(ctx, old.Person.ID, old.Session.ID); err != nil && !errors.Is(err, models.ErrSpent) {
		return fmt.Errorf("replace session: %w", err)
	}
	event := byPerson(AuditSessionEnd, old.Person.ID)
	event.SessionID, event.Reason = old.Session.ID, reasonReplaced
	if err := tx.Audit(ctx, event); err != nil {
		return err
	}
	if old.Person.ID == replacement.UserID && s.config.SessionReplaced != nil {
		return s.config.SessionReplaced(tx.Context(), old.Session.ID, replacement.ID)
	}
	return s.tellEnded(tx, old.Session.ID)
}

func (s *Service) tellEnded(tx *models.Tx, sessionIDs ...string) error {
	if s.config.SessionEnded == nil {
		return nil
	}
	for _, id := range sessionIDs {
		if err := s.config.SessionEnded(tx.Context(), id); err != nil {
			return fmt.Errorf("tell that a session ended: %w", err)
		}
	}
	return nil
}

// SignOut ends the session of a cookie. Without one the answer is the same.
func (s *Service) SignOut(ctx context.Context, token string) error {
	live, err := s.liveSession(ctx, token)
	if errors.Is(err, ErrSignedOut) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		event := byUser(AuditSignOut, userOf(live, token))
		return s.endSession(ctx, tx, live.Person.ID, live.Session.ID, event)
	})
}

// EndSession ends the session with this public id, whosever it is: for the keeper of other programs,
// which has made sure of that. Ending it twice is no error.
func (s *Service) EndSession(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		live, err := tx.LiveSessionByID(ctx, id, true)
		if errors.Is(err, models.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		event := byPerson(AuditSignOut, live.Person.ID)
		event.SessionID = id
		return s.endSession(ctx, tx, live.Person.ID, id, event)
	})
}

func (s *Service) endSession(ctx context.Context, tx *models.Tx, userID, id string, event models.AuditEvent) error {
	err := tx.EndSession(ctx, userID, id)
	if errors.Is(err, models.ErrSpent) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if err := tx.Audit(ctx, event); err != nil {
		return err
	}
	return s.tellEnded(tx, id)
}

// endSessionsOf ends all sessions of a person but one (except may be empty), with a row and a word to
// the hook for each.
func (s *Service) endSessionsOf(ctx context.Context, tx *models.Tx, userID, except string, event models.AuditEvent) error {
	ids, err := tx.EndSessionsOf(ctx, userID, except)
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	for _, id := range ids {
		event.SessionID = id
		if err := tx.Audit(ctx, event); err != nil {
			return err
		}
	}
	return s.tellEnded(tx, ids...)
}

// renewSession keeps the row of the session and replaces its token: after a new proof an old cookie,
// wherever it was copied to, is worth nothing.
func (s *Service) renewSession(ctx context.Context, tx *models.Tx, u *User, change func(*models.Session)) (Entry, error) {
	live, err := s.liveSession(tx.Context(), u.token)
	if err != nil {
		return Entry{}, err
	}
	return s.restamp(ctx, tx, live.Session, change)
}

func (s *Service) restamp(ctx context.Context, tx *models.Tx, session models.Session, change func(*models.Session)) (Entry, error) {
	oldHash, token := session.TokenHash, models.NewToken()
	session.TokenHash, session.LastSeenAt = models.Digest(token), s.now()
	session.IdleUntil = s.idleUntil(session)
	change(&session)
	err := tx.RenewSession(ctx, session, oldHash)
	if errors.Is(err, models.ErrSpent) {
		return Entry{}, ErrSignedOut
	}
	if err != nil {
		return Entry{}, fmt.Errorf("renew session: %w", err)
	}
	entry := Entry{Session: token}
	if session.Remember {
		entry.SessionUntil = session.AbsoluteUntil
	}
	return entry, nil
}
