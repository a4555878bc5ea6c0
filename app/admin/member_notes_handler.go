package admin

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

func (h *Handler) showMemberNotes(c *fiber.Ctx, s views.ListShape) error {
	return h.drawNotes(c, s, fiber.StatusOK, views.MemberNoteForm{})
}

func (h *Handler) drawNotes(c *fiber.Ctx, s views.ListShape, status int, form views.MemberNoteForm) error {
	r, err := h.member(c)
	if err != nil {
		return err
	}
	at := placeOf(c, s)
	found, err := h.People.MemberNotes(c.UserContext(), operator(c), r.ID, at)
	if err != nil {
		return malformed(err)
	}
	page := views.MemberNotesPage{Shape: s, MemberHead: h.memberHead(c, r), Form: form, MayAdd: auth.MayNote(operator(c), r) == nil}
	for _, n := range found.Rows {
		page.Rows = append(page.Rows, noteRow(c, r, n))
	}
	page.Newer, page.Older = listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older)
	return views.Render(c, status, views.MemberNotes(page))
}

func noteRow(c *fiber.Ctx, r auth.MemberRecord, n auth.MemberNote) views.MemberNoteRow {
	mayRemove := auth.MayNote(operator(c), r) == nil && auth.MayRemoveNote(operator(c), n.MemberNote) == nil
	return views.MemberNoteRow{ID: n.ID, Body: n.Body, Author: n.Author, Written: n.CreatedAt, MayRemove: mayRemove}
}

func notesPathOf(c *fiber.Ctx) string { return membersPath + "/" + c.Params("id") + "/notes" }

func (h *Handler) submitMemberNote(c *fiber.Ctx) error {
	var form views.MemberNoteForm
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	err := h.People.AddMemberNote(c.UserContext(), operator(c), c.Params("id"), form.Note)
	if err == nil {
		return views.RedirectWith(c, notesPathOf(c), views.FlashNoteAdded)
	}
	status, errs, err := reject(err)
	if err != nil {
		return err
	}
	form.Errors = errs
	s, err := h.shape(c, views.NoteList)
	if err != nil {
		return err
	}
	return h.drawNotes(c, s, status, form)
}

// showRemoveNote asks before a note goes.
func (h *Handler) showRemoveNote(c *fiber.Ctx) error {
	return h.askRemoveNote(c, fiber.StatusOK, views.ReasonForm{})
}

func (h *Handler) submitRemoveNote(c *fiber.Ctx) error {
	var form views.ReasonForm
	return answer(c, &form, views.FlashActDone, func() (string, error) {
		err := h.People.RemoveMemberNote(c.UserContext(), operator(c), c.Params("id"), c.Params("note"), decided(form))
		if errors.Is(err, auth.ErrChanged) { // it is gone: there is nothing to ask about
			err = models.ErrSpent
		}
		return notesPathOf(c), err
	}, func(status int) error { return h.askRemoveNote(c, status, form) })
}

func (h *Handler) askRemoveNote(c *fiber.Ctx, status int, form views.ReasonForm) error {
	r, err := h.member(c)
	if err != nil {
		return err
	}
	n, err := h.People.MemberNote(c.UserContext(), operator(c), r.ID, c.Params("note"))
	if err != nil {
		return err
	}
	if err := errors.Join(auth.MayNote(operator(c), r), auth.MayRemoveNote(operator(c), n.MemberNote)); err != nil {
		return err
	}
	return views.Render(c, status, views.RemoveNote(views.RemoveNotePage{Member: h.memberHead(c, r), Note: noteRow(c, r, n), Form: form}))
}
