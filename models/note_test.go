package models_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

func TestNotes_PageByKeyset(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		owner, other := person(t, db, "owner@example.test").ID, person(t, db, "other@example.test").ID
		for i := range 7 {
			if i%2 == 0 {
				clock.Add(time.Second) // pairs share a time: the id decides
			}
			if err := db.CreateNote(ctx, &models.Note{UserID: owner, Title: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.CreateNote(ctx, &models.Note{UserID: other, Title: "not yours"}); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		var place *models.Cursor
		var pages [][]models.Note
		for {
			page, err := db.NotesOlder(ctx, owner, place, 3)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, n := range page {
				if seen[n.ID] || n.UserID != owner {
					t.Errorf("%+v came twice or is not the owner's", n)
				}
				seen[n.ID] = true
			}
			last := page[len(page)-1].Cursor()
			place, pages = &last, append(pages, page)
		}
		if len(seen) != 7 || len(pages) != 3 {
			t.Fatalf("%d notes on %d pages", len(seen), len(pages))
		}
		back, err := db.NotesNewer(ctx, owner, pages[1][0].Cursor(), 3)
		if err != nil || len(back) != 3 || back[0].ID != pages[0][2].ID || back[2].ID != pages[0][0].ID {
			t.Errorf("back from page 2: %v %v", back, err)
		}
	})
}
