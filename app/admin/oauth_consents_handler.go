package admin

import (
	"cmp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
	"latchkey/views"
)

func (h *Handler) showConsents(c *fiber.Ctx, s views.ListShape) error {
	page := consentsAsked(c)
	page.Shape, page.MayExport, page.Scopes = s, operator(c).Role.May(auth.RightAudit), h.scopeNames()
	filter, err := h.consentFilter(c, &page)
	if err != nil {
		return err
	}
	status := fiber.StatusOK
	if len(page.Errors) > 0 {
		status = fiber.StatusUnprocessableEntity
	} else if page.Rows, page.Newer, page.Older, err = h.consents(c, s, filter); err != nil {
		return err
	}
	return views.Render(c, status, views.Consents(page))
}

// consentsAsked is what an address of the list selects, as it was typed.
func consentsAsked(c *fiber.Ctx) views.ConsentsPage {
	return views.ConsentsPage{Member: c.Query("member"), Client: c.Query("client"), Scope: c.Query("scope"), From: c.Query("from"), To: c.Query("to"), Errors: views.Errors{}}
}

// consentFilter reads what the list is narrowed to. A member is named by their address or their id.
func (h *Handler) consentFilter(c *fiber.Ctx, page *views.ConsentsPage) (oauthserver.ConsentFilter, error) {
	filter, ok := oauthserver.ConsentFilter{ClientID: strings.TrimSpace(page.Client), Scope: page.Scope}, false
	if page.Scope != "" && !oauthserver.ScopeName(page.Scope) {
		return filter, fiber.ErrBadRequest
	}
	if filter.From, filter.To, ok = models.DaysBetween(page.From, page.To); !ok {
		page.Errors["from"] = models.WrongDays
	}
	member := strings.TrimSpace(page.Member)
	if member == "" {
		return filter, nil
	}
	id, err := h.People.MemberID(c.UserContext(), operator(c), member)
	filter.Subject = id
	return filter, err
}

// consents reads a page of consents, with the names of the members.
func (h *Handler) consents(c *fiber.Ctx, s views.ListShape, filter oauthserver.ConsentFilter) (rows []views.ConsentRow, newer, older string, err error) {
	found, err := h.OAuth.Consents(c.UserContext(), h.oauthOperator(c), filter, placeOf(c, s))
	if err != nil {
		return nil, "", "", oauthFault(err, auth.RightRead)
	}
	if rows, err = h.consentRows(c, found.Consents...); err != nil {
		return nil, "", "", err
	}
	return rows, listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older), nil
}

func (h *Handler) consentRows(c *fiber.Ctx, consents ...oauthserver.ConsentRecord) (rows []views.ConsentRow, err error) {
	names, err := namesIn(h, c, consents, func(consent oauthserver.ConsentRecord) string { return consent.Subject })
	if err != nil {
		return nil, err
	}
	for _, consent := range consents {
		rows = append(rows, views.ConsentRow{
			ID: consent.ID, MemberID: consent.Subject, Member: cmp.Or(names[consent.Subject], consent.Subject), // of an account that is no more the id is left
			ClientID: consent.ClientID, Client: consent.Client, Disabled: consent.Disabled, Remembered: consent.Remembered,
			Scopes: scopeRows(consent.Scopes), Given: consent.Given, LastUsed: consent.LastUsed,
		})
	}
	return rows, nil
}
