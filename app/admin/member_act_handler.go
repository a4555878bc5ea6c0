package admin

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/views"
)

// showMemberAct asks before an act.
func (h *Handler) showMemberAct(act auth.MemberAct) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r, err := h.member(c)
		if err != nil {
			return err
		}
		if !offers(c, r, act.Name) {
			return h.refuseAct(c, act, r)
		}
		return h.askAct(c, fiber.StatusOK, act, r, views.MemberActForm{Target: c.Query("target"), Name: r.Name})
	}
}

// submitMemberAct does it. What has changed meanwhile is shown again, with the counts as they are now.
func (h *Handler) submitMemberAct(act auth.MemberAct) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var form views.MemberActForm
		if err := c.BodyParser(&form); err != nil {
			return fiber.ErrBadRequest
		}
		err := h.doAct(c, act, form)
		if err == nil {
			return views.RedirectWith(c, membersPath+"/"+c.Params("id"), views.FlashActDone)
		}
		return h.rejectAct(c, act, form, err)
	}
}

func (h *Handler) doAct(c *fiber.Ctx, act auth.MemberAct, form views.MemberActForm) error {
	decided := auth.Act{
		Reason: form.WholeReason(), Version: form.Version, Typed: strings.TrimSpace(form.Typed), Target: form.Target, Name: form.Name, Role: auth.Role(form.Role),
	}
	until, ok := form.UntilTime()
	if !ok {
		return auth.Invalid{"until": "Choose a day, or leave it empty"}
	}
	if !until.IsZero() {
		decided.Until = &until
	}
	return h.People.ActOnMember(c.UserContext(), operator(c), act.Name, c.Params("id"), decided)
}

func (h *Handler) rejectAct(c *fiber.Ctx, act auth.MemberAct, form views.MemberActForm, err error) error {
	var invalid auth.Invalid
	status := fiber.StatusUnprocessableEntity
	switch {
	case errors.As(err, &invalid):
		form.Errors = invalid
	case errors.Is(err, auth.ErrChanged):
		status = fiber.StatusConflict
	default:
		return err
	}
	r, err := h.member(c)
	if err != nil {
		return err
	}
	if !offers(c, r, act.Name) {
		return h.refuseAct(c, act, r)
	}
	return h.askAct(c, status, act, r, form)
}

// askAct draws the question for a state. The version in the form is that of the state drawn, unless only what was typed is
// wrong: then it stays the one that was decided on.
func (h *Handler) askAct(c *fiber.Ctx, status int, act auth.MemberAct, r auth.MemberRecord, form views.MemberActForm) error {
	page := views.MemberActPage{
		Act: act.Name, Member: h.memberHead(c, r), Form: form, NeedsReason: act.Reason, NeedsTyped: act.Typed, Changed: status == fiber.StatusConflict,
		Sessions: r.Sessions, Apps: r.Apps, Authenticators: r.Authenticators, Passkeys: r.Passkeys,
	}
	if status != fiber.StatusUnprocessableEntity {
		var err error
		if page.Form.Version, err = r.Version(); err != nil {
			return err
		}
	}
	about, err := h.aboutTarget(c, act, r, form.Target)
	if err != nil {
		return err
	}
	page.About = about
	return views.Render(c, status, views.MemberAct(page))
}

// refuseAct answers where an act is not offered: because of who asks, or because it is done already.
func (h *Handler) refuseAct(c *fiber.Ctx, act auth.MemberAct, r auth.MemberRecord) error {
	if err := auth.MayAct(operator(c), act, r); err != nil {
		return err
	}
	return moot(c, membersPath+"/"+r.ID)
}

// moot leads back from an act that is not there to do any more.
func moot(c *fiber.Ctx, back string) error {
	if c.Method() != fiber.MethodPost { // which leaves nothing behind, a notice neither
		return views.Redirect(c, back)
	}
	return views.RedirectWith(c, back, views.FlashActMoot)
}

// aboutTarget names the session or the factor that an act is about. models.ErrNotFound: it is gone.
func (h *Handler) aboutTarget(c *fiber.Ctx, act auth.MemberAct, r auth.MemberRecord, target string) (string, error) {
	switch act.Name {
	case "end_session":
		list, err := h.People.MemberSessions(c.UserContext(), operator(c), r.ID)
		if err != nil {
			return "", err
		}
		for _, s := range list {
			if s.ID == target {
				return strings.TrimSpace(s.Browser + " " + s.System + " " + s.Address), nil
			}
		}
		return "", fiber.ErrNotFound
	case "remove_factor":
		list, err := h.People.MemberFactors(c.UserContext(), operator(c), r.ID)
		if err != nil {
			return "", err
		}
		for _, f := range list {
			if f.Target() == target {
				return factorKinds[f.Kind] + ": " + f.Name, nil
			}
		}
		return "", fiber.ErrNotFound
	}
	return "", nil
}
