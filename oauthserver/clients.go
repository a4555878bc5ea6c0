package oauthserver

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"latchkey/models"
)

// Operator is who changes a client or a key, and why, for the audit log.
type Operator struct {
	ID     string // of a person, or "cli"
	Reason string
}

// maxOverlap is how long two secrets of a client may live side by side.
const maxOverlap = 7 * day

// clientByID returns an enabled client; unknown and disabled are both models.ErrNotFound, after the
// same one query.
func (s *Server) clientByID(ctx context.Context, id string) (*models.OAuthClient, error) {
	client, err := s.db.Joined(ctx).OAuthClientByID(ctx, id)
	if err != nil {
		return nil, err
	}
	if !client.Enabled() {
		return nil, models.ErrNotFound
	}
	return client, nil
}

// ListClients returns all clients by name.
func (s *Server) ListClients(ctx context.Context) ([]models.OAuthClient, error) {
	return s.db.Joined(ctx).OAuthClients(ctx)
}

// CreateClient registers a client and returns its secret, which is shown this once; a public client has
// none. Blank fields get what the kind implies. Mistakes come back as InvalidClient, all of them;
// models.ErrTaken when the chosen id is in use.
func (s *Server) CreateClient(ctx context.Context, by Operator, client models.OAuthClient) (created *models.OAuthClient, secret string, err error) {
	s.fillClient(&client)
	err = s.checkClient(&client)
	if client.ID != "" && !chosenID.MatchString(client.ID) {
		mistakes := InvalidClient{}
		_ = errors.As(err, &mistakes)
		mistakes.add("client_id", "must be 3 to 64 of a-z, 0-9 and -")
		err = mistakes
	}
	if err != nil {
		return nil, "", err
	}
	if client.ID == "" {
		client.ID = newClientID()
	}
	now := s.now()
	client.CreatedAt, client.UpdatedAt, client.DisabledAt, client.MetadataHash = now, now, nil, metadataHash(&client)
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.CreateOAuthClient(tx.Context(), &client); err != nil {
			return fmt.Errorf("create client: %w", err)
		}
		if !client.Public() {
			if secret, err = s.addSecret(tx, client.ID); err != nil {
				return err
			}
		}
		return s.auditClient(tx, by, eventClientCreate, client.ID, map[string]any{"after": clientFacts(&client)})
	})
	if err != nil {
		return nil, "", err
	}
	return &client, secret, nil
}

// newClientID is 16 random bytes. One that begins with "-" is drawn again: the command line would take it
// for a flag.
func newClientID() string {
	for {
		var raw [16]byte
		rand.Read(raw[:]) // never fails
		if id := base64.RawURLEncoding.EncodeToString(raw[:]); id[0] != '-' {
			return id
		}
	}
}

// UpdateClient replaces everything about a client but its id, its secrets and whether it is disabled.
// A change of what people agreed to makes remembered consents ask again.
func (s *Server) UpdateClient(ctx context.Context, by Operator, client models.OAuthClient) error {
	s.fillClient(&client)
	if err := s.checkClient(&client); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		before, err := tx.OAuthClientByID(tx.Context(), client.ID)
		if err != nil {
			return fmt.Errorf("load client: %w", err)
		}
		client.CreatedAt, client.LastUsedAt, client.DisabledAt = before.CreatedAt, before.LastUsedAt, before.DisabledAt
		client.UpdatedAt, client.MetadataHash = s.now(), metadataHash(&client)
		if err := tx.UpdateOAuthClient(tx.Context(), &client); err != nil {
			return fmt.Errorf("update client: %w", err)
		}
		old, now := difference(clientFacts(before), clientFacts(&client))
		return s.auditClient(tx, by, eventClientUpdate, client.ID, map[string]any{"before": old, "after": now})
	})
}

// DisableClient stops a client everywhere at once: its grants end, and no endpoint knows it any more.
// models.ErrSpent when it is disabled already or unknown.
func (s *Server) DisableClient(ctx context.Context, by Operator, id string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.DisableOAuthClient(tx.Context(), id); err != nil {
			return fmt.Errorf("disable client: %w", err)
		}
		ended, err := tx.RevokeGrantsOfClient(tx.Context(), id, "client_disabled")
		if err != nil {
			return fmt.Errorf("end grants of client: %w", err)
		}
		return s.auditClient(tx, by, eventClientDisable, id, map[string]any{"grants_ended": ended})
	})
}

