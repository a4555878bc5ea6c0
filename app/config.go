package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	appmail "latchkey/app/mail"
	"latchkey/auth"
	"latchkey/views"
)

// The values of APP_ENV.
const (
	envDevelopment = "development"
	envTest        = "test"
	envProduction  = "production"
)

// Config is every setting, read from the environment once. docs and .env.example say what each means.
type Config struct {
	Env         string `env:"APP_ENV" envDefault:"development"`
	Addr        string `env:"ADDR" envDefault:":3000"`
	BaseURL     string `env:"BASE_URL" envDefault:"http://localhost:3000"` // the only source of links, and the OAuth issuer
	DatabaseURL Secret `env:"DATABASE_URL" envDefault:"sqlite:data/app.db"`
	AutoMigrate bool   `env:"AUTO_MIGRATE"`

	SecretKey     Secret `env:"SECRET_KEY"`
	SecretKeyFile string `env:"SECRET_KEY_FILE"`

	SMTPURL        Secret   `env:"SMTP_URL"`
	MailFrom       string   `env:"MAIL_FROM"`
	TrustedProxies []string `env:"TRUSTED_PROXIES"`

	Demo           *bool  `env:"DEMO"`
	DemoClientAddr string `env:"DEMO_CLIENT_ADDR" envDefault:":3001"`
	MetricsAddr    string `env:"METRICS_ADDR"`

	RateLimitScale    float64 `env:"RATE_LIMIT_SCALE" envDefault:"1"`
	SignUp            string  `env:"SIGNUP" envDefault:"open"`
	RequireMFA        string  `env:"REQUIRE_MFA"`
	PasswordBreachURL string  `env:"PASSWORD_BREACH_URL"`
	CookieDomain      string  `env:"COOKIE_DOMAIN"`

	LogFormat string     `env:"LOG_FORMAT"`
	LogLevel  slog.Level `env:"LOG_LEVEL" envDefault:"info"`

	// DataDir holds what the program makes for itself in development: the key, the demo client's secret.
	DataDir string

	// What only tests set.
	Now        func() time.Time `json:"-"` // nil: time.Now
	HashMemory uint32           `json:"-"` // KiB for the hash of a password, 0: what auth takes

	proxies   []netip.Prefix
	variables []string // of the environment that were set
}

// Secret is a setting that may hold a password or a key: it prints as a mark, never as itself.
type Secret string

const redacted = "[redacted]"

func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// loadConfig reads the settings and names every mistake in one error. It writes nothing.
func loadConfig(environ []string) (Config, error) {
	config := Config{DataDir: "data", RateLimitScale: 1}
	environment := env.ToMap(environ)
	for name, value := range environment {
		if value != "" {
			config.variables = append(config.variables, name)
		}
	}
	if _, set := environment["METRICS_ADDR"]; !set { // set and empty turns it off
		environment["METRICS_ADDR"] = "127.0.0.1:9464"
	}
	mistakes := parseMistakes(env.ParseWithOptions(&config, env.Options{Environment: environment}))
	config.fill()
	mistakes = append(mistakes, config.check()...)
	return config, errors.Join(mistakes...)
}

// parseMistakes names settings as the environment does, not as Go fields.
func parseMistakes(err error) []error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return nil
	}
	var mistakes []error
	for _, one := range all.Errors {
		var parse env.ParseError
		if errors.As(one, &parse) {
			field, _ := reflect.TypeFor[Config]().FieldByName(parse.Name)
			one = fmt.Errorf("%s: %s", field.Tag.Get("env"), unreadable(field.Type))
		}
		mistakes = append(mistakes, one)
	}
	return mistakes
}

func unreadable(kind reflect.Type) string {
	switch kind {
	case reflect.TypeFor[bool](), reflect.TypeFor[*bool]():
		return "is neither true nor false"
	case reflect.TypeFor[slog.Level]():
		return "is none of debug, info, warn, error"
	case reflect.TypeFor[float64]():
		return "is no number"
	}
	return "cannot be read"
}

func (c *Config) fill() {
	if c.Demo == nil {
		demo := c.Env == envDevelopment
		c.Demo = &demo
	}
	if c.LogFormat == "" {
		c.LogFormat = "text"
		if c.production() {
			c.LogFormat = "json"
		}
	}
	if c.MailFrom == "" {
		c.MailFrom = defaultMailFrom()
	}
}

func defaultMailFrom() string {
	return (&mail.Address{Name: views.BrandName, Address: "no-reply@localhost"}).String()
}

func (c *Config) production() bool { return c.Env == envProduction }
func (c *Config) demo() bool       { return *c.Demo }
func (c *Config) https() bool      { return strings.HasPrefix(c.BaseURL, "https://") }

// demoClientURL is where the demo client is reached: its own origin, as a program of somebody else has.
func (c *Config) demoClientURL() string {
	host, port, _ := net.SplitHostPort(c.DemoClientAddr) // checked with the settings
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// devPages tells whether /dev exists.
func (c *Config) devPages() bool { return c.demo() || c.Env == envTest }

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
