package oauthserver

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"latchkey/models"
)

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
