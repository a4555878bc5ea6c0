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
	page := views.JobsPage{State: state, Newer: jobs.newer, Older: jobs.older, MayAct: operator(c).Role.May(auth.RightOperate)}
	for _, job := range jobs.shown {
		page.Rows = append(page.Rows, jobRow(job))
	}
	for _, queue := range queues {
		page.Queues = append(page.Queues, views.QueueRow{Name: queue.Name, Paused: queue.Paused})
	}
	return views.Render(c, fiber.StatusOK, views.Jobs(page))
}

// jobsShown is a page of the list, and the addresses of its neighbours.
type jobsShown struct {
	shown        []models.Job
	newer, older string
}

// listJobs reads the page before the job named by ?newer, after the one named by ?older, or the first.
func (h *Handler) listJobs(c *fiber.Ctx, state string) (page jobsShown, err error) {
	list := "jobs|" + operator(c).ID + "|" + state
	var newer, older int64
	before, err := h.DB.OpenCursor(list, c.Query("newer"), &newer)
	if err != nil {
		return page, err
	}
	after, err := h.DB.OpenCursor(list, c.Query("older"), &older)
	if err != nil {
		return page, err
	}
	if before {
		page.shown, err = h.DB.JobsNewer(c.UserContext(), state, newer, jobsPerPage+1)
	} else {
		page.shown, err = h.DB.JobsOlder(c.UserContext(), state, older, jobsPerPage+1)
	}
	if err != nil {
		return page, err
	}
	more := len(page.shown) > jobsPerPage
	page.shown = page.shown[:min(len(page.shown), jobsPerPage)]
	if before {
		slices.Reverse(page.shown)
	}
	place := func(direction string, there bool, at int) string {
		if !there || len(page.shown) == 0 || err != nil {
			return ""
		}
		var sealed string
		sealed, err = h.DB.SealCursor(list, page.shown[at].ID)
		return listAddress(c, direction, sealed)
	}
	page.newer = place("newer", after || before && more, 0)
	page.older = place("older", before || !before && more, len(page.shown)-1)
	return page, err
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

// job finds the one of the address. What is no number is no job.
func (h *Handler) job(c *fiber.Ctx) (models.Job, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != c.Params("id") {
		return models.Job{}, models.ErrNotFound
	}
	return h.DB.JobByID(c.UserContext(), id)
}
