package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"latchkey/app/doctor"
	"latchkey/models"
)

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
		if f.Level == doctor.Fault {
			return errSick
		}
	}
	return nil
}

// examinedSeals is how many of the newest seals of the audit log the command checks: at most a hundred thousand rows, a few seconds.
const examinedSeals = 100

// examine stops at the first thing without which the rest cannot be looked at.
func examine(ctx context.Context) []doctor.Finding {
	config, err := loadConfig(os.Environ())
	if err != nil {
		return []doctor.Finding{doctor.Broken("configuration", err.Error(), "correct the settings named; .env.example explains each")}
	}
	db, err := openDatabase(ctx, config, nil)
	if err != nil {
		return append(doctorSettings(config).Examine(), doctor.Broken("database", err.Error(), "check DATABASE_URL and that the server runs"))
	}
	defer db.Close()
	findings, readable := doctor.Patient{Settings: doctorSettings(config), DB: db, Seals: examinedSeals}.Examine(ctx)
	if !readable {
		return findings
	}
	h, err := openHouse(ctx, config)
	if err != nil {
		return append(findings, doctor.Broken("start", err.Error(), "see the message"))
	}
	defer h.close()
	findings = append(findings, h.examineOAuth(ctx)...) // oauth
	return findings
}

func doctorSettings(config Config) doctor.Settings {
	return doctor.Settings{
		Env: config.Env, Production: config.production(), RateLimitScale: config.RateLimitScale, CookieDomain: config.CookieDomain,
		Proxies: len(config.TrustedProxies), SMTPURL: string(config.SMTPURL),
	}
}

// lookEvery is how often a running program looks at itself, and lookTime how long it takes at most. /admin/health shows what it
// saw last: a page waits for no mail server.
const (
	lookEvery = 5 * time.Minute
	lookTime  = time.Minute
)

// watch looks at once, and then every so often until ctx ends.
func (h *house) watch(ctx context.Context) error {
	h.look(ctx)
	return every(ctx, lookEvery, func() { h.look(ctx) })
}

// look notes what it sees.
func (h *house) look(ctx context.Context) []doctor.Finding {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	findings := h.examined(ctx)
	if ctx.Err() == nil { // else the program stops, and half a look says nothing
		h.doctor.Note(findings, h.db.Now())
	}
	return findings
}

// examined asks what the command asks. Of the audit log only the newest seal: whoever works here every few minutes sees most of
// them.
func (h *house) examined(ctx context.Context) []doctor.Finding {
	findings, readable := doctor.Patient{Settings: doctorSettings(h.config), DB: h.db, Seals: 1}.Examine(ctx)
	if !readable {
		return findings
	}
	findings = append(findings, h.examineOAuth(ctx)...) // oauth
	return findings
}

// findDoctorErrors gives what is broken to the review.
func (h *house) findDoctorErrors(ctx context.Context) (found []models.ReviewFinding, err error) {
	findings, at := h.doctor.Last()
	if at.IsZero() {
		findings = h.look(ctx)
	}
	for _, f := range findings {
		if f.Level == doctor.Fault {
			found = append(found, models.ReviewFinding{Subject: f.Check, Detail: f.Message, Severity: models.SeverityAlert})
		}
	}
	return found, nil
}
