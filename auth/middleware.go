package auth

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

type userKey struct{}

// CurrentUser is who is signed in at the browser of this request, or nil.
func CurrentUser(c *fiber.Ctx) *User {
	u, _ := c.Locals(userKey{}).(*User)
	return u
}

// LoadSession finds who is signed in, in one statement, and adds it to the views.Page that the context
// holds. It goes before every route that draws a page.
func (h *Handler) LoadSession(c *fiber.Ctx) error {
	u, err := h.signedIn(c)
	if err != nil && !errors.Is(err, ErrSignedOut) {
		return err
	}
	if u != nil {
		if u, err = h.viewing(c, u); err != nil {
			return err
		}
	}
	page := *views.PageOf(c.UserContext())
	page.Now, page.Settings, page.Flash = h.s.now(), h.s.quoted(), views.FlashOf(c)
	if viewOver(c) != "" {
		page.Flash = views.FlashViewOver
	}
	if u != nil {
		c.Locals(userKey{}, u)
		page.SignedIn, page.Name, page.Email, page.Role = true, u.Name, u.Email, string(OperatorOf(u).Role)
		setBanner(&page, u)
		if u.ActorID != "" {
			page.Viewing = &views.Viewing{Email: u.Email, Ends: u.ViewEnds}
		}
		// A cached copy of a signed-in page would outlive the session.
		c.Set(fiber.HeaderCacheControl, "no-store")
	}
	c.SetUserContext(views.WithPage(c.UserContext(), &page))
	if u != nil && u.OwesSecondFactor && walled(c.Path()) {
		if err := h.s.noteWall(c.UserContext(), u); err != nil {
			return err
		}
		return views.Redirect(c, securePath+"?return_to="+url.QueryEscape(h.returnTarget(c)))
	}
	err = c.Next()
	if page.Flash != "" && err == nil && drewPage(c) {
		views.ClearFlash(c)
	}
	return err
}

// signedIn finds who is signed in at the browser of a request.
func (h *Handler) signedIn(c *fiber.Ctx) (*User, error) {
	if askedByItself(c) {
		return h.s.peek(c.UserContext(), h.sessionCookie(c))
	}
	return h.s.Load(c.UserContext(), h.sessionCookie(c))
}

// forOperators tells whether a request is for a page of the operators.
func forOperators(c *fiber.Ctx) bool {
	return c.Path() == "/admin" || strings.HasPrefix(c.Path(), "/admin/")
}

// askedByItself tells whether an open page of the operators asked for itself anew. On pages of members the mark counts for nothing: it
// would let somebody look around, or an operator in a view, without being seen.
func askedByItself(c *fiber.Ctx) bool { return c.Get(views.PollHeader) != "" && forOperators(c) }

// quoted are the settings that pages tell people.
func (s *Service) quoted() views.Settings {
	return views.Settings{
		PasswordMin: s.cfg().PasswordMin, RememberIdle: s.cfg().RememberIdle,
		CodeTTL: s.cfg().VerifyCodeTTL, ResetTTL: s.cfg().ResetTTL, LinkTTL: s.cfg().LoginLinkTTL,
		AlarmTTL: s.cfg().AlarmTTL, TrustTTL: s.cfg().TrustTTL, ShownOnceTTL: s.cfg().ShownOnceTTL, MailsKeep: s.cfg().MailsKeep,
		Passkeys: s.passkeys != nil, FactorRecovery: s.recoversFactors(),
	}
}

// drewPage tells whether the notice was seen: a redirect passes it on to the next page.
func drewPage(c *fiber.Ctx) bool {
	status := c.Response().StatusCode()
	return (status < 300 || status >= 400) && strings.HasPrefix(string(c.Response().Header.ContentType()), "text/html")
}

