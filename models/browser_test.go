package models_test

import (
	"context"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestRememberBrowser_SaysWhatWasThere: whether a browser is new, and whether it has a twin, comes with noting it.
func TestRememberBrowser_SaysWhatWasThere(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		u, other := models.User{Email: "a@example.test"}, models.User{Email: "b@example.test"}
		for _, one := range []*models.User{&u, &other} {
			if err := db.CreateUser(ctx, one); err != nil {
				t.Fatal(err)
			}
		}
		for i, c := range []struct {
			user, browser, agent, address string
			later                         time.Duration
			want                          models.Sighting
		}{
			{u.ID, "first", "Firefox", "192.0.2.1", 0, models.Sighting{New: true}},
			{u.ID, "first", "Firefox", "192.0.2.1", 0, models.Sighting{}},
			{u.ID, "twin", "Firefox", "192.0.2.1", 0, models.Sighting{New: true, Twin: true}},
			{u.ID, "elsewhere", "Firefox", "192.0.2.2", 0, models.Sighting{New: true}},
			{u.ID, "another kind", "Safari", "192.0.2.1", 0, models.Sighting{New: true}},
			{other.ID, "first", "Firefox", "192.0.2.1", 0, models.Sighting{New: true}},
			{u.ID, "late", "Firefox", "192.0.2.1", time.Hour, models.Sighting{New: true}},
			{u.ID, "first", "Chrome", "198.51.100.1", 0, models.Sighting{}},
			{u.ID, "follower", "Chrome", "198.51.100.1", 0, models.Sighting{New: true, Twin: true}},
		} {
			clock.Add(c.later)
			from := models.WithOrigin(ctx, models.Origin{Address: c.address, UserAgent: c.agent})
			if got, err := db.RememberBrowser(from, c.user, c.browser, db.Now().Add(-time.Hour)); err != nil || got != c.want {
				t.Errorf("%d, %s: %+v, want %+v (%v)", i, c.browser, got, c.want, err)
			}
		}
		if list, err := db.OtherBrowsersOf(ctx, u.ID, "first"); err != nil || len(list) != 5 {
			t.Errorf("%d others, %v", len(list), err)
		}
	})
}
