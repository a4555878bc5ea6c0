package auth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"latchkey/models"
)

const (
	sealsPerRun      = 200       // counted in one go: what a database held before is worked off minute by minute
	peopleCountEvery = time.Hour // the whole table is walked for it
)

// TendDays brings the figures of the days up to date.
func (s *Service) TendDays(ctx context.Context) error {
	if _, err := s.db.CountDays(ctx, DailyFigures, sealsPerRun); err != nil {
		return err
	}
	if err := s.db.CountActive(ctx); err != nil {
		return err
	}
	return s.db.CountPeopleOfDay(ctx, s.rpID, peopleCountEvery)
}

// stopReasons are why somebody was kept out who may have shown what is right.
var stopReasons = []string{reasonLimited, reasonLocked, reasonDisabled, reasonUnverified}

// DailyFigures names the figures of a day that an event of the audit log adds one to.
func DailyFigures(e models.AuditEvent) (figures []string) {
	done := e.Outcome == models.OutcomeSuccess
	if !done {
		figures = append(figures, models.FigureFailures)
	}
	switch {
	case e.Action == AuditSignIn && done:
		figures = append(figures, models.FigureSignedIn)
	case e.Action == AuditSignIn && slices.Contains(stopReasons, e.Reason):
		figures = append(figures, models.FigureSignInHeld)
	case e.Action == AuditSignIn:
		figures = append(figures, models.FigureSignInFailed)
	case e.Action == AuditSignUp && done:
		figures = append(figures, models.FigureSignUps)
		if _, again := e.Meta[metaReplaced]; !again {
			figures = append(figures, models.FigureNewMembers)
		}
	case (e.Action == AuditSetUp || e.Action == AuditMemberCreate) && done:
		figures = append(figures, models.FigureNewMembers)
	}
	return figures
}

// OperatorOverview is what operators see first: figures of some days up to today, and what operators did last.
type OperatorOverview struct {
	Daily  models.Daily
	Acts   []models.AuditEvent
	People map[string]models.User // who is in the acts, by id
}

// OperatorOverviewQuery says how much of it.
type OperatorOverviewQuery struct {
	Days    int
	Figures []string
	Acts    int
}

// OperatorOverview reads it. Errors: Forbidden, ErrSignedOut.
func (s *Service) OperatorOverview(ctx context.Context, op Operator, q OperatorOverviewQuery) (o OperatorOverview, err error) {
	if o.Daily, err = s.OperatorDays(ctx, op, q.Days, q.Figures); err != nil {
		return o, err
	}
	db := s.db.Joined(ctx)
	if o.Acts, err = db.AuditOlder(ctx, models.AuditFilter{Operators: true}, nil, q.Acts); err != nil {
		return o, fmt.Errorf("read the last acts of operators: %w", err)
	}
	o.People, err = peopleIn(ctx, db, o.Acts...)
	return o, err
}

// OperatorDays reads figures of some days up to today. Errors: Forbidden, ErrSignedOut.
func (s *Service) OperatorDays(ctx context.Context, op Operator, days int, figures []string) (models.Daily, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return nil, err
	}
	now := s.now()
	return s.db.Joined(ctx).DailyStats(ctx, models.Day(now.AddDate(0, 0, 1-days)), models.Day(now), figures...)
}
