package auth

import (
	"context"
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

// Daily reads figures of the days up to today, for operators. Errors: Forbidden, ErrSignedOut.
func (s *Service) Daily(ctx context.Context, op Operator, days int, figures ...string) (models.Daily, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return nil, err
	}
	now := s.now()
	return s.db.Joined(ctx).DailyStats(ctx, models.Day(now.AddDate(0, 0, 1-days)), models.Day(now), figures...)
}
