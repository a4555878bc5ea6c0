package models_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestMemberNote_GoesWithTheMember (D-21): notes are found with their member alone, and are gone with them.
func TestMemberNote_GoesWithTheMember(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := t.Context()
		ada, bob := models.User{Email: "ada@example.test"}, models.User{Email: "bob@example.test"}
		if err := errors.Join(db.CreateUser(ctx, &ada), db.CreateUser(ctx, &bob)); err != nil {
			t.Fatal(err)
		}
		n := models.MemberNote{MemberID: ada.ID, AuthorID: bob.ID, Body: "a note"}
		if err := db.CreateMemberNote(ctx, &n); err != nil {
			t.Fatal(err)
		}
		if _, err := db.MemberNoteByID(ctx, bob.ID, n.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("by another member: %v", err)
		}
		if err := db.DeleteUnverifiedUser(ctx, bob.ID); err != nil {
			t.Fatal(err)
		}
		if got, err := db.MemberNoteByID(ctx, ada.ID, n.ID); err != nil || got.Body != n.Body {
			t.Errorf("its author is gone: %+v, %v", got, err)
		}
		if err := db.DeleteUnverifiedUser(ctx, ada.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := db.MemberNoteByID(ctx, ada.ID, n.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("the member is gone, and the note stays: %v", err)
		}
	})
}

// TestListsUseIndexes_MemberNotes (D-08): the notes about a member are walked by their index, in its order.
func TestListsUseIndexes_MemberNotes(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		say := sayer(t, db)
		say("INSERT INTO users (id, email, created_at, updated_at) VALUES ('U1', 'a@example.test', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP), ('U2', 'b@example.test', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
			"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000) INSERT INTO member_notes (id, member_id, author_id, body, created_at) "+
				"SELECT 'N' || n, CASE WHEN n % 100 = 0 THEN 'U1' ELSE 'U2' END, '', 'x', CURRENT_TIMESTAMP FROM numbers", "ANALYZE")
		plans := newPlanner(t, db)
		for i, s := range db.MemberNoteStatements(t.Context(), "U1", models.Cursor{CreatedAt: time.Now(), ID: "N7"}) {
			if got, plan := plans.of(s); got != "member_notes_member" {
				t.Error(fmt.Sprint(i), got, plan)
			}
		}
	})
}
