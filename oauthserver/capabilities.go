package oauthserver

import "latchkey/models"

// capabilities is the one table of what works here. Metadata, gate and the validator of clients read
// it, so that what may be registered is what works and what is advertised.
var capabilities = struct {
	responseTypes, responseModes, grants, challengeMethods, subjectTypes []string
	prompts, displays, claimTypes                                        []string
	tokenAuth                                                            []string // at token and revoke
	introspectionAuth                                                    []string
	kinds                                                                []string
}{
	responseTypes:     []string{"code"},
	responseModes:     []string{"query", "fragment"},
	grants:            []string{"authorization_code", "refresh_token", "client_credentials"},
	challengeMethods:  []string{"S256"},
	subjectTypes:      []string{"public"},
	prompts:           []string{"none", "login", "consent", "select_account", "create"},
	displays:          []string{"page", "popup", "touch", "wap"},
	claimTypes:        []string{"normal"},
	tokenAuth:         []string{"none", "client_secret_basic", "client_secret_post"},
	introspectionAuth: []string{"client_secret_basic", "client_secret_post"},
	kinds:             []string{"web", "native", "browser", "service", "resource_server"},
}

// accessTokenFormat is the one form that access tokens have.
const accessTokenFormat = "opaque"

// pkceOptional holds only for a confidential client that an administrator let off: its secret already
// binds the code to it.
func pkceOptional(c *models.OAuthClient) bool { return c.PKCE == "optional" && !c.Public() }
