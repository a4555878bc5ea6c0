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

// oauthDecided is the operator with what they typed.
func (h *Handler) oauthDecided(c *fiber.Ctx, form views.OAuthActForm) oauthserver.Operator {
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
	version := page.Form.Version
	page.Form, page.Changed = form, changed(status)
	if err := askOn(status, &page.Form.ReasonForm, func() (string, error) { return version, nil }); err != nil {
		return err
	}
	return views.Render(c, status, views.OAuthAct(page))
}

// answerOAuth does the act and says what became of it.
func (h *Handler) answerOAuth(c *fiber.Ctx, q oauthQuestion, done string, act func(form views.OAuthActForm) error) error {
	var form views.OAuthActForm
	return answer(c, &form, views.FlashActDone, func() (string, error) {
		err := oauthFault(act(form), q.right)
		if errors.Is(err, models.ErrSpent) {
			return q.back, err
		}
		return done, err
	}, func(status int) error { return h.ask(c, q, status, form) })
}

// sentences puts the name of its field before what a rule of registrations says about it.
func sentences(invalid oauthserver.Invalid) auth.Invalid {
	errs := auth.Invalid{}
	for field, said := range invalid {
		if label := views.ClientFieldLabel(field); label != "" {
			said = label + ": " + said
		}
		errs[field] = said
	}
	return errs
}
