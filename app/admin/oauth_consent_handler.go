package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
	"latchkey/views"
)

func (h *Handler) showConsent(c *fiber.Ctx) error {
	consent, page, err := h.consent(c)
	if err != nil {
		return oauthFault(err, auth.RightRead)
	}
	page.Ends, page.SignIns, page.AccessTokens = consent.Ends, consent.Reach.SignIns, consent.Reach.AccessTokens
	if page.History, err = h.consentHistory(c, consent); err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.ConsentRecord(page))
}

// consent reads the consent of the address, with whose it is and whether this operator may revoke it.
func (h *Handler) consent(c *fiber.Ctx) (consent oauthserver.ConsentPreview, page views.ConsentRecordPage, err error) {
	if consent, err = h.OAuth.OpenConsent(c.UserContext(), h.oauthOperator(c), c.Params("id")); err != nil {
		return consent, page, err
	}
	rows, err := h.consentRows(c, consent.ConsentRecord)
	if err != nil {
		return consent, page, err
	}
	page.ConsentRow = rows[0]
	may, err := h.People.MayActOn(c.UserContext(), operator(c), auth.RightRevokeAccess, consent.Subject)
	page.MayRevoke = may[consent.Subject]
	return consent, page, err
}

// consentHistory is what the audit log says of a member at a client. Rows in which the member only acted are left out: of an operator
// there may be many to look through.
func (h *Handler) consentHistory(c *fiber.Ctx, consent oauthserver.ConsentPreview) ([]views.AuditRow, error) {
	found, err := h.People.AuditLog(c.UserContext(), operator(c), auth.AuditQuery{Person: consent.Subject, Part: models.AuditAsTarget, Client: consent.ClientID})
	if err != nil {
		return nil, err
	}
	return h.auditRows(found.Events, found.People), nil
}

func (h *Handler) showRevokeConsent(c *fiber.Ctx) error {
	return h.ask(c, h.consentQuestion(c), fiber.StatusOK, views.OAuthActForm{})
}

// submitRevokeConsent leads to the list: there is no record any more.
func (h *Handler) submitRevokeConsent(c *fiber.Ctx) error {
	return h.answerOAuth(c, h.consentQuestion(c), consentsPath, func(form views.OAuthActForm) error {
		return h.OAuth.RevokeConsent(c.UserContext(), h.oauthDecided(c, form), c.Params("id"))
	})
}

func (h *Handler) consentQuestion(c *fiber.Ctx) oauthQuestion {
	back := consentsPath + "/" + c.Params("id")
	return oauthQuestion{right: auth.RightRevokeAccess, back: back, page: func(c *fiber.Ctx) (views.OAuthActPage, bool, error) {
		consent, record, err := h.consent(c)
		if err != nil {
			return views.OAuthActPage{}, false, err
		}
		if !record.MayRevoke {
			return views.OAuthActPage{}, false, oauthserver.ErrProtected
		}
		page := views.OAuthActPage{
			Act: "revoke-consent", Action: back + "/revoke", Back: back, List: "Consents", Up: consentsPath, Name: record.Member, Note: record.Client,
			Ends: views.AccessEnds{{What: "sign-ins", Count: consent.Reach.SignIns}, {What: "access", Count: consent.Reach.AccessTokens}},
		}
		page.Form.Version = consent.Version
		return page, true, nil
	}}
}
