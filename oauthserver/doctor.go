package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"latchkey/models"
)

// Finding is one line of Doctor: what it looked at, what it saw, and what to do about it.
type Finding struct {
	Level   string // ok, warning, error
	Check   string // "issuer"
	Message string
	Fix     string // empty when ok
}

// Doctor looks for what would hurt: the address, the keys, a sweep that does not run, clients whose
// settings are risky.
func (s *Server) Doctor(ctx context.Context) []Finding {
	return slices.Concat(s.examineIssuer(), s.examineSweep(ctx), s.examineKeys(ctx), s.examineClients(ctx))
}

func fine(check, message string) []Finding {
	return []Finding{{Level: "ok", Check: check, Message: message}}
}

func broken(check string, err error, fix string) []Finding {
	return []Finding{{Level: "error", Check: check, Message: err.Error(), Fix: fix}}
}

func (s *Server) examineIssuer() []Finding {
	if s.https {
		return fine("issuer", s.issuer)
	}
	if onThisMachine(s.issuer) {
		return fine("issuer", s.issuer+" (http is enough on this machine)")
	}
	return []Finding{{Level: "error", Check: "issuer", Message: s.issuer + " is not https", Fix: "Set BASE_URL to the public https address."}}
}

// examineSweep looks for rows that should be gone: the sweep runs every five minutes, an hour after an
// interaction's end.
func (s *Server) examineSweep(ctx context.Context) []Finding {
	oldest, err := s.db.OldestOAuthInteraction(ctx)
	if errors.Is(err, models.ErrNotFound) {
		return fine("sweep", "nothing to sweep")
	}
	if err != nil {
		return broken("sweep", err, "Check DATABASE_URL.")
	}
	if late := s.now().Sub(oldest) - time.Hour; late > 30*time.Minute {
		return []Finding{{
			Level: "warning", Check: "sweep", Message: fmt.Sprintf("rows that ended %s ago are still there", (late + time.Hour).Round(time.Minute)),
			Fix: "Start the app with its background jobs; they sweep every five minutes.",
		}}
	}
	return fine("sweep", "nothing is overdue")
}

func (s *Server) examineKeys(ctx context.Context) []Finding {
	list, err := s.keys(ctx, 0)
	if err != nil {
		return broken("keys", err, "Put the SECRET_KEY they were made under back into SECRET_KEY, after a comma.")
	}
	var lines []string
	for _, alg := range s.algs() {
		i := slices.IndexFunc(list, func(key *signingKey) bool { return key.alg == alg && key.state == models.KeyActive })
		if i < 0 {
			return broken("keys", fmt.Errorf("%w for %s", errNoKey, alg), "Start the app once: it makes missing keys.")
		}
		lines = append(lines, fmt.Sprintf("%s %d days old", alg, int(s.now().Sub(list[i].created)/day)))
	}
	return fine("keys", strings.Join(lines, ", "))
}

func (s *Server) examineClients(ctx context.Context) []Finding {
	clients, err := s.ListClients(ctx)
	if err != nil {
		return broken("clients", err, "Check DATABASE_URL.")
	}
	var findings []Finding
	for i := range clients {
		if clients[i].Enabled() {
			findings = append(findings, s.examineClient(&clients[i])...)
		}
	}
	if len(findings) == 0 {
		return fine("clients", fmt.Sprintf("%d registered, none with a risky setting", len(clients)))
	}
	return findings
}

func (s *Server) examineClient(c *models.OAuthClient) []Finding {
	var findings []Finding
	warn := func(message, fix string) {
		findings = append(findings, Finding{Level: "warning", Check: "client " + c.ID, Message: message, Fix: fix})
	}
	if c.PKCE == "optional" {
		warn("may leave out PKCE", "Set its pkce to required unless it cannot send a challenge.")
	}
	if c.Consent == "skip" {
		warn("never asks people for their consent", "Set its consent to ask unless it is your own.")
	}
	if slices.ContainsFunc(c.RedirectURIs, s.exposed) && !c.Public() {
		warn("is a web app that returns to an http address", "Register its https address; http is for development.")
	}
	return findings
}

// exposed tells whether what is sent to an address of a web app can be read on its way. Between two programs of one machine nobody
// listens; a server that others reach has an https issuer, and there a web app is elsewhere whatever its address says.
func (s *Server) exposed(uri string) bool {
	return strings.HasPrefix(uri, "http://") && !(onThisMachine(s.issuer) && onThisMachine(uri))
}

// onThisMachine tells whether an address is plain http to the machine itself.
func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && isLoopback(u.Hostname())
}
