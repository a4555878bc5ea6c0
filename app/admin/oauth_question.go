package admin

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
	"latchkey/views"
)

// oauthQuestion is an act that is asked about, and what became of the answer.
type oauthQuestion struct {
	right auth.Right
	back  string // where it leads when it is done, or moot
	page  func(c *fiber.Ctx) (views.OAuthActPage, bool, error)
}

// decided is the operator with what they typed.
func (h *Handler) decided(c *fiber.Ctx, form views.OAuthActForm) oauthserver.Operator {
	by := h.oauthOperator(c)
	by.Reason, by.Seen, by.Typed = form.WholeReason(), form.Version, form.Typed
	return by
}

// ask draws the question for a state; where the act is not offered any more, it leads back.
func (h *Handler) ask(c *fiber.Ctx, q oauthQuestion, status int, form views.OAuthActForm) error {
	page, offered, err := q.page(c)
	if err != nil {
		return oauthFault(err, q.right)
	}
	if !offered {
		return moot(c, q.back)
	}
	if status == fiber.StatusUnprocessableEntity { // only what was typed is wrong: the state decided on stays
		version := form.Version
		page.Form, page.Form.Version = form, version
	} else {
		form.Version = page.Form.Version
		page.Form = form
	}
	page.Changed = status == fiber.StatusConflict
	return views.Render(c, status, views.OAuthAct(page))
}

// answer does the act and says what became of it.
func (h *Handler) answer(c *fiber.Ctx, q oauthQuestion, done string, act func(form views.OAuthActForm) error) error {
	var form views.OAuthActForm
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	err := act(form)
	var invalid oauthserver.Invalid
	switch {
	case err == nil:
		return views.RedirectWith(c, done, views.FlashActDone)
	case errors.As(err, &invalid):
		form.Errors = sentences(invalid)
		return h.ask(c, q, fiber.StatusUnprocessableEntity, form)
	case errors.Is(err, oauthserver.ErrChanged):
		return h.ask(c, q, fiber.StatusConflict, form)
	case errors.Is(err, models.ErrSpent):
		return moot(c, q.back)
	}
	return oauthFault(err, q.right)
}

// sentences puts the name of its field before what a rule of registrations says about it.
func sentences(invalid oauthserver.Invalid) views.Errors {
	errs := views.Errors{}
	for field, said := range invalid {
		if label := views.ClientFieldLabel(field); label != "" {
			said = label + ": " + said
		}
		errs[field] = said
	}
	return errs
}
