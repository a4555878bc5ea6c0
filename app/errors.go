package main

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// answerError turns an error into the answer for it: a page, a toast where htmx asked for a part of one,
// JSON under /api. What nobody expected is logged here, once, with the request id the person sees.
func (h *house) answerError(c *fiber.Ctx, err error) error {
	status, retryAfter := statusOf(err), 0
	var limited auth.Limited
	if errors.As(err, &limited) {
		status, retryAfter = fiber.StatusTooManyRequests, int(math.Ceil(limited.Wait.Seconds()))
	}
	var flood tooFast
	if errors.As(err, &flood) {
		status, retryAfter = fiber.StatusTooManyRequests, flood.seconds
	}
	h.logFault(c, status, err)
	if retryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(retryAfter))
	}
	page := views.ErrorFor(status, models.OriginOf(c.UserContext()).RequestID)
	page.RetryAfter = retryAfter
	var closed auth.Closed
	if errors.As(err, &closed) {
		page.Heading, page.Sentence, page.Way, page.WayLabel = "Closed while you view as a member", whyClosed(closed), "/dashboard", "Go to their dashboard"
	}
	var forbidden auth.Forbidden
	if errors.As(err, &forbidden) {
		page.Heading, page.Sentence, page.Way, page.WayLabel = "You cannot do that", whoCan(forbidden), "/admin", "Go to the operator area"
	}
	switch {
	case isAPI(c.Path()):
		return c.Status(status).JSON(fiber.Map{"error": apiError(status), "error_description": page.Heading})
	case views.WantsFragment(c):
		return views.RenderPartials(c, status, views.ToastPartial("error", page.Heading+". "+page.Sentence))
	}
	if err := drawError(c, page); err != nil {
		h.log.ErrorContext(c.UserContext(), "error page failed", "error", err)
		return c.Status(status).SendString(page.Heading)
	}
	return nil
}

// drawError answers with a page: in the operator's area one that keeps its navigation, and offers to ask again.
func drawError(c *fiber.Ctx, page views.ErrorPage) error {
	if around := views.PageOf(c.UserContext()); !around.Operates() || page.Status != fiber.StatusForbidden && page.Status < 500 {
		return views.Render(c, page.Status, views.Error(page))
	}
	again := ""
	if c.Method() == fiber.MethodGet {
		again = addressOf(c)
	}
	return views.Render(c, page.Status, views.AdminError(page, again))
}

// whyClosed says why a route is closed to an operator who views as a member.
func whyClosed(c auth.Closed) string {
	if c.Looking {
		return "You only look: nothing was changed. Stop the view, or begin one with changes."
	}
	return "This belongs to the member alone. Stop the view to go on as yourself."
}

// whoCan says why an operator may not, and who may.
func whoCan(f auth.Forbidden) string {
	if f.Right == "" {
		return f.Sentence
	}
	var words []string
	for _, role := range auth.RolesWith(f.Right) {
		words = append(words, map[auth.Role]string{auth.RoleAuditor: "auditors", auth.RoleSupport: "support operators", auth.RoleAdministrator: "administrators"}[role])
	}
	return "Only " + strings.Join(words, " and ") + " can do that."
}

func (h *house) logFault(c *fiber.Ctx, status int, err error) {
	if status < 500 {
		return
	}
	attributes := []any{"route", routeOf(c), "request", models.OriginOf(c.UserContext()).RequestID, "error", err}
	var p panicked
	if errors.As(err, &p) {
		attributes = append(attributes, "stack", p.stack)
	}
	h.log.ErrorContext(c.UserContext(), "request failed", attributes...)
}

func isAPI(path string) bool { return strings.HasPrefix(path, "/api/") }

// apiError is the word machines get, in the manner of RFC 6749 §5.2 and RFC 6750 §3.1.
func apiError(status int) string {
	switch {
	case status == fiber.StatusNotFound:
		return "not_found"
	case status == fiber.StatusTooManyRequests, status == fiber.StatusServiceUnavailable:
		return "temporarily_unavailable"
	case status >= 500:
		return "server_error"
	}
	return "invalid_request"
}

// refuseUnread answers what Fiber refuses before any middleware runs: too large a body or header, bytes
// that are no request. The connection ends, because what follows on it cannot be told apart.
func (h *house) refuseUnread(c *fiber.Ctx, err error) error {
	c.SetUserContext(models.WithOrigin(c.UserContext(), models.Origin{RequestID: models.NewID()}))
	c.Context().SetConnectionClose()
	h.setHeaders(c)
	status := statusOf(err)
	if status == fiber.StatusRequestEntityTooLarge {
		swallow(c)
	}
	h.metrics.request("other", "unread", status, 0)
	return h.answerError(c, fiber.NewError(status))
}

// swallow reads what a browser is still sending of a body that is too large, within reason: one whose sending
// is cut off shows its own error instead of our page.
func swallow(c *fiber.Ctx) {
	const most, patience = 16 << 20, 100 * time.Millisecond
	conn, buffer := c.Context().Conn(), make([]byte, 64<<10)
	for read := 0; read < most; {
		n, err := 0, conn.SetReadDeadline(time.Now().Add(patience))
		if err == nil {
			n, err = conn.Read(buffer)
		}
		if err != nil {
			return
		}
		read += n
	}
}
