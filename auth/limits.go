package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/models"
)

// Limit is one row of the table of security limits.
type Limit struct {
	ID     string
	Counts string // what is counted, and by which key
	Hits   int
	Window time.Duration // from the first hit
	Pause  time.Duration // reaching it starts a wait of that length; zero: what is left of the window

	onlyNote bool // reaching it has a consequence of its own, not a refusal
	fixed    bool // RATE_LIMIT_SCALE does not touch it
}

// The limits. Each is counted before the work it guards, by one guarded statement, in the database: all
// nodes share them.
var (
	limitPair           = Limit{ID: "L-01", Counts: "sign-in failures: address and network", Hits: 5, Window: 15 * time.Minute, Pause: 15 * time.Minute}
	limitStrangers      = Limit{ID: "L-02", Counts: "sign-in failures: address, unknown browsers", Hits: 20, Window: time.Hour, Pause: time.Hour}
	limitLock           = Limit{ID: "L-02 lock", Counts: "sign-in failures: address, unknown browsers, until locked", Hits: 100, Window: 24 * time.Hour, onlyNote: true}
	limitKnown          = Limit{ID: "L-03", Counts: "sign-in failures: account and known browser", Hits: 10, Window: 15 * time.Minute}
	limitNetwork        = Limit{ID: "L-04", Counts: "sign-in failures: network, all addresses", Hits: 50, Window: 15 * time.Minute}
	limitSignUps        = Limit{ID: "L-05", Counts: "sign-ups: network", Hits: 100, Window: time.Hour}
	limitVerifyMail     = Limit{ID: "L-06", Counts: "verification mails: address", Hits: 3, Window: 15 * time.Minute}
	limitVerifyDay      = Limit{ID: "L-06 day", Counts: "verification mails: address", Hits: 10, Window: 24 * time.Hour}
	limitTakenMail      = Limit{ID: "L-06 taken", Counts: "account-exists mails: address", Hits: 3, Window: 24 * time.Hour}
	limitCodes          = Limit{ID: "L-07", Counts: "verification codes: address, over all codes", Hits: 15, Window: time.Hour}
	limitResetMail      = Limit{ID: "L-09", Counts: "reset requests: address", Hits: 3, Window: 15 * time.Minute}
	limitResets         = Limit{ID: "L-09 network", Counts: "reset requests: network", Hits: 60, Window: time.Hour}
	limitDeadLinks      = Limit{ID: "L-12", Counts: "unknown or dead links: network", Hits: 30, Window: 10 * time.Minute}
	limitSecondStep     = Limit{ID: "L-13", Counts: "codes at the second step: pending login", Hits: 5, Window: 15 * time.Minute}
	limitSecondStepAll  = Limit{ID: "L-13 account", Counts: "codes at the second step: account", Hits: 10, Window: time.Hour, Pause: 15 * time.Minute}
	limitTOTPSetup      = Limit{ID: "L-18", Counts: "codes at the setup of an authenticator: account", Hits: 10, Window: 15 * time.Minute}
	limitReauth         = Limit{ID: "L-16", Counts: "re-authentication and current password: session", Hits: 5, Window: 15 * time.Minute}
	limitReauthAll      = Limit{ID: "L-16 account", Counts: "re-authentication and current password: account", Hits: 10, Window: time.Hour}
	limitAlarmMail      = Limit{ID: "alarm mail", Counts: "mails about a guarded or locked account: account, each kind", Hits: 1, Window: 24 * time.Hour, fixed: true}
	limitLinkTries      = Limit{ID: "link password", Counts: "passwords at a link in another browser: link", Hits: 5, Window: 24 * time.Hour, fixed: true}
	limitLinkMail       = Limit{ID: "L-10", Counts: "sign-in links and mailed codes: address", Hits: 3, Window: 15 * time.Minute}
	limitLinks          = Limit{ID: "L-10 network", Counts: "sign-in links and mailed codes: network", Hits: 60, Window: time.Hour}
	limitMailCodes      = Limit{ID: "L-11", Counts: "mailed sign-in and reset codes: address, over all codes", Hits: 15, Window: time.Hour}
	limitRecoveries     = Limit{ID: "L-28", Counts: "factor recoveries begun: account", Hits: 3, Window: 30 * 24 * time.Hour}
	limitPasskeyOptions = Limit{ID: "L-15", Counts: "passkey ceremonies begun: network", Hits: 60, Window: time.Minute}
	limitPasskeys       = Limit{ID: "L-15 failed", Counts: "passkey ceremonies that failed: network", Hits: 20, Window: 15 * time.Minute}
)

// Limits is the whole table, with RateLimitScale applied.
func (s *Service) Limits() []Limit {
	list := []Limit{
		limitPair, limitStrangers, limitLock, limitKnown, limitNetwork, limitSignUps, limitVerifyMail, limitVerifyDay, limitTakenMail,
		limitCodes, limitResetMail, limitResets, limitLinkMail, limitLinks, limitMailCodes, limitDeadLinks, limitPasskeyOptions, limitPasskeys,
		limitSecondStep, limitSecondStepAll, limitRecoveries, limitTOTPSetup, limitReauth, limitReauthAll, limitAlarmMail, limitLinkTries,
	}
	for i := range list {
		list[i].Hits = s.most(list[i])
	}
	return list
}

