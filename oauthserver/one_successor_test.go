package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestRefreshHasOneSuccessor: however often and however fast a refresh token comes, one token follows it, and a
// later return ends all. The guard is in the UPDATE: SQLite's one writer would hide its absence, so it is also
// asked alone.
func TestRefreshHasOneSuccessor(t *testing.T) {
	const width = 50
	eachReady(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		for client, answers := range map[string]int{"spa": 1, "app": 1 + maxRetries} { // the window is shut and open
			got := w.signInAt("ada", client, allScopes)
			leaves := make([]string, width)
			won, _ := modelstest.Race(width, func(i int) error {
				answer := w.refreshed(client, got.refresh)
				if answer.StatusCode != 200 {
					return fmt.Errorf("%d", answer.StatusCode)
				}
				leaves[i] = tokensOf(answer.json(200)).refresh
				return nil
			})
			next := ""
			for _, leaf := range leaves {
				if next == "" {
					next = leaf
				} else if leaf != "" && leaf != next {
					t.Errorf("%s: two successors", client)
				}
			}
			if won != answers {
				t.Errorf("%s: %d of %d requests were answered, want %d", client, won, width, answers)
			}
			if client == "spa" {
				w.refreshed(client, next).fails(400, "invalid_grant") // 49 strangers ended the family
				continue
			}
			last := tokensOf(w.refreshed(client, next).json(200))
			w.refreshed(client, got.refresh).fails(400, "invalid_grant")
			w.refreshed(client, last.refresh).fails(400, "invalid_grant")
			w.userinfo(last.access).fails(401, "invalid_token")
		}

		w.signInAt("eve", "app", allScopes)
		grant := w.onlyGrantOf("eve")
		presented := grant.RefreshHash
		for i, want := range []error{nil, models.ErrSpent} {
			grant.RefreshHash = models.Digest(fmt.Sprint("successor ", i))
			if err := w.db.RotateOAuthGrant(ctx, grant, presented); !errors.Is(err, want) {
				t.Errorf("rotation %d of one token: %v, want %v", i+1, err, want)
			}
		}
		if stored := w.onlyGrantOf("eve").RefreshHash; string(stored) != string(models.Digest("successor 0")) {
			t.Error("the second rotation replaced the first")
		}
		t.Logf("%d wide", width)
	})
}