// EnableClient lets a client begin again; nothing that ended comes back.
func (s *Server) EnableClient(ctx context.Context, by Operator, id string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.EnableOAuthClient(tx.Context(), id); err != nil {
			return fmt.Errorf("enable client: %w", err)
		}
		return s.auditClient(tx, by, eventClientEnable, id, nil)
	})
}

// RotateSecret gives a client a new secret, shown this once. The old ones end at once, or after the
// overlap, at most seven days.
func (s *Server) RotateSecret(ctx context.Context, by Operator, id string, overlap time.Duration) (secret string, err error) {
	if overlap < 0 || overlap > maxOverlap {
		return "", InvalidClient{"overlap": "must be between 0 and 7 days"}
	}
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		client, err := tx.OAuthClientByID(tx.Context(), id)
		if err != nil {
			return fmt.Errorf("load client: %w", err)
		}
		if client.Public() {
			return InvalidClient{"auth_method": "is none: a public client has no secret"}
		}
		if err := tx.EndOAuthClientSecrets(tx.Context(), id, s.now().Add(overlap)); err != nil {
			return fmt.Errorf("end old secrets: %w", err)
		}
		if secret, err = s.addSecret(tx, id); err != nil {
			return err
		}
		return s.auditClient(tx, by, eventClientRotate, id, map[string]any{"overlap_seconds": int(overlap.Seconds())})
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

func (s *Server) addSecret(tx *models.Tx, clientID string) (string, error) {
	secret := "lk_cs_" + models.NewToken()
	err := tx.CreateOAuthClientSecret(tx.Context(), &models.OAuthClientSecret{
		ID: models.NewID(), ClientID: clientID, Hash: secretHash(clientID, secret), CreatedAt: s.now(),
	})
	if err != nil {
		return "", fmt.Errorf("store client secret: %w", err)
	}
	return secret, nil
}

// secretHash is how a client secret is stored. Secrets are 256 random bits, so one HMAC is enough: a
// slow hash would only limit token requests to a few a second. Keyed by the client id, one secret
// stored for two clients looks different.
func secretHash(clientID, secret string) []byte {
	mac := hmac.New(sha256.New, []byte(clientID))
	mac.Write([]byte(secret))
	return mac.Sum(nil)
}

// metadataHash stands for what a person saw and trusted when they agreed: name, addresses and how the
// client proves itself. A consent remembered under another value is not reused.
func metadataHash(c *models.OAuthClient) []byte {
	text, _ := json.Marshal([]any{ // strings always encode
		c.Name, c.Kind, c.AuthMethod, c.RedirectURIs, c.PostLogoutRedirectURIs, c.LandingOrigins, c.ClientURI, c.PolicyURI, c.TOSURI,
	})
	sum := sha256.Sum256(text)
	return sum[:]
}

func (s *Server) auditClient(tx *models.Tx, by Operator, action, clientID string, meta map[string]any) error {
	return tx.Audit(tx.Context(), models.AuditEvent{
		Action: action, ActorKind: "operator", ActorID: by.ID, Reason: by.Reason,
		ClientID: clientID, TargetKind: "client", TargetID: clientID, Meta: meta,
	})
}

// clientFacts is a client as the audit log shows it. Its secrets are in another table and never in here.
func clientFacts(c *models.OAuthClient) map[string]any {
	return map[string]any{
		"name": c.Name, "kind": c.Kind, "auth_method": c.AuthMethod, "redirect_uris": c.RedirectURIs,
		"post_logout_redirect_uris": c.PostLogoutRedirectURIs, "landing_origins": c.LandingOrigins, "grants": c.Grants,
		"response_modes": c.ResponseModes, "scopes": c.Scopes, "default_scopes": c.DefaultScopes, "resources": c.Resources,
		"client_uri": c.ClientURI, "policy_uri": c.PolicyURI, "tos_uri": c.TOSURI, "pkce": c.PKCE, "consent": c.Consent,
		"refresh": c.Refresh, "refresh_always": c.RefreshAlways, "verified": c.Verified, "provenance": c.Provenance,
	}
}

// difference keeps the fields that changed.
func difference(before, after map[string]any) (old, now map[string]any) {
	old, now = map[string]any{}, map[string]any{}
	for _, field := range slices.Sorted(maps.Keys(after)) {
		if fmt.Sprint(before[field]) != fmt.Sprint(after[field]) {
			old[field], now[field] = before[field], after[field]
		}
	}
	return old, now
}
