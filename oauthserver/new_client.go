package oauthserver

import (
	"cmp"
	"slices"

	"latchkey/models"
)

// NewClients is what a client begins with that operators or commands make, where they say nothing else. What holds for all clients
// anyway stays blank in its row.
type NewClients struct {
	Authentication string // client_secret_basic, client_secret_post
	PKCE           string // required, optional
	Consent        string // ask, always; never skip: that is decided for one client
	Scopes         string // scopesAll, scopesIdentity
	IDTokenAlg     string // RS256, or another of Config.Algs
	NoRefresh      bool   // it gets no refresh tokens
	RefreshAlways  bool   // it gets them without offline_access
	Unverified     bool   // nobody vouches for it yet
}

// What a new client may ask for.
const (
	scopesAll      = "all"
	scopesIdentity = "identity"
)

// What holds for all clients that have no policy of their own.
const (
	usualPKCE    = "required"
	usualConsent = "ask"
	usualAlg     = "RS256"
)

// fillNewClients puts in the defaults.
func fillNewClients(c *NewClients) {
	c.Authentication = cmp.Or(c.Authentication, "client_secret_basic")
	c.PKCE = cmp.Or(c.PKCE, usualPKCE)
	c.Consent = cmp.Or(c.Consent, usualConsent)
	c.Scopes = cmp.Or(c.Scopes, scopesAll)
	c.IDTokenAlg = cmp.Or(c.IDTokenAlg, usualAlg)
}

// NewClient is what a client of a kind begins with.
func (s *Server) NewClient(kind string) models.OAuthClient {
	c := models.OAuthClient{Kind: kind, Verified: true}
	s.fillNewClient(&c)
	return c
}

// fillNewClient puts in what operators chose for new clients, and then what the kind implies.
func (s *Server) fillNewClient(c *models.OAuthClient) {
	chosen := s.live.Now().New
	if c.Kind == "" {
		c.Kind = kindFor(c)
	}
	if c.AuthMethod == "" && keepsSecret(c.Kind) {
		c.AuthMethod = chosen.Authentication
	}
	if c.Grants == nil && signsIn(c.Kind) && chosen.NoRefresh {
		c.Grants = models.Strings{"authorization_code"}
	}
	if c.Scopes == nil && signsIn(c.Kind) && chosen.Scopes == scopesIdentity {
		c.Scopes = s.identityScopes()
	}
	s.fillClient(c)
	c.Verified = c.Verified && !chosen.Unverified
	if slices.Contains(c.Grants, "authorization_code") {
		fillPolicies(c, chosen)
	}
}

// fillPolicies gives a client that signs people in the policies of its own that operators chose for new ones.
func fillPolicies(c *models.OAuthClient, chosen NewClients) {
	own := func(policy *string, value, usual string) {
		if value != usual {
			*policy = cmp.Or(*policy, value)
		}
	}
	if !c.Public() {
		own(&c.PKCE, chosen.PKCE, usualPKCE)
	}
	own(&c.Consent, chosen.Consent, usualConsent)
	own(&c.IDTokenAlg, chosen.IDTokenAlg, usualAlg)
	c.RefreshAlways = c.RefreshAlways || chosen.RefreshAlways && slices.Contains(c.Grants, "refresh_token")
}

func keepsSecret(kind string) bool { return kind != "native" && kind != "browser" }

// signsIn tells whether a kind of client acts for people.
func signsIn(kind string) bool { return kind != "service" && kind != "resource_server" }

// identityScopes are those about who somebody is.
func (s *Server) identityScopes() (names models.Strings) {
	for _, scope := range s.cfg.Scopes {
		if scope.Resource == "" && scope.Name != "offline_access" {
			names = append(names, scope.Name)
		}
	}
	return names
}

const staysAsItIs = "Clients that exist stay as they are."

type choice = models.SettingChoice

// newClientSettings are NewClients as operators see and change them.
func newClientSettings(algs []string) []models.SettingRule[Choices] {
	rules := []models.SettingRule[Choices]{
		{
			Name: "new-client-secret", Label: "How it sends its secret", Sentence: "How a client with a secret proves who it is.",
			Kind:  models.Choose(choice{Value: "client_secret_basic", Label: "In a header"}, choice{Value: "client_secret_post", Label: "In the form"}),
			Field: func(c *Choices) any { return &c.New.Authentication },
		},
		{
			Name: "new-client-pkce", Label: "Proof of the request (PKCE)", Sentence: "Whether a client with a secret has to give one. A client without a secret always must.",
			Kind:  models.Choose(choice{Value: usualPKCE, Label: "Required"}, choice{Value: "optional", Label: "Optional"}),
			Field: func(c *Choices) any { return &c.New.PKCE },
		},
		{
			Name: "new-client-consent", Label: "Consent", Sentence: "Whether what somebody allowed is remembered for the next time.",
			Kind:  models.Choose(choice{Value: usualConsent, Label: "Ask, and remember"}, choice{Value: "always", Label: "Always ask"}),
			Field: func(c *Choices) any { return &c.New.Consent },
		},
		{
			Name: "new-client-verified", Label: "Verified from the beginning", Sentence: "Whether its consent page says that an administrator vouches for it, and offers to remember.",
			Kind: models.SwitchOff(), Field: func(c *Choices) any { return &c.New.Unverified },
		},
		{
			Name: "new-client-scopes", Label: "May ask for", Sentence: "What a client may ask for where whoever makes it does not say.",
			Kind:  models.Choose(choice{Value: scopesAll, Label: "Everything there is"}, choice{Value: scopesIdentity, Label: "Who somebody is"}),
			Field: func(c *Choices) any { return &c.New.Scopes },
		},
		{
			Name: "new-client-refresh", Label: "Refresh tokens", Sentence: "Whether a client may keep its access when its member is not there.",
			Kind: models.SwitchOff(), Field: func(c *Choices) any { return &c.New.NoRefresh },
		},
		{
			Name: "new-client-refresh-always", Label: "Refresh without being asked", Sentence: "Whether it gets refresh tokens without asking for offline_access.",
			Kind: models.Switch(), Field: func(c *Choices) any { return &c.New.RefreshAlways },
		},
	}
	if len(algs) > 1 {
		rules = append(rules, signingSetting(algs))
	}
	for i := range rules {
		rules[i].Group, rules[i].Begins = models.SettingsClients, staysAsItIs
	}
	return rules
}

// signingSetting offers what there are keys for.
func signingSetting(algs []string) models.SettingRule[Choices] {
	var choices []choice
	for _, alg := range algs {
		choices = append(choices, choice{Value: alg, Label: alg})
	}
	return models.SettingRule[Choices]{
		Name: "new-client-signing", Label: "Sign-in answer signed with", Sentence: "Which algorithm signs the ID tokens that it gets.",
		Kind: models.Choose(choices...), Field: func(c *Choices) any { return &c.New.IDTokenAlg },
	}
}

// forPeople are the settings about clients that sign people in.
var forPeople = []string{"new-client-pkce", "new-client-consent", "new-client-refresh", "new-client-refresh-always", "new-client-signing"}

// NewClientSettings are those that a client of a kind begins with, besides what it may ask for: whoever makes one sees that.
func (s *Server) NewClientSettings(kind string) []models.SettingState {
	return slices.DeleteFunc(s.Settings(), func(state models.SettingState) bool {
		secret := state.Name == "new-client-secret" || state.Name == "new-client-pkce"
		return state.Group != models.SettingsClients || state.Name == "new-client-scopes" || secret && !keepsSecret(kind) || slices.Contains(forPeople, state.Name) && !signsIn(kind)
	})
}
