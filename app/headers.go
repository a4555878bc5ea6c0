package main

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// headers are on every answer. They stand there first: what a handler sets itself takes their place.
func (h *house) headers(c *fiber.Ctx) error {
	h.setHeaders(c)
	err := c.Next()
	openForClient(c)
	return err
}

var ownPolicy = views.ContentPolicy("")

// safeHeaders are spelt as they are sent.
var safeHeaders = []struct{ name, value []byte }{
	{[]byte(fiber.HeaderContentSecurityPolicy), []byte(ownPolicy)},
	{[]byte(fiber.HeaderXContentTypeOptions), []byte("nosniff")},
	{[]byte(fiber.HeaderXFrameOptions), []byte("DENY")},
	{[]byte(fiber.HeaderReferrerPolicy), []byte("same-origin")},
	{[]byte("Permissions-Policy"), []byte("camera=(), geolocation=(), microphone=(), payment=(), usb=()")},
	{[]byte(openerPolicy), []byte("same-origin")},
}

const openerPolicy = "Cross-Origin-Opener-Policy"

func (h *house) setHeaders(c *fiber.Ctx) {
	header := &c.Response().Header
	for _, safe := range safeHeaders {
		header.SetCanonical(safe.name, safe.value)
	}
	if h.config.https() {
		header.Set(fiber.HeaderStrictTransportSecurity, "max-age=63072000; includeSubDomains")
	}
}

// openForClient is for the flow of another program: a page that leads back to it may send its form there. In such a
// flow, and where pages bring a policy of their own, the opener stays: that program may have opened us as a popup.
func openForClient(c *fiber.Ctx) {
	header := &c.Response().Header
	own := string(header.Peek(fiber.HeaderContentSecurityPolicy)) != ownPolicy
	target := views.PageOf(c.UserContext()).FormTarget
	if target != "" && !own {
		header.Set(fiber.HeaderContentSecurityPolicy, views.ContentPolicy(target))
	}
	if target != "" || own {
		header.Del(openerPolicy)
	}
}