// setBanner says on every page what the person should put right.
func setBanner(page *views.Page, u *User) {
	switch {
	case !u.Verified:
		page.Banner = "Your email address is not confirmed yet."
		page.BannerPath, page.BannerLabel = "/verify-email", "Confirm it, or send the email again"
	case !u.FactorRecovery.IsZero():
		page.Banner = "Somebody asked to have your second step removed on " + u.FactorRecovery.Format("2 January 2006") + "."
		page.BannerPath, page.BannerLabel = "/reauth", "Use it now to stop that"
	case !u.SecondFactorDue.IsZero():
		page.Banner = "Your account needs a second step by " + u.SecondFactorDue.Format("2 January 2006") + "."
		page.BannerPath, page.BannerLabel = securePath, "Add one now"
	case u.Breached:
		page.Banner = "Your password is in a public list of stolen ones."
		page.BannerPath, page.BannerLabel = "/account/password", "Change password"
	}
}

// RequireUser lets signed-in people through and sends others to sign in and back.
func (h *Handler) RequireUser(c *fiber.Ctx) error {
	if CurrentUser(c) == nil {
		return views.Redirect(c, "/login?return_to="+url.QueryEscape(h.returnTarget(c)))
	}
	return c.Next()
}

// RequireRecentLogin also wants a proof within ReauthWindow, and all that the account can prove: a browser that skips
// the second step does not skip it here. A POST is not replayed afterwards: its form
// is shown again.
func (h *Handler) RequireRecentLogin(c *fiber.Ctx) error {
	u := CurrentUser(c)
	switch {
	case u == nil:
		return h.RequireUser(c)
	case u.ActorID != "":
		return fiber.ErrForbidden
	}
	enough, err := h.s.provenEnough(c.UserContext(), u)
	if errors.Is(err, ErrSignedOut) {
		return views.Redirect(c, "/login")
	}
	if err != nil {
		return err
	}
	if enough {
		return c.Next()
	}
	target := h.returnTarget(c)
	if c.Method() != fiber.MethodGet && target == afterSignIn {
		target = LocalPath(c.Path())
	}
	return views.Redirect(c, "/reauth?return_to="+url.QueryEscape(target))
}

// RequireOperator lets operators through. A guest is sent to sign in; for everybody else there is nothing here, whatever the
// address: a member cannot tell the operator's area from a page that does not exist.
func (h *Handler) RequireOperator(c *fiber.Ctx) error {
	u := CurrentUser(c)
	if u == nil {
		return h.RequireUser(c)
	}
	if OperatorOf(u).Role == "" {
		return fiber.ErrNotFound
	}
	return c.Next()
}

// RequireRight lets operators through whose role has the right; a try of others is in the audit log. Errors: Forbidden.
func (h *Handler) RequireRight(right Right) fiber.Handler {
	return func(c *fiber.Ctx) error {
		op := OperatorOf(CurrentUser(c))
		if op.Role.May(right) {
			return c.Next()
		}
		return h.s.refuseAccess(c.UserContext(), op, right, c.Method()+" "+c.Path())
	}
}

// RefuseImpersonation keeps an operator who acts as somebody away from what only that person may do.
func (h *Handler) RefuseImpersonation(c *fiber.Ctx) error {
	if u := CurrentUser(c); u != nil && u.ActorID != "" {
		return fiber.ErrForbidden
	}
	return c.Next()
}

// privateLink is for pages whose address holds a token: it must not leave in a Referer, nor stay in a cache.
func (h *Handler) privateLink(c *fiber.Ctx) error {
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Next()
}

// returnTarget is where a guard brings people back to: the page they asked for, or the page around the
// fragment they asked for. A form that was posted is not a place to return to, and Referer is not asked.
func (h *Handler) returnTarget(c *fiber.Ctx) string {
	switch {
	case c.Get("HX-Request") == "true":
		return h.currentPage(c.Get("HX-Current-URL"))
	case c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead:
		return afterSignIn
	case c.Path() == "/reauth":
		return LocalPath(c.Query("return_to")) // the page behind it is what was wanted
	}
	return LocalPath(c.OriginalURL())
}

// currentPage is the path of the page htmx says it is on, if that page is ours.
func (h *Handler) currentPage(address string) string {
	path, ours := strings.CutPrefix(address, strings.TrimSuffix(h.s.cfg().BaseURL, "/"))
	if !ours {
		return afterSignIn
	}
	return LocalPath(path)
}
