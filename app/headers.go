package main

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// headers are on every answer; what a handler set itself stays.
func (h *house) headers(c *fiber.Ctx) error {
	err := c.Next()
	h.setHeaders(c)
	return err
}

func (h *house) setHeaders(c *fiber.Ctx) {
	target := views.PageOf(c.UserContext()).FormTarget
	own := len(c.Response().Header.Peek(fiber.HeaderContentSecurityPolicy)) > 0
	set := func(name, value string) {
		if len(c.Response().Header.Peek(name)) == 0 {
			c.Set(name, value)
		}
	}
	set(fiber.HeaderContentSecurityPolicy, views.ContentPolicy(target))
	set(fiber.HeaderXContentTypeOptions, "nosniff")
	set(fiber.HeaderXFrameOptions, "DENY")
	set(fiber.HeaderReferrerPolicy, "same-origin")
	set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if target == "" && !own {
		// In a flow of another program, whose pages bring a policy of their own, the opener stays: that
		// program may have opened us as a popup.
		set("Cross-Origin-Opener-Policy", "same-origin")
	}
	if h.config.https() {
		set(fiber.HeaderStrictTransportSecurity, "max-age=63072000; includeSubDomains")
	}
}
