package doctor

import "fmt"

// Settings are what the doctor asks of the configuration.
type Settings struct {
	Env            string
	Production     bool
	RateLimitScale float64
	CookieDomain   string
	Proxies        int    // how many networks of proxies are believed
	SMTPURL        string // holds a password: it is used, and never part of a finding
}

// Examine warns of what is allowed and yet rarely meant.
func (s Settings) Examine() []Finding {
	list := []Finding{fine("configuration", s.Env)}
	if s.Production && s.RateLimitScale != 1 {
		list = append(list, warning("limits", fmt.Sprintf("RATE_LIMIT_SCALE is %g", s.RateLimitScale), "set it to 1 outside load tests"))
	}
	if s.CookieDomain != "" {
		list = append(list, warning("cookies", "every host under "+s.CookieDomain+" receives the session cookie", "leave COOKIE_DOMAIN empty unless subdomains need it"))
	}
	if s.Production && s.Proxies == 0 {
		list = append(list, warning("proxy", "no forwarded header is believed", "behind a proxy set TRUSTED_PROXIES to its addresses; else all visitors share one limit"))
	}
	return list
}
