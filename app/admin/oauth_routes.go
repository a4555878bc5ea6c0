package admin

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
	"latchkey/views"
)

const (
	clientsPath  = root + "/clients"
	consentsPath = root + "/consents"
	keysPath     = root + "/keys"
)

// oauthRoutes are the pages about other programs: clients, what members allow them, and the keys that sign.
func (h *Handler) oauthRoutes(r *table) {
	h.list(r, "/admin/clients", views.ClientList, h.showClients)
	r.question("/admin/clients/new", auth.RightOperate, true, h.showNewClient, h.submitNewClient)
	r.get("/admin/clients/export.csv", auth.RightAudit, h.exportClients("csv"))
	r.get("/admin/clients/export.ndjson", auth.RightAudit, h.exportClients("ndjson"))
	r.get("/admin/clients/:id", auth.RightRead, h.showClient)
	r.get("/admin/clients/:id/addresses", auth.RightRead, h.showClientAddresses)
	r.get("/admin/clients/:id/secrets", auth.RightRead, h.showClientSecrets)
	r.post("/admin/clients/:id/secrets", auth.RightOperate, h.submitSecretSaved)
	r.get("/admin/clients/:id/policies", auth.RightRead, h.showClientPolicies)
	h.list(r, "/admin/clients/:id/consents", views.ConsentList, h.showClientConsents)
	h.list(r, "/admin/clients/:id/tokens", views.TokenList, h.showClientTokens)
	h.list(r, "/admin/clients/:id/activity", views.AuditList, h.showClientActivity)
	for _, part := range slices.Sorted(maps.Keys(clientParts)) {
		r.question("/admin/clients/:id/edit-"+part, auth.RightOperate, true, h.showClientEdit(part), h.submitClientEdit(part))
	}
	for _, act := range clientActs {
		r.question("/admin/clients/:id/"+act.name, auth.RightOperate, true, h.showClientAct(act), h.submitClientAct(act))
	}
	h.list(r, "/admin/consents", views.ConsentList, h.showConsents)
	r.get("/admin/consents/export.csv", auth.RightAudit, h.exportConsents("csv"))
	r.get("/admin/consents/export.ndjson", auth.RightAudit, h.exportConsents("ndjson"))
	r.get("/admin/consents/:id", auth.RightRead, h.showConsent)
	r.question("/admin/consents/:id/revoke", auth.RightRevokeAccess, false, h.showRevokeConsent, h.submitRevokeConsent)
	h.tokenRoutes(r)
	r.get("/admin/keys", auth.RightRead, h.showKeys)
	for _, rotation := range keyRotations {
		r.question("/admin/keys/"+rotation.name, auth.RightOperate, true, h.showRotateKeys(rotation.name), h.submitRotateKeys(rotation.name, rotation.how))
	}
	for _, step := range keySteps {
		r.question("/admin/keys/:kid/"+string(step), auth.RightOperate, true, h.showKeyStep(step), h.submitKeyStep(step))
	}
}

// tokenRoutes are the pages about what clients were given.
func (h *Handler) tokenRoutes(r *table) {
	r.get("/admin/users/:id/apps", auth.RightRead, h.showMemberApps)
	h.list(r, "/admin/tokens", views.TokenList, h.showTokens)
	r.question("/admin/tokens/find", auth.RightRead, false, h.showFindToken, h.submitFindToken)
	r.get("/admin/tokens/:id", auth.RightRead, h.showToken)
	r.question("/admin/tokens/:id/revoke", auth.RightRevokeAccess, false, h.showEndFamily, h.submitEndFamily)
	r.question("/admin/tokens/:id/revoke-all", auth.RightRevokeAccess, true, h.showEndApp, h.submitEndApp)
	r.question("/admin/tokens/:id/access/:access/revoke", auth.RightRevokeAccess, false, h.showEndToken, h.submitEndToken)
}

// oauthOperator is who acts, as oauthserver knows operators: it asks the table of auth, here, for every act anew.
func (h *Handler) oauthOperator(c *fiber.Ctx) oauthserver.Operator {
	op := operator(c)
	return oauthserver.Operator{
		Kind: "operator", ID: op.ID, SessionID: auth.CurrentUser(c).SessionID,
		May:      func(right string) bool { return op.Role.May(auth.Right(right)) },
		Still:    func(ctx context.Context, right string) error { return h.mayStill(ctx, op, right) },
		MayTouch: func(ctx context.Context, subject string) (bool, error) { return h.mayTouch(ctx, op, subject) },
		Detail:   map[string]any{auth.MetaActorRole: string(op.Role)},
	}
}

// mayStill asks for the role as it is now: it may have been taken away since the request began.
func (h *Handler) mayStill(ctx context.Context, op auth.Operator, right string) error {
	_, err := h.People.Operating(ctx, op, auth.Right(right))
	if errors.As(err, new(auth.Forbidden)) {
		return oauthserver.ErrRefused
	}
	return err
}

// mayTouch asks the rules about members whether this operator may take the access of one.
func (h *Handler) mayTouch(ctx context.Context, op auth.Operator, subject string) (bool, error) {
	may, err := h.People.MayActOn(ctx, op, auth.RightRevokeAccess, subject)
	return may[subject], err
}

// oauthFault says in the words of auth what the OAuth server refuses, so that one page speaks for both.
func oauthFault(err error, right auth.Right) error {
	var invalid oauthserver.Invalid
	switch {
	case errors.As(err, &invalid):
		return sentences(invalid)
	case errors.Is(err, oauthserver.ErrChanged):
		return auth.ErrChanged
	case errors.Is(err, oauthserver.ErrProtected):
		return auth.Forbidden{Sentence: "Nobody acts on their own account here, and only administrators act on operators."}
	case errors.Is(err, oauthserver.ErrRefused):
		return auth.Forbidden{Right: right}
	case errors.Is(err, models.ErrNoCursor):
		return fiber.ErrBadRequest
	}
	return err
}
