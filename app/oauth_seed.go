package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"latchkey/models"
	"latchkey/oauthserver"
)

// demoClientID is the demo third-party app. Its secret is made at the first start and kept in a file,
// as a deployed client keeps its own.
const demoClientID = "demo-client"

// seedOAuth registers the demo client, and gives it a new secret when its file is gone.
func (h *house) seedOAuth(ctx context.Context) error {
	by := oauthserver.System("seed", "demo data")
	kept, err := h.demoClientSecret()
	if err != nil {
		return err
	}
	address := h.config.demoClientURL()
	_, secret, err := h.oauth.CreateClient(ctx, by, models.OAuthClient{
		ID: demoClientID, Name: "Demo client", Kind: "web", Verified: true,
		RedirectURIs:           models.Strings{address + "/callback"},
		PostLogoutRedirectURIs: models.Strings{address + "/"},
	})
	switch {
	case errors.Is(err, models.ErrTaken) && kept != "":
		return nil
	case errors.Is(err, models.ErrTaken):
		secret, err = h.oauth.RotateSecret(ctx, by, demoClientID, 0)
	}
	if err != nil {
		return fmt.Errorf("seed the demo client: %w", err)
	}
	if err := os.MkdirAll(h.config.DataDir, 0o700); err != nil {
		return fmt.Errorf("keep the demo client's secret: %w", err)
	}
	if err := os.WriteFile(h.demoSecretFile(), []byte(secret+"\n"), 0o600); err != nil {
		return fmt.Errorf("keep the demo client's secret: %w", err)
	}
	return nil
}

func (h *house) demoSecretFile() string { return filepath.Join(h.config.DataDir, "demo-client.secret") }

// demoClientSecret is the kept secret, or "" when there is none.
func (h *house) demoClientSecret() (string, error) {
	secret, err := os.ReadFile(h.demoSecretFile())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the demo client's secret: %w", err)
	}
	return strings.TrimSpace(string(secret)), nil
}
