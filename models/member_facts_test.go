package models_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// factsOf are what lists say of somebody: apps, passkeys, unused codes.
func factsOf(t *testing.T, db *models.DB, id string) (counts string, m models.Member) {
	t.Helper()
	members, err := db.MembersByIDs(t.Context(), []string{id})
	if err != nil || len(members) != 1 {
		t.Fatalf("%d members, %v", len(members), err)
	}
	m = members[0]
	return fmt.Sprint(m.Facts.Apps, m.Facts.Passkeys, m.Facts.Codes), m
}

// TestMemberFacts (D-20): what lists say of factors and of when somebody was last seen follows whatever adds or takes it, also
// where a transaction is undone.
func TestMemberFacts(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := t.Context()
		u := models.User{Email: "ada@example.test"}
		must(t, db.CreateUser(ctx, &u))
		want := func(what, counts string) {
			t.Helper()
			if got, _ := factsOf(t, db, u.ID); got != counts {
				t.Errorf("%s: %s, want %s", what, got, counts)
			}
		}
		want("nothing", "0 0 0")
		if _, m := factsOf(t, db, u.ID); !m.LastSeen().IsZero() {
			t.Errorf("seen %s without a session", m.LastSeen())
		}
		app := models.Authenticator{ID: models.NewID(), UserID: u.ID, Secret: []byte{1}, CreatedAt: db.Now()}
		must(t, db.CreateAuthenticator(ctx, &app))
		key := models.Passkey{ID: models.NewID(), UserID: u.ID, CredentialID: []byte{1}, PublicKey: []byte{2}, Transports: []string{}, CreatedAt: db.Now()}
		must(t, db.CreatePasskey(ctx, &key))
		hashes := [][]byte{{1}, {2}, {3}, {4}}
		must(t, db.InTx(ctx, func(tx *models.Tx) error { return tx.ReplaceRecoveryCodes(ctx, u.ID, hashes) }))
		want("all added", "1 1 4")
		must(t, db.InTx(ctx, func(tx *models.Tx) error { return tx.ReplaceRecoveryCodes(ctx, u.ID, hashes) }))
		must(t, db.UseRecoveryCode(ctx, u.ID, hashes[:1]))
		want("codes made anew and one used", "1 1 3")
		if err := db.InTx(ctx, func(tx *models.Tx) error {
			must(t, tx.DeleteFactorsOf(ctx, u.ID))
			return models.ErrSpent
		}); err == nil {
			t.Error("the transaction was to be undone")
		}
		want("a removal that was undone", "1 1 3")

		began := db.Now()
		session := models.Session{ID: models.NewID(), TokenHash: []byte{9}, UserID: u.ID, Epoch: 1, Proofs: []models.Proof{}, CreatedAt: began, LastSeenAt: began, AuthTime: began, IdleUntil: began.Add(time.Hour), AbsoluteUntil: began.Add(time.Hour)}
		clock.Add(10 * time.Minute)
		session.LastSeenAt = db.Now()
		must(t, db.CreateSession(ctx, &session))
		clock.Add(10 * time.Minute)
		if touched, err := db.TouchSession(ctx, session.ID, db.Now(), db.Now().Add(time.Hour)); err != nil || !touched {
			t.Fatalf("touched %v, %v", touched, err)
		}
		seen := db.Now()
		if _, m := factsOf(t, db, u.ID); !m.LastSeen().Equal(seen) || m.Sessions != 1 {
			t.Errorf("seen %s with %d sessions, want %s", m.LastSeen(), m.Sessions, seen)
		}
		must(t, db.EndSession(ctx, u.ID, session.ID))
		if _, m := factsOf(t, db, u.ID); !m.LastSeen().Equal(seen) || m.Sessions != 0 {
			t.Errorf("after the session: seen %s with %d sessions", m.LastSeen(), m.Sessions)
		}
		must(t, db.InTx(ctx, func(tx *models.Tx) error { return tx.DeleteFactorsOf(ctx, u.ID) }))
		want("all removed", "0 0 0")
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestMemberFilters (D-20): each filter selects whom it names, each order leads through all of them once and back, and reading
// all of them meets the same people.
func TestMemberFilters(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		manyMembers(t, db)
		sayer(t, db)("INSERT INTO review_items (id, kind, subject, detail, severity, times, first_at, last_at, state) SELECT 'R' || id, 'test', id, '', 'alert', 1, created_at, created_at, 'open' FROM users WHERE role <> ''",
			"INSERT INTO review_items (id, kind, subject, detail, severity, times, first_at, last_at, state) SELECT 'S' || id, 'test', id, '', 'alert', 1, created_at, created_at, 'snoozed' FROM users WHERE id = 'U7'",
			"INSERT INTO review_items (id, kind, subject, detail, severity, times, first_at, last_at, state) SELECT 'X' || id, 'others', id, '', 'alert', 1, created_at, created_at, 'open' FROM users WHERE id = 'U8'")
		at := func(n int) time.Time { return time.Date(2026, 1, 1, 0, 0, n, 0, time.UTC) }
		for name, c := range map[string]struct {
			f    models.MemberFilter
			sort models.MemberSort
			want int
		}{
			"active":                 {models.MemberFilter{State: models.MemberActive}, models.MembersByJoining, -1},
			"locked":                 {models.MemberFilter{State: models.MemberLocked}, models.MembersByJoining, 100},
			"support":                {models.MemberFilter{Role: "support"}, models.MembersByJoining, 6},
			"app":                    {models.MemberFilter{Factor: models.FactorApp}, models.MembersByJoining, 428},
			"passkey":                {models.MemberFilter{Factor: models.FactorPasskey}, models.MembersByJoining, 272},
			"codes low":              {models.MemberFilter{Factor: models.FactorCodesLow}, models.MembersByJoining, 214},
			"support without":        {models.MemberFilter{Role: "support", Factor: models.FactorNone}, models.MembersByJoining, 6},
			"locked in a span":       {models.MemberFilter{State: models.MemberLocked, JoinedFrom: at(300), JoinedTo: at(900)}, models.MembersByJoining, 2},
			"app in a span":          {models.MemberFilter{Factor: models.FactorApp, JoinedFrom: at(70), JoinedTo: at(210)}, models.MembersByJoining, 2},
			"seen in a span":         {models.MemberFilter{SeenFrom: at(100), SeenTo: at(400)}, models.MembersByLastSeen, 300},
			"by address":             {models.MemberFilter{}, models.MembersByAddress, -1},
			"in review":              {models.MemberFilter{Review: "test"}, models.MembersByJoining, 6},
			"in review and locked":   {models.MemberFilter{Review: "test", State: models.MemberLocked, Factor: models.FactorNone}, models.MembersByJoining, 2},
			"found in review":        {models.MemberFilter{Review: "test", Term: "member1"}, models.MembersByJoining, 2},
			"found":                  {models.MemberFilter{Term: "member14"}, models.MembersByJoining, 1111},
			"found and locked":       {models.MemberFilter{Term: "member14", State: models.MemberLocked}, models.MembersByJoining, 3},
			"found with an app":      {models.MemberFilter{Term: "member141", Factor: models.FactorApp}, models.MembersByJoining, 1},
			"found among those seen": {models.MemberFilter{Term: "member1", SeenFrom: at(100), SeenTo: at(200)}, models.MembersByJoining, 100},
		} {
			all := map[string]int{}
			must(t, db.MembersEach(t.Context(), c.f, func(block []models.Member) error {
				for _, m := range block {
					all[m.User.ID]++
				}
				return nil
			}))
			if n := len(all); c.want >= 0 && n != c.want || c.want < 0 && n < 25_000 {
				t.Errorf("%s: %d members, want %d", name, n, c.want)
			}
			for id, n := range all {
				if n != 1 {
					t.Fatalf("%s: %s %d times", name, id, n)
				}
			}
			if c.f.Term == "" {
				pagesThrough(t, db, c.f, c.sort, all, name)
			}
		}
		found, more, err := db.FindMembersAfter(t.Context(), models.MemberFilter{Term: "m", Role: "support"}, models.TermCursor{}, 26)
		if err != nil || !more || len(found) > 1 {
			t.Errorf("a search that matches all: %d found, more %v, %v", len(found), more, err)
		}
	})
}

