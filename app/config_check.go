package main

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	appmail "latchkey/app/mail"
	"latchkey/auth"
	"latchkey/views"
)

// check names what is wrong, setting by setting. No message holds a value that may be secret.
func (c *Config) check() []error {
	var mistakes []error
	for _, one := range []struct {
		setting string
		mistake error
	}{
		{"APP_ENV", oneOf(c.Env, envDevelopment, envTest, envProduction)},
		{"ADDR", checkAddr(c.Addr)},
		{"DEMO_CLIENT_ADDR", checkAddrIfSet(c.DemoClientAddr)},
		{"METRICS_ADDR", checkAddrIfSet(c.MetricsAddr)},
		{"BASE_URL", checkBaseURL(c.BaseURL)},
		{"DATABASE_URL", checkDatabaseURL(string(c.DatabaseURL))},
		{"SECRET_KEY", c.checkSecretKey()},
		{"MAIL_FROM", checkMailbox(c.MailFrom)},
		{"SMTP_URL", appmail.CheckURL(string(c.SMTPURL))},
		{"TRUSTED_PROXIES", c.parseProxies()},
		{"RATE_LIMIT_SCALE", checkScale(c.RateLimitScale)},
		{"SIGNUP", checkSignUp(c.SignUp)},
		{"REQUIRE_MFA", oneOf(c.RequireMFA, "", auth.RequireMFAOff, auth.RequireMFAAdmins, auth.RequireMFAAll)},
		{"PASSWORD_BREACH_URL", checkBreachURL(c.PasswordBreachURL)},
		{"LOG_FORMAT", oneOf(c.LogFormat, "text", "json")},
	} {
		if one.mistake != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", one.setting, one.mistake))
		}
	}
	return append(mistakes, c.checkProduction()...)
}

// checkProduction refuses what is comfortable on a developer's machine only.
func (c *Config) checkProduction() []error {
	if !c.production() {
		return nil
	}
	var mistakes []error
	if c.SecretKey == "" && c.SecretKeyFile == "" {
		mistakes = append(mistakes, errors.New("SECRET_KEY: production needs one; make it with: openssl rand -base64 32"))
	}
	if !c.https() {
		mistakes = append(mistakes, errors.New("BASE_URL: production needs https"))
	}
	if c.demo() {
		mistakes = append(mistakes, errors.New("DEMO: demo accounts have known passwords; production refuses DEMO=true"))
	}
	return mistakes
}

func oneOf(value string, known ...string) error {
	if !slices.Contains(known, value) {
		return fmt.Errorf("%q is none of %s", value, strings.Join(known, ", "))
	}
	return nil
}

func checkAddr(addr string) error {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return fmt.Errorf("%q is not host:port", addr)
	}
	return nil
}

func checkAddrIfSet(addr string) error {
	if addr == "" {
		return nil
	}
	return checkAddr(addr)
}

// checkBaseURL wants scheme, host and port in their one canonical form: clients compare the issuer byte
// for byte (RFC 8414 §2).
func checkBaseURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" ||
		text != u.Scheme+"://"+strings.ToLower(u.Host) || strings.HasSuffix(u.Host, ":") {
		return fmt.Errorf("%q must be https://host or https://host:port, in lower case, with nothing after it", text)
	}
	return nil
}

func checkDatabaseURL(text string) error {
	for _, kind := range []string{"sqlite:", "postgres://", "postgresql://"} {
		if strings.HasPrefix(text, kind) {
			return nil
		}
	}
	return errors.New("must begin with sqlite: or postgres://")
}

func checkMailbox(text string) error {
	if _, err := mail.ParseAddress(text); err != nil {
		return fmt.Errorf("%q is no mailbox, such as %s <no-reply@example.com>", text, views.BrandName)
	}
	return nil
}

// maxScale is as good as no limit, and far from where counting them would overflow.
const maxScale = 1_000_000

func checkScale(scale float64) error {
	if !(scale > 0 && scale <= maxScale) { // NaN, too
		return fmt.Errorf("must be greater than 0, and at most %d", maxScale)
	}
	return nil
}

var signUpForm = regexp.MustCompile(`^(open|invite|closed|domains:[a-z0-9.-]+(,[a-z0-9.-]+)*)$`)

func checkSignUp(text string) error {
	if !signUpForm.MatchString(text) {
		return fmt.Errorf("%q is none of open, invite, closed, domains:a.example,b.example", text)
	}
	return nil
}

func checkBreachURL(text string) error {
	if u, err := url.Parse(text); err != nil || text != "" && (u.Scheme != "https" || u.Host == "") {
		return errors.New("must be an https address")
	}
	return nil
}

// parseProxies reads networks; a bare address is a network of one.
func (c *Config) parseProxies() error {
	c.proxies = nil
	for _, text := range c.TrustedProxies {
		text = strings.TrimSpace(text)
		prefix, err := netip.ParsePrefix(text)
		if address, addressErr := netip.ParseAddr(text); addressErr == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("%q is no network, such as 10.0.0.0/8", text)
		}
		c.proxies = append(c.proxies, prefix.Masked())
	}
	return nil
}
