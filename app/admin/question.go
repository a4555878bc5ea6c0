package admin

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// answered is a form that can say what was wrong with it.
type answered interface{ Reject(errs views.Errors) }

// answer reads a form and does what it asks. It leads to the address that act gives, with a notice; where there is nothing to do
// any more (models.ErrSpent), with the notice of that. What the rules refuse is asked again, with the form as it was sent.
func answer(c *fiber.Ctx, form answered, flash string, act func() (to string, err error), again func(status int) error) error {
	if err := c.BodyParser(form); err != nil {
		return fiber.ErrBadRequest
	}
	to, err := act()
	switch {
	case err == nil:
		return views.RedirectWith(c, to, flash)
	case errors.Is(err, models.ErrSpent):
		return moot(c, to)
	}
	status, errs, err := reject(err)
	if err != nil {
		return err
	}
	form.Reject(errs)
	return again(status)
}

// reject tells how a form is drawn again: 422 for what was typed, 409 for what has changed. Other errors are passed on.
func reject(err error) (status int, errs views.Errors, other error) {
	var invalid auth.Invalid
	switch {
	case errors.As(err, &invalid):
		return fiber.StatusUnprocessableEntity, views.Errors(invalid), nil
	case errors.Is(err, auth.ErrChanged):
		return fiber.StatusConflict, nil, nil
	}
	return 0, nil, err
}

// decided is what an operator answered to a question.
func decided(form views.ReasonForm) auth.Act {
	return auth.Act{Reason: form.WholeReason(), Version: form.Version}
}

// askOn puts the version of the state that is drawn into a question, unless only what was typed is wrong: then it stays the one that
// was decided on.
func askOn(status int, form *views.ReasonForm, version func() (string, error)) (err error) {
	if status != fiber.StatusUnprocessableEntity {
		form.Version, err = version()
	}
	return err
}

// changed tells whether a question is asked again because of what was done meanwhile.
func changed(status int) bool { return status == fiber.StatusConflict }

// moot leads back from an act that is not there to do any more.
func moot(c *fiber.Ctx, back string) error {
	if c.Method() != fiber.MethodPost { // which leaves nothing behind, a notice neither
		return views.Redirect(c, back)
	}
	return views.RedirectWith(c, back, views.FlashActMoot)
}
