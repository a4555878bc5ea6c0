package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// requestTime is how long a request may take; its statements are cancelled then.
const requestTime = 30 * time.Second

type routeKey struct{}

// begin gives a request its id, and its origin for audit log and limits. Nothing of the
// request's own headers names it: a client that could choose ids could hide in the log.
func (h *house) begin(c *fiber.Ctx) error {
	origin := models.Origin{
		Address:   auth.ClientAddress(c.Context().RemoteIP().String(), headerValues(c, fiber.HeaderXForwardedFor), h.config.proxies),
		UserAgent: c.Get(fiber.HeaderUserAgent),
		RequestID: models.NewID(),
	}
	c.SetUserContext(models.WithOrigin(c.UserContext(), origin))
	c.Set("X-Request-Id", origin.RequestID)
	if c.Method() == fiber.MethodHead {
		c.Method(fiber.MethodGet) // every page answers HEAD; the server leaves the body out
	}
	return c.Next()
}

// limitTime gives a request that may ask the database its deadline. What comes after, an error page for one, is not
// cut short by it.
func limitTime(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), requestTime)
	c.SetUserContext(ctx)
	defer func() {
		cancel()
		c.SetUserContext(context.WithoutCancel(c.UserContext()))
	}()
	return c.Next()
}

// aroundPage is what every page is drawn with, errors included; LoadSession adds who is signed in.
func (h *house) aroundPage(c *fiber.Ctx) error {
	c.SetUserContext(views.WithPage(c.UserContext(), &views.Page{
		Path: c.Path(), Address: func() string { return addressOf(c) }, Secure: h.config.https(), Dev: h.config.devPages(), Version: version,
		Theme: c.Cookies(views.CookieName(h.config.https(), "theme")),
	}))
	return c.Next()
}

// addressOf is where the page of this request can be asked for again: what a rejected form carries in its body is in
// the query then. It is empty for what no link of ours looks like.
func addressOf(c *fiber.Ctx) string {
	address := c.OriginalURL()
	if returnTo := c.Context().PostArgs().Peek("return_to"); len(returnTo) > 0 {
		address = c.Path() + "?return_to=" + url.QueryEscape(string(returnTo))
	}
	if !auth.IsLocal(address) {
		return ""
	}
	return address
}

func headerValues(c *fiber.Ctx, name string) []string {
	var values []string
	for _, value := range c.Request().Header.PeekAll(name) {
		values = append(values, string(value))
	}
	return values
}

// record logs and counts every request, and turns errors and panics into pages: everything before it in
// routes.go sees the final answer. The log has the route, not the address: that may hold a token.
func (h *house) record(c *fiber.Ctx) error {
	began := time.Now()
	err := h.guarded(c)
	if err != nil {
		err = h.answerError(c, err)
	}
	took, status, route := time.Since(began), c.Response().StatusCode(), routeOf(c)
	h.metrics.request(knownMethod(c.Method()), route, status, took)
	h.counting.request(route, status, took)
	origin := models.OriginOf(c.UserContext())
	h.log.LogAttrs(c.UserContext(), requestLevel(status), "request",
		slog.String("method", knownMethod(c.Method())), slog.String("route", route), slog.Int("status", status),
		slog.Duration("took", took.Round(time.Microsecond)), slog.String("address", origin.Address), slog.String("request", origin.RequestID))
	return err
}

// guarded turns a panic into an error that tells where.
func (h *house) guarded(c *fiber.Ctx) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = panicked{fault, string(debug.Stack())}
		}
	}()
	return c.Next()
}

type panicked struct {
	value any
	stack string
}

func (p panicked) Error() string { return fmt.Sprintf("panic: %T", p.value) }

// routeOf is the pattern that matched, or "none": unbounded addresses would be unbounded labels.
func routeOf(c *fiber.Ctx) string {
	if route, known := c.Locals(routeKey{}).(string); known {
		return route
	}
	if path := c.Route().Path; path != "/" || c.Path() == "/" {
		return path
	}
	return "none"
}

// knownMethod keeps made-up methods out of the labels. HEAD has become GET in begin.
func knownMethod(method string) string {
	if method == fiber.MethodGet || method == fiber.MethodPost {
		return method
	}
	return "other"
}

func requestLevel(status int) slog.Level {
	if status >= 500 {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// statusOf is the answer for an error that came out of a handler.
func statusOf(err error) int {
	var e *fiber.Error
	var forbidden auth.Forbidden
	var closed auth.Closed
	switch {
	case errors.As(err, &e):
		return e.Code
	case errors.As(err, &forbidden), errors.As(err, &closed):
		return fiber.StatusForbidden
	case errors.Is(err, models.ErrNotFound):
		return fiber.StatusNotFound // also for what is somebody else's: it does not exist for this person
	case errors.Is(err, views.ErrNoFragment), errors.Is(err, models.ErrNoCursor):
		return fiber.StatusBadRequest
	case errors.Is(err, auth.ErrBusy), models.IsBusy(err):
		return fiber.StatusServiceUnavailable
	}
	return fiber.StatusInternalServerError
}
