package main

import (
	"context"
	"slices"
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
	page, err := h.page(c, c.Query("older"), c.Query("newer"))
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

// page reads one page of the list: the one before the place named by ?newer, after the one named by
// ?older, or the first.
func (h notesHandler) page(c *fiber.Ctx, older, newer string) (views.NotesPage, error) {
	ctx, owner := c.UserContext(), auth.CurrentUser(c).ID
	if newer != "" {
		return h.pageBefore(ctx, owner, newer)
	}
	return h.pageAfter(ctx, owner, older)
}

// pageAfter and pageBefore ask for one note more than they show, to know whether another page follows.
func (h notesHandler) pageAfter(ctx context.Context, owner, cursor string) (views.NotesPage, error) {
	place, err := parseNoteCursor(cursor)
	if err != nil {
		return views.NotesPage{}, err
	}
	notes, err := h.db.NotesOlder(ctx, owner, place, notesPerPage+1)
	notes, more := firstNotes(notes)
	return notesPage(notes, place != nil, more), err
}

func (h notesHandler) pageBefore(ctx context.Context, owner, cursor string) (views.NotesPage, error) {
	place, err := parseNoteCursor(cursor)
	if err != nil {
		return views.NotesPage{}, err
	}
	notes, err := h.db.NotesNewer(ctx, owner, *place, notesPerPage+1)
	notes, more := firstNotes(notes)
	slices.Reverse(notes)
	return notesPage(notes, more, true), err
}

func notesPage(notes []models.Note, newer, older bool) views.NotesPage {
	page := views.NotesPage{Rows: noteRows(notes)}
	if len(notes) > 0 && newer {
		page.Newer = "/notes?newer=" + noteCursor(notes[0])
	}
	if len(notes) > 0 && older {
		page.Older = "/notes?older=" + noteCursor(notes[len(notes)-1])
	}
	return page
}

func firstNotes(notes []models.Note) (shown []models.Note, more bool) {
	if len(notes) > notesPerPage {
		return notes[:notesPerPage], true
	}
	return notes, false
}

func noteRows(notes []models.Note) []views.NoteRow {
	rows := make([]views.NoteRow, len(notes))
	for i, n := range notes {
		rows[i] = views.NoteRow{ID: n.ID, Title: n.Title, Body: n.Body, Created: n.CreatedAt}
	}
	return rows
}
