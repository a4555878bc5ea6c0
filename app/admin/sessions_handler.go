package admin

import (
	"errors"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/views"
)

const sessionsPath = root + "/sessions"

func (h *Handler) showSessions(c *fiber.Ctx, s views.ListShape) error {
	q := auth.SessionQuery{Address: c.Query("address"), PerPage: s.PerPage, Newer: c.Query("newer"), Older: c.Query("older")}
	found, err := h.People.AllSessions(c.UserContext(), operator(c), q)
	page, status := views.AllSessionsPage{Shape: s, Address: q.Address, MayEnd: operator(c).Role.May(auth.RightHelp)}, fiber.StatusOK
	var invalid auth.Invalid
	if errors.As(err, &invalid) {
		page.Errors, status, err = invalid, fiber.StatusUnprocessableEntity, nil
	}
	if err != nil {
		return malformed(err)
	}
	for _, s := range found.Sessions {
		page.Rows = append(page.Rows, views.AllSessionsRow{
			SessionRow: views.SessionRow{
				ID: s.ID, Browser: s.Browser, System: s.System, Address: s.Address, Place: s.Place, Method: auth.MethodWords(s.Proofs), Began: s.Began, LastSeen: s.LastSeen,
			},
			MemberID: s.MemberID, Member: views.DisplayName(s.Name, s.Email), Ends: s.Ends,
		})
	}
	page.Newer, page.Older = listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older)
	return views.Render(c, status, views.AllSessions(page))
}

// showEndFrom asks before all sessions from an address end.
func (h *Handler) showEndFrom(c *fiber.Ctx) error {
	return h.askEndFrom(c, fiber.StatusOK, views.EndFromForm{Address: c.Query("address")})
}

func (h *Handler) submitEndFrom(c *fiber.Ctx) error {
	var form views.EndFromForm
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	err := h.People.EndSessionsFrom(c.UserContext(), operator(c), form.Address, auth.Act{Reason: form.Reason, Version: form.Version})
	if err == nil {
		return views.RedirectWith(c, sessionsPath+"?address="+url.QueryEscape(form.Address), views.FlashActDone)
	}
	var invalid auth.Invalid
	switch {
	case errors.As(err, &invalid) && invalid["address"] == "":
		form.Errors = invalid
		return h.askEndFrom(c, fiber.StatusUnprocessableEntity, form)
	case errors.Is(err, auth.ErrChanged):
		return h.askEndFrom(c, fiber.StatusConflict, form)
	}
	return malformed(err)
}

// askEndFrom draws the question, as askAct does for acts on members.
func (h *Handler) askEndFrom(c *fiber.Ctx, status int, form views.EndFromForm) error {
	from, err := h.People.SessionsFrom(c.UserContext(), operator(c), form.Address)
	if err != nil {
		return malformed(err)
	}
	if status != fiber.StatusUnprocessableEntity {
		if form.Version, err = from.Version(); err != nil {
			return err
		}
	}
	form.Address = from.Address
	return views.Render(c, status, views.EndFrom(views.EndFromPage{
		Sessions: from.Sessions, Members: from.Members, Changed: status == fiber.StatusConflict, Form: form,
	}))
}
