package views

import "net/http"

// CookieName is the name a cookie has on the wire. Over https it starts with __Host-, by which browsers refuse a
// cookie that is not Secure, not for "/" or set by a subdomain; "flow" lives under a path and can carry __Secure- only.
func CookieName(https bool, name string) string {
	switch {
	case !https:
		return name
	case name == "flow":
		return "__Secure-" + name
	default:
		return "__Host-" + name
	}
}

// flashCookie carries a notice (a Flash… constant) to the next page, for a minute; without one it is taken back.
func flashCookie(secure bool, flash string) *http.Cookie {
	cookie := &http.Cookie{
		Name: CookieName(secure, "flash"), Value: flash, MaxAge: 60,
		Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
	if flash == "" {
		cookie.MaxAge = -1
	}
	return cookie
}
