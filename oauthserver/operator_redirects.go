package oauthserver

import (
	"context"

	"latchkey/models"
)

// redirectUsesKept is over how long the uses of redirect addresses are told.
const redirectUsesKept = 30 * day

// RedirectUse is how many sign-ins of the last 30 days one redirect address was used for; over models.OAuthReachMost: more than
// that.
type RedirectUse struct {
	URI     string
	SignIns int
}

// RedirectUses tells of each redirect address that a client has, in their order: whoever takes one away breaks as many sign-ins.
// Errors: ErrRefused.
func (s *Server) RedirectUses(ctx context.Context, by Operator, client models.OAuthClient) (uses []RedirectUse, err error) {
	if err := by.reads(); err != nil {
		return nil, err
	}
	signIns, err := s.db.OAuthRedirectUses(ctx, client.ID, client.RedirectURIs, s.now().Add(-redirectUsesKept))
	for _, address := range client.RedirectURIs {
		uses = append(uses, RedirectUse{address, signIns[address]})
	}
	return uses, err
}
