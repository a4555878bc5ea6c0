package admin

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"latchkey/app/doctor"
	"latchkey/models"
	"latchkey/views"
)

// processesShown is how many processes are told apart.
const processesShown = 20

// healthFacts are what can be asked at once, with a bound to each question.
func (h *Handler) healthFacts(ctx context.Context, hour healthCounts) ([]views.HealthFacts, error) {
	database, err := h.databaseFacts(ctx)
	if err != nil {
		return nil, err
	}
	work, err := h.workFacts(ctx, hour)
	if err != nil {
		return nil, err
	}
	program, err := h.programFacts(ctx, hour)
	if err != nil {
		return nil, err
	}
	return []views.HealthFacts{{Heading: "Database", Facts: database}, {Heading: "Program", Facts: program}, {Heading: "Work", Facts: work}}, nil
}

func (h *Handler) databaseFacts(ctx context.Context) ([]views.HealthFact, error) {
	asked := time.Now()
	there, err := h.DB.ServerTime(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the database for its time: %w", err)
	}
	answered := time.Since(asked)
	storage, err := h.DB.Storage(ctx)
	if err != nil {
		return nil, err
	}
	schema, err := h.DB.SchemaVersion(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the version of the schema: %w", err)
	}
	c := h.DB.Connections()
	facts := []views.HealthFact{
		{Label: "Kind", Value: map[string]string{"sqlite": "SQLite", "postgres": "PostgreSQL"}[h.DB.Dialect()]},
		{Label: "Answers in", Value: views.Took(answered)},
		{Label: "Its time", Value: there.UTC().Format("2 Jan 2006, 15:04:05 UTC")},
		{Label: "Clocks apart", Value: views.Took(asked.Add(answered / 2).Sub(there).Abs())},
		{Label: "Size", Value: views.Bytes(storage.Size)},
	}
	if file := h.DB.File(); file != "" {
		facts = append(facts, views.HealthFact{Label: "Write-ahead log", Value: views.Bytes(storage.Log)})
		if free, known, err := doctor.FreeDisk(file); err == nil && known {
			facts = append(facts, views.HealthFact{Label: "Free on its disk", Value: views.Bytes(free)})
		}
	}
	return append(facts,
		views.HealthFact{Label: "Connections", Value: fmt.Sprintf("%d of %d in use", c.InUse, c.Most)},
		views.HealthFact{Label: "Waits for one", Value: fmt.Sprintf("%d since the start, %s in all", c.Waits, views.Took(c.Waited))},
		views.HealthFact{Label: "Schema", Value: "version " + strconv.FormatInt(schema, 10)},
	), nil
}

func (h *Handler) workFacts(ctx context.Context, hour healthCounts) ([]views.HealthFact, error) {
	queue, err := h.DB.QueueDepth(ctx)
	if err != nil {
		return nil, err
	}
	oldest := "None"
	if !queue.Oldest.IsZero() {
		oldest = views.Took(max(h.DB.Now().Sub(queue.Oldest), 0))
	}
	jobs := func(label string, n int, state string) views.HealthFact {
		return views.HealthFact{Label: label, Value: views.Counted(n), Href: jobsPath + "?state=" + state}
	}
	mails := hour["mails"]
	return []views.HealthFact{
		jobs("Jobs waiting", queue.Waiting, models.JobsWaiting),
		{Label: "Oldest waits for", Value: oldest},
		jobs("Jobs tried again", queue.Retrying, models.JobsRetrying),
		jobs("Jobs given up", queue.GivenUp, models.JobsGivenUp),
		{Label: "Mails, last hour", Value: fmt.Sprintf("%d sent, %d tries failed", mails.Total-mails.Failed, mails.Failed)},
	}, nil
}

func (h *Handler) programFacts(ctx context.Context, hour healthCounts) ([]views.HealthFact, error) {
	processes, err := h.DB.Processes(ctx, processesShown)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	all := hour.requests("")
	facts := []views.HealthFact{
		{Label: "Version", Value: views.PageOf(ctx).Version},
		{Label: "Requests, last hour", Value: views.Grouped(all.Total)},
		{Label: "Of these failed", Value: views.Share(all.Failed, all.Total)},
		{Label: "Refused by a limit", Value: views.Grouped(hour["limits"].Total)},
		{Label: "Processes", Value: strconv.Itoa(len(processes))},
	}
	for _, p := range processes {
		facts = append(facts, views.HealthFact{Label: "Runs since", Value: p.StartedAt.UTC().Format("2 Jan 2006, 15:04 UTC") + ", version " + p.Version})
	}
	return facts, nil
}
