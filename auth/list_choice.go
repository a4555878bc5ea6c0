package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"latchkey/models"
)

// PageSizes are how many rows a page of an operator's list may have; the fewest come first.
var PageSizes = []int{25, 50, 100}

// rowsOnPage is how many rows a page has: as many as were asked for, if a page may have so many.
func rowsOnPage(asked int) int {
	if slices.Contains(PageSizes, asked) {
		return asked
	}
	return PageSizes[0]
}

// ListChoice is how an operator had a list drawn last; the zero choice: they have not chosen. Errors: Forbidden, ErrSignedOut.
func (s *Service) ListChoice(ctx context.Context, op Operator, list string) (models.ListChoice, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return models.ListChoice{}, err
	}
	chosen, err := s.db.Joined(ctx).ListChoiceOf(ctx, op.ID, list)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return chosen, fmt.Errorf("read what was chosen for a list: %w", err)
	}
	return chosen, nil
}

// ChooseList keeps how an operator wants to see a list. It is no act on anybody and leaves no row in the audit log. Errors:
// Forbidden, ErrSignedOut, Invalid.
func (s *Service) ChooseList(ctx context.Context, op Operator, c models.ListChoice) error {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return err
	}
	if !slices.Contains(PageSizes, c.PerPage) {
		return Invalid{"per": "Choose one of the numbers"}
	}
	c.UserID = op.ID
	return s.db.Joined(ctx).ChooseList(ctx, c)
}
