package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/app/doctor"
	"latchkey/app/jobs"
	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
	"latchkey/views"
)

// apiName is what the consent page calls the product's API.
const apiName = views.BrandName + " API"

// openOAuth makes the OAuth server, with the scopes of the example product.
func (h *house) openOAuth(people oauthserver.AccountResolver) (err error) {
	h.oauth, err = oauthserver.New(h.oauthConfig(people))
	return err
}

func (h *house) oauthConfig(people oauthserver.AccountResolver) oauthserver.Config {
	api := h.config.BaseURL + "/api"
	return oauthserver.Config{
		DB: h.db, Accounts: people, Issuer: h.config.BaseURL, Production: h.config.production(),
		Scopes: append(oauthserver.StandardScopes(),
			oauthserver.Scope{Name: "notes:read", Sentence: "Read your notes", Resource: api, Machine: true},
			oauthserver.Scope{Name: "notes:write", Sentence: "Add notes for you", Resource: api, Machine: true},
		),
		Resources:  []oauthserver.Resource{{Identifier: api, Name: apiName}},
		ClaimNames: []string{"sub", "name", "email", "email_verified", "updated_at"},
		ACRValues:  auth.Levels,
		LimitScale: h.config.RateLimitScale, Network: auth.Network, Log: h.log, Observe: h.countTokens(newOAuthMetrics(h.metrics.registry, h.log).observe),
	}
}

// countTokens adds the tokens that were issued to the figures of the day.
func (h *house) countTokens(observe func(name string, value float64, labels ...string)) func(string, float64, ...string) {
	return func(name string, value float64, labels ...string) {
		if name == "oauth_tokens_total" {
			h.counting.figure(models.FigureTokens, int64(value))
		}
		observe(name, value, labels...)
	}
}

// closeOAuth waits for what the OAuth server still writes.
func (h *house) closeOAuth() {
	if h.oauth != nil {
		h.oauth.Close()
	}
}

// tellOAuth sets the hooks of auth. They are called later, when h.oauth is there.
func (h *house) tellOAuth(config *auth.Config) {
	config.SessionEnded = func(ctx context.Context, id string) error { return h.oauth.SessionEnded(ctx, id) }
	config.SessionReplaced = func(ctx context.Context, old, replacement string) error {
		return h.oauth.SessionReplaced(ctx, old, replacement)
	}
	config.OnDeleted = func(ctx context.Context, _ *models.Tx, userID string) error {
		return h.oauth.AccountDeleted(ctx, userID)
	}
	config.AccountDisabled = func(ctx context.Context, userID string) error { return h.oauth.AccountDisabled(ctx, userID) }
	config.RevokeAccount = func(ctx context.Context, userID string) error { return h.oauth.RevokeAccount(ctx, userID) }
	config.ActivityWords = map[models.Action]auth.ActivityWords{
		"oauth.consent.grant":  {Kind: auth.KindAccount, Done: "App allowed to use your account"},
		"oauth.app.revoke":     {Kind: auth.KindAccount, Done: "Access of an app revoked"},
		"oauth.family.end":     {Kind: auth.KindAccount, Done: "One sign-in of an app revoked"},
		"admin.consent.revoke": {Kind: auth.KindAccount, Done: "Access of an app revoked by an operator"},

		"admin.token.revoke":        {Kind: auth.KindAccount, Done: "One access token of an app revoked by an operator"},
		"admin.token.revoke_family": {Kind: auth.KindAccount, Done: "Sign-ins of an app revoked by an operator"},
	}
	config.ReturnClient = h.returnClient
	config.AppCount = func(ctx context.Context, userID string) (int, error) {
		apps, err := h.oauth.Apps(ctx, userID)
		return len(apps), err
	}
}

