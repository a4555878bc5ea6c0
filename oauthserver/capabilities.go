package oauthserver

import (
	"time"

	"latchkey/models"
)

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

// life is how long something lasts: the default, and what a client's policy may set instead.
type life struct{ usual, least, most time.Duration }

const day = 24 * time.Hour

var (
	lifeCode            = life{time.Minute, 10 * time.Second, time.Minute}
	lifeInteraction     = life{time.Hour, 10 * time.Minute, 2 * time.Hour}
	lifeAccessToken     = life{time.Hour, time.Minute, day}
	lifeIDToken         = life{time.Hour, time.Minute, day}
	lifeRefreshIdle     = life{30 * day, time.Hour, 90 * day}
	lifeRefreshAbsolute = life{180 * day, day, 365 * day}
	lifeRetry           = life{time.Minute, 0, time.Minute} // confidential clients
	lifeRetryPublic     = life{0, 0, 10 * time.Second}      // public bearer clients
	lifeConsent         = life{365 * day, 0, 365 * day}
)

// of is the life under a client's policy; 0 seconds is the default.
func (l life) of(seconds int) time.Duration {
	if seconds == 0 {
		return l.usual
	}
	return min(max(time.Duration(seconds)*time.Second, l.least), l.most)
}

// pkceOptional holds only for a confidential client that an administrator let off: its secret already
// binds the code to it.
func pkceOptional(c *models.OAuthClient) bool { return c.PKCE == "optional" && !c.Public() }
