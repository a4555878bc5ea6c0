package main

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// contentPolicy lets a page use what comes from here, and nothing else: no inline script, no eval, no
// frame. formTarget is the one place beside ourselves where its forms may lead: Chromium applies
// form-action to the redirects after a form, too.
func contentPolicy(formTarget string) string {
	action := strings.TrimSpace("'self' " + formTarget)
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"manifest-src 'self'; form-action " + action + "; base-uri 'none'; frame-ancestors 'none'; " +
		"require-trusted-types-for 'script'; trusted-types latchkey"
}

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
	set(fiber.HeaderContentSecurityPolicy, contentPolicy(target))
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
