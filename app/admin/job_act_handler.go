package admin

import (
	"errors"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// showJobAct asks before an act on a job.
func (h *Handler) showJobAct(act jobAct) fiber.Handler {
	return func(c *fiber.Ctx) error {
		job, err := h.job(c)
		if err != nil {
			return err
		}
		return h.askJob(c, fiber.StatusOK, act, job, views.ReasonForm{})
	}
}

func (h *Handler) submitJobAct(act jobAct) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var form views.ReasonForm
		if err := c.BodyParser(&form); err != nil {
			return fiber.ErrBadRequest
		}
		job, err := h.job(c)
		if err != nil {
			return err
		}
		err = h.actOnJob(c.UserContext(), operator(c), act, job.ID, auth.Act{Reason: form.Reason, Version: form.Version})
		if err == nil {
			return views.RedirectWith(c, jobsPath, views.FlashActDone)
		}
		status, form, err := reject(form, err)
		if err != nil {
			return err
		}
		return h.askJob(c, status, act, job, form)
	}
}

// reject tells how a question is asked again: 422 for what was typed, 409 for what has changed. Other errors are passed on.
func reject(form views.ReasonForm, err error) (int, views.ReasonForm, error) {
	var invalid auth.Invalid
	switch {
	case errors.As(err, &invalid):
		form.Errors = invalid
		return fiber.StatusUnprocessableEntity, form, nil
	case errors.Is(err, auth.ErrChanged):
		return fiber.StatusConflict, form, nil
	}
	return 0, form, err
}

// askJob draws the question, as askAct does for acts on members.
func (h *Handler) askJob(c *fiber.Ctx, status int, act jobAct, job models.Job, form views.ReasonForm) error {
	address := jobsPath + "/" + strconv.FormatInt(job.ID, 10)
	if !slices.Contains(act.states, job.State) {
		return views.Redirect(c, address)
	}
	if status != fiber.StatusUnprocessableEntity {
		var err error
		if form.Version, err = jobVersion(job); err != nil {
			return err
		}
	}
	return views.Render(c, status, views.JobAct(views.JobActPage{
		Act: string(act.act), Job: jobRow(job), Form: form, Changed: status == fiber.StatusConflict,
	}))
}

// showPause asks before the work of a queue rests, or goes on.
func (h *Handler) showPause(pause bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := h.findQueue(c); err != nil {
			return err
		}
		return views.Render(c, fiber.StatusOK, views.PauseQueue(views.PauseQueuePage{Queue: c.Params("name"), Pause: pause}))
	}
}

// findQueue answers 404 where the address names no queue.
func (h *Handler) findQueue(c *fiber.Ctx) error {
	queues, err := h.DB.JobQueues(c.UserContext())
	if err == nil && !slices.ContainsFunc(queues, func(q models.JobQueue) bool { return q.Name == c.Params("name") }) {
		return models.ErrNotFound
	}
	return err
}

func (h *Handler) submitPause(pause bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var form views.ReasonForm
		if err := c.BodyParser(&form); err != nil {
			return fiber.ErrBadRequest
		}
		if err := h.findQueue(c); err != nil {
			return err
		}
		err := h.pauseQueue(c.UserContext(), operator(c), c.Params("name"), pause, auth.Act{Reason: form.Reason})
		if err == nil {
			return views.RedirectWith(c, jobsPath, views.FlashActDone)
		}
		status, form, err := reject(form, err)
		if err != nil {
			return err
		}
		return views.Render(c, status, views.PauseQueue(views.PauseQueuePage{Queue: c.Params("name"), Pause: pause, Form: form}))
	}
}
