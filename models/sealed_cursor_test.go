package models_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestCursorIsSealed (T-109): a place of a list is read back for that list alone; what was cut, changed, made up, or is too long
// is no place, and no statement is built from it.
func TestCursorIsSealed(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		place := models.Cursor{CreatedAt: time.Date(2026, 11, 23, 8, 30, 0, 123456000, time.UTC), ID: models.NewID()}
		const list = "members|operator|locked|ada"
		sealed, err := db.SealCursor(list, place)
		if err != nil {
			t.Fatal(err)
		}
		var read models.Cursor
		if found, err := db.OpenCursor(list, sealed, &read); !found || err != nil || read.ID != place.ID || !read.CreatedAt.Equal(place.CreatedAt) {
			t.Fatalf("%v %v %+v", found, err, read)
		}
		if found, err := db.OpenCursor(list, "", &read); found || err != nil {
			t.Errorf("no place: %v %v", found, err)
		}
		forged := []string{
			sealed[1:], sealed[:len(sealed)-1], sealed + "A", sealed + "=", sealed + "\n", "'; DROP TABLE users; --", strings.Repeat("A", 64<<10), "A",
			base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("\x00", 16) + `{"CreatedAt":"2026-11-23T08:30:00Z","ID":"x"}`)),
		}
		raw, err := base64.RawURLEncoding.DecodeString(sealed)
		if err != nil {
			t.Fatal(err)
		}
		for i := range raw {
			flipped := append([]byte{}, raw...)
			flipped[i] ^= 1
			forged = append(forged, base64.RawURLEncoding.EncodeToString(flipped))
		}
		for _, text := range forged {
			if _, err := db.OpenCursor(list, text, &read); !errors.Is(err, models.ErrNoCursor) {
				t.Errorf("%.40q: %v", text, err)
			}
		}
		for _, other := range []string{"members|operator|locked|", "members|somebody else|locked|ada", "audit|operator|locked|ada", ""} {
			if _, err := db.OpenCursor(other, sealed, &read); !errors.Is(err, models.ErrNoCursor) {
				t.Errorf("at the list %q: %v", other, err)
			}
		}
	})
}
