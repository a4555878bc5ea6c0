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

const tokensPath = root + "/tokens"

func (h *Handler) showTokens(c *fiber.Ctx, s views.ListShape) error {
	page := views.TokensPage{Shape: s, Member: c.Query("member"), Client: c.Query("client"), State: c.Query("state")}
	if !views.TokenState(page.State) {
		return fiber.ErrBadRequest
	}
	filter := oauthserver.FamilyFilter{ClientID: strings.TrimSpace(page.Client), State: models.OAuthGrantState(page.State)}
	var err error
	if member := strings.TrimSpace(page.Member); member != "" {
		if filter.Subject, err = h.People.MemberID(c.UserContext(), operator(c), member); err != nil {
			return err
		}
	}
	if page.Rows, page.Newer, page.Older, err = h.tokenFamilies(c, s, filter); err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.Tokens(page))
}

// tokenFamilies reads a page of families of tokens, with the names of the members.
func (h *Handler) tokenFamilies(c *fiber.Ctx, s views.ListShape, filter oauthserver.FamilyFilter) (rows []views.TokenFamily, newer, older string, err error) {
	found, err := h.OAuth.Families(c.UserContext(), h.oauthOperator(c), filter, placeOf(c, s))
	if err != nil {
		return nil, "", "", oauthFault(err, auth.RightRead)
	}
	if rows, err = h.familyRows(c, found.Families...); err != nil {
		return nil, "", "", err
	}
	return rows, listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older), nil
}

func (h *Handler) familyRows(c *fiber.Ctx, families ...oauthserver.FamilyRecord) (rows []views.TokenFamily, err error) {
	names, err := namesIn(h, c, families, func(family oauthserver.FamilyRecord) string { return family.Subject })
	if err != nil {
		return nil, err
	}
	for _, family := range families {
		rows = append(rows, views.TokenFamily{ // of an account that is no more the id is left; of the client itself there is none
			ID: family.ID, MemberID: family.Subject, Member: cmp.Or(names[family.Subject], family.Subject), ClientID: family.ClientID, Client: family.Client,
			Kind: family.Kind, State: string(family.State), Scopes: scopeRows(family.Scopes), Issued: family.Issued, LastUsed: family.LastUsed, Ends: family.Ends,
		})
	}
	return rows, nil
}

func scopeRows(scopes []oauthserver.Scope) (rows []views.ScopeRow) {
	for _, scope := range scopes {
		rows = append(rows, views.ScopeRow{Name: scope.Name, Sentence: scope.Sentence})
	}
	return rows
}

func (h *Handler) showToken(c *fiber.Ctx) error {
	id := c.Params("id")
	family, err := h.OAuth.OpenFamily(c.UserContext(), h.oauthOperator(c), id)
	if err != nil {
		return oauthFault(err, auth.RightRead)
	}
	rows, err := h.familyRows(c, family.FamilyRecord)
	if err != nil {
		return err
	}
	may, err := h.mayEndFamily(c, family.FamilyRecord)
	if err != nil {
		return err
	}
	page := views.TokenPage{TokenFamily: rows[0], Acts: familyActs(may, family.FamilyRecord), Ended: family.Ended, EndedFor: family.EndedFor}
	for _, refresh := range family.Refreshes {
		page.Refreshes = append(page.Refreshes, views.RefreshRow{At: refresh.At, Address: refresh.Address})
	}
	if err := h.addTokens(c, may, id, &page); err != nil {
		return err
	}
	if page.History, err = h.familyHistory(c, id); err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.Token(page))
}

// addTokens puts a page of the access tokens of a family on its record.
func (h *Handler) addTokens(c *fiber.Ctx, mayEnd bool, family string, page *views.TokenPage) error {
	tokens, err := h.OAuth.FamilyTokens(c.UserContext(), h.oauthOperator(c), family, placeOf(c, shortList))
	if err != nil {
		return oauthFault(err, auth.RightRead)
	}
	page.Newer, page.Older = listAddress(c, "newer", tokens.Newer), listAddress(c, "older", tokens.Older)
	for _, token := range tokens.Tokens {
		page.Tokens = append(page.Tokens, views.TokenRow{
			ID: token.ID, State: string(token.State), Scopes: scopeRows(token.Scopes), Issued: token.Issued, Ends: token.Ends,
			MayRevoke: mayEnd && token.State == oauthserver.FamilyActive,
		})
	}
	return nil
}

// familyHistory is what the audit log says of a family.
func (h *Handler) familyHistory(c *fiber.Ctx, id string) ([]views.AuditRow, error) {
	found, err := h.People.AuditLog(c.UserContext(), operator(c), auth.AuditQuery{Person: id, Part: models.AuditAsTarget})
	if err != nil {
		return nil, err
	}
	return h.auditRows(found.Events, found.People), nil
}

// mayEndFamily tells whether the operator may do the acts on a family; what a client has for itself is the business of those who
// act on clients.
func (h *Handler) mayEndFamily(c *fiber.Ctx, family oauthserver.FamilyRecord) (bool, error) {
	if family.Subject == "" {
		return operator(c).Role.May(auth.RightOperate), nil
	}
	may, err := h.People.MayActOn(c.UserContext(), operator(c), auth.RightRevokeAccess, family.Subject)
	return may[family.Subject], err
}

// familyActs are the acts that a record offers while its sign-in lives, the farther-reaching last.
func familyActs(may bool, family oauthserver.FamilyRecord) []string {
	switch {
	case !may || family.State != oauthserver.FamilyActive:
		return nil
	case family.Subject == "":
		return []string{"revoke-family"}
	}
	return []string{"revoke-family", "revoke-app"}
}
