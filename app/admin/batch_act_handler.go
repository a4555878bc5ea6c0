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
	return func(c *fiber.Ctx) error { return h.askBatch(c, fiber.StatusOK, act, views.ReasonForm{}) }
}

func (h *Handler) submitBatchAct(act batchAct) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var form views.ReasonForm
		return answer(c, &form, "", func() (string, error) {
			return batchesPath + "/" + c.Params("id"), h.decideOnBatch(c.UserContext(), operator(c), act, c.Params("id"), decided(form))
		}, func(status int) error { return h.askBatch(c, status, act, form) })
	}
}

func (h *Handler) decideOnBatch(ctx context.Context, op auth.Operator, act batchAct, id string, decided auth.Act) error {
	if act.name == "start" {
		return h.People.StartBatch(ctx, op, id, decided)
	}
	return h.People.MoveBatch(ctx, op, act.name, id, decided)
}

// askBatch draws the question. What can be decided no more leads back to the batch.
func (h *Handler) askBatch(c *fiber.Ctx, status int, act batchAct, form views.ReasonForm) error {
	b, err := h.People.Batch(c.UserContext(), operator(c), c.Params("id"))
	if err != nil {
		return err
	}
	if !b.Offers(act.name) {
		return moot(c, batchesPath+"/"+b.ID)
	}
	if err := askOn(status, &form, b.Version); err != nil {
		return err
	}
	return views.Render(c, status, views.BatchAct(views.BatchActPage{Act: act.name, Batch: recordRow(b), Changed: changed(status), Form: form}))
}
