package models_test

import (
	"slices"
	"testing"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestFindOAuthClients (D-13): a client is found by the start of a word of its name, of its id and of the host of a redirect
// address, as they are now, also one that was there before the terms.
func TestFindOAuthClients(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		clients := []*models.OAuthClient{
			{ID: "C-100", Name: "Weekly Planner", RedirectURIs: models.Strings{"https://planner.example/cb", "http://localhost:3001/cb?x=1", "https://PLANNER.example:8443"}},
			{ID: "C-200", Name: "Night job %", RedirectURIs: models.Strings{"com.example.night:/callback", "http://[::1]:80/cb"}},
		}
		for _, c := range clients {
			c.CreatedAt, c.UpdatedAt = clock.Now(), clock.Now()
			if err := db.CreateOAuthClient(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		wantFound := func(typed string, want ...string) {
			t.Helper()
			list, err := db.FindOAuthClients(t.Context(), typed, 5)
			var ids []string
			for _, c := range list {
				ids = append(ids, c.ID)
			}
			if err != nil || !slices.Equal(ids, want) {
				t.Errorf("%q finds %q, %v", typed, ids, err)
			}
		}
		both := func() {
			t.Helper()
			wantFound("c-", "C-100", "C-200")
			wantFound(" PLANN", "C-100")
			wantFound("localhost", "C-100")
			wantFound("com.example", "C-200")
			wantFound("week", "C-100")
			wantFound("job", "C-200")
			wantFound("/cb")
			wantFound("_")
		}
		both()
		if err := upAndDownTo(t, db, 31); err != nil {
			t.Fatal(err)
		}
		both()
		clients[0].Name, clients[0].RedirectURIs = "Diary", nil
		if err := db.UpdateOAuthClient(t.Context(), clients[0]); err != nil {
			t.Fatal(err)
		}
		wantFound("plann")
		wantFound("dia", "C-100")
		if err := db.DisableOAuthClient(t.Context(), "C-100"); err != nil {
			t.Fatal(err)
		}
		if err := db.DeleteOAuthClient(t.Context(), "C-100"); err != nil {
			t.Fatal(err)
		}
		wantFound("c-", "C-200")
	})
}
