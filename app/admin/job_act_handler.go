package admin

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"latchkey/models"
	"latchkey/views"
)

// showJobAct asks before an act on a job.
func (h *Handler) showJobAct(act jobAct) fiber.Handler {
	return func(c *fiber.Ctx) error { return h.askJob(c, fiber.StatusOK, act, views.ReasonForm{}) }
}

func (h *Handler) submitJobAct(act jobAct) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var form views.ReasonForm
		return answer(c, &form, views.FlashActDone, func() (string, error) {
			job, err := h.job(c)
			if err != nil {
				return "", err
			}
			return jobsPath, h.actOnJob(c.UserContext(), operator(c), act, job.ID, decided(form))
		}, func(status int) error { return h.askJob(c, status, act, form) })
	}
}

// askJob draws the question for a state. Where the act is not there to do any more it leads to the job.
func (h *Handler) askJob(c *fiber.Ctx, status int, act jobAct, form views.ReasonForm) error {
	job, err := h.job(c)
	if err != nil {
		return err
	}
	if !slices.Contains(act.states, job.State) {
		return moot(c, jobsPath+"/"+strconv.FormatInt(job.ID, 10))
	}
	if err := askOn(status, &form, func() (string, error) { return jobVersion(job) }); err != nil {
		return err
	}
	return views.Render(c, status, views.JobAct(views.JobActPage{Act: string(act.act), Job: jobRow(job), Form: form, Changed: changed(status)}))
}

// showPause asks before the work of a queue rests, or goes on.
func (h *Handler) showPause(pause bool) fiber.Handler {
	return func(c *fiber.Ctx) error { return h.askPause(c, fiber.StatusOK, pause, views.ReasonForm{}) }
}

func (h *Handler) submitPause(pause bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var form views.ReasonForm
		return answer(c, &form, views.FlashActDone, func() (string, error) {
			if err := h.findQueue(c); err != nil {
				return "", err
			}
			return jobsPath, h.pauseQueue(c.UserContext(), operator(c), c.Params("name"), pause, decided(form))
		}, func(status int) error { return h.askPause(c, status, pause, form) })
	}
}

func (h *Handler) askPause(c *fiber.Ctx, status int, pause bool, form views.ReasonForm) error {
	if err := h.findQueue(c); err != nil {
		return err
	}
	return views.Render(c, status, views.PauseQueue(views.PauseQueuePage{Queue: c.Params("name"), Pause: pause, Form: form}))
}

// findQueue answers 404 where the address names no queue.
func (h *Handler) findQueue(c *fiber.Ctx) error {
	queues, err := h.DB.JobQueues(c.UserContext())
	if err == nil && !slices.ContainsFunc(queues, func(q models.JobQueue) bool { return q.Name == c.Params("name") }) {
		return models.ErrNotFound
	}
	return err
}
