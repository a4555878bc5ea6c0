package auth

import (
	"errors"
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
	load := h.s.LoadView
	if askedByItself(c) {
		load = h.s.peekView
	}
	member, err := load(c.UserContext(), operator, token)
	var over ViewOver
	if errors.As(err, &over) {
		c.Locals(viewOverKey{}, over.ID)
		err = ErrSignedOut
	}
	if errors.Is(err, ErrSignedOut) {
		c.Cookie(h.cookie(cookieView, "", expired))
		return operator, nil
	}
	return member, err
}

type viewOverKey struct{}

// viewOver is the view that ended before this request, which the browser still took for running; empty: there is none.
func viewOver(c *fiber.Ctx) string {
	id, _ := c.Locals(viewOverKey{}).(string)
	return id
}

// afterView is where an operator goes on whose view has ended.
func afterView(c *fiber.Ctx, id string) string {
	if !CurrentUser(c).Role.May(RightRead) {
		return afterSignIn
	}
	return "/admin/views/" + id
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
	if u == nil || c.Path() == stopViewPath || c.Path() == "/theme" || c.Path() == "/logout" {
		return c.Next() // leaving is always possible: the session that ends is the operator's own
	}
	if id := viewOver(c); id != "" && (c.Method() != fiber.MethodGet || views.WantsFragment(c)) {
		// It was meant for the member's account, and must not be done in the operator's.
		return views.RedirectWith(c, afterView(c, id), views.FlashViewOverUndone)
	}
	if u.ActorID == "" {
		return c.Next()
	}
	if forOperators(c) {
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
	if id := viewOver(c); id != "" {
		return views.Redirect(c, afterView(c, id))
	}
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
