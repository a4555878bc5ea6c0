package auth

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

func (h *Handler) showAccount(c *fiber.Ctx) error {
	u := CurrentUser(c)
	overview, err := h.s.Overview(c.UserContext(), u)
	if err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.Account(views.AccountPage{
		Name: u.Name, Email: u.Email, Verified: u.Verified, HasPassword: u.HasPassword, PasswordChanged: u.PasswordChanged,
		Sessions: overview.Sessions, Apps: overview.Apps, MemberSince: u.MemberSince,
	}))
}

func (h *Handler) showProfile(c *fiber.Ctx) error {
	u := CurrentUser(c)
	return views.Render(c, fiber.StatusOK, views.Profile(views.ProfileForm{Name: u.Name, Email: u.Email}))
}

func (h *Handler) submitProfile(c *fiber.Ctx) error {
	var form views.ProfileForm
	if err := parse(c, &form); err != nil {
		return err
	}
	u := CurrentUser(c)
	err := h.s.Rename(c.UserContext(), u, form.Name)
	if err == nil {
		return views.RedirectWith(c, "/account/profile", views.FlashProfileSaved)
	}
	return h.reject(c, err, func(status int, errs views.Errors) error {
		form.Email, form.Errors = u.Email, errs
		return views.Render(c, status, views.Profile(form))
	})
}

func (h *Handler) showSessions(c *fiber.Ctx) error {
	list, err := h.s.Sessions(c.UserContext(), CurrentUser(c))
	if err != nil {
		return err
	}
	rows := make([]views.SessionRow, len(list))
	for i, session := range list {
		rows[i] = views.SessionRow{
			ID: session.ID, Browser: session.Browser, System: session.System, Address: session.Address,
			Method: methodWords(session.Methods), Began: session.Began, LastSeen: session.LastSeen, Current: session.Current,
		}
	}
	return views.Render(c, fiber.StatusOK, views.Sessions(views.SessionsPage{Rows: rows}))
}

// methodWords says how a session began: "Password and email".
func methodWords(methods []string) string {
	words := map[string]string{methodPassword: "password", methodEmail: "email"}
	var parts []string
	for _, method := range methods {
		parts = append(parts, words[method])
	}
	sentence := strings.Join(parts, " and ")
	if sentence == "" {
		return ""
	}
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}

func (h *Handler) endSession(c *fiber.Ctx) error {
	if err := h.s.EndOwnSession(c.UserContext(), CurrentUser(c), c.Params("id")); err != nil {
		return err
	}
	return views.RedirectWith(c, "/account/sessions", views.FlashSessionEnded)
}

func (h *Handler) endOtherSessions(c *fiber.Ctx) error {
	thisOneToo := c.FormValue("this_one") == "on"
	if err := h.s.EndOtherSessions(c.UserContext(), CurrentUser(c), thisOneToo); err != nil {
		return err
	}
	if thisOneToo {
		h.clearSession(c)
		return views.RedirectWith(c, "/", views.FlashSignedOut)
	}
	return views.RedirectWith(c, "/account/sessions", views.FlashOtherSessionsEnded)
}
