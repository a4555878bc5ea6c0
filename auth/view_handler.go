package auth

import (
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

const stopViewPath = "/view-as/stop"

// viewing is as whom somebody signed in sees the place: an operator with a running view as its member. A view that is over leaves
// the operator's own session, which was never gone.
func (h *Handler) viewing(c *fiber.Ctx, operator *User) (*User, error) {
	token := c.Cookies(h.s.cookieName(cookieView))
	if token == "" {
		return operator, nil
	}
	member, err := h.s.LoadView(c.UserContext(), operator, token)
	if errors.Is(err, ErrSignedOut) {
		c.Cookie(h.cookie(cookieView, "", expired))
		return operator, nil
	}
	return member, err
}

// SetView makes the browser view as a member until the time given.
func (h *Handler) SetView(c *fiber.Ctx, token string, until time.Time) {
	c.Cookie(h.cookie(cookieView, token, until))
}

// Closed is the outcome of a request that an operator may not make who views as a member.
type Closed struct {
	Looking bool // the route is open for those who may change; this operator only looks
}

func (c Closed) Error() string { return "closed while an operator views as a member" }

// GuardView lets an operator who views as a member do what the route says, and keeps in the audit log what they tried or changed
// besides looking. Errors: Closed.
func (h *Handler) GuardView(c *fiber.Ctx, opens func() ViewAs) error {
	u := CurrentUser(c)
	if u == nil || u.ActorID == "" || c.Path() == stopViewPath || c.Path() == "/theme" || c.Path() == "/logout" {
		return c.Next() // leaving is always possible: the session that ends is the operator's own
	}
	if path := c.Path(); path == "/admin" || strings.HasPrefix(path, "/admin/") {
		return fiber.ErrNotFound // for the member it is not there
	}
	route, open := c.Method()+" "+c.Path(), opens()
	switch {
	case open == ViewRead && c.Method() == fiber.MethodGet:
		return c.Next()
	case open == ViewWrite && u.ViewWrites:
		if err := h.s.NoteView(c.UserContext(), u, AuditViewChange, route); err != nil {
			return err
		}
		return c.Next()
	}
	if err := h.s.NoteView(c.UserContext(), u, AuditViewBlock, route); err != nil {
		return err
	}
	return Closed{Looking: open == ViewWrite}
}

// stopView ends the view and gives the operator their own session back.
func (h *Handler) stopView(c *fiber.Ctx) error {
	u := CurrentUser(c)
	err := h.s.StopView(c.UserContext(), u)
	if errors.Is(err, ErrSignedOut) { // they are in none
		return views.Redirect(c, afterSignIn)
	}
	if err != nil {
		return err
	}
	c.Cookie(h.cookie(cookieView, "", expired))
	return views.Redirect(c, "/admin/views/"+u.SessionID)
}
