package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/app/admin"
	"latchkey/app/doctor"
	"latchkey/app/jobs"
	"latchkey/app/mail"
	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver" // oauth
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// house is the whole program, wired: every part is made here, once, and given to those who need it.
type house struct {
	config   Config
	log      *slog.Logger
	metrics  *metrics
	doctor   doctor.Watch
	db       *models.DB
	counting *counting
	people   *auth.Service
	pages    *auth.Handler
	admin    *admin.Handler
	oauth    *oauthserver.Server // oauth
	queue    models.JobRunner
	floods   floods
	web      *fiber.App
	ready    atomic.Bool // requests may come

	migrated atomic.Bool // no migration was pending when last asked
}

// openHouse wires config → database → auth → oauthserver → routes. It starts nothing and writes nothing but
// the development key.
func openHouse(ctx context.Context, config Config) (*house, error) {
	h := &house{config: config, log: newLog(os.Stderr, config.LogFormat, config.LogLevel), metrics: newMetrics()}
	var err error
	if h.db, err = openDatabase(ctx, config, h.metrics.statement(h.log)); err != nil {
		return nil, err
	}
	if err := h.furnish(); err != nil {
		return nil, errors.Join(err, h.db.Close())
	}
	return h, nil
}

func (h *house) furnish() error {
	var err error
	h.counting = newCounting(h.db, h.log)
	if h.people, err = auth.New(h.authConfig()); err != nil {
		return err
	}
	h.pages = auth.NewHandler(h.people)
	h.admin = admin.New(admin.Config{DB: h.db, People: h.people, Pages: h.pages, Log: h.log, Doctor: &h.doctor, Machine: h.config.machineSettings()})
	if err := h.openOAuth(accounts{h.people, h.pages}); err != nil { // oauth
		return err // oauth
	} // oauth
	h.admin.OAuth = h.oauth // oauth
	post, err := mail.NewWorker(h.db, string(h.config.SMTPURL), h.config.MailFrom, h.log, h.countMail)
	if err != nil {
		return err
	}
	for _, duty := range h.duties() {
		h.admin.Duties = append(h.admin.Duties, admin.Duty{Name: duty.Name, Every: duty.Every})
	}
	if h.queue, err = jobs.New(h.db, jobs.Config{Mail: post, CheckAudit: h.people.WorkOnAuditCheck, Batch: h.people.WorkOnBatch, Periodic: h.duties(), Log: h.log, Tried: h.counting.job}); err != nil {
		return err
	}
	h.floods = newFloods(h.config.RateLimitScale)
	h.web = h.routes()
	return nil
}

func (h *house) countMail(kind, outcome string) {
	h.metrics.mail(kind, outcome)
	h.counting.mail(outcome)
}

func (h *house) close() {
	h.closeOAuth() // oauth
	if err := h.db.Close(); err != nil {
		h.log.Error("close database", "error", err)
	}
}

// authConfig is how sign-in is set up. Its hooks tell the OAuth server what ended, inside the transaction of
// the change.
func (h *house) authConfig() auth.Config {
	config := auth.Config{
		DB: h.db, BaseURL: h.config.BaseURL, Production: h.config.production(), Variables: h.config.variables, CookieDomain: h.config.CookieDomain,
		SignUp: h.config.SignUp, RequireMFA: h.config.RequireMFA, BreachURL: h.config.PasswordBreachURL, Client: breachClient(), ArgonMemory: h.config.HashMemory,
		RateLimitScale: h.config.RateLimitScale, Registerer: h.metrics.registry,
	}
	h.tellOAuth(&config) // oauth
	return config
}

// sweepInterval is how often what has run out is deleted.
const sweepInterval = 5 * time.Minute

// sealInterval is how often the audit log is sealed.
const sealInterval = 10 * time.Second

// duties are what is done every so often.
func (h *house) duties() []jobs.Periodic {
	list := []jobs.Periodic{
		{Name: "seal-audit", Every: sealInterval, Do: func(ctx context.Context) error { _, err := h.db.SealAudit(ctx); return err }},
		{Name: "count-days", Every: time.Minute, Do: h.people.TendDays},
		{Name: "sweep-counts", Every: sweepInterval, Do: h.db.SweepCounts},
		{Name: "sweep-people", Every: sweepInterval, Do: h.people.Sweep},
		{Name: "end-views", Every: time.Minute, Do: h.people.TendViews},
		{Name: "factor-recoveries", Every: sweepInterval, Do: h.people.TendFactorRecoveries},
		{Name: "check-audit", Every: time.Hour, Do: h.people.TendAuditChecks},
		{Name: "review", Every: reviewInterval, Do: h.review},
	}
	list = append(list, h.oauthDuties()...) // oauth
	return list
}
