package admin

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/oauthserver"
	"latchkey/views"
)

func (h *Handler) showConsents(c *fiber.Ctx) error {
	page := consentsAsked(c)
	page.MayExport, page.Scopes = operator(c).Role.May(auth.RightAudit), h.scopeNames()
	filter, err := h.consentFilter(c, &page)
	if err != nil {
		return err
	}
	status := fiber.StatusOK
	if len(page.Errors) > 0 {
		status = fiber.StatusUnprocessableEntity
	} else if page.Rows, page.Newer, page.Older, err = h.consents(c, filter); err != nil {
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
	filter := oauthserver.ConsentFilter{ClientID: strings.TrimSpace(page.Client), Scope: page.Scope}
	if page.Scope != "" && !oauthserver.ScopeName(page.Scope) {
		return filter, fiber.ErrBadRequest
	}
	for name, day := range map[string]struct {
		typed string
		into  *time.Time
		later int
	}{"from": {page.From, &filter.From, 0}, "to": {page.To, &filter.To, 1}} {
		if day.typed == "" {
			continue
		}
		at, err := time.Parse(time.DateOnly, day.typed)
		if err != nil {
			page.Errors[name] = "Choose a day, or leave it empty"
			continue
		}
		*day.into = at.AddDate(0, 0, day.later)
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
func (h *Handler) consents(c *fiber.Ctx, filter oauthserver.ConsentFilter) (rows []views.ConsentRow, newer, older string, err error) {
	place, err := placeOf(c)
	if err != nil {
		return nil, "", "", err
	}
	by := h.oauthOperator(c)
	found, err := h.OAuth.Consents(c.UserContext(), by, filter, place)
	if err != nil {
		return nil, "", "", oauthFault(err, auth.RightRead)
	}
	names, err := h.memberNames(c, found.Consents)
	if err != nil {
		return nil, "", "", err
	}
	for _, consent := range found.Consents {
		row := consentRow(consent, names)
		row.MayRevoke = by.May(oauthserver.RightRevokeAccess) && consent.Subject != by.ID
		rows = append(rows, row)
	}
	return rows, listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older), nil
}

// memberNames is what the members of some consents are called.
func (h *Handler) memberNames(c *fiber.Ctx, consents []oauthserver.ConsentRecord) (map[string]string, error) {
	var ids []string
	for _, consent := range consents {
		ids = append(ids, consent.Subject)
	}
	return h.People.MemberNames(c.UserContext(), operator(c), ids)
}

func consentRow(consent oauthserver.ConsentRecord, names map[string]string) views.ConsentRow {
	row := views.ConsentRow{
		ID: consent.ID, MemberID: consent.Subject, Member: names[consent.Subject], ClientID: consent.ClientID, Client: consent.Client,
		Disabled: consent.Disabled, Remembered: consent.Remembered, Scopes: scopeRows(consent.Scopes), Given: consent.Given, LastUsed: consent.LastUsed,
	}
	if row.Member == "" {
		row.Member = consent.Subject // an account that is no more
	}
	return row
}

func (h *Handler) showRevokeConsent(c *fiber.Ctx) error {
	return h.ask(c, h.consentQuestion(), fiber.StatusOK, views.OAuthActForm{})
}

func (h *Handler) submitRevokeConsent(c *fiber.Ctx) error {
	return h.answer(c, h.consentQuestion(), consentsPath, func(form views.OAuthActForm) error {
		return h.OAuth.RevokeConsent(c.UserContext(), h.decided(c, form), c.Params("id"))
	})
}

func (h *Handler) consentQuestion() oauthQuestion {
	return oauthQuestion{right: auth.RightRevokeAccess, back: consentsPath, page: func(c *fiber.Ctx) (views.OAuthActPage, bool, error) {
		preview, err := h.OAuth.OpenConsent(c.UserContext(), h.oauthOperator(c), c.Params("id"))
		if err != nil {
			return views.OAuthActPage{}, false, err
		}
		names, err := h.memberNames(c, []oauthserver.ConsentRecord{preview.ConsentRecord})
		if err != nil {
			return views.OAuthActPage{}, false, err
		}
		row := consentRow(preview.ConsentRecord, names)
		page := views.OAuthActPage{
			Act: "revoke-consent", Action: consentsPath + "/" + row.ID + "/revoke", Back: consentsPath, List: "Consents", Up: consentsPath,
			Name: row.Member, Note: row.Client, Ends: views.AccessEnds{{What: "sign-ins", Count: preview.Reach.SignIns}, {What: "access", Count: preview.Reach.AccessTokens}},
		}
		page.Form.Version = preview.Version
		return page, true, nil
	}}
}
