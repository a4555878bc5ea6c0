package main

import (
	"context"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"latchkey/app/jobs"
	"latchkey/app/mail"
	"latchkey/models"
)

// counting is what this process counts for /admin/health and for the figures of the day that no row of the audit log stands for:
// requests, jobs, mails, tokens. To write each down as it happens would cost more than what happens. So they are added up here and
// written once a minute, as a batch that counts once however often it is sent; a process that is killed loses its last minute.
type counting struct {
	db      *models.DB
	log     *slog.Logger
	process models.Process

	mu      sync.Mutex
	counts  map[string]models.Count
	daily   map[string]int64
	unsent  *models.CountBatch // what could not be written, as it was
	batches int64
}

// The names of what is counted, besides those of requests.
const (
	countJobs   = "jobs"
	countMails  = "mails"
	countLimits = "limits" // requests that a limit refused
	countRoutes = "http."  // and the name of a route group
)

func newCounting(db *models.DB, log *slog.Logger) *counting {
	return &counting{
		db: db, log: log, process: models.Process{ID: models.NewID(), Version: version, StartedAt: db.Now()},
		counts: map[string]models.Count{}, daily: map[string]int64{},
	}
}

func (c *counting) add(name string, change func(*models.Count)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.counts[name]
	n.Total++
	change(&n)
	c.counts[name] = n
}

func (c *counting) figure(name string, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.daily[name] += n
}

// request counts one that was answered.
func (c *counting) request(route string, status int, took time.Duration) {
	c.add(countRoutes+routeGroup(route), func(n *models.Count) {
		n.Times.Add(took)
		if status >= 500 {
			n.Failed++
		}
	})
	if status == 429 {
		c.add(countLimits, func(*models.Count) {})
	}
}

// job counts one try.
func (c *counting) job(outcome string) {
	c.try(countJobs, outcome == jobs.Done, outcome == jobs.GivenUp, tryFigures{models.FigureJobsDone, models.FigureJobsFailed, models.FigureJobsGivenUp})
}

// mail counts one try to send one.
func (c *counting) mail(outcome string) {
	if outcome != mail.Dropped {
		c.try(countMails, outcome == mail.Sent, outcome == mail.GivenUp, tryFigures{models.FigureMailsSent, models.FigureMailsFailed, models.FigureMailsGivenUp})
	}
}

// tryFigures are the figures of the day that tries of one kind add to.
type tryFigures struct{ well, failed, last string }

func (c *counting) try(name string, well, last bool, day tryFigures) {
	if well {
		c.add(name, func(*models.Count) {})
		c.figure(day.well, 1)
		return
	}
	c.add(name, func(n *models.Count) { n.Failed++ })
	c.figure(day.failed, 1)
	if last {
		c.figure(day.last, 1)
	}
}

// routeGroups are the beginnings of routes, the first that fits, and what they are counted as.
var routeGroups = []struct{ prefix, group string }{
	{"/admin", "admin"},
	{"/account", "account"},
	{"/oauth/authorize", "oauth-pages"}, // oauth
	{"/oauth/logout", "oauth-pages"},    // oauth
	{"/oauth", "oauth"},                 // oauth
	{"/.well-known", "oauth"},           // oauth
	{"/api", "api"},
	{"/static", "static"},
	{"/healthz", "static"},
	{"/readyz", "static"},
	{"/log", "sign-in"}, // in and out
	{"/signup", "sign-in"},
	{"/password", "sign-in"},
	{"/verify-email", "sign-in"},
	{"/reauth", "sign-in"},
	{"/setup", "sign-in"},
}

func routeGroup(route string) string {
	for _, g := range routeGroups {
		if strings.HasPrefix(route, g.prefix) {
			return g.group
		}
	}
	return "product"
}

// countEvery is how often counts are written.
const countEvery = time.Minute

// run writes until ctx ends.
func (c *counting) run(ctx context.Context) error {
	return every(ctx, countEvery, func() { c.write(ctx) })
}

// write sends what was counted. What fails is told, and sent again with the next: nothing that was asked of the program waits for
// it, and nothing fails with it.
func (c *counting) write(ctx context.Context) {
	for _, next := range []func() *models.CountBatch{c.pending, c.take} {
		batch := next()
		if batch == nil {
			continue
		}
		if err := c.db.WriteCounts(ctx, c.process, *batch); err != nil {
			c.log.WarnContext(ctx, "counts of the last minute are not written yet", "error", err)
			return
		}
		c.sent()
	}
}

func (c *counting) pending() *models.CountBatch {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unsent
}

// take closes the batch that is being counted, and begins another.
func (c *counting) take() *models.CountBatch {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.batches++
	c.unsent = &models.CountBatch{Number: c.batches, At: c.db.Now(), Counts: maps.Clone(c.counts), Daily: maps.Clone(c.daily)}
	clear(c.counts)
	clear(c.daily)
	return c.unsent
}

func (c *counting) sent() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsent = nil
}
