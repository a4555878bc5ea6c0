package auth

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showTrustedBrowsers(c *fiber.Ctx) error {
	return h.drawTrustedBrowsers(c, fiber.StatusOK, views.TrustedBrowsersPage{})
}

func (h *Handler) drawTrustedBrowsers(c *fiber.Ctx, status int, page views.TrustedBrowsersPage) error {
	list, err := h.s.TrustedBrowsers(c.UserContext(), CurrentUser(c), h.visitor(c))
	if err != nil {
		return signedOut(c, err)
	}
	for _, b := range list {
		page.Rows = append(page.Rows, views.TrustedBrowserRow{
			ID: b.ID, Name: b.Name, Browser: b.Browser, System: b.System, Address: b.Address, Since: b.Since, Until: b.Until, Current: b.Current,
		})
	}
	return views.Render(c, status, views.TrustedBrowsers(page))
}

func (h *Handler) renameTrustedBrowser(c *fiber.Ctx) error {
	page := views.TrustedBrowsersPage{Renamed: c.Params("id"), Name: c.FormValue("name")}
	err := h.s.RenameTrustedBrowser(c.UserContext(), CurrentUser(c), page.Renamed, page.Name)
	if err == nil {
		return views.RedirectWith(c, "/account/trusted-browsers", views.FlashBrowserRenamed)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		page.Errors = errs
		return h.drawTrustedBrowsers(c, status, page)
	})
}

func (h *Handler) endTrust(c *fiber.Ctx) error {
	if err := h.s.UntrustBrowsers(c.UserContext(), CurrentUser(c), c.Params("id")); err != nil {
		return signedOut(c, err)
	}
	return views.RedirectWith(c, "/account/trusted-browsers", views.FlashTrustEnded)
}

func (h *Handler) endAllTrust(c *fiber.Ctx) error {
	if err := h.s.UntrustBrowsers(c.UserContext(), CurrentUser(c), ""); err != nil {
		return signedOut(c, err)
	}
	return views.RedirectWith(c, "/account/trusted-browsers", views.FlashTrustEnded)
}
