package oauthserver

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"latchkey/models"
)

// limit is one rule: so many requests of one caller in one window.
type limit struct {
	name   string
	most   int
	window time.Duration
	per    string // what is counted apart
}

// The rules. Flood limits are counted in the memory of each node: they guard the machine, and an operator's page against being a
// place to try tokens at. Failures of
// client authentication are rows that all nodes share; they are counted per client and address, so that
// nobody can lock a client for others.
var (
	limitAuthorize       = &limit{"oauth-authorize", 120, time.Minute, "address"}
	limitDecision        = &limit{"oauth-decision", 60, time.Minute, "browser"}
	limitToken           = &limit{"oauth-token", 2400, time.Minute, "address"}
	limitTokenClient     = &limit{"oauth-token-client", 1200, time.Minute, "client"}
	limitIntrospect      = &limit{"oauth-introspect", 6000, time.Minute, "address"}
	limitIntrospectByApp = &limit{"oauth-introspect-client", 6000, time.Minute, "client"}
	limitRevoke          = &limit{"oauth-revoke", 2400, time.Minute, "address"}
	limitRevokeClient    = &limit{"oauth-revoke-client", 300, time.Minute, "client"}
	limitUserInfo        = &limit{"oauth-userinfo", 2400, time.Minute, "address"}
	limitFamily          = &limit{"oauth-family", 600, time.Minute, "family"}
	limitTokenFind       = &limit{"oauth-token-find", 30, time.Minute, "operator"}
	limitDisabledClient  = &limit{"oauth-disabled-client", 12, time.Hour, "client"} // rows of the audit log; the answer is the same
	limitClientFailures  = &limit{"oauth-client-failures", 20, 5 * time.Minute, "client and address"}
)

// String says the rule in words, for the list of routes.
func (l *limit) String() string {
	if l == nil {
		return ""
	}
	window := "minute"
	if l.window > time.Minute {
		window = fmt.Sprintf("%d minutes", int(l.window.Minutes()))
	}
	return fmt.Sprintf("%d per %s and %s", l.most, window, l.per)
}

// scaled is the rule's number under LimitScale, at least one.
func (l *limit) scaled(scale float64) int { return max(1, int(float64(l.most)*scale)) }

// limiter counts floods in memory: fixed windows, forgotten when they end.
type limiter struct {
	scale  float64
	mu     sync.Mutex
	counts map[limitKey]*window
	swept  time.Time
}

type limitKey struct{ rule, caller string }

type window struct {
	hits int
	ends time.Time
}

func newLimiter(scale float64) *limiter {
	return &limiter{scale: scale, counts: map[limitKey]*window{}}
}

// hit counts one request; wait is zero when it may pass.
func (l *limiter) hit(rule *limit, caller string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(now)
	key := limitKey{rule.name, caller}
	w := l.counts[key]
	if w == nil || !now.Before(w.ends) {
		w = &window{ends: now.Add(rule.window)}
		l.counts[key] = w
	}
	if w.hits >= rule.scaled(l.scale) {
		return w.ends.Sub(now)
	}
	w.hits++
	return 0
}

// forget drops ended windows once a minute, so that addresses seen once do not pile up.
func (l *limiter) forget(now time.Time) {
	if now.Sub(l.swept) < time.Minute && !now.Before(l.swept) {
		return
	}
	l.swept = now
	for key, w := range l.counts {
		if !now.Before(w.ends) {
			delete(l.counts, key)
		}
	}
}

// withinLimit counts a request against a rule and answers 429 itself when it is one too many. A nil
// rule lets everything pass.
func (s *Server) withinLimit(w http.ResponseWriter, r *http.Request, rule *limit, caller string) bool {
	if rule == nil {
		return true
	}
	wait := s.limits.hit(rule, caller, s.now())
	if wait == 0 {
		return true
	}
	s.refuse(w, r, tooMany(wait))
	return false
}

// caller is what a rule counts apart before anybody is known. A browser is an address and its cookies:
// people behind one address do not slow each other down.
func (s *Server) caller(rule *limit, r *http.Request) string {
	if rule == nil {
		return ""
	}
	if rule.per == "browser" {
		return s.networkOf(r) + " " + base64.RawURLEncoding.EncodeToString(models.Digest(strings.Join(r.Header.Values("Cookie"), "; ")))
	}
	return s.networkOf(r)
}

// networkOf is what the caller's address counts as under the rules.
func (s *Server) networkOf(r *http.Request) string { return s.cfg.Network(addressOf(r)) }

// countFailure notes one failed client authentication, on its own: the request it belongs to fails.
func (s *Server) countFailure(ctx context.Context, clientID, address string) error {
	_, err := s.db.CountAttempts(ctx, models.Counting{
		AttemptKey: failureKey(clientID, address), Window: limitClientFailures.window,
		Most: limitClientFailures.scaled(s.limits.scale), Pause: limitClientFailures.window,
	})
	if err != nil {
		return fmt.Errorf("count failure: %w", err)
	}
	return nil
}

// failureKey hashes its parts: what a caller claims to be may be long, and anything.
func failureKey(clientID, address string) models.AttemptKey {
	digest := base64.RawURLEncoding.EncodeToString(models.Digest(clientID + "\x00" + address))
	return models.AttemptKey{Rule: limitClientFailures.name, Subject: digest}
}

func tooMany(wait time.Duration) *oauthError {
	return &oauthError{
		Status: http.StatusTooManyRequests, Code: "temporarily_unavailable", Description: "too many requests, try again later",
		RetryAfter: int(wait/time.Second) + 1,
	}
}

// addressOf is the caller's address without its port. The application has already replaced it by what
// a trusted proxy reported; no header is read here.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return cmp.Or(r.RemoteAddr, "unknown")
	}
	return host
}

func setRetryAfter(w http.ResponseWriter, seconds int) {
	if seconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
}