// returnClient names the client that a sign-in page leads back to. Such a page may also send its form there:
// Chromium applies form-action to the redirects that follow, so the policy of this answer (headers.go) has to
// name the client's origin.
func (h *house) returnClient(ctx context.Context, returnTo string) *views.ClientStrip {
	request, err := h.oauth.PendingRequest(ctx, returnTo)
	if err != nil {
		h.log.ErrorContext(ctx, "sign-in page lacks the client it leads back to", "error", err)
	}
	if request == nil {
		return nil
	}
	views.PageOf(ctx).FormTarget = request.FormTarget
	return &views.ClientStrip{Name: request.Name, Host: request.Host, Verified: request.Verified, Cancel: returnTo}
}

func (h *house) oauthDuties() []jobs.Periodic {
	return []jobs.Periodic{
		{Name: "sweep-oauth", Every: sweepInterval, Do: h.oauth.Sweep},
		{Name: "tend-oauth-keys", Every: time.Minute, Do: h.oauth.TendKeys},
	}
}

// prepareOAuth makes the signing keys at the first start.
func (h *house) prepareOAuth(ctx context.Context) error {
	if err := h.oauth.EnsureKeys(ctx); err != nil {
		return fmt.Errorf("make signing keys: %w", err)
	}
	return nil
}

// oauthDocuments mounts what every relying party asks for again and again. None of it says anything about a person.
func (h *house) oauthDocuments(app fiber.Router) {
	for _, document := range h.oauth.Documents() {
		app.Get(document.Path, showDocument(document))
	}
}

// showDocument answers without the copies of the bridge, which cost as much as all the rest. What it cannot send is the
// bridge's to explain.
func showDocument(document oauthserver.Document) fiber.Handler {
	return func(c *fiber.Ctx) error {
		body, header, err := document.Read(c.UserContext())
		if err != nil {
			return c.Next()
		}
		for name, values := range header {
			c.Response().Header.SetCanonical([]byte(name), []byte(values[0]))
		}
		if c.Get(fiber.HeaderIfNoneMatch) == header.Get(fiber.HeaderETag) {
			return c.SendStatus(fiber.StatusNotModified)
		}
		c.Response().SetBodyRaw(body)
		return nil
	}
}

// oauthMachineRoutes mounts what programs call. They bring their own proof: no session is looked up here, so
// no cookie can stand in for it.
func (h *house) oauthMachineRoutes(app fiber.Router) {
	h.mountOAuth(app, func(path string) bool { return !isOAuthPage(path) })
	api := newAPI(h.db, h.oauth, h.log)
	for _, route := range api.routes() {
		app.Add(route.Method, route.Path, bridge(route.handler))
	}
}

// oauthPageRoutes mounts what people see, after LoadSession.
func (h *house) oauthPageRoutes(app fiber.Router) {
	h.mountOAuth(app, isOAuthPage)
}

func isOAuthPage(path string) bool {
	return strings.HasPrefix(path, "/oauth/authorize") || path == "/oauth/logout" || strings.HasPrefix(path, "/account/")
}

// mountOAuth gives the server every method of its paths: it answers 405 itself.
func (h *house) mountOAuth(app fiber.Router, wanted func(path string) bool) {
	handler := bridge(h.oauth.Handler())
	var mounted []string
	for _, route := range h.oauth.Routes() {
		if wanted(route.Path) && !slices.Contains(mounted, route.Path) {
			mounted = append(mounted, route.Path)
			app.All(fiberPath(route.Path), h.keepPerson, handler)
		}
	}
}

// fiberPath writes "/oauth/authorize/{id}" as Fiber does.
func fiberPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

func (h *house) oauthTable() []routeLine {
	var lines []routeLine
	for _, r := range h.oauth.Routes() {
		lines = append(lines, routeLine{Method: r.Method, Path: r.Path, Guard: r.Guard, Limit: r.Limit})
	}
	for _, r := range newAPI(h.db, h.oauth, h.log).routes() {
		lines = append(lines, r.routeLine)
	}
	return lines
}

func (h *house) examineOAuth(ctx context.Context) []doctor.Finding {
	var list []doctor.Finding
	for _, f := range h.oauth.Doctor(ctx) {
		list = append(list, doctor.Finding(f))
	}
	return list
}
