package auth

import (
	"slices"

	"github.com/gofiber/fiber/v2"
)

// Handler is the HTTP half of Service.
type Handler struct{ s *Service }

// NewHandler serves the pages of a service.
func NewHandler(s *Service) *Handler { return &Handler{s} }

// Route is one line of the table, as `app routes` prints it.
type Route struct {
	Method, Path string
	Guard        string // who gets through
	Limit        string // ids of Service.Limits that count here
	ViewAs       ViewAs // what an operator may do here who views as a member; empty: closed
	Handlers     []fiber.Handler

	on func() bool // whether it exists now; nil: always
}

// Mount adds every route, those that are switched off too: operators switch while the program runs. LoadSession goes before it.
func (h *Handler) Mount(app fiber.Router) {
	for _, route := range h.allRoutes() {
		handlers := route.Handlers
		if route.on != nil {
			handlers = append([]fiber.Handler{route.exists}, handlers...)
		}
		if route.Method == fiber.MethodGet {
			app.Get(route.Path, handlers...) // HEAD comes with it
			continue
		}
		app.Add(route.Method, route.Path, handlers...)
	}
}

// exists is before a route that can be switched off.
func (r Route) exists(c *fiber.Ctx) error {
	if !r.on() {
		return fiber.ErrNotFound
	}
	return c.Next()
}

// Routes is every URL of this package. What is switched off is not in it.
func (h *Handler) Routes() []Route {
	return slices.DeleteFunc(h.allRoutes(), func(r Route) bool { return r.on != nil && !r.on() })
}

// The guards, by the word that `app routes` prints.
type guard struct {
	word     string
	handlers []fiber.Handler
	viewAs   ViewAs
}

// viewed is the guard where an operator may look, or act, who views as a member.
func (g guard) viewed(as ViewAs) guard {
	g.viewAs = as
	return g
}

type table struct {
	routes []Route
	on     func() bool // of what is added
}

// while adds routes that exist as long as on says so.
func (t *table) while(on func() bool, add func()) {
	t.on = on
	add()
	t.on = nil
}

func (t *table) get(path string, g guard, limit string, handler fiber.Handler) {
	t.add(fiber.MethodGet, path, g, limit, handler)
}

func (t *table) post(path string, g guard, limit string, handler fiber.Handler) {
	t.add(fiber.MethodPost, path, g, limit, handler)
}

func (t *table) add(method, path string, g guard, limit string, handler fiber.Handler) {
	handlers := append(append([]fiber.Handler{}, g.handlers...), handler)
	t.routes = append(t.routes, Route{Method: method, Path: path, Guard: g.word, Limit: limit, ViewAs: g.viewAs, Handlers: handlers, on: t.on})
}

