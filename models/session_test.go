package models_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

func person(t *testing.T, db *models.DB, email string) models.User {
	t.Helper()
	now := db.Now()
	u := models.User{Email: email, EmailVerifiedAt: &now}
	if err := db.CreateUser(context.Background(), &u); err != nil {
		t.Fatal(err)
	}
	return u
}

func session(t *testing.T, db *models.DB, u models.User) (models.Session, string) {
	t.Helper()
	token, now := models.NewToken(), db.Now()
	s := models.Session{
		ID: models.NewID(), TokenHash: models.Digest(token), UserID: u.ID, Epoch: u.Epoch, Proofs: []models.Proof{{Method: "password", At: now}}, ACR: "aal1",
		AuthTime: now, CreatedAt: now, LastSeenAt: now, IdleUntil: now.Add(time.Hour), AbsoluteUntil: now.Add(2 * time.Hour),
	}
	if err := db.CreateSession(context.Background(), &s); err != nil {
		t.Fatal(err)
	}
	return s, token
}

func TestLiveSession_EveryConditionIsInTheQuery(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		past := func(d time.Duration) time.Time { return db.Now().Add(d) }
		ends := map[string]func(s models.Session){
			"idle": func(models.Session) { clock.Add(time.Hour) },
			"epoch": func(s models.Session) {
				_ = db.ChangePassword(ctx, models.PasswordChange{UserID: s.UserID, Hash: "h", Epoch: 1})
			},
			"disabled":      func(s models.Session) { _ = db.DisableUser(ctx, s.UserID, "", nil) },
			"other browser": func(s models.Session) { _ = db.EndSession(ctx, s.UserID, s.ID) },
		}
		for name, end := range ends {
			u := person(t, db, models.NewID()+"@example.test")
			s, token := session(t, db, u)
			live, err := db.LiveSessionByToken(ctx, token, "localhost", false)
			if err != nil || live.Session.ID != s.ID || live.Person.Email != u.Email || live.Session.Proofs[0].Method != "password" {
				t.Fatalf("%s: before: %+v, %v", name, live, err)
			}
			end(s)
			if _, err := db.LiveSessionByToken(ctx, token, "localhost", false); !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%s: the session lives on: %v", name, err)
			}
			if _, err := db.LiveSessionByID(ctx, s.ID, false); !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%s: found by id: %v", name, err)
			}
		}
		u := person(t, db, "absolute@example.test")
		s, token := session(t, db, u)
		for range 5 {
			clock.Add(25 * time.Minute)
			if _, err := db.TouchSession(ctx, s.ID, past(-time.Minute), past(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.LiveSessionByToken(ctx, token, "localhost", false); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("activity stretched the absolute limit: %v", err)
		}
	})
}

func TestTouchSession_OnceAndNeverRevives(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		u := person(t, db, "a@example.test")
		s, token := session(t, db, u)
		clock.Add(10 * time.Minute)
		now := db.Now()
		if _, err := db.TouchSession(ctx, s.ID, now.Add(-5*time.Minute), now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		clock.Add(time.Minute)
		if _, err := db.TouchSession(ctx, s.ID, db.Now().Add(-5*time.Minute), db.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		live, err := db.LiveSessionByToken(ctx, token, "localhost", false)
		if err != nil || !live.Session.LastSeenAt.Equal(now) {
			t.Errorf("last seen %v, want %v (%v)", live.Session.LastSeenAt, now, err)
		}
		if err := db.EndSession(ctx, u.ID, s.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := db.TouchSession(ctx, s.ID, db.Now(), db.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if n, err := db.CountLiveSessions(ctx, u.ID, false); err != nil || n != 0 {
			t.Errorf("%d sessions after the end, %v", n, err)
		}
	})
}

func TestRenewSession_OldCookieIsDead(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := context.Background()
		u := person(t, db, "a@example.test")
		s, old := session(t, db, u)
		renewed, token := s, models.NewToken()
		renewed.TokenHash = models.Digest(token)
		won, lost := modelstest.Race(10, func(int) error { return db.RenewSession(ctx, renewed, s.TokenHash) })
		if won != 1 || !errors.Is(lost[0], models.ErrSpent) {
			t.Errorf("%d renewals of one token: %v", won, lost)
		}
		if _, err := db.LiveSessionByToken(ctx, old, "localhost", false); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("old token: %v", err)
		}
		if live, err := db.LiveSessionByToken(ctx, token, "localhost", false); err != nil || live.Session.ID != s.ID {
			t.Errorf("new token: %v", err)
		}
	})
}

func TestEndSession_OnlyOnesOwn(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := context.Background()
		one, other := person(t, db, "a@example.test"), person(t, db, "b@example.test")
		s, _ := session(t, db, one)
		_, _ = session(t, db, one)
		if err := db.EndSession(ctx, other.ID, s.ID); !errors.Is(err, models.ErrSpent) {
			t.Errorf("foreign id: %v", err)
		}
		ended, err := db.EndSessionsOf(ctx, one.ID, s.ID)
		if err != nil || len(ended) != 1 || ended[0] == s.ID {
			t.Errorf("ended %v, %v", ended, err)
		}
	})
}

// TestLiveSessionByToken_ReadsWhatOthersRead: the statement of every page is written by hand; each column of it says
// the same as in the list of sessions.
func TestLiveSessionByToken_ReadsWhatOthersRead(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		u := person(t, db, "ada@example.test")
		for _, err := range []error{
			db.SetUserName(t.Context(), u.ID, "Ada"), db.MarkPasswordBreached(t.Context(), u.ID, false),
			db.ChangePassword(t.Context(), models.PasswordChange{UserID: u.ID, Hash: "h", Epoch: u.Epoch, EndAccess: true, Reset: true}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		u, err := db.UserByID(t.Context(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		s, token := session(t, db, u)
		list, err := db.LiveSessionsOf(t.Context(), u.ID, false, 1)
		if err != nil || len(list) != 1 {
			t.Fatal(len(list), err)
		}
		want := list[0]
		want.Session.CreatedAt, want.Session.IdleUntil = time.Time{}, time.Time{} // pages do not ask
		got, err := db.LiveSessionByToken(t.Context(), token, "localhost", false)
		if err != nil || got.Session.ID != s.ID || !reflect.DeepEqual(utc(got), utc(want)) {
			t.Errorf("%v\n%+v\n%+v", err, got, want)
		}
	})
}

// utc takes away what differs between two equal times.
func utc(l models.LiveSession) models.LiveSession {
	for _, at := range []*time.Time{
		&l.Session.AuthTime, &l.Session.LastSeenAt, &l.Session.AbsoluteUntil, l.Person.PasswordChangedAt, l.Person.EmailVerifiedAt, &l.Person.CreatedAt,
	} {
		*at = at.UTC()
	}
	return l
}
