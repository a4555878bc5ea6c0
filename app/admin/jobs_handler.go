package admin

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const jobsPath = root + "/jobs"

// showJobs lists the jobs, what is done every so often, and who works. An open page asks for it again and again.
func (h *Handler) showJobs(c *fiber.Ctx, s views.ListShape) error {
	filter := models.JobFilter{State: c.Query("state", models.JobsGivenUp), Kind: c.Query("kind"), Queue: c.Query("queue")}
	if !slices.Contains(models.JobStates, filter.State) {
		return fiber.ErrBadRequest
	}
	at := placeOf(c, s)
	jobs, err := h.listJobs(c, filter, at)
	if err != nil {
		return malformed(err)
	}
	page := views.JobsPage{
		Shape: s, State: filter.State, Kind: filter.Kind, Queue: filter.Queue, AtNewer: c.Query("newer"), AtOlder: c.Query("older"),
		Newer: listAddress(c, "newer", jobs.Newer), Older: listAddress(c, "older", jobs.Older), MayAct: operator(c).Role.May(auth.RightOperate),
	}
	for _, job := range jobs.Rows {
		page.Rows = append(page.Rows, jobRow(job))
	}
	if err := h.aboutQueue(c, &page); err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.Jobs(page))
}

// aboutQueue adds what stands around the list: the queues, the kinds to choose from, the duties and the processes that work.
func (h *Handler) aboutQueue(c *fiber.Ctx, page *views.JobsPage) (err error) {
	if page.Kinds, err = h.DB.JobKinds(c.UserContext()); err != nil {
		return err
	}
	queues, err := h.DB.JobQueues(c.UserContext())
	if err != nil {
		return err
	}
	for _, queue := range queues {
		page.Queues = append(page.Queues, views.QueueRow{Name: queue.Name, Paused: queue.Paused})
	}
	processes, err := h.DB.Processes(c.UserContext(), processesShown)
	if err != nil {
		return err
	}
	for _, p := range processes {
		page.Workers = append(page.Workers, views.WorkerRow{ID: p.ID, Version: p.Version, Started: p.StartedAt, Seen: p.SeenAt})
	}
	page.Duties, err = h.dutyRows(c)
	return err
}

// dutyRows says of each duty when it was last done and when it is due. A duty is due so long after it began; before it was ever done,
// nobody can tell.
func (h *Handler) dutyRows(c *fiber.Ctx) (rows []views.DutyRow, err error) {
	runs, err := h.DB.DutyRuns(c.UserContext())
	if err != nil {
		return nil, err
	}
	busy, err := h.DB.BusyDuties(c.UserContext())
	if err != nil {
		return nil, err
	}
	last := map[string]models.DutyRun{}
	for _, run := range runs {
		last[run.Name] = run
	}
	for _, duty := range h.Duties {
		row := views.DutyRow{Name: duty.Name, Every: duty.Every, Busy: slices.Contains(busy, duty.Name)}
		if run, done := last[duty.Name]; done {
			row.Last, row.Took, row.Failed, row.Next = run.EndedAt, run.EndedAt.Sub(run.BeganAt), run.Failed, run.BeganAt.Add(duty.Every)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (h *Handler) listJobs(c *fiber.Ctx, f models.JobFilter, at models.Place) (models.ListPage[models.Job], error) {
	list := "jobs|" + operator(c).ID + "|" + f.State + "|" + f.Kind + "|" + f.Queue
	return models.ReadPage(h.DB, at, list, func(job models.Job) int64 { return job.ID },
		func(than *int64, limit int) ([]models.Job, error) {
			if than == nil {
				than = new(int64)
			}
			return h.DB.JobsOlder(c.UserContext(), f, *than, limit)
		},
		func(than int64, limit int) ([]models.Job, error) {
			return h.DB.JobsNewer(c.UserContext(), f, than, limit)
		})
}

func jobRow(job models.Job) views.JobRow {
	row := views.JobRow{
		ID: job.ID, Kind: job.Kind, About: job.About, Queue: job.Queue, State: job.State, Attempt: job.Attempt, MaxAttempts: job.MaxAttempts,
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
