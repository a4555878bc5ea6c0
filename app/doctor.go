package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"latchkey/app/mail"
	"latchkey/models"
)

// finding is one line of the doctor: what was looked at, how it is, and what to do about it.
type finding struct {
	Level   string `json:"level"` // ok, warning, error
	Check   string `json:"check"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

func ok(check, message string) finding { return finding{Level: "ok", Check: check, Message: message} }
func warning(check, message, fix string) finding {
	return finding{Level: "warning", Check: check, Message: message, Fix: fix}
}
func fault(check, message, fix string) finding {
	return finding{Level: "error", Check: check, Message: message, Fix: fix}
}

var errSick = errors.New("the doctor found an error")

func runDoctor(cmd *cobra.Command, _ []string) error {
	findings := examine(cmd.Context())
	err := show(cmd, findings, func(w io.Writer) {
		for _, f := range findings {
			fmt.Fprintf(w, "%s\t%s\t%s\n", f.Level, f.Check, f.Message)
			if f.Fix != "" {
				fmt.Fprintf(w, "\t\t→ %s\n", f.Fix)
			}
		}
	})
	if err != nil {
		return err
	}
	for _, f := range findings {
		if f.Level == "error" {
			return errSick
		}
	}
	return nil
}

// examine stops at the first thing without which the rest cannot be looked at.
func examine(ctx context.Context) []finding {
	config, err := loadConfig(os.Environ())
	if err != nil {
		return []finding{fault("configuration", err.Error(), "correct the settings named; .env.example explains each")}
	}
	findings := append([]finding{ok("configuration", config.Env)}, examineSettings(config)...)
	db, err := openDatabase(ctx, config, nil)
	if err != nil {
		return append(findings, fault("database", err.Error(), "check DATABASE_URL and that the server runs"))
	}
	defer db.Close()
	pending, err := db.PendingMigrations(ctx)
	if err != nil {
		return append(findings, fault("database", err.Error(), "check the rights of the database user"))
	}
	if pending > 0 {
		return append(findings, fault("database", fmt.Sprintf("%d migrations are pending", pending), "run: app migrate up"))
	}
	findings = append(findings, ok("database", db.Dialect()), examineClock(ctx, db), examineMail(ctx, config), examineAudit(ctx, db))
	h, err := openHouse(ctx, config)
	if err != nil {
		return append(findings, fault("start", err.Error(), "see the message"))
	}
	defer h.close()
	findings = append(findings, h.examineOAuth(ctx)...) // oauth
	return findings
}

// examineSettings warns of what is allowed and yet rarely meant.
func examineSettings(config Config) []finding {
	var list []finding
	if config.production() && config.RateLimitScale != 1 {
		list = append(list, warning("limits", fmt.Sprintf("RATE_LIMIT_SCALE is %g", config.RateLimitScale), "set it to 1 outside load tests"))
	}
	if config.CookieDomain != "" {
		list = append(list, warning("cookies", "every host under "+config.CookieDomain+" receives the session cookie", "leave COOKIE_DOMAIN empty unless subdomains need it"))
	}
	if config.production() && len(config.TrustedProxies) == 0 {
		list = append(list, warning("proxy", "no forwarded header is believed", "behind a proxy set TRUSTED_PROXIES to its addresses; else all visitors share one limit"))
	}
	return list
}

func examineMail(ctx context.Context, config Config) finding {
	if config.SMTPURL == "" {
		if config.production() {
			return fault("mail", "SMTP_URL is not set: no mail leaves", "set SMTP_URL and MAIL_FROM")
		}
		return ok("mail", "mails are kept for /dev/mail")
	}
	if err := mail.Check(ctx, string(config.SMTPURL)); err != nil {
		return fault("mail", err.Error(), "check SMTP_URL: host, port, user and password")
	}
	return ok("mail", "the mail server answers")
}

// maxClockSkew is how far this machine's clock may be from the database's: codes and tokens live by it.
const maxClockSkew = 5 * time.Second

func examineClock(ctx context.Context, db *models.DB) finding {
	there, err := db.ServerTime(ctx)
	if err != nil {
		return fault("clock", err.Error(), "check the database")
	}
	if skew := time.Since(there).Abs(); skew > maxClockSkew {
		return fault("clock", fmt.Sprintf("%s apart from the database's", skew.Round(time.Second)), "let both machines follow a time server")
	}
	return ok("clock", "agrees with the database's")
}