func (s *Service) most(l Limit) int {
	if l.fixed {
		return l.Hits
	}
	return max(1, int(float64(s.hits(l))*s.cfg().RateLimitScale))
}

// hits is the number of a limit, which operators may have changed.
func (s *Service) hits(l Limit) int {
	switch l.ID {
	case limitPair.ID:
		return s.cfg().TriesOfNetwork
	case limitStrangers.ID:
		return s.cfg().TriesOfStrangers
	case limitLock.ID:
		return s.cfg().TriesToLock
	}
	return l.Hits
}

// try is one thing about to be done that a limit counts.
type try struct {
	limit   Limit
	subject string
}

func (t try) key() models.AttemptKey {
	return models.AttemptKey{Rule: t.limit.ID, Subject: t.subject}
}

// count counts tries before the work they stand for, and returns their counters. When one is over its limit
// already, none is counted, so that hammering at one limit cannot drive another; the error is Limited.
func (s *Service) count(ctx context.Context, db *models.DB, tries ...try) ([]int, error) {
	after, err := db.CountAttempts(ctx, s.countings(tries)...)
	if err != nil {
		return nil, fmt.Errorf("count %s: %w", tries[0].limit.ID, err)
	}
	if len(after) == 0 {
		return nil, s.over(ctx, db, tries)
	}
	hits := make([]int, len(tries))
	for i, t := range tries {
		attempt := after[slices.IndexFunc(after, t.counts)]
		hits[i] = attempt.Hits
		if most := s.most(t.limit); attempt.Hits > most && !t.limit.onlyNote { // several passed at once
			if err := s.giveBack(ctx, db, slices.Delete(slices.Clone(tries), i, i+1)...); err != nil {
				return nil, err
			}
			return nil, s.refuse(ctx, db, t, attempt, attempt.Hits == most+1)
		}
	}
	return hits, nil
}

func (s *Service) countings(tries []try) []models.Counting {
	list := make([]models.Counting, len(tries))
	for i, t := range tries {
		list[i] = models.Counting{AttemptKey: t.key(), Window: t.limit.Window, Pause: t.limit.Pause}
		if !t.limit.onlyNote {
			list[i].Most = s.most(t.limit)
		}
	}
	return list
}

// over names the limit that stopped the tries.
func (s *Service) over(ctx context.Context, db *models.DB, tries []try) error {
	if err := s.full(ctx, db, tries...); err != nil {
		return err
	}
	return Limited{Limit: tries[0].limit, Wait: time.Second} // its window ended this very moment
}

// full is the Limited of a limit that stands at its most; nil: none does.
func (s *Service) full(ctx context.Context, db *models.DB, tries ...try) error {
	attempts, err := db.Attempts(ctx, keysOf(tries)...)
	if err != nil {
		return fmt.Errorf("read limits: %w", err)
	}
	for _, t := range tries {
		most, at := s.most(t.limit), slices.IndexFunc(attempts, t.counts)
		if t.limit.onlyNote || at < 0 || attempts[at].Hits < most {
			continue
		}
		first := false
		if attempts[at].Hits == most {
			if first, err = db.MarkRefused(ctx, t.key(), most); err != nil {
				return fmt.Errorf("read limits: %w", err)
			}
		}
		return s.refuse(ctx, db, t, attempts[at], first)
	}
	return nil
}

func (t try) counts(a models.Attempt) bool {
	return a.Rule == t.limit.ID && a.Subject == t.subject
}

// refuse is the outcome of a try over its limit. The audit log hears of the first in a window only.
func (s *Service) refuse(ctx context.Context, db *models.DB, t try, a models.Attempt, first bool) error {
	s.metrics.limits.WithLabelValues(t.limit.ID).Inc()
	refusal := Limited{Limit: t.limit, Wait: a.WindowEndsAt.Sub(s.now()), first: first}
	if !first {
		return refusal
	}
	event := failed(models.AuditEvent{Action: AuditLimited, ActorKind: "anonymous"}, t.limit.ID)
	if err := db.Audit(ctx, event); err != nil {
		return err
	}
	return refusal
}

// giveBack takes back what was counted for tries that turned out well.
func (s *Service) giveBack(ctx context.Context, db *models.DB, tries ...try) error {
	return s.forgive(ctx, db, tries, nil)
}

// forgive gives some tries back, and clears the counters of others.
func (s *Service) forgive(ctx context.Context, db *models.DB, back, cleared []try) error {
	if err := db.ForgiveAttempts(ctx, keysOf(back), keysOf(cleared)); err != nil {
		return fmt.Errorf("give back: %w", err)
	}
	return nil
}

func keysOf(tries []try) []models.AttemptKey {
	keys := make([]models.AttemptKey, len(tries))
	for i, t := range tries {
		keys[i] = t.key()
	}
	return keys
}

func isLimited(err error) bool {
	var l Limited
	return errors.As(err, &l)
}
