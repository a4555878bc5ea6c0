package oauthserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"latchkey/models"
)

// clientFacts is a client as the audit log and the version of a page know it: all that an operator may change. Its secrets
// are in another table and never in here. No name may look like that of a secret: the audit log refuses those.
func clientFacts(c *models.OAuthClient) map[string]any {
	return map[string]any{
		"name": c.Name, "kind": c.Kind, "authentication": c.AuthMethod, "redirect_uris": c.RedirectURIs,
		"post_logout_redirect_uris": c.PostLogoutRedirectURIs, "landing_origins": c.LandingOrigins, "grants": c.Grants,
		"response_modes": c.ResponseModes, "scopes": c.Scopes, "default_scopes": c.DefaultScopes, "resources": c.Resources,
		"client_uri": c.ClientURI, "policy_uri": c.PolicyURI, "tos_uri": c.TOSURI, "initiate_login_uri": c.InitiateLoginURI,
		"pkce": c.PKCE, "consent": c.Consent, "refresh": c.Refresh, "refresh_always": c.RefreshAlways, "retry_seconds": number(c.RetrySeconds),
		"access_format": c.AccessTokenFormat, "id_alg": c.IDTokenAlg, "id_claims": c.IDTokenClaims, "default_max_age": number(c.DefaultMaxAge),
		"life_authorization": c.CodeSeconds, "life_access": c.AccessTokenSeconds, "life_id": c.IDTokenSeconds,
		"life_refresh_idle": c.RefreshIdleSeconds, "life_refresh_absolute": c.RefreshAbsoluteSeconds,
		"verified": c.Verified, "provenance": c.Provenance,
	}
}

func number(n *int) any {
	if n == nil {
		return nil
	}
	return *n
}

// roomForChanges is what one audit row may say of old and new, with some left for its frame.
const roomForChanges = 7 << 10

// changesBetween keeps the fields that differ. What is too long for one row is told as a number of entries.
func changesBetween(before, after map[string]any) map[string]models.Change {
	changes := map[string]models.Change{}
	for _, field := range slices.Sorted(maps.Keys(after)) {
		if old, now := before[field], after[field]; !same(old, now) {
			changes[field] = models.Change{Old: old, New: now}
		}
	}
	if text, err := json.Marshal(changes); err == nil && len(text) > roomForChanges {
		for field, change := range changes {
			changes[field] = models.Change{Old: inShort(change.Old), New: inShort(change.New)}
		}
	}
	return changes
}

func same(a, b any) bool {
	return empty(a) && empty(b) || fmt.Sprint(a) == fmt.Sprint(b)
}

func empty(value any) bool {
	v := reflect.ValueOf(value)
	return !v.IsValid() || v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0
}

func inShort(value any) any {
	if list, isList := value.(models.Strings); isList && len(list) > 0 {
		return fmt.Sprintf("%d entries", len(list))
	}
	return value
}

// clientState is what every act on a client is decided on: a page that shows less of it would still be right.
func clientState(c *models.OAuthClient, secrets []models.OAuthClientSecret) map[string]any {
	state := map[string]any{"facts": clientFacts(c), "disabled": c.DisabledAt != nil, "updated": c.UpdatedAt.UnixMicro()}
	var ids []string
	for _, secret := range secrets {
		ids = append(ids, fmt.Sprint(secret.ID, secret.ExpiresAt != nil))
	}
	state["secrets"] = ids
	return state
}

// withReach adds what would end. A client that is in use never stands still, and stopping it must not wait until it does:
// among hundreds one more makes no difference.
func withReach(state map[string]any, reach models.OAuthReach) map[string]any {
	state = maps.Clone(state)
	state["reach"] = []int{about(reach.SignIns), about(reach.AccessTokens), about(reach.Waiting), about(reach.Consents)}
	return state
}

// about is a count as far as it matters for a decision: its first two digits.
func about(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return n / unit * unit
}
