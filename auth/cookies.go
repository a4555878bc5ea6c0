package auth

import (
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/views"
)

// The cookies of this package, before their prefix. All are HttpOnly, SameSite=Lax and for "/".
const (
	cookieSession = "session"
	cookieLogin   = "login" // a sign-in with an open step; never taken for a session
	cookieBrowser = "browser"
	cookieMethod  = "last_method" // a word for the way this browser signed in last
	cookieView    = "view_as"     // an operator views as a member; worth nothing without the operator's own session
)

func (s *Service) cookieName(name string) string { return views.CookieName(s.cfg().https(), name) }

// sessionCookieName has the weaker prefix when the cookie goes to subdomains: __Host- forbids a domain.
func (s *Service) sessionCookieName() string {
	switch {
	case s.cfg().CookieDomain == "":
		return s.cookieName(cookieSession)
	case s.cfg().https():
		return "__Secure-" + cookieSession
	}
	return cookieSession
}

// visitor reads what the browser brought.
func (h *Handler) visitor(c *fiber.Ctx) Visitor {
	return Visitor{
		Session: h.sessionCookie(c),
		Pending: c.Cookies(h.s.cookieName(cookieLogin)),
		Browser: c.Cookies(h.s.cookieName(cookieBrowser)),
	}
}

// sessionCookie is empty when two cookies of the name came: one was planted by somebody.
func (h *Handler) sessionCookie(c *fiber.Ctx) string {
	name, value, found := h.s.sessionCookieName(), "", 0
	c.Request().Header.VisitAllCookie(func(key, val []byte) {
		if string(key) == name {
			value, found = string(val), found+1
		}
	})
	if found != 1 {
		return ""
	}
	return value
}

// setCookies stores what a step gave the browser.
func (h *Handler) setCookies(c *fiber.Ctx, e Entry) {
	if e.Session != "" {
		c.Cookie(h.session(e.Session, e.SessionUntil))
	}
	if e.Pending != "" {
		c.Cookie(h.cookie(cookieLogin, e.Pending, e.PendingUntil))
	}
	if e.PendingDone {
		c.Cookie(h.cookie(cookieLogin, "", expired))
	}
	if e.Method != "" {
		c.Cookie(h.cookie(cookieMethod, e.Method, h.s.now().Add(lastMethodTTL)))
	}
	if e.Browser != "" {
		c.Cookie(h.cookie(cookieBrowser, e.Browser, h.s.now().Add(h.s.cfg().BrowserCookieTTL)))
	}
}

// lastMethodTTL is how long a browser remembers which way in was taken.
const lastMethodTTL = 365 * 24 * time.Hour

func (h *Handler) clearSession(c *fiber.Ctx) { c.Cookie(h.session("", expired)) }

// expired makes a browser drop a cookie.
var expired = time.Unix(1, 0)

// cookie lives until the time given; zero is until the browser closes.
func (h *Handler) cookie(name, value string, until time.Time) *fiber.Cookie {
	cookie := &fiber.Cookie{
		Name: h.s.cookieName(name), Value: value, Path: "/",
		HTTPOnly: true, Secure: h.s.cfg().https(), SameSite: fiber.CookieSameSiteLaxMode,
	}
	switch {
	case until.IsZero():
		cookie.SessionOnly = true
	case until.Equal(expired):
		cookie.Expires = expired
	default:
		cookie.MaxAge = int(until.Sub(h.s.now()) / time.Second)
	}
	return cookie
}

func (h *Handler) session(value string, until time.Time) *fiber.Cookie {
	cookie := h.cookie(cookieSession, value, until)
	cookie.Name, cookie.Domain = h.s.sessionCookieName(), h.s.cfg().CookieDomain
	return cookie
}

// ClearCookie makes the browser of a net/http request forget its session.
func (h *Handler) ClearCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{
		Name: h.s.sessionCookieName(), Path: "/", Domain: h.s.cfg().CookieDomain, MaxAge: -1,
		HttpOnly: true, Secure: h.s.cfg().https(), SameSite: http.SameSiteLaxMode,
	})
}
