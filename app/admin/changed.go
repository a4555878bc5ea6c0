package admin

import (
	"cmp"
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/models"
	"latchkey/views"
)

// openedMost is how long ago a question may have been asked for what has changed to be looked up.
const openedMost = 7 * 24 * time.Hour

// rememberOpening keeps since when the form that was sent is open, so that a question that is asked again can say what was done
// meanwhile, and by whom. What is no moment is left out: it only serves to tell.
func (h *Handler) rememberOpening(c *fiber.Ctx) error {
	if c.Method() != fiber.MethodPost {
		return c.Next()
	}
	micros, err := strconv.ParseInt(c.FormValue("opened"), 10, 64)
	at, now := time.UnixMicro(micros), h.DB.Now()
	if err != nil || at.After(now) || at.Before(now.Add(-openedMost)) {
		return c.Next()
	}
	page := views.PageOf(c.UserContext())
	page.Opened = at
	page.Changed = func() *views.LastChange { return h.lastChange(c, at) }
	return c.Next()
}

// lastChange is what was done to what the address names; nil: nothing, or it could not be read, which is no reason to keep the page back.
func (h *Handler) lastChange(c *fiber.Ctx, since time.Time) *views.LastChange {
	id := cmp.Or(c.Params("id"), c.Params("name"), c.Params("kid"))
	if id == "" {
		return nil
	}
	e, people, err := h.People.LastChange(c.UserContext(), operator(c), id, since)
	if err != nil {
		if !errors.Is(err, models.ErrNotFound) {
			h.Log.ErrorContext(c.UserContext(), "last change not read", "error", err)
		}
		return nil
	}
	row := h.auditRow(e, people)
	return &views.LastChange{What: row.What, Who: row.Who.Label, At: e.CreatedAt, Event: e.ID}
}
