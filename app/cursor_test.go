package main

import (
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// FuzzCursor (T-1907): a place in a list is what noteCursor writes and nothing else, so that each place has one name.
func FuzzCursor(f *testing.F) {
	id := models.NewID()
	good := noteCursor(models.Note{ID: id, CreatedAt: time.Date(2026, 3, 29, 1, 59, 59, 999_999_000, time.UTC)})
	stamp, _, _ := strings.Cut(good, ".")
	for _, seed := range []string{
		good, "", ".", id, "." + id, stamp + ".", "0." + id, "-1." + id, "+1." + id, "-0." + id, "00" + good, strings.ToUpper(stamp) + "." + id,
		stamp + "." + strings.ToLower(id), good + "x", good[:len(good)-1], " " + good, good + "\n", "1y2p0ij32e8e7." + id, "1y2p0ij32e8e8." + id,
		"' or 1=1." + id, stamp + "." + strings.Repeat("%", len(id)), stamp + "." + strings.Repeat("1", len(id)), stamp + "." + id + "." + id, "\x00", "\xff." + id,
		"1_0." + id, strings.Repeat("9", 64<<10),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		place, err := parseNoteCursor(text)
		switch {
		case err != nil || place == nil:
			if text == good || text == "" && err != nil {
				t.Errorf("%q: %v", text, err)
			}
		case text == "" || noteCursor(models.Note{ID: place.ID, CreatedAt: place.CreatedAt}) != text:
			t.Errorf("%q is a place, and not its name", text)
		}
	})
}
