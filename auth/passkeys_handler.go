package auth

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showPasskeys(c *fiber.Ctx) error {
	return h.drawPasskeys(c, fiber.StatusOK, views.PasskeyForm{})
}

func (h *Handler) drawPasskeys(c *fiber.Ctx, status int, form views.PasskeyForm) error {
	list, err := h.s.Passkeys(c.UserContext(), CurrentUser(c))
	if err != nil {
		return signedOut(c, err)
	}
	page := views.PasskeysPage{Full: list.Full, Signal: list.Signal, Form: form}
	for _, key := range list.Keys {
		page.Rows = append(page.Rows, views.PasskeyRow{
			ID: key.ID, Name: key.Name, Provider: key.Provider, Synced: key.Synced, Alone: key.Alone, Elsewhere: key.Elsewhere,
			Added: key.Added, LastUsed: key.LastUsed,
		})
	}
	return views.Render(c, status, views.Passkeys(page))
}

func (h *Handler) beginPasskey(c *fiber.Ctx) error {
	options, err := h.s.BeginPasskey(c.UserContext(), CurrentUser(c))
	return h.sendOptions(c, options, err)
}

func (h *Handler) addPasskey(c *fiber.Ctx) error {
	var form views.PasskeyForm
	if err := parse(c, &form); err != nil {
		return err
	}
	entry, first, err := h.s.AddPasskey(c.UserContext(), CurrentUser(c), form.Credential, form.Name)
	if err == nil {
		h.setCookies(c, entry)
		if first {
			return views.RedirectWith(c, "/account/recovery-codes", views.FlashTwoStepOn)
		}
		return views.RedirectWith(c, "/account/passkeys", views.FlashPasskeyAdded)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return h.drawPasskeys(c, status, form)
	})
}

func (h *Handler) showRenamePasskey(c *fiber.Ctx) error {
	key, err := h.s.Passkey(c.UserContext(), CurrentUser(c), c.Params("id"))
	if err != nil {
		return signedOut(c, err)
	}
	return views.Render(c, fiber.StatusOK, views.RenamePasskey(views.RenamePasskeyForm{ID: key.ID, Name: key.Name}))
}

func (h *Handler) renamePasskey(c *fiber.Ctx) error {
	form := views.RenamePasskeyForm{ID: c.Params("id")}
	if err := parse(c, &form); err != nil {
		return err
	}
	err := h.s.RenamePasskey(c.UserContext(), CurrentUser(c), form.ID, form.Name)
	if err == nil {
		return views.RedirectWith(c, "/account/passkeys", views.FlashPasskeyRenamed)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return views.Render(c, status, views.RenamePasskey(form))
	})
}

func (h *Handler) showRemovePasskey(c *fiber.Ctx) error {
	return h.drawRemovePasskey(c, fiber.StatusOK, nil)
}

func (h *Handler) drawRemovePasskey(c *fiber.Ctx, status int, errs views.Errors) error {
	key, err := h.s.Passkey(c.UserContext(), CurrentUser(c), c.Params("id"))
	if err != nil {
		return signedOut(c, err)
	}
	return views.Render(c, status, views.RemovePasskey(views.RemovePasskeyPage{ID: key.ID, Name: key.Name, Errors: errs}))
}

func (h *Handler) removePasskey(c *fiber.Ctx) error {
	entry, err := h.s.RemovePasskey(c.UserContext(), CurrentUser(c), c.Params("id"))
	if err != nil {
		return h.reject(c, err, func(status int, errs views.Errors) error { return h.drawRemovePasskey(c, status, errs) })
	}
	if entry.Session == "" { // this session began with it
		h.clearSession(c)
		return views.RedirectWith(c, entry.Next, views.FlashPasskeySignedOut)
	}
	h.setCookies(c, entry)
	return views.RedirectWith(c, entry.Next, views.FlashPasskeyRemoved)
}
