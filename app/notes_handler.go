package main

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// notesPerPage is how many notes a page of the list shows.
const notesPerPage = 25

// notesHandler is the example product: a list, a form, an empty state and paging. Copy it.
type notesHandler struct{ db *models.DB }

func (h notesHandler) showNotes(c *fiber.Ctx) error {
	page, err := h.page(c, c.Query("newer"), c.Query("older"))
	if err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.Notes(page), views.NotesAnnounced(len(page.Rows)))
}

func (h notesHandler) submitNote(c *fiber.Ctx) error {
	var form views.NoteForm
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	note, invalid := newNote(auth.CurrentUser(c).ID, form.Title, form.Body)
	if invalid != nil {
		page, err := h.page(c, "", "")
		if err != nil {
			return err
		}
		page.Form = form
		page.Form.Errors = invalid
		return views.Render(c, fiber.StatusUnprocessableEntity, views.Notes(page))
	}
	if err := h.db.CreateNote(c.UserContext(), &note); err != nil {
		return err
	}
	return views.RedirectWith(c, "/notes", views.FlashNoteAdded)
}

// newNote holds the rules of a note, for the page and the API alike.
func newNote(userID, title, body string) (models.Note, auth.Invalid) {
	title = strings.TrimSpace(title)
	invalid := auth.Invalid{}
	switch length := len([]rune(title)); {
	case length == 0:
		invalid["title"] = "Give the note a title"
	case length > 100:
		invalid["title"] = "Use at most 100 characters for the title"
	}
	if len([]rune(body)) > 5000 {
		invalid["body"] = "Use at most 5,000 characters for the note"
	}
	if len(invalid) > 0 {
		return models.Note{}, invalid
	}
	return models.Note{UserID: userID, Title: title, Body: strings.TrimSpace(body)}, nil
}

// page reads the page before the place named by ?newer, after the one named by ?older, or the first.
func (h notesHandler) page(c *fiber.Ctx, newer, older string) (views.NotesPage, error) {
	notes, err := listNotes(c.UserContext(), h.db, auth.CurrentUser(c).ID, newer, older)
	page := views.NotesPage{Rows: noteRows(notes.Rows)}
	if notes.Newer != "" {
		page.Newer = "/notes?newer=" + notes.Newer
	}
	if notes.Older != "" {
		page.Older = "/notes?older=" + notes.Older
	}
	return page, err
}

// listNotes reads a page of a person's notes, for the page and the API alike. Errors: models.ErrNoCursor.
func listNotes(ctx context.Context, db *models.DB, owner, newer, older string) (models.ListPage[models.Note], error) {
	at := models.Place{Newer: newer, Older: older, Limit: notesPerPage}
	return models.ReadPage(db, at, "notes|"+owner, models.Note.Cursor,
		func(than *models.Cursor, limit int) ([]models.Note, error) {
			return db.NotesOlder(ctx, owner, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.Note, error) {
			return db.NotesNewer(ctx, owner, than, limit)
		})
}

func noteRows(notes []models.Note) []views.NoteRow {
	rows := make([]views.NoteRow, len(notes))
	for i, n := range notes {
		rows[i] = views.NoteRow{ID: n.ID, Title: n.Title, Body: n.Body, Created: n.CreatedAt}
	}
	return rows
}
