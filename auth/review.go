package auth

import (
	"context"
	"slices"
	"time"

	"latchkey/models"
)

// The kinds of what needs a person that this package finds.
const (
	ReviewLockouts  = "lockouts"
	ReviewOperators = "operators_without_factor"
)

// reviewRights say who may set aside what: whoever can cure it. What has no line here is for administrators.
var reviewRights = map[string]Right{
	ReviewLockouts: RightHelp,
	"token_reuse":  RightRevokeAccess, // oauth
}

// ReviewRight is the right that setting aside one kind of thing needs.
func ReviewRight(kind string) Right {
	if right, known := reviewRights[kind]; known {
		return right
	}
	return RightOperate
}

// A burst of lockouts is so many within burstTime: one member who forgot a password is none.
const (
	burstTime    = time.Hour
	burstAddress = 5  // from one network address
	burstAll     = 20 // from anywhere
)

const (
	reviewSpan = 24 * time.Hour // how far back is looked each time
	reviewMost = 1000           // events that are looked at each time
	reviewKeep = 7 * 24 * time.Hour

	reviewOperatorsMost = 100
)

// ReviewFinders look for what needs a person.
func (s *Service) ReviewFinders() []models.ReviewFinder {
	return []models.ReviewFinder{
		{Kind: ReviewLockouts, Keep: reviewKeep, Find: s.findLockouts},
		{Kind: ReviewOperators, Find: s.findOperatorsWithoutFactor},
	}
}

// findLockouts finds bursts by the network address they came from, and one over all addresses (subject "").
func (s *Service) findLockouts(ctx context.Context) (found []models.ReviewFinding, err error) {
	events, err := s.db.AuditEvents(ctx, models.AuditQuery{Action: AuditLock, Since: s.now().Add(-reviewSpan), Limit: reviewMost})
	if err != nil {
		return nil, err
	}
	from := map[string][]time.Time{}
	for _, e := range events {
		from[""] = append(from[""], e.CreatedAt)
		if e.Address != "" {
			from[Network(e.Address)] = append(from[Network(e.Address)], e.CreatedAt)
		}
	}
	for address, at := range from {
		least := burstAddress
		if address == "" {
			least = burstAll
		}
		if burst := bursts(at, least); len(burst) > 0 {
			found = append(found, models.ReviewFinding{Subject: address, Severity: models.SeverityWarning, Happened: burst})
		}
	}
	return found, nil
}

// bursts are the moments that have so many of them around within burstTime.
func bursts(moments []time.Time, least int) (in []time.Time) {
	moments = slices.SortedFunc(slices.Values(moments), time.Time.Compare)
	done := 0 // how many are taken
	for i := range moments {
		first, end := i, i+least
		if end > len(moments) || moments[end-1].Sub(moments[first]) > burstTime {
			continue
		}
		in = append(in, moments[max(first, done):end]...)
		done = end
	}
	return in
}

// findOperatorsWithoutFactor finds nobody in development while nothing asks them for one: the demo operator has a public password
// already. In production whoever runs the place is told, also when they have switched that off.
func (s *Service) findOperatorsWithoutFactor(ctx context.Context) (found []models.ReviewFinding, err error) {
	if c := s.cfg(); !c.Production && c.RequireMFA == RequireMFAOff {
		return nil, nil
	}
	list, err := s.db.OperatorsWithoutFactor(ctx, s.rpID, reviewOperatorsMost)
	for _, u := range list {
		if !u.Disabled(s.now()) {
			found = append(found, models.ReviewFinding{Subject: u.ID, Detail: u.Role, Severity: models.SeverityWarning})
		}
	}
	return found, err
}
