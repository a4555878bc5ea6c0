package views

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
