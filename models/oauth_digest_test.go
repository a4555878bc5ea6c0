package models_test

import (
	"slices"
	"testing"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestDigestSeesChanges: what tests compare before and after a request tells of every changed value and every row that is
// new or gone, and not of the marks of activity.
func TestDigestSeesChanges(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		r := newResident(t, db)
		prepareOAuthChanges(t, db, r)
		pool := modelstest.SQL(t, db)
		before := modelstest.Digest(t, pool)
		for _, change := range []struct {
			statement string
			changed   []string
		}{
			{"UPDATE notes SET title = 'Another'", []string{"notes"}},
			{"UPDATE notes SET title = 'Another'", nil},
			{"UPDATE oauth_access_tokens SET revoked_at = created_at", []string{"oauth_access_tokens"}},
			{"UPDATE sessions SET last_seen_at = created_at, idle_until = created_at", nil},
			{"INSERT INTO oauth_member_clients SELECT client_id, joined_at, 'OTHER' FROM oauth_member_clients", []string{"oauth_member_clients"}},
			{"DELETE FROM oauth_codes", []string{"oauth_codes"}},
		} {
			_, err := pool.ExecContext(t.Context(), change.statement)
			must(t, err)
			after := modelstest.Digest(t, pool)
			if changed := before.Changed(after); !slices.Equal(changed, change.changed) {
				t.Errorf("%s: %v changed, want %v", change.statement, changed, change.changed)
			}
			before = after
		}
	})
}
