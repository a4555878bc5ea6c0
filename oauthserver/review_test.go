package oauthserver

import (
	"testing"
	"time"

	"latchkey/models"
)

// found is what a finder sees, by kind.
func (w *world) found(kind string) []models.ReviewFinding {
	w.Helper()
	for _, finder := range w.s.ReviewFinders() {
		if finder.Kind == kind {
			list, err := finder.Find(w.Context())
			w.must(err)
			return list
		}
	}
	w.Fatalf("nobody looks for %s", kind)
	return nil
}

// TestReview_Clients (D-16): a token that came twice and a disabled client that goes on, at an endpoint for clients or with a browser,
// are found by client; one that is enabled again is not. However often browsers come, they leave few rows.
func TestReview_Clients(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		if len(w.found(ReviewTokenReuse))+len(w.found(ReviewDisabledClient)) > 0 {
			t.Fatal("nothing has happened yet")
		}
		got := w.signInAt("ada", "app", "openid offline_access")
		for range 3 {
			w.refreshed("app", got.refresh)
			w.clock.Add(time.Hour)
		}
		if reuse := w.found(ReviewTokenReuse); len(reuse) != 1 || reuse[0].Subject != "app" || len(reuse[0].Happened) != 1 || reuse[0].Severity != models.SeverityAlert {
			t.Errorf("reuse: %+v", reuse)
		}
		w.must(w.s.DisableClient(w.Context(), byTest, "app"))
		w.refreshed("app", got.refresh)
		if tries := w.found(ReviewDisabledClient); len(tries) != 1 || tries[0].Subject != "app" {
			t.Errorf("tries: %+v", tries)
		}
		w.restart(func(c *Config) { c.LimitScale = 1 })
		for range limitDisabledClient.most + 3 {
			w.browser().get(authorizePath("app")).want(400)
		}
		w.s.Close()
		rows := w.events(eventClientTurnedAway)
		if len(rows) != limitDisabledClient.most || rows[0].Outcome != models.OutcomeFailure || rows[0].ClientID != "app" {
			t.Errorf("%d rows about browsers", len(rows))
		}
		if tries := w.found(ReviewDisabledClient); len(tries) != 1 || len(tries[0].Happened) != 1+limitDisabledClient.most {
			t.Errorf("with those of browsers: %+v", tries)
		}
		w.clock.Add(limitDisabledClient.window)
		w.browser().get(authorizePath("app")).want(400)
		w.s.Close()
		if rows := w.events(eventClientTurnedAway); len(rows) != limitDisabledClient.most+1 {
			t.Errorf("an hour later: %d rows", len(rows))
		}
		w.must(w.s.EnableClient(w.Context(), byTest, "app"))
		if tries := w.found(ReviewDisabledClient); len(tries) > 0 {
			t.Errorf("enabled again: %+v", tries)
		}
	})
}

// TestReview_KeysDue (D-16): a key that has signed for 90 days is due, until its successor is announced.
func TestReview_KeysDue(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.clock.Add(keyDue - time.Minute)
		if due := w.found(ReviewKeysDue); len(due) > 0 {
			t.Errorf("too early: %+v", due)
		}
		w.clock.Add(time.Minute)
		if due := w.found(ReviewKeysDue); len(due) != len(w.s.algs()) {
			t.Errorf("due: %+v", due)
		}
		w.must(w.s.RotateKeys(w.Context(), byTest, RotateAnnounced))
		if due := w.found(ReviewKeysDue); len(due) > 0 {
			t.Errorf("announced: %+v", due)
		}
	})
}
