package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/views"
)

// batchAct is one thing that operators decide about a batch.
type batchAct struct {
	name   string
	stepUp bool
}

// batchActs are all of them.
var batchActs = []batchAct{
	{"start", true},
	{"pause", false},
	{"resume", true},
	{"cancel", false},
}

func (h *Handler) showBatchAct(act batchAct) fiber.Handler {
	return func(c *fiber.Ctx) error { return h.askBatch(c, fiber.StatusOK, act, views.BatchActForm{}) }
}

func (h *Handler) submitBatchAct(act batchAct) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var form views.BatchActForm
		if err := c.BodyParser(&form); err != nil {
			return fiber.ErrBadRequest
		}
		err := h.decideOnBatch(c.UserContext(), operator(c), act, c.Params("id"), auth.Act{Reason: form.WholeReason(), Version: form.Version})
		if err == nil {
			return views.Redirect(c, batchesPath+"/"+c.Params("id"))
		}
		status, rejected, err := reject(views.ReasonForm{}, err)
		if err != nil {
			return err
		}
		form.Errors = rejected.Errors
		return h.askBatch(c, status, act, form)
	}
}

func (h *Handler) decideOnBatch(ctx context.Context, op auth.Operator, act batchAct, id string, decided auth.Act) error {
	if act.name == "start" {
		return h.People.StartBatch(ctx, op, id, decided)
	}
	return h.People.MoveBatch(ctx, op, act.name, id, decided)
}

// askBatch draws the question, as askAct does for acts on members. What can be decided no more leads back to the batch.
func (h *Handler) askBatch(c *fiber.Ctx, status int, act batchAct, form views.BatchActForm) error {
	b, err := h.People.Batch(c.UserContext(), operator(c), c.Params("id"))
	if err != nil {
		return err
	}
	if !b.Offers(act.name) {
		return moot(c, batchesPath+"/"+b.ID)
	}
	if status != fiber.StatusUnprocessableEntity {
		if form.Version, err = b.Version(); err != nil {
			return err
		}
	}
	return views.Render(c, status, views.BatchAct(views.BatchActPage{Act: act.name, Batch: recordRow(b), Changed: status == fiber.StatusConflict, Form: form}))
}
