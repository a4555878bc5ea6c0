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

// TestReadPageGoesOneWay (T-109): a page lies on one side of a place. Two at once are asked by no link, and are no place.
func TestReadPageGoesOneWay(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		const list = "numbers|reader"
		place, err := db.SealCursor(list, 7)
		if err != nil {
			t.Fatal(err)
		}
		read := func(at models.Place) error {
			at.Limit = 1
			itself := func(n int) int { return n }
			after := func(*int, int) ([]int, error) { return []int{8}, nil }
			before := func(int, int) ([]int, error) { return []int{6}, nil }
			_, err := models.ReadPage(db, at, list, itself, after, before)
			return err
		}
		for _, at := range []models.Place{{}, {Newer: place}, {Older: place}} {
			if err := read(at); err != nil {
				t.Errorf("%+v: %v", at, err)
			}
		}
		if err := read(models.Place{Newer: place, Older: place}); !errors.Is(err, models.ErrNoCursor) {
			t.Errorf("both at once: %v", err)
		}
	})
}

// FuzzCursor (T-1907): a place in a list is what SealCursor wrote and nothing else, so that each place has one name.
func FuzzCursor(f *testing.F) {
	db := modelstest.Open(f)
	const list = "notes|owner"
	good, err := db.SealCursor(list, models.Cursor{CreatedAt: time.Date(2026, 3, 29, 1, 59, 59, 999_999_000, time.UTC), ID: models.NewID()})
	if err != nil {
		f.Fatal(err)
	}
	elsewhere, err := db.SealCursor("notes|other", models.Cursor{ID: models.NewID()})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		good, "", ".", models.NewID(), elsewhere, good + "x", good + "=", good[:len(good)-1], " " + good, good + "\n", strings.ToUpper(good), strings.ToLower(good),
		good + good, "' or 1=1", "\x00", "\xff", base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("\x00", 16) + "{}")), strings.Repeat("9", 64<<10),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var place models.Cursor
		found, err := db.OpenCursor(list, text, &place)
		switch {
		case err != nil || !found:
			if text == good || text == "" && err != nil {
				t.Errorf("%q: %v", text, err)
			}
		default:
			if again, err := db.SealCursor(list, place); err != nil || again != text {
				t.Errorf("%q is a place, and not its name: %v", text, err)
			}
		}
	})
}
