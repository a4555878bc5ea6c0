package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
)

// clientJSON is a client as the commands print one. The secret is there only when it was just made.
type clientJSON struct {
	ID           string    `json:"client_id"`
	Name         string    `json:"name"`
	Kind         string    `json:"kind"`
	AuthMethod   string    `json:"token_endpoint_auth_method"`
	RedirectURIs []string  `json:"redirect_uris"`
	PostLogout   []string  `json:"post_logout_redirect_uris"`
	Grants       []string  `json:"grant_types"`
	Scopes       []string  `json:"scopes"`
	IDTokenAlg   string    `json:"id_token_signed_response_alg,omitempty"`
	Lives        lives     `json:"lives,omitempty"` // its own ones
	Disabled     bool      `json:"disabled"`
	Created      time.Time `json:"created_at"`
	Secret       string    `json:"client_secret,omitempty"`
}

// lives are lifetimes in seconds, by the name of their flag.
type lives map[string]int

func livesOf(c models.OAuthClient) lives {
	own := lives{}
	for _, life := range clientLives {
		if n := *life.seconds(&c); n != 0 {
			own[life.flag] = n
		}
	}
	return own
}

func clientAsJSON(c models.OAuthClient, secret string) clientJSON {
	return clientJSON{
		ID: c.ID, Name: c.Name, Kind: c.Kind, AuthMethod: c.AuthMethod, RedirectURIs: c.RedirectURIs,
		PostLogout: c.PostLogoutRedirectURIs, Grants: c.Grants, Scopes: c.Scopes, IDTokenAlg: c.IDTokenAlg, Lives: livesOf(c), Disabled: !c.Enabled(), Created: c.CreatedAt, Secret: secret,
	}
}

func clientCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "client", Short: "Register, list, verify, disable, enable and delete OAuth clients; rotate their secrets", Args: cobra.NoArgs}
	create := &cobra.Command{Use: "create", Short: "Register a client; its secret is shown once", Args: cobra.NoArgs, RunE: inHouse(runClientCreate)}
	flags := create.Flags()
	flags.String("name", "", "name on the consent page")
	flags.StringArray("redirect-uri", nil, "where answers go; repeat for more")
	flags.StringArray("post-logout-uri", nil, "where people may be sent after signing out; repeat for more")
	flags.StringArray("scope", nil, "a scope it may ask for; default: all that suit its kind")
	flags.String("kind", "", "web, native, browser, service or resource_server")
	flags.Bool("public", false, "keeps no secret (auth method none)")
	flags.String("pkce", "", "required (default) or optional")
	flags.StringArray("grant", nil, "authorization_code, refresh_token or client_credentials; default: what suits its kind")
	flags.String("auth-method", "", "client_secret_basic, client_secret_post or none")
	flags.String("access-token", "", "opaque")
	flags.String("id-token-alg", "", "what signs its ID tokens, RS256 or ES256; default: as for new clients")
	for _, life := range clientLives {
		flags.Int(life.flag, 0, "seconds that "+life.of+"; default: what holds for all clients")
	}
	disable := &cobra.Command{Use: "disable ID", Short: "Stop a client everywhere, at once", Args: cobra.ExactArgs(1), RunE: inHouse(runClientDisable)}
	enable := &cobra.Command{Use: "enable ID", Short: "Let a client begin again; what ended stays ended", Args: cobra.ExactArgs(1), RunE: inHouse(runClientEnable)}
	rotate := &cobra.Command{Use: "rotate-secret ID", Short: "Give a client a new secret, shown once", Args: cobra.ExactArgs(1), RunE: inHouse(runClientRotate)}
	rotate.Flags().Duration("overlap", 0, "how long the old secret still works, at most 168h")
	cmd.AddCommand(
		withReason(create),
		&cobra.Command{Use: "list", Short: "List all clients", Args: cobra.NoArgs, RunE: inHouse(runClientList)},
		withReason(disable), withReason(enable), withReason(rotate),
		withReason(&cobra.Command{Use: "verify ID", Short: "Vouch for a client on its consent page", Args: cobra.ExactArgs(1), RunE: inHouse(runClientVerify)}),
		withReason(&cobra.Command{Use: "unverify ID", Short: "Take that back", Args: cobra.ExactArgs(1), RunE: inHouse(runClientUnverify)}),
		withReason(&cobra.Command{Use: "delete ID", Short: "Erase a disabled client and all it was given", Args: cobra.ExactArgs(1), RunE: inHouse(runClientDelete)}),
	)
	return cmd
}

