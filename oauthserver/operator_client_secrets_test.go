package oauthserver

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// TestSecretOverlap: during the overlap both secrets work and say when they were last used; the old one ends by itself, or
// at once when somebody says so. The one in use cannot be ended.
func TestSecretOverlap(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.anAdministrator()
		_, first, err := w.s.CreateClient(ctx, byTest, models.OAuthClient{ID: "robot", Name: "Robot", Kind: "service"})
		w.must(err)
		works := func(secret string) bool {
			t.Helper()
			return w.call("/oauth/token", machineForm(), map[string][]string{"Authorization": {basic("robot", secret)}}).StatusCode == 200
		}
		if !works(first) {
			t.Fatal("the first secret does not work")
		}
		w.clock.Add(time.Hour)
		second, err := w.s.RotateSecret(ctx, byTest, "robot", 24*time.Hour)
		w.must(err)
		record := w.record(by, "robot")
		if len(record.Secrets) != 2 || record.Secrets[0].LastUsed != nil || record.Secrets[1].LastUsed == nil || record.Secrets[0].Ends != nil || record.Secrets[1].Ends == nil {
			t.Fatalf("secrets %+v", record.Secrets)
		}
		if !works(first) || !works(second) {
			t.Error("during the overlap one of the two does not work")
		}
		if used := w.record(by, "robot").Secrets[0].LastUsed; used == nil || !used.Equal(w.s.now()) {
			t.Errorf("the new one was last used %v", used)
		}
		edit, _ := w.seen(by, "robot")
		if err := w.s.EndSecret(ctx, edit, "robot", record.Secrets[0].ID); !errors.Is(err, models.ErrSpent) {
			t.Errorf("ending the one in use: %v", err)
		}
		w.must(w.s.EndSecret(ctx, edit, "robot", record.Secrets[1].ID))
		if works(first) || !works(second) {
			t.Error("ended: the old one works, or the new one does not")
		}
		third, err := w.s.RotateSecret(ctx, byTest, "robot", 24*time.Hour)
		w.must(err)
		w.clock.Add(24 * time.Hour)
		if works(second) || !works(third) {
			t.Error("after the overlap the old one works, or the new one does not")
		}
		fourth, err := w.s.RotateSecret(ctx, byTest, "robot", 0)
		w.must(err)
		if works(third) || !works(fourth) {
			t.Error("without an overlap the old one works, or the new one does not")
		}
	})
}

func (w *world) record(by Operator, id string) ClientRecord {
	w.Helper()
	record, err := w.s.OpenClient(context.Background(), by, id)
	w.must(err)
	return record
}

// TestSecretShownOnce: an operator's new secret is in no answer and in no row as it is; their session alone can read it, for
// ten minutes or until they have it.
func TestSecretShownOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, by, other := context.Background(), w.anAdministrator(), w.anAdministrator()
		created, answered, err := w.s.CreateClient(ctx, by, models.OAuthClient{ID: "app", Name: "App", RedirectURIs: models.Strings{testCallback}})
		w.must(err)
		shown := func(by Operator) string {
			t.Helper()
			secret, err := w.s.ShownSecret(ctx, by, created.ID)
			w.must(err)
			return secret
		}
		first := shown(by)
		if answered != "" || !strings.HasPrefix(first, "lk_cs_") || shown(by) != first || shown(other) != "" {
			t.Fatalf("answered %q; shown %q to its session, %q to another", answered, first, shown(other))
		}
		lesser := by
		lesser.May = func(right string) bool { return right != RightOperate }
		if shown(lesser) != "" {
			t.Error("shown to a session that lost the right")
		}
		w.clock.Add(time.Second)
		edit, _ := w.seen(by, "app")
		if answered, err = w.s.RotateSecret(ctx, edit, "app", 0); err != nil || answered != "" {
			t.Fatalf("rotated: answered %q, %v", answered, err)
		}
		second := shown(by)
		if second == first || second == "" {
			t.Fatalf("after the first %q the second is %q", first, second)
		}
		var kept []byte
		w.query("SELECT value FROM shown_once", &kept)
		if everything := w.everyValue() + string(kept); strings.Contains(everything, first) || strings.Contains(everything, second) {
			t.Error("a secret is in a row")
		}
		w.must(w.s.SecretSaved(ctx, other, "app"))
		if shown(by) != second {
			t.Error("another session took it away")
		}
		w.clock.Add(shownSecretLife)
		if shown(by) != "" {
			t.Error("shown after ten minutes")
		}
		edit, _ = w.seen(by, "app")
		_, err = w.s.RotateSecret(ctx, edit, "app", 0)
		w.must(err)
		w.must(w.s.SecretSaved(ctx, by, "app"))
		if shown(by) != "" {
			t.Error("shown after it was saved")
		}
	})
}
