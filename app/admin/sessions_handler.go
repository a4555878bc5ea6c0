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
	form := views.SessionsForm{
		Member: c.Query("member"), Address: c.Query("address"), Kind: c.Query("kind"), Strength: c.Query("strength"), From: c.Query("from"), To: c.Query("to"),
	}
	q := auth.SessionQuery{
		Member: form.Member, Address: form.Address, Kind: form.Kind, Strength: form.Strength, From: form.From, To: form.To,
		PerPage: s.PerPage, Newer: c.Query("newer"), Older: c.Query("older"),
	}
	mayEnd := operator(c).Role.May(auth.RightHelp) && auth.EndableFrom(form.Address)
	page, status := views.AllSessionsPage{Form: form, Shape: s, MayEnd: mayEnd}, fiber.StatusOK
	found, err := h.People.AllSessions(c.UserContext(), operator(c), q)
	var invalid auth.Invalid
	switch {
	case errors.As(err, &invalid) && invalid["kind"]+invalid["strength"] == "": // else no link or form of ours asked
		page.Form.Errors, status = views.Errors(invalid), fiber.StatusUnprocessableEntity
	case err != nil:
		return malformed(err)
	}
	for _, s := range found.Sessions {
		page.Rows = append(page.Rows, allSessionsRow(s))
	}
	page.Newer, page.Older = listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older)
	return views.Render(c, status, views.AllSessions(page))
}

func allSessionsRow(s auth.MemberSession) views.AllSessionsRow {
	return views.AllSessionsRow{
		SessionRow: views.SessionRow{
			ID: s.ID, Browser: s.Browser, System: s.System, Address: s.Address, Place: s.Place, Method: auth.MethodWords(s.Proofs), Began: s.Began, LastSeen: s.LastSeen,
		},
		MemberID: s.MemberID, Member: views.DisplayName(s.Name, s.Email), Strength: s.ACR, View: s.View, Operator: s.Operator, Ends: s.Ends,
	}
}

// showEndFrom asks before all sessions from an address end.
func (h *Handler) showEndFrom(c *fiber.Ctx) error {
	return h.askEndFrom(c, fiber.StatusOK, views.EndFromForm{Address: c.Query("address")})
}

func (h *Handler) submitEndFrom(c *fiber.Ctx) error {
	var form views.EndFromForm
	return answer(c, &form, views.FlashActDone, func() (string, error) {
		err := h.People.EndSessionsFrom(c.UserContext(), operator(c), form.Address, decided(form.ReasonForm))
		return sessionsPath + "?address=" + url.QueryEscape(form.Address), err
	}, func(status int) error { return h.askEndFrom(c, status, form) })
}

// askEndFrom draws the question, for an address that makes sense.
func (h *Handler) askEndFrom(c *fiber.Ctx, status int, form views.EndFromForm) error {
	from, err := h.People.SessionsFrom(c.UserContext(), operator(c), form.Address)
	if err != nil {
		return malformed(err)
	}
	if err := askOn(status, &form.ReasonForm, from.Version); err != nil {
		return err
	}
	form.Address = from.Address
	return views.Render(c, status, views.EndFrom(views.EndFromPage{
		Sessions: from.Sessions, Members: from.Members, More: from.More, Changed: changed(status), Form: form,
	}))
}
