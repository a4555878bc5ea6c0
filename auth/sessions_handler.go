package auth

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/models"
	"latchkey/views"
)

func (h *Handler) showSessions(c *fiber.Ctx) error {
	list, err := h.s.Sessions(c.UserContext(), CurrentUser(c))
	if err != nil {
		return signedOut(c, err)
	}
	rows := make([]views.SessionRow, len(list))
	for i, session := range list {
		rows[i] = views.SessionRow{
			ID: session.ID, Browser: session.Browser, System: session.System, Address: session.Address, Place: session.Place,
			Method: MethodWords(session.Proofs), Began: session.Began, LastSeen: session.LastSeen, Current: session.Current,
		}
	}
	links, err := h.openLinks(c)
	if err != nil {
		return signedOut(c, err)
	}
	return views.Render(c, fiber.StatusOK, views.Sessions(views.SessionsPage{Rows: rows, Links: links}))
}

// MethodWords says how a session began: "Password and email".
func MethodWords(proofs []models.Proof) string {
	words := map[string]string{methodPassword: "password", methodEmail: "email", methodTOTP: "authenticator app", methodRecovery: "recovery code", methodPasskey: "passkey"}
	var parts []string
	for _, proof := range proofs {
		parts = append(parts, words[proof.Method])
	}
	sentence := strings.Join(parts, " and ")
	if sentence == "" {
		return ""
	}
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}

func (h *Handler) endSession(c *fiber.Ctx) error {
	if err := h.s.EndOwnSession(c.UserContext(), CurrentUser(c), c.Params("id")); err != nil {
		return signedOut(c, err)
	}
	return views.RedirectWith(c, "/account/sessions", views.FlashSessionEnded)
}

func (h *Handler) endOtherSessions(c *fiber.Ctx) error {
	if c.FormValue("this_one") == "on" {
		if err := h.s.EndAllSessions(c.UserContext(), CurrentUser(c)); err != nil {
			return signedOut(c, err)
		}
		h.clearSession(c)
		return views.RedirectWith(c, "/", views.FlashSignedOut)
	}
	if err := h.s.EndOtherSessions(c.UserContext(), CurrentUser(c)); err != nil {
		return signedOut(c, err)
	}
	return views.RedirectWith(c, "/account/sessions", views.FlashOtherSessionsEnded)
}
