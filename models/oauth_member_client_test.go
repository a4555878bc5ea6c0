package models_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// usersOf are the names before the @ of those whom a filter selects, who joined last first.
func usersOf(t *testing.T, db *models.DB, f models.MemberFilter) string {
	t.Helper()
	var names []string
	must(t, db.MembersEach(t.Context(), f, func(block []models.Member) error {
		for _, m := range block {
			name, _, _ := strings.Cut(m.User.Email, "@")
			names = append(names, name)
		}
		return nil
	}))
	return strings.Join(names, " ")
}

// TestMembersOfClient (D-20): who allowed a client something or signed in at it is listed under it, once, by when they joined, also
// when nothing of it is left, and also where it was before this list; it goes with other filters and with the member or the client.
func TestMembersOfClient(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		l, ctx, ids := scopeLists{t, db}, t.Context(), map[string]string{}
		for _, name := range []string{"ada", "bob", "cy", "dee"} {
			u := models.User{Email: name + "@example.test"}
			must(t, db.CreateUser(ctx, &u))
			ids[name] = u.ID
			clock.Add(time.Minute)
		}
		signIn := func(id, name, client string) {
			t.Helper()
			must(t, db.CreateOAuthGrant(ctx, &models.OAuthGrant{ID: id, ClientID: client, Subject: ids[name], CreatedAt: db.Now(), EndsAt: db.Now().Add(time.Hour)}))
		}
		of := func(client string) string { return usersOf(t, db, models.MemberFilter{Client: client}) }
		l.register("app")
		l.register("other")
		l.allow("K1", ids["bob"], "app", "openid")
		signIn("G1", "bob", "app")
		signIn("G2", "ada", "app")
		signIn("G3", "cy", "other")
		must(t, db.CreateOAuthGrant(ctx, &models.OAuthGrant{ID: "G4", ClientID: "app", CreatedAt: db.Now(), EndsAt: db.Now()})) // its own
		l.allow("K9", "somebody who is no member", "app", "openid")
		l.want("of one", of("app"), "bob ada")
		l.want("of the other", of("other"), "cy")

		l.want("before a day", usersOf(t, db, models.MemberFilter{Client: "app", JoinedTo: clock.Now().Add(-3 * time.Minute)}), "ada")
		l.want("with a search", usersOf(t, db, models.MemberFilter{Client: "app", Term: "bob@"}), "bob") // which no id can begin with
		must(t, db.SetUserRole(ctx, ids["ada"], "", "support"))
		l.want("with a role", usersOf(t, db, models.MemberFilter{Client: "app", Role: "support"}), "ada")
		place := models.MembersByJoining.PlaceOf(models.Member{User: models.User{ID: ids["ada"], CreatedAt: clock.Now().Add(-4 * time.Minute)}})
		if back, err := db.MembersBefore(ctx, models.MemberFilter{Client: "app"}, models.MembersByJoining, place, 5); err != nil || len(back) != 1 || back[0].User.ID != ids["bob"] {
			t.Errorf("the way back: %+v, %v", back, err)
		}

		must(t, upAndDownTo(t, db, 34))
		l.want("made by the migration", of("app")+", "+of("other"), "bob ada, cy")
		if err := db.InTx(ctx, func(tx *models.Tx) error {
			must(t, tx.CreateOAuthGrant(ctx, &models.OAuthGrant{ID: "G5", ClientID: "app", Subject: ids["dee"], CreatedAt: db.Now(), EndsAt: db.Now()}))
			return models.ErrSpent
		}); err == nil {
			t.Error("the transaction was to be undone")
		}
		l.want("after a sign-in that was undone", of("app"), "bob ada")
		sayer(t, db)("DELETE FROM oauth_grants", "DELETE FROM oauth_consents")
		l.want("when nothing is left of it", of("app"), "bob ada")
		sayer(t, db)("DELETE FROM users WHERE id = '" + ids["bob"] + "'")
		l.want("without a member who is gone", of("app"), "ada")
		if rows := column(t, db, "SELECT user_id FROM oauth_member_clients WHERE client_id = 'app'"); len(rows) != 1 {
			t.Errorf("rows of the client: %v", rows)
		}
		must(t, db.DisableOAuthClient(ctx, "app"))
		must(t, db.DeleteOAuthClient(ctx, "app"))
		l.want("of a client that is gone", of("app"), "")
	})
}

// TestListsUseIndexes_MembersOfClient (D-08): the members of a client are walked along one index.
func TestListsUseIndexes_MembersOfClient(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		at := time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC)
		manyMembers(t, db)
		sayer(t, db)("INSERT INTO oauth_clients (id, name, kind, auth_method, created_at, updated_at) SELECT 'app' || id, 'App', 'web', 'none', created_at, created_at FROM users WHERE role <> ''",
			"INSERT INTO oauth_member_clients (client_id, joined_at, user_id) SELECT oauth_clients.id, users.created_at, users.id FROM users, oauth_clients", "ANALYZE")
		plans := newPlanner(t, db)
		for _, f := range []models.MemberFilter{{Client: "appU5000"}, {Client: "appU5000", JoinedFrom: at.Add(-time.Hour), JoinedTo: at.Add(2 * time.Hour)}} {
			for _, s := range db.MemberStatements(t.Context(), f, models.MembersByJoining, models.MemberPlace{At: at, ID: "U14400"}) {
				want := map[string]string{"sqlite": "PRIMARY", "postgres": "oauth_member_clients_pkey"}[db.Dialect()]
				if index, plan := plans.of(s); index != want {
					t.Errorf("%+v walks %q\n%s\n%s", f, index, s.SQL, plan)
				}
			}
		}
	})
}
