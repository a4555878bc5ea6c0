package auth

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showReauth(c *fiber.Ctx) error {
	form := views.ReauthForm{ReturnTo: LocalPath(c.Query("return_to")), Level: c.Query("level")}
	return h.drawReauth(c, fiber.StatusOK, form)
}

func (h *Handler) drawReauth(c *fiber.Ctx, status int, form views.ReauthForm) error {
	factors, err := h.s.factorsOf(c.UserContext(), h.s.db, CurrentUser(c).ID)
	if err != nil {
		return signedOut(c, err)
	}
	form.Factors = shownFactors(factors)
	limitTo(&form)
	if form.ByMail = !factors.Any() && !CurrentUser(c).HasPassword; form.ByMail {
		if form.Sent, err = h.s.ReauthCodeSent(c.UserContext(), CurrentUser(c)); err != nil {
			return signedOut(c, err)
		}
	}
	form.Why, form.Email = whyReauth(form.ReturnTo), CurrentUser(c).Email
	form.Client = h.returnClient(c, form.ReturnTo)
	return views.Render(c, status, views.Reauth(form))
}

// limitTo leaves the ways that reach the level an app asked for.
func limitTo(form *views.ReauthForm) {
	switch form.Level {
	case ACRTwoStep:
	case ACRPasskey:
		form.Factors.App = false
	default:
		form.Level = ""
		return
	}
	form.Missing = form.Factors == (views.Factors{})
}

func (h *Handler) beginReauthPasskey(c *fiber.Ctx) error {
	options, err := h.s.BeginReauthPasskey(c.UserContext(), CurrentUser(c), c.Query("level"))
	return h.sendOptions(c, options, err)
}

func (h *Handler) sendReauthCode(c *fiber.Ctx) error {
	var form views.ReauthForm
	if err := parse(c, &form); err != nil {
		return err
	}
	form.ReturnTo = LocalPath(form.ReturnTo)
	err := h.s.SendReauthCode(c.UserContext(), CurrentUser(c))
	if err == nil {
		return views.RedirectWith(c, "/reauth?return_to="+url.QueryEscape(form.ReturnTo), views.FlashCodeSent)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Errors = errs
		return h.drawReauth(c, status, form)
	})
}

// whyReauth says what the person is about to do.
func whyReauth(returnTo string) string {
	path, _, _ := strings.Cut(returnTo, "?")
	switch {
	case strings.HasPrefix(path, "/oauth/authorize/"):
		return "To go on to the app, confirm it is you."
	case strings.HasPrefix(path, "/account/apps"):
		return "To change which apps reach your account, confirm it is you."
	case path == "/account/password":
		return "To set a password, confirm it is you."
	case strings.HasPrefix(path, "/account/passkeys"):
		return "To change your passkeys, confirm it is you."
	case strings.HasPrefix(path, "/account/totp"):
		return "To change your authenticator apps, confirm it is you."
	case path == "/account/recovery-codes":
		return "To see or change your recovery codes, confirm it is you."
	}
	return "To go on, confirm it is you."
}

func (h *Handler) submitReauth(c *fiber.Ctx) error {
	var form views.ReauthForm
	if err := parse(c, &form); err != nil {
		return err
	}
	form.ReturnTo = LocalPath(form.ReturnTo)
	entry, err := h.s.Reauthenticate(c.UserContext(), CurrentUser(c), Reproof{Password: form.Password, Code: form.Code, Credential: form.Credential})
	if err == nil {
		h.setCookies(c, entry)
		return views.Redirect(c, form.ReturnTo)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Code, form.Errors = "", errs
		return h.drawReauth(c, status, form)
	})
}
