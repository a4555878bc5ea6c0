package admin_test

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/app/admin"
	"latchkey/app/apptest"
	"latchkey/app/doctor"
	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
	"latchkey/views"
)

const (
	goodPassword  = "violet-Kettle-drum-41"
	administrator = "root@example.test"
	auditor       = "auditor@example.test"
	member        = "ann@example.test"
)

// auditSite is the operator's area behind a real server, with an administrator, an auditor and a member.
type auditSite struct {
	*testing.T
	db      *models.DB
	clock   *modelstest.Clock
	people  *auth.Service
	doctor  doctor.Watch
	address string
}

// eachAudit runs a test on such a site over every database. writeTime is how long the server gives an answer.
func eachAudit(t *testing.T, writeTime time.Duration, f func(st *auditSite)) {
	t.Helper()
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		st := &auditSite{T: t, db: db, clock: clock}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		st.address = "http://" + listener.Addr().String()
		st.people, err = auth.New(auth.Config{DB: db, BaseURL: st.address, ArgonMemory: 8, ArgonTime: 1, HashQueue: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		app := st.serve(writeTime)
		go func() { _ = app.Listener(listener) }()
		t.Cleanup(func() { _ = app.Shutdown() })
		for email, role := range map[string]auth.Role{administrator: auth.RoleAdministrator, auditor: auth.RoleAuditor, member: ""} {
			if _, err := st.people.CreateUser(t.Context(), auth.NewUser{Email: email, Name: strings.Split(email, "@")[0], Password: goodPassword, Role: role, Verified: true}); err != nil {
				t.Fatal(err)
			}
		}
		f(st)
	})
}

func (st *auditSite) serve(writeTime time.Duration) *fiber.App {
	pages := auth.NewHandler(st.people)
	app := fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true, ReadBufferSize: 64 << 10, WriteTimeout: writeTime, ErrorHandler: func(c *fiber.Ctx, err error) error {
		status := fiber.StatusInternalServerError
		var known *fiber.Error
		var forbidden auth.Forbidden
		switch {
		case errors.As(err, &known):
			status = known.Code
		case errors.Is(err, models.ErrNotFound):
			status = fiber.StatusNotFound
		case errors.As(err, &forbidden):
			status = fiber.StatusForbidden
		}
		return c.Status(status).SendString(err.Error())
	}})
	app.Use(func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), 30*time.Second)
		defer cancel() // as the house does: what goes on after the answer has to live without it
		origin := models.Origin{Address: cmp.Or(c.Get("X-Test-Address"), "192.0.2.1"), UserAgent: c.Get("User-Agent"), RequestID: models.NewID()}
		ctx, statements := modelstest.Count(ctx)
		c.SetUserContext(views.WithPage(models.WithOrigin(ctx, origin), &views.Page{Path: c.Path()}))
		err := c.Next()
		c.Set("X-Statements", strconv.FormatInt(statements.Load(), 10))
		return err
	}, pages.LoadSession)
	pages.Mount(app)
	area := admin.New(admin.Config{DB: st.db, Doctor: &st.doctor, People: st.people, Pages: pages, Log: slog.New(slog.DiscardHandler)})
	area.OAuth = st.oauth() // oauth
	area.Mount(app)
	app.Get("/dashboard", pages.RequireUser, func(c *fiber.Ctx) error { return views.Render(c, 200, views.Dashboard(views.DashboardPage{})) })
	return app
}

// signedIn is a browser of somebody.
func (st *auditSite) signedIn(email string) *apptest.Browser {
	st.Helper()
	b := apptest.New(st.T).Visit(st.address+"/login").Submit("Sign in", apptest.Set("email", email), apptest.Set("password", goodPassword))
	if b.URL.Path == "/login" {
		st.Fatalf("%s is not signed in: %s", email, b.Text())
	}
	return b
}

func (st *auditSite) user(email string) models.User {
	st.Helper()
	u, err := st.db.UserByEmail(st.Context(), email)
	if err != nil {
		st.Fatal(err)
	}
	return u
}

// wrote puts an event into the log.
func (st *auditSite) wrote(e models.AuditEvent) models.AuditEvent {
	st.Helper()
	st.clock.Add(time.Second)
	e.Action, e.ActorKind = cmp.Or(e.Action, "app.test"), cmp.Or(e.ActorKind, "system")
	if err := st.db.Audit(st.Context(), e); err != nil {
		st.Fatal(err)
	}
	written := st.logged(models.AuditFilter{})[0]
	st.clock.Add(time.Second)
	return written
}

// logged is the log, the newest first.
func (st *auditSite) logged(f models.AuditFilter) []models.AuditEvent {
	st.Helper()
	list, err := st.db.AuditOlder(st.Context(), f, nil, 1000)
	if err != nil {
		st.Fatal(err)
	}
	return list
}

func (st *auditSite) run(statement string) {
	st.Helper()
	if _, err := modelstest.SQL(st, st.db).ExecContext(st.Context(), statement); err != nil {
		st.Fatalf("%s: %v", statement, err)
	}
}
