package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

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
