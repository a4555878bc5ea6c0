package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/views"
)

// showMemberAct asks before an act.
func (h *Handler) showMemberAct(act auth.MemberAct) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return h.askAct(c, fiber.StatusOK, act, views.MemberActForm{Target: c.Query("target")})
	}
}

// submitMemberAct does it. What has changed meanwhile is shown again, with the counts as they are now.
func (h *Handler) submitMemberAct(act auth.MemberAct) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var form views.MemberActForm
		return answer(c, &form, views.FlashActDone, func() (string, error) {
			return membersPath + "/" + c.Params("id"), h.doAct(c, act, form)
		}, func(status int) error { return h.askAct(c, status, act, form) })
	}
}

func (h *Handler) doAct(c *fiber.Ctx, act auth.MemberAct, form views.MemberActForm) error {
	d := decided(form.ReasonForm)
	d.Typed, d.Target, d.Name, d.Role = strings.TrimSpace(form.Typed), form.Target, form.Name, auth.Role(form.Role)
	until, ok := form.UntilTime()
	if !ok {
		return auth.Invalid{"until": "Choose a day, or leave it empty"}
	}
	if !until.IsZero() {
		d.Until = &until
	}
	return h.People.ActOnMember(c.UserContext(), operator(c), act.Name, c.Params("id"), d)
}

// askAct draws the question for the member as they are now, with the name they have to begin with.
func (h *Handler) askAct(c *fiber.Ctx, status int, act auth.MemberAct, form views.MemberActForm) error {
	r, err := h.member(c)
	if err != nil {
		return err
	}
	if !offers(c, r, act.Name) {
		return h.refuseAct(c, act, r)
	}
	if status == fiber.StatusOK {
		form.Name = r.Name
	}
	if err := askOn(status, &form.ReasonForm, r.Version); err != nil {
		return err
	}
	about, err := h.aboutTarget(c, act, r, form.Target)
	if err != nil {
		return err
	}
	return views.Render(c, status, views.MemberAct(views.MemberActPage{
		Act: act.Name, Member: h.memberHead(c, r), About: about, Form: form, NeedsReason: act.Reason, NeedsTyped: act.Typed, Changed: changed(status),
		Sessions: r.Sessions, Apps: r.Apps, Authenticators: r.Authenticators, Passkeys: r.Passkeys,
	}))
}

// refuseAct answers where an act is not offered: because of who asks, or because it is done already.
func (h *Handler) refuseAct(c *fiber.Ctx, act auth.MemberAct, r auth.MemberRecord) error {
	if err := auth.MayAct(operator(c), act, r); err != nil {
		return err
	}
	return moot(c, membersPath+"/"+r.ID)
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
