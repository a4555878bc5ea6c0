package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestRefreshHasOneSuccessor: however often and however fast a refresh token comes, one token follows it, and a
// later return ends all. The guard is in the UPDATE: SQLite's one writer would hide its absence, so it is also
// asked alone.
func TestRefreshHasOneSuccessor(t *testing.T) {
	eachReadyRace(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		for range raceRounds {
			w.clock.Add(time.Minute)
			w.refreshHasOneSuccessor("spa", 1) // the window is shut
			w.refreshHasOneSuccessor("app", 1+maxRetries)
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
		t.Logf("%d wide, %d rounds, one successor each", raceWidth, raceRounds)
	})
}

// refreshHasOneSuccessor lets many refresh with one token at once, of whom so many are answered, and then brings it once more.
func (w *world) refreshHasOneSuccessor(client string, answers int) {
	w.Helper()
	got := w.signInAt("ada", client, allScopes)
	leaves := make([]string, raceWidth)
	won, _ := modelstest.Race(raceWidth, func(i int) error {
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
			w.Errorf("%s: two successors", client)
		}
	}
	if won != answers {
		w.Errorf("%s: %d of %d requests were answered, want %d", client, won, raceWidth, answers)
	}
	if client == "spa" {
		w.refreshed(client, next).fails(400, "invalid_grant") // 49 strangers ended the family
		return
	}
	last := tokensOf(w.refreshed(client, next).json(200))
	w.refreshed(client, got.refresh).fails(400, "invalid_grant")
	w.refreshed(client, last.refresh).fails(400, "invalid_grant")
	w.userinfo(last.access).fails(401, "invalid_token")
}

// TestRevokeBeatsRefresh: whoever ends a family while others refresh it has ended it: when the answer is there, no
// member of the family works, also none that a refresh of the same moment made.
func TestRevokeBeatsRefresh(t *testing.T) {
	const width = 50
	eachReadyRace(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		for name, end := range map[string]func(tokens) error{
			"revocation": func(got tokens) error {
				if answer := w.as("app", "/oauth/revoke", url.Values{"token": {got.refresh}}); answer.StatusCode != 200 {
					return fmt.Errorf("%d %s", answer.StatusCode, answer.body)
				}
				return nil
			},
			"the grant": func(got tokens) error {
				id, err := w.s.grantOfRefreshToken(got.refresh)
				return errors.Join(err, w.db.EndOAuthGrant(ctx, id, "test"))
			},
			"the client": func(tokens) error { return w.s.DisableClient(ctx, byTest, "app") },
			"the person": func(tokens) error { return w.s.AccountDisabled(ctx, "ada") },
		} {
			got := w.signInAt("ada", "app", allScopes)
			made := make([]tokens, width)
			var ended error
			modelstest.Race(width, func(i int) error {
				if i == 0 {
					ended = end(got)
					return ended
				}
				answer := w.refreshed("app", got.refresh)
				if answer.StatusCode == 200 {
					made[i] = tokensOf(answer.json(200))
				}
				return nil
			})
			if ended != nil {
				t.Fatalf("%s: %v", name, ended)
			}
			if name == "the client" {
				w.must(w.s.EnableClient(ctx, byTest, "app")) // which revives nothing
			}
			for _, member := range append(made, got) {
				if member.access == "" {
					continue
				}
				if w.userinfo(member.access).StatusCode != 401 || w.refreshed("app", member.refresh).StatusCode != 400 {
					t.Errorf("%s: a member of the family works", name)
				}
			}
		}
		t.Logf("%d wide, four ways to end a family", width)
	})
}