// clientLives are the lifetimes that a client may have its own of.
var clientLives = []struct {
	flag, of string
	seconds  func(*models.OAuthClient) *int
}{
	{"code-seconds", "a code lives", func(c *models.OAuthClient) *int { return &c.CodeSeconds }},
	{"access-token-seconds", "an access token lives", func(c *models.OAuthClient) *int { return &c.AccessTokenSeconds }},
	{"id-token-seconds", "an ID token lives", func(c *models.OAuthClient) *int { return &c.IDTokenSeconds }},
	{"refresh-idle-seconds", "a refresh token lives unused", func(c *models.OAuthClient) *int { return &c.RefreshIdleSeconds }},
	{"refresh-absolute-seconds", "refresh tokens live in all", func(c *models.OAuthClient) *int { return &c.RefreshAbsoluteSeconds }},
}

func operatorOf(cmd *cobra.Command) oauthserver.Operator {
	by := oauthserver.System("cli", reasonOf(cmd))
	by.Detail = auth.CommandLineDetail()
	return by
}

func runClientCreate(cmd *cobra.Command, _ []string, h *house) error {
	flags := cmd.Flags()
	text := func(name string) string { return flagValue(flags.GetString(name)) }
	list := func(name string) models.Strings {
		if !flags.Changed(name) {
			return nil // the default of its kind; an empty list would mean none
		}
		return flagValue(flags.GetStringArray(name))
	}
	method := text("auth-method")
	if flagValue(flags.GetBool("public")) {
		method = "none"
	}
	asked := models.OAuthClient{
		Name: text("name"), Kind: text("kind"), AuthMethod: method, RedirectURIs: list("redirect-uri"),
		PostLogoutRedirectURIs: list("post-logout-uri"), Scopes: list("scope"),
		Grants: list("grant"), PKCE: text("pkce"), AccessTokenFormat: text("access-token"), IDTokenAlg: text("id-token-alg"), Verified: true, Provenance: "cli",
	}
	for _, life := range clientLives {
		*life.seconds(&asked) = flagValue(flags.GetInt(life.flag))
	}
	client, secret, err := h.oauth.CreateClient(cmd.Context(), operatorOf(cmd), asked)
	if err != nil {
		return err
	}
	return show(cmd, clientAsJSON(*client, secret), func(w io.Writer) {
		fmt.Fprintf(w, "client_id\t%s\n", client.ID)
		if secret != "" {
			fmt.Fprintf(w, "client_secret\t%s\t(shown this once)\n", secret)
		}
	})
}

func runClientList(cmd *cobra.Command, _ []string, h *house) error {
	clients, err := h.oauth.ListClients(cmd.Context())
	if err != nil {
		return err
	}
	list := make([]clientJSON, len(clients))
	for i, c := range clients {
		list[i] = clientAsJSON(c, "")
	}
	return show(cmd, list, func(w io.Writer) {
		for _, c := range list {
			state := "enabled"
			if c.Disabled {
				state = "disabled"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.ID, c.Name, c.Kind, state, strings.Join(c.RedirectURIs, " "))
		}
	})
}

func runClientDisable(cmd *cobra.Command, args []string, h *house) error {
	return actOnClient(cmd, args[0], h.oauth.DisableClient, map[string]any{"disabled": true}, "Disabled")
}

func runClientEnable(cmd *cobra.Command, args []string, h *house) error {
	return actOnClient(cmd, args[0], h.oauth.EnableClient, map[string]any{"disabled": false}, "Enabled")
}

func runClientVerify(cmd *cobra.Command, args []string, h *house) error {
	return actOnClient(cmd, args[0], h.oauth.VerifyClient, map[string]any{"verified": true}, "Verified")
}

func runClientUnverify(cmd *cobra.Command, args []string, h *house) error {
	return actOnClient(cmd, args[0], h.oauth.UnverifyClient, map[string]any{"verified": false}, "No longer verified:")
}

func runClientDelete(cmd *cobra.Command, args []string, h *house) error {
	return actOnClient(cmd, args[0], h.oauth.DeleteClient, map[string]any{"deleted": true}, "Deleted")
}

// actOnClient does one thing to a client and says what the client is now.
func actOnClient(cmd *cobra.Command, id string, act func(context.Context, oauthserver.Operator, string) error, now map[string]any, done string) error {
	if err := act(cmd.Context(), operatorOf(cmd), id); err != nil {
		return fmt.Errorf("client %s: %w", id, err)
	}
	now["client_id"] = id
	return show(cmd, now, func(w io.Writer) { fmt.Fprintf(w, "%s %s.\n", done, id) })
}

func runClientRotate(cmd *cobra.Command, args []string, h *house) error {
	secret, err := h.oauth.RotateSecret(cmd.Context(), operatorOf(cmd), args[0], flagValue(cmd.Flags().GetDuration("overlap")))
	if err != nil {
		return fmt.Errorf("client %s: %w", args[0], err)
	}
	return show(cmd, map[string]string{"client_id": args[0], "client_secret": secret}, func(w io.Writer) {
		fmt.Fprintf(w, "client_secret\t%s\t(shown this once)\n", secret)
	})
}
