package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/models"
)

// settingsPoll is how often each process looks whether another one changed a setting.
const settingsPoll = 2 * time.Second

// readSettings is for commands, some of which work on a database that is not there yet: what needs it says so itself.
func (h *house) readSettings(ctx context.Context) error {
	if pending, err := h.db.PendingMigrations(ctx); err != nil || pending > 0 {
		return nil //nolint:nilerr // see above
	}
	return h.admin.ReadSettings(ctx)
}

// followSettings reads at every tick what other processes changed.
func (h *house) followSettings(ctx context.Context, ticks <-chan time.Time) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks:
			if err := h.admin.ReadSettings(ctx); err != nil && ctx.Err() == nil {
				h.log.ErrorContext(ctx, "settings not read", "error", err)
			}
		}
	}
}

// machineSettings are what the environment alone decides, for operators to read. A secret is said to be there, and no more.
func (c *Config) machineSettings() []models.SettingState {
	shown := []models.SettingState{
		{Name: "environment", Label: "Kind of place", Variable: "APP_ENV", Sentence: "Production refuses what is only comfortable.", Value: c.Env, Default: envDevelopment},
		{Name: "base-url", Label: "Address", Variable: "BASE_URL", Sentence: "Links and the issuer begin with it.", Value: c.BaseURL, Default: "http://localhost:3000"},
		{Name: "listen", Label: "Listens at", Variable: "ADDR", Sentence: "Where the program takes requests.", Value: c.Addr, Default: ":3000"},
		{Name: "database", Label: "Database", Variable: "DATABASE_URL", Sentence: "Where everything is kept.", Value: c.databaseKind(), Default: "SQLite"},
		{Name: "secret-key", Label: "Secret key", Variable: "SECRET_KEY", Sentence: "Encrypts what must be read back.", Value: isSet(true), Default: isSet(false)},
		{Name: "mail-server", Label: "Mail server", Variable: "SMTP_URL", Sentence: "Takes the mails that leave.", Value: isSet(c.SMTPURL != ""), Default: isSet(false)},
		{Name: "mail-from", Label: "Mails come from", Variable: "MAIL_FROM", Sentence: "The sender that people see.", Value: c.MailFrom, Default: defaultMailFrom()},
		{Name: "proxies", Label: "Trusted proxies", Variable: "TRUSTED_PROXIES", Sentence: "Whose word on addresses of visitors counts.", Value: strings.Join(c.TrustedProxies, ", ")},
		{Name: "demo", Label: "Demo data", Variable: "DEMO", Sentence: "Accounts whose passwords everybody knows.", Value: onOff(c.demo())},
	}
	for i := range shown {
		shown[i].Group = models.SettingsMachine
	}
	shown = append(shown,
		models.SettingState{Name: "password-list", Group: models.SettingsPasswords, Label: "List of stolen passwords", Variable: "PASSWORD_BREACH_URL", Sentence: "Asked about each new password, by the start of its hash.", Value: isSet(c.PasswordBreachURL != ""), Default: isSet(false)},
		models.SettingState{Name: "cookie-domain", Group: models.SettingsSessions, Label: "Hosts that share a session", Variable: "COOKIE_DOMAIN", Sentence: "Every host under it receives the session's cookie.", Value: c.CookieDomain},
		models.SettingState{Name: "limit-scale", Group: models.SettingsLimits, Label: "All limits, times", Variable: "RATE_LIMIT_SCALE", Sentence: "Multiplies every limit, for load tests.", Value: fmt.Sprint(c.RateLimitScale), Default: "1"},
	)
	for i := range shown {
		shown[i].Kind, shown[i].Source = models.Shown(), c.sourceOf(shown[i].Variable)
	}
	return shown
}

// sourceOf tells who decided a setting of the environment.
func (c *Config) sourceOf(variable string) string {
	if slices.Contains(c.variables, variable) || variable == "SECRET_KEY" && c.SecretKeyFile != "" {
		return models.SourceEnvironment
	}
	return models.SourceDefault
}

func (c *Config) databaseKind() string {
	if strings.HasPrefix(string(c.DatabaseURL), "sqlite:") {
		return "SQLite"
	}
	return "PostgreSQL"
}

// isSet stands for a secret.
func isSet(set bool) string {
	if set {
		return "Set"
	}
	return "Not set"
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
