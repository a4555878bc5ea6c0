package auth

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

// MemberNames is what people are called in a list, by id: their address, for those who still have an account. Errors:
// Forbidden, ErrSignedOut.
func (s *Service) MemberNames(ctx context.Context, op Operator, ids []string) (map[string]string, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return nil, err
	}
	people, err := s.db.Joined(ctx).UsersByIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("name members: %w", err)
	}
	names := map[string]string{}
	for _, u := range people {
		names[u.ID] = u.Email
	}
	return names, nil
}

// MemberID is the id of the person that an operator named by their address. What is no address of anybody is taken for an
// id itself. Errors: Forbidden, ErrSignedOut.
func (s *Service) MemberID(ctx context.Context, op Operator, named string) (string, error) {
	if _, err := s.Operating(ctx, op, RightRead); err != nil {
		return "", err
	}
	email, ok := NormalEmail(named)
	if !ok {
		return named, nil
	}
	u, err := s.db.Joined(ctx).UserByEmail(ctx, email)
	if errors.Is(err, models.ErrNotFound) {
		return named, nil
	}
	if err != nil {
		return "", fmt.Errorf("find member: %w", err)
	}
	return u.ID, nil
}

// MayActOn tells on whom of some people an operator may act with a right, by id: no page draws an act on the others. Who has no
// account any more is protected by nobody. Errors: Forbidden, ErrSignedOut.
func (s *Service) MayActOn(ctx context.Context, op Operator, right Right, ids ...string) (map[string]bool, error) {
	op, err := s.Operating(ctx, op, RightRead)
	if err != nil || !op.Role.May(right) {
		return nil, err
	}
	people, err := s.db.Joined(ctx).UsersByIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read whom an act is about: %w", err)
	}
	may := map[string]bool{}
	for _, id := range ids {
		may[id] = op.mayActOn(models.User{ID: id}) == nil
	}
	for _, u := range people {
		may[u.ID] = op.mayActOn(u) == nil
	}
	return may, nil
}