func (h *Handler) allRoutes() []Route {
	var (
		anyone  = guard{word: "anyone"}
		link    = guard{word: "link", handlers: []fiber.Handler{h.privateLink}}
		pending = guard{word: "pending login"} // the step's own page; the service looks the login up
		user    = guard{word: "user", handlers: []fiber.Handler{h.RequireUser}}
		self    = guard{word: "user, no impersonation", handlers: []fiber.Handler{h.RequireUser, h.RefuseImpersonation}}
		recent  = guard{word: "user, no impersonation, recent login", handlers: []fiber.Handler{h.RequireUser, h.RefuseImpersonation, h.RequireRecentLogin}}
		change  = guard{word: "user, no impersonation, recent login without a password or second factor", handlers: []fiber.Handler{h.RequireUser, h.RefuseImpersonation, h.recentOrPassword}}
	)
	r := &table{}

	r.get("/signup", anyone, "", h.showSignup)
	r.post("/signup", anyone, "L-05 L-06", h.submitSignup)
	r.get("/verify-email", pending, "", h.showVerifyEmail)
	r.post("/verify-email", pending, "L-07", h.submitVerifyEmail)
	r.post("/verify-email/resend", pending, "L-06", h.resendVerifyEmail)
	r.get("/verify-email/:token", link, "L-12", h.showVerifyLink)
	r.post("/verify-email/:token", link, "L-12", h.submitVerifyLink)

	r.get(setupPath+":token", link, "L-12", h.showSetup)
	r.post(setupPath+":token", link, "L-12", h.submitSetup)

	r.get("/login", anyone, "", h.showLogin)
	r.post("/login", anyone, "L-01 L-02 L-03 L-04", h.submitLogin)
	r.get("/login/code", pending, "", h.showSecondStep)
	r.post("/login/code", pending, "L-11 L-13", h.submitSecondStep)
	r.while(h.s.recoversFactors, func() {
		r.get(factorRecoveryPath, pending, "", h.showFactorRecovery)
		r.post(factorRecoveryPath, pending, "L-11 L-28", h.submitFactorRecovery)
		r.post(factorRecoveryPath+"/code", pending, "L-10", h.sendRecoveryCode)
		r.get(factorRecoveryPath+"/stop/:token", link, "L-12", h.showRecoveryStop)
		r.post(factorRecoveryPath+"/stop/:token", link, "L-12", h.submitRecoveryStop)
		r.get(factorRecoveryPath+"/finish/:token", link, "L-12", h.showFactorRemoval)
		r.post(factorRecoveryPath+"/finish/:token", link, "L-12", h.submitFactorRemoval)
	})
	r.while(func() bool { return !h.s.cfg().NoLoginLink }, func() {
		r.get("/login/link", anyone, "", h.showLinkRequest)
		r.post("/login/link", anyone, "L-10", h.submitLinkRequest)
		r.get("/login/link/code", pending, "", h.showLoginCode)
		r.post("/login/link/code", pending, "L-11", h.submitLoginCode)
		r.get("/login/link/:token", link, "L-12", h.showLoginLink)
		r.post("/login/link/:token", link, "L-12", h.submitLoginLink)
	})
	if h.s.passkeys != nil {
		r.post("/signup/passkey/options", anyone, "L-15", h.beginPasskeySignup)
		r.post("/signup/passkey", anyone, "L-05 L-06 L-15", h.submitPasskeySignup)
		r.post("/login/passkey/options", anyone, "L-15", h.beginPasskeyLogin)
		r.post("/login/passkey", anyone, "L-15", h.submitPasskeyLogin)
		r.post("/login/code/passkey/options", pending, "L-15", h.beginSecondStepPasskey)
		r.post("/login/code/passkey", pending, "L-15", h.submitSecondStepPasskey)
		r.post("/reauth/passkey/options", self, "L-15", h.beginReauthPasskey)
		r.get("/account/passkeys", user, "", h.showPasskeys)
		r.post("/account/passkeys/options", recent, "L-15", h.beginPasskey)
		r.post("/account/passkeys", recent, "L-15", h.addPasskey)
		r.get("/account/passkeys/:id/rename", self, "", h.showRenamePasskey)
		r.post("/account/passkeys/:id/rename", self, "", h.renamePasskey)
		r.get("/account/passkeys/:id/remove", recent, "", h.showRemovePasskey)
		r.post("/account/passkeys/:id/remove", recent, "", h.removePasskey)
	}
	r.get("/login/unlock/:token", link, "L-12", h.showUnlock)
	r.post("/login/unlock/:token", link, "L-12", h.submitUnlock)
	r.post("/logout", anyone, "", h.logout)

	r.while(func() bool { return !h.s.cfg().NoPasswordReset }, func() {
		r.get("/password/forgot", anyone, "", h.showForgotPassword)
		r.post("/password/forgot", anyone, "L-09", h.submitForgotPassword)
		r.get("/password/reset", pending, "", h.showResetCode)
		r.post("/password/reset", pending, "L-11", h.submitResetCode)
	})
	r.get("/password/reset/:token", link, "L-12", h.showResetPassword) // operators send such links, too
	r.post("/password/reset/:token", link, "L-12", h.submitResetPassword)
	r.get("/password/new", pending, "", h.showForcedPassword)
	r.post("/password/new", pending, "", h.submitForcedPassword)

	r.get("/reauth", self, "", h.showReauth)
	r.post("/reauth", self, "L-11 L-15 L-16", h.submitReauth)
	r.post("/reauth/code", self, "L-10", h.sendReauthCode)

	r.post(stopViewPath, user, "", h.stopView)
	r.get("/account", user.viewed(ViewRead), "", h.showAccount)
	r.get(securePath, self, "", h.showSecure)
	r.get("/account/profile", user.viewed(ViewRead), "", h.showProfile)
	r.post("/account/profile", user.viewed(ViewWrite), "", h.submitProfile)
	r.get("/account/password", change, "", h.showChangePassword)
	r.post("/account/password", change, "L-16", h.submitChangePassword)
	r.get("/account/totp", recent, "", h.showAuthenticators)
	r.post("/account/totp", recent, "L-18", h.submitAuthenticator)
	r.get("/account/totp/disable", recent, "", h.showRemoveAuthenticator)
	r.post("/account/totp/disable", recent, "L-16", h.submitRemoveAuthenticator)
	r.get("/account/recovery-codes", recent, "", h.showRecoveryCodes)
	r.post("/account/recovery-codes", recent, "", h.submitRecoveryCodes)
	r.get("/account/trusted-browsers", user, "", h.showTrustedBrowsers)
	r.post("/account/trusted-browsers", self, "", h.endAllTrust)
	r.post("/account/trusted-browsers/:id/rename", self, "", h.renameTrustedBrowser)
	r.post("/account/trusted-browsers/:id/remove", self, "", h.endTrust)
	r.get("/account/sessions", user, "", h.showSessions)
	r.post("/account/sessions/end-others", user, "", h.endOtherSessions)
	r.post("/account/sessions/:id/end", user, "", h.endSession)
	r.get(activityPath, user.viewed(ViewRead), "", h.showActivity)
	r.post(activityPath, recent, "", h.reportActivity)
	r.get(notMePath+":token", link, "L-12", h.showNotMe)
	r.post(notMePath+":token", link, "L-12", h.submitNotMe)
	r.post("/account/sessions/links/:id/cancel", user, "", h.cancelLink)
	return r.routes
}
