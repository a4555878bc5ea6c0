package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/app/apptest"
	"latchkey/models"
)

// TestForeignNotesAreNotSeen: a cursor, an id or a token of someone else's shows nothing.
func TestForeignNotesAreNotSeen(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		b := s.signIn(t, "admin@example.test")
		b.Visit("/notes").SeesNot("Groceries")
		member, err := s.people.UserByEmail(t.Context(), "member@example.test")
		if err != nil {
			t.Fatal(err)
		}
		theirs := s.placeIn(t, "notes|"+member.ID)
		for _, query := range []string{"older=zzz", "newer=zzz", "older=" + theirs, "newer=" + theirs} {
			if b.Visit("/notes?" + query); b.Status != http.StatusBadRequest {
				t.Errorf("%.20s: %d", query, b.Status)
			}
		}
		own := s.signIn(t, "member@example.test")
		if own.Visit("/notes?older=" + theirs); own.Status != http.StatusOK {
			t.Errorf("the place of one's own: %d", own.Status)
		}
		for _, query := range []string{"older=" + s.placeIn(t, "activity|"+member.ID+"||0"), "newer=" + theirs + "&older=" + theirs} {
			if own.Visit("/notes?" + query); own.Status != http.StatusBadRequest {
				t.Errorf("%.20s: %d", query, own.Status)
			}
		}
	})
}

// placeIn names a place in a list, as its own links do.
func (s site) placeIn(t *testing.T, list string) string {
	t.Helper()
	place, err := s.db.SealCursor(list, models.Cursor{CreatedAt: time.Now(), ID: models.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	return place
}

// TestNotes_RejectedFormKeepsWhatWasTyped, on the page a cloner copies.
func TestNotes_RejectedFormKeepsWhatWasTyped(t *testing.T) {
	s := sqliteSite(t)
	b := s.signIn(t, "member@example.test").Visit("/notes")
	b.Submit("Add note", apptest.Set("title", ""), apptest.Set("body", "typed with care"))
	if b.Status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", b.Status)
	}
	b.Sees("Give the note a title", "typed with care")
}

// TestNotes_Paging walks to the end of a long list and back.
func TestNotes_Paging(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		owner, err := s.people.UserByEmail(t.Context(), "admin@example.test")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2*notesPerPage + 3 {
			note, _ := newNote(owner.ID, fmt.Sprintf("Note number %d.", i), "")
			if err := s.db.CreateNote(t.Context(), &note); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Microsecond) // times differ, so that the order is known
		}
		b := s.signIn(t, "admin@example.test").Visit("/notes").Sees("Note number 52.", "Note number 28.").SeesNot("Note number 27.")
		b.Click("Older").Sees("Note number 27.").Click("Older").Sees("Note number 0.", "Note number 2.")
		b.Click("Newer").Sees("Note number 27.", "Note number 3.").Click("Newer").Sees("Note number 52.")
		part := b.Fetch(http.MethodGet, "/notes", "div#notes", "")
		if !strings.Contains(part.Body, fmt.Sprintf(`hx-target="#announce" hx-swap="innerHTML">%d notes on this page<`, notesPerPage)) {
			t.Errorf("a page of the list is not announced: %.300s", part.Body)
		}
	})
}