// pagesThrough walks the first pages of a list and back to the top.
func pagesThrough(t *testing.T, db *models.DB, f models.MemberFilter, sort models.MemberSort, all map[string]int, name string) {
	t.Helper()
	var walked []string
	var place *models.MemberPlace
	for range 5 {
		page, err := db.MembersAfter(t.Context(), f, sort, place, 30)
		must(t, err)
		for _, m := range page {
			if all[m.User.ID] == 0 || slices.Contains(walked, m.User.ID) {
				t.Fatalf("%s: %s is met twice, or not selected", name, m.User.ID)
			}
			walked = append(walked, m.User.ID)
		}
		if len(page) == 0 {
			break
		}
		last := sort.PlaceOf(page[len(page)-1])
		place = &last
	}
	if len(walked) < min(len(all), 150) {
		t.Errorf("%s: the pages hold %d of %d", name, len(walked), len(all))
	}
	back, err := db.MembersBefore(t.Context(), f, sort, *place, len(walked))
	must(t, err)
	for i, m := range back {
		if want := walked[len(walked)-2-i]; m.User.ID != want {
			t.Fatalf("%s: back at %d is %s, not %s", name, i, m.User.ID, want)
		}
	}
	if len(back) != len(walked)-1 {
		t.Errorf("%s: %d on the way back of %d", name, len(back), len(walked))
	}
}
