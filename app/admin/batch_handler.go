package admin

import (
	"context"
	"errors"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const (
	batchesPath = root + "/batches"
	batchShown  = 10 // examples, and what went wrong, on a page
)

// submitBulk writes down whom an act on many would be about, and leads to what it would do.
func (h *Handler) submitBulk(c *fiber.Ctx) error {
	asked, err := url.ParseQuery(c.FormValue("query"))
	if err != nil {
		return fiber.ErrBadRequest
	}
	form, q, err := h.readMemberQuery(c, first(asked))
	if err != nil {
		return err
	}
	ask := auth.BulkAsk{Act: c.FormValue("act"), All: c.FormValue("all") == "on", Query: q, Members: ticked(c, "member")}
	id, err := h.People.PreviewBatch(c.UserContext(), operator(c), ask)
	var invalid auth.Invalid
	if errors.As(err, &invalid) {
		return h.rejectBulk(c, form, q, views.Errors(invalid))
	}
	if err != nil {
		return err
	}
	return views.Redirect(c, batchesPath+"/"+id)
}

// rejectBulk draws the list again with what was wrong with an act on many.
func (h *Handler) rejectBulk(c *fiber.Ctx, form views.MembersForm, q auth.MemberQuery, wrong views.Errors) error {
	s, err := h.shapeAsked(c, views.MemberList, nil)
	if err != nil {
		return err
	}
	s.At = addressOf(membersPath, form.Selection())
	return h.listMembers(c, views.MembersPage{Form: form, Shape: s, Bulk: wrong}, q)
}

// first is the first value of each name.
func first(asked url.Values) map[string]string {
	one := map[string]string{}
	for name := range asked {
		one[name] = asked.Get(name)
	}
	return one
}

func (h *Handler) showBatches(c *fiber.Ctx, s views.ListShape) error {
	at := placeOf(c, s)
	found, err := h.People.Batches(c.UserContext(), operator(c), at)
	if err != nil {
		return malformed(err)
	}
	page := views.BatchesPage{Shape: s, Newer: listAddress(c, "newer", found.Newer), Older: listAddress(c, "older", found.Older)}
	for _, b := range found.Batches {
		page.Rows = append(page.Rows, batchRow(b, personParty(b.OperatorID, found.People)))
	}
	return views.Render(c, fiber.StatusOK, views.Batches(page))
}

func batchRow(b models.Batch, by views.AuditParty) views.BatchRow {
	row := views.BatchRow{
		ID: b.ID, Act: b.Act, State: b.State, By: by, Reason: b.Reason, UndoOf: b.UndoOf, Made: b.CreatedAt,
		Waiting: b.Waiting, Done: b.Done, Same: b.Same, Changed: b.Changed, Refused: b.Refused, Failed: b.Failed,
	}
	if b.FinishedAt != nil {
		row.Finished = *b.FinishedAt
	}
	return row
}

// showBatch says what a batch would do, does or has done.
func (h *Handler) showBatch(c *fiber.Ctx) error {
	ctx, op := c.UserContext(), operator(c)
	b, err := h.People.Batch(ctx, op, c.Params("id"))
	if err != nil {
		return err
	}
	page := views.BatchPage{BatchRow: recordRow(b), UndoneBy: b.UndoneBy, MayExport: op.Role.May(auth.RightAudit)}
	if op.Role.May(auth.RightChange) {
		page.Undo, page.MayAct = b.Undo, true
	}
	if page.Examples, err = h.batchLines(ctx, op, b.ID, models.BatchMemberWaiting, models.BatchMemberDone); err != nil {
		return err
	}
	if page.Problems, err = h.batchLines(ctx, op, b.ID, models.BatchMemberFailed, models.BatchMemberRefused, models.BatchMemberChanged); err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.Batch(page))
}

func recordRow(b auth.BatchRecord) views.BatchRow {
	return batchRow(b.Batch, personParty(b.OperatorID, map[string]models.User{b.Operator.ID: b.Operator}))
}

func (h *Handler) batchLines(ctx context.Context, op auth.Operator, id string, states ...string) (lines []views.BatchLine, err error) {
	found, err := h.People.BatchLines(ctx, op, id, 0, batchShown, states...)
	for _, l := range found {
		people := map[string]models.User{}
		if l.Person.ID != "" {
			people[l.Person.ID] = l.Person
		}
		lines = append(lines, views.BatchLine{Member: personParty(l.MemberID, people), Email: l.Person.Email, State: l.State, Why: l.Why})
	}
	return lines, err
}

// submitUndo makes the batch that takes another back; nothing is done before it is looked at and started.
func (h *Handler) submitUndo(c *fiber.Ctx) error {
	id, err := h.People.UndoBatch(c.UserContext(), operator(c), c.Params("id"))
	if errors.Is(err, auth.ErrChanged) {
		return moot(c, batchesPath+"/"+c.Params("id"))
	}
	if err != nil {
		return err
	}
	return views.Redirect(c, batchesPath+"/"+id)
}
