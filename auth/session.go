package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

// knownBrowser is the value that makes this browser a known one: what it has, or a new one.
func (v Visitor) knownBrowser() string {
	if wellFormed(v.Browser) {
		return v.Browser
	}
	return models.NewToken()
}

// Entry is what a browser takes away from a step: cookies to set (empty: leave as they are), and where to go.
type Entry struct {
	Session      string
	SessionUntil time.Time // zero: until the browser closes
	Pending      string
	PendingUntil time.Time
	PendingDone  bool
	Browser      string
	Method       string // that began the session
	Next         string
	Proven       bool // the address, for the first time: what the account had before is gone

	pendingID, sessionID string
	step                 step
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
	return s.signedIn(ctx, live, token)
}

// peek is Load for a page that asked again by itself: it notes no activity, so that a tab left open does not keep its reader
// signed in, nor seen.
func (s *Service) peek(ctx context.Context, token string) (*User, error) {
	live, err := s.liveSession(ctx, token)
	if err != nil {
		return nil, err
	}
	return s.signedIn(ctx, live, token)
}

func (s *Service) signedIn(ctx context.Context, live models.LiveSession, token string) (*User, error) {
	u := userOf(live, token)
	return u, s.applyPolicy(ctx, u, live)
}

func (s *Service) liveSession(ctx context.Context, token string) (models.LiveSession, error) {
	if !wellFormed(token) {
		return models.LiveSession{}, ErrSignedOut
	}
	live, err := s.db.Joined(ctx).LiveSessionByToken(ctx, token, s.rpID, s.admitsUnverified())
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

func (s *Service) admitsUnverified() bool { return s.cfg().Unverified == UnverifiedBanner }

// touch moves the idle limit, at most once in SessionTouch, and the first time of a day says that the person is there. The
// absolute limit stays.
func (s *Service) touch(ctx context.Context, session models.Session) error {
	now := s.now()
	if now.Sub(session.LastSeenAt) < s.cfg().SessionTouch {
		return nil
	}
	touched, err := s.db.TouchSession(ctx, session.ID, now.Add(-s.cfg().SessionTouch), s.idleUntil(session))
	if err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	if !touched || models.Day(session.LastSeenAt) == models.Day(now) {
		return nil
	}
	if err := s.db.NoteActive(ctx, session.UserID); err != nil {
		return fmt.Errorf("note who is here: %w", err)
	}
	return nil
}

func (s *Service) idleUntil(session models.Session) time.Time {
	idle := s.cfg().SessionIdle
	if session.Remember {
		idle = s.cfg().RememberIdle
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
	u, method := p.user, p.proofs[0].Method
	entry := Entry{
		Session: models.NewToken(), Browser: p.visitor.knownBrowser(), Method: method,
		PendingDone: p.visitor.Pending != "", Next: LocalPath(p.returnTo),
	}
	if s.cfg().MaxSessions > 0 { // held before the row that points at it, so that sign-ins at once count each other
		if _, err := tx.LockUser(ctx, u.ID); err != nil {
			return Entry{}, fmt.Errorf("read person: %w", err)
		}
	}
	session := s.newSession(ctx, p, entry)
	entry.sessionID = session.ID
	if p.remember {
		entry.SessionUntil = session.AbsoluteUntil
	}
	if err := tx.CreateSession(ctx, &session); err != nil {
		return Entry{}, fmt.Errorf("start session: %w", err)
	}
	event := byPerson(AuditSignIn, u.ID)
	event.SessionID, event.Method = session.ID, method
	if u.Verified() { // before that, who signs in may be a stranger, whom the owner's lock must not spare
		unseen, err := s.noteBrowser(ctx, tx, u, entry.Browser, method)
		if err != nil {
			return Entry{}, err
		}
		if unseen {
			event.Meta = map[string]any{metaNewBrowser: true}
		}
	}
	if err := s.stopByFactor(ctx, tx, u, p.proofs); err != nil {
		return Entry{}, err
	}
	if err := s.replaceSession(ctx, tx, p.visitor.Session, session); err != nil {
		return Entry{}, err
	}
	if err := s.endSurplus(ctx, tx, session); err != nil {
		return Entry{}, err
	}
	if err := tx.Audit(ctx, append(p.events, event)...); err != nil {
		return Entry{}, err
	}
	s.metrics.signIns.WithLabelValues(event.Method, models.OutcomeSuccess).Inc()
	return entry, nil
}

func (s *Service) newSession(ctx context.Context, p proof, entry Entry) models.Session {
	now, origin := s.now(), models.OriginOf(ctx)
	session := models.Session{
		ID: models.NewID(), TokenHash: models.Digest(entry.Session), UserID: p.user.ID, Epoch: p.user.Epoch,
		Proofs: p.proofs, ACR: assurance(p.proofs), AuthTime: now, Remember: p.remember,
		CreatedAt: now, LastSeenAt: now, AbsoluteUntil: now.Add(s.cfg().SessionAbsolute),
		Address: origin.Address, UserAgent: origin.UserAgent, BrowserHash: models.Digest(entry.Browser),
	}
	if p.remember {
		session.AbsoluteUntil = now.Add(s.cfg().RememberAbsolute)
	}
	session.IdleUntil = s.idleUntil(session)
	return session
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
	if old.Person.ID == replacement.UserID && s.cfg().SessionReplaced != nil {
		return s.cfg().SessionReplaced(tx.Context(), old.Session.ID, replacement.ID)
	}
	return s.tellEnded(tx, old.Session.ID)
}

// acting finds the session that somebody acts by. Routes have asked already, but a rule does not lean on its route:
// the session must be the person's own and live at this moment. ErrSignedOut: it is not.
func (s *Service) acting(ctx context.Context, u *User) (models.LiveSession, error) {
	if u.ActorID != "" {
		return s.actingView(ctx, u)
	}
	live, err := s.liveSession(ctx, u.token)
	if err == nil && (live.Person.ID != u.ID || live.Session.ID != u.SessionID) {
		return models.LiveSession{}, ErrSignedOut
	}
	return live, err
}

// renewSession keeps the row of the session and replaces its token: after a new proof an old cookie,
// wherever it was copied to, is worth nothing.
func (s *Service) renewSession(ctx context.Context, tx *models.Tx, u *User, change func(*models.Session)) (Entry, error) {
	live, err := s.acting(tx.Context(), u)
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
