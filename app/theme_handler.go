package main

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/views"
)

// themeAge is how long a browser keeps the choice, in seconds: 400 days, the most browsers allow.
const themeAge = 400 * 24 * 60 * 60

// submitTheme keeps the choice of light or dark in a cookie, so that the first byte of the next page knows it.
func (h *house) submitTheme(c *fiber.Ctx) error {
	theme := c.FormValue("theme")
	if !slices.Contains([]string{"light", "dark", "system"}, theme) {
		return fiber.ErrUnprocessableEntity
	}
	c.Cookie(&fiber.Cookie{
		Name: views.CookieName(h.config.https(), "theme"), Value: theme, MaxAge: themeAge,
		Path: "/", HTTPOnly: true, Secure: h.config.https(), SameSite: fiber.CookieSameSiteLaxMode,
	})
	back := c.FormValue("return_to", "/")
	if !auth.IsLocal(back) { // LocalPath would lead out of a sign-in, too
		back = "/"
	}
	return views.Redirect(c, back)
}
