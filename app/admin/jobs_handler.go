package admin

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const (
	jobsPath    = root + "/jobs"
	jobsPerPage = 25
)

func (h *Handler) showJobs(c *fiber.Ctx) error {
	state := c.Query("state", models.JobsGivenUp)
	if !slices.Contains(models.JobStates, state) {
		return fiber.ErrBadRequest
	}
	jobs, err := h.listJobs(c, state)
	if err != nil {
		return malformed(err)
	}
	queues, err := h.DB.JobQueues(c.UserContext())
	if err != nil {
		return err
	}
	page := views.JobsPage{State: state, Newer: listAddress(c, "newer", jobs.Newer), Older: listAddress(c, "older", jobs.Older), MayAct: operator(c).Role.May(auth.RightOperate)}
	for _, job := range jobs.Rows {
		page.Rows = append(page.Rows, jobRow(job))
	}
	for _, queue := range queues {
		page.Queues = append(page.Queues, views.QueueRow{Name: queue.Name, Paused: queue.Paused})
	}
	return views.Render(c, fiber.StatusOK, views.Jobs(page))
}

// listJobs reads the page before the job named by ?newer, after the one named by ?older, or the first.
func (h *Handler) listJobs(c *fiber.Ctx, state string) (models.ListPage[models.Job], error) {
	at := models.Place{Newer: c.Query("newer"), Older: c.Query("older"), Limit: jobsPerPage}
	return models.ReadPage(h.DB, at, "jobs|"+operator(c).ID+"|"+state, func(job models.Job) int64 { return job.ID },
		func(than *int64, limit int) ([]models.Job, error) {
			if than == nil {
				than = new(int64)
			}
			return h.DB.JobsOlder(c.UserContext(), state, *than, limit)
		},
		func(than int64, limit int) ([]models.Job, error) {
			return h.DB.JobsNewer(c.UserContext(), state, than, limit)
		})
}

func jobRow(job models.Job) views.JobRow {
	row := views.JobRow{
		ID: job.ID, Kind: job.Kind, About: job.About, State: job.State, Attempt: job.Attempt, MaxAttempts: job.MaxAttempts,
		Created: job.Created, Next: job.Next, Finished: job.Finished,
	}
	for _, fault := range job.Faults {
		row.Faults = append(row.Faults, views.JobFaultRow{At: fault.At, Attempt: fault.Attempt, Error: fault.Error})
	}
	return row
}

func (h *Handler) showJob(c *fiber.Ctx) error {
	job, err := h.job(c)
	if err != nil {
		return err
	}
	page := views.JobPage{JobRow: jobRow(job)}
	for _, act := range jobActs {
		if operator(c).Role.May(auth.RightOperate) && slices.Contains(act.states, job.State) {
			page.Acts = append(page.Acts, string(act.act))
		}
	}
	return views.Render(c, fiber.StatusOK, views.Job(page))
}

// job finds the one of the address.
func (h *Handler) job(c *fiber.Ctx) (models.Job, error) { return h.numbered(c, c.Params("id")) }

// numbered finds a job. What is no number is no job.
func (h *Handler) numbered(c *fiber.Ctx, number string) (models.Job, error) {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != number {
		return models.Job{}, models.ErrNotFound
	}
	return h.DB.JobByID(c.UserContext(), id)
}
