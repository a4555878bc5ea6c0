package main

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/oauthserver"
)

// clientPlaces are addresses of the operator's routes about one client, consent or key.
func (s *sweep) clientPlaces(t *testing.T, places map[string]string) {
	t.Helper()
	consent, key := s.aConsent(t), s.keyIn(t, "RS256", models.KeyActive).KID
	family, token := s.aFamily(t, demoClientID)
	for _, route := range s.routeTable() {
		switch {
		case strings.HasPrefix(route.Path, "/admin/tokens/{id}"):
			places[route.Path] = strings.NewReplacer("{id}", family, "{access}", token).Replace(route.Path)
		case strings.HasPrefix(route.Path, "/admin/clients/{id}"):
			places[route.Path] = strings.Replace(route.Path, "{id}", demoClientID, 1)
		case strings.HasPrefix(route.Path, "/admin/consents/{id}"):
			places[route.Path] = strings.Replace(route.Path, "{id}", consent, 1)
		case strings.HasPrefix(route.Path, "/admin/keys/{kid}"):
			places[route.Path] = strings.Replace(route.Path, "{kid}", key, 1)
		}
	}
}

// aConsent is what a new person allows the demo client.
func (s *sweep) aConsent(t *testing.T) string {
	t.Helper()
	now := s.clock.Now().UTC().Truncate(time.Microsecond)
	subject := s.newPerson(t, "act-consent-"+strings.ToLower(models.NewID())+"@example.test")
	consent := models.OAuthConsent{
		ID: models.NewID(), Subject: s.idOf(t, subject), ClientID: demoClientID, Scopes: models.Strings{"openid"}, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	}
	s.must(t, s.db.PutOAuthConsent(t.Context(), &consent))
	return consent.ID
}

// aFamily is what a new person's sign-in at a client gives it, and its one access token.
func (s *sweep) aFamily(t *testing.T, client string) (family, token string) {
	t.Helper()
	now := s.clock.Now().UTC().Truncate(time.Microsecond)
	subject := s.idOf(t, s.newPerson(t, "act-family-"+strings.ToLower(models.NewID())+"@example.test"))
	grant := models.OAuthGrant{
		ID: models.NewID(), ClientID: client, Subject: subject, Scopes: models.Strings{"openid"}, LastUsedAt: &now, EndsAt: now.Add(time.Hour), CreatedAt: now,
	}
	s.must(t, s.db.CreateOAuthGrant(t.Context(), &grant))
	access := models.OAuthAccessToken{
		ID: models.NewID(), Hash: models.Digest(grant.ID), GrantID: grant.ID, ClientID: client, Scopes: grant.Scopes, CreatedAt: now, ExpiresAt: grant.EndsAt,
	}
	s.must(t, s.db.CreateOAuthAccessToken(t.Context(), &access))
	return grant.ID, access.ID
}

func (s *sweep) keyIn(t *testing.T, alg, state string) oauthserver.KeyRecord {
	t.Helper()
	for _, key := range s.keyPage(t).Keys {
		if key.Alg == alg && key.State == state {
			return key
		}
	}
	t.Fatalf("no %s key is %s", alg, state)
	return oauthserver.KeyRecord{}
}

func (s *sweep) keyPage(t *testing.T) oauthserver.KeyPage {
	t.Helper()
	page, err := s.oauth.Keys(t.Context(), bySystem)
	s.must(t, err)
	return page
}

// clientCases are the acts of operators on a client of its own: what makes it ready, what is typed besides, and what they
// change.
var clientCases = map[string]struct {
	ready   func(*sweep, *testing.T, string)
	extra   []string
	changes string
}{
	"revoke-tokens":  {ready: (*sweep).tokened, changes: "oauth_grants"},
	"verify":         {ready: (*sweep).unverified, changes: "oauth_clients"},
	"unverify":       {changes: "oauth_clients"},
	"rotate-secret":  {extra: []string{"overlap", "24h"}, changes: "oauth_client_secrets shown_once"},
	"end-secret":     {ready: (*sweep).rotated, changes: "oauth_client_secrets"},
	"enable":         {ready: (*sweep).stopped, changes: "oauth_clients"},
	"disable":        {changes: "oauth_clients"},
	"delete":         {ready: (*sweep).stopped, changes: "oauth_client_scopes oauth_client_secrets oauth_clients search_terms"},
	"secrets":        {extra: []string{"saved", "on"}},
	"edit-name":      {extra: []string{"name", "Renamed"}, changes: "oauth_clients search_terms"},
	"edit-addresses": {extra: []string{"redirect_uris", "https://renamed.example.test/cb"}, changes: "oauth_clients search_terms"},
	"edit-grants":    {extra: []string{"grants", "authorization_code", "scopes", "openid\nemail"}, changes: "oauth_client_scopes oauth_clients"},
	"edit-policies":  {extra: []string{"consent", "always", "access_token_seconds", "300"}, changes: "oauth_clients"},
}

func (s *sweep) tokened(t *testing.T, id string) { s.aFamily(t, id) }

func (s *sweep) unverified(t *testing.T, id string) {
	s.must(t, s.oauth.UnverifyClient(t.Context(), bySystem, id))
}

func (s *sweep) rotated(t *testing.T, id string) {
	_, err := s.oauth.RotateSecret(t.Context(), bySystem, id, time.Hour)
	s.must(t, err)
}

func (s *sweep) stopped(t *testing.T, id string) {
	s.must(t, s.oauth.DisableClient(t.Context(), bySystem, id))
}

// clientForms are the operator's forms about clients, consents and keys, filled in, each on a thing of its own.
func (s *sweep) clientForms(t *testing.T, forms map[string]filled, places map[string]string) {
	t.Helper()
	admin := s.enter(t, "admin@example.test")
	why := []string{"reason", "Its owner asked for it"}
	forms["POST /admin/clients/new"] = filled{
		by: admin, want: "record", changes: "oauth_client_scopes oauth_client_secrets oauth_clients search_terms shown_once",
		form: fields(append(why, "kind", "web", "name", "Added", "redirect_uris", "https://added.example.test/cb", "scopes", "openid")...),
	}
	for act, c := range clientCases {
		route, id := "/admin/clients/{id}/"+act, "act-"+act
		s.clientNamed(t, id)
		if c.ready != nil {
			c.ready(s, t, id)
		}
		places[route] = strings.Replace(route, "{id}", id, 1)
		forms["POST "+route] = filled{by: admin, form: s.clientForm(t, id, act, append(why, c.extra...)), want: "record", changes: c.changes}
	}
	s.consentForm(t, forms, places, admin)
	s.tokenForms(t, forms, places, admin)
	s.keyForms(t, forms, places, admin)
}

func (s *sweep) clientNamed(t *testing.T, id string) {
	t.Helper()
	_, _, err := s.oauth.CreateClient(t.Context(), bySystem, models.OAuthClient{
		ID: id, Name: "App " + id, RedirectURIs: models.Strings{"https://" + id + ".example.test/cb"}, Verified: true,
	})
	s.must(t, err)
}

func (s *sweep) clientForm(t *testing.T, id, act string, typed []string) url.Values {
	t.Helper()
	record, err := s.oauth.OpenClient(t.Context(), bySystem, id)
	s.must(t, err)
	form := fields(append(typed, "version", record.Version, "typed", id)...)
	if act == "disable" || act == "delete" || act == "revoke-tokens" {
		form.Set("version", record.ReachVersion)
	}
	form.Set("target", "")
	if act == "end-secret" {
		form.Set("target", record.Secrets[len(record.Secrets)-1].ID)
	}
	return form
}

func (s *sweep) consentForm(t *testing.T, forms map[string]filled, places map[string]string, admin *actor) {
	t.Helper()
	const route = "/admin/consents/{id}/revoke"
	id := s.aConsent(t)
	preview, err := s.oauth.OpenConsent(t.Context(), bySystem, id)
	s.must(t, err)
	places[route] = strings.Replace(route, "{id}", id, 1)
	forms["POST "+route] = filled{by: admin, form: fields("reason", "The member asked for it", "version", preview.Version), want: "record", changes: "oauth_consent_scopes oauth_consents"}
}

// tokenForms are the forms about what clients were given. Looking a token up leaves nothing but its event.
func (s *sweep) tokenForms(t *testing.T, forms map[string]filled, places map[string]string, admin *actor) {
	t.Helper()
	by := bySystem
	for act, version := range map[string]func(family, token string) (string, error){
		"/revoke": func(family, _ string) (string, error) {
			detail, err := s.oauth.OpenFamily(t.Context(), by, family)
			return detail.Version, err
		},
		"/revoke-all": func(family, _ string) (string, error) {
			preview, err := s.oauth.OpenApp(t.Context(), by, family)
			return preview.Version, err
		},
		"/access/{access}/revoke": func(family, token string) (string, error) {
			preview, err := s.oauth.OpenToken(t.Context(), by, family, token)
			return preview.Version, err
		},
	} {
		family, token := s.aFamily(t, demoClientID)
		seen, err := version(family, token)
		s.must(t, err)
		route, changes := "/admin/tokens/{id}"+act, "oauth_grants"
		if strings.Contains(act, "{access}") {
			changes = "oauth_access_tokens"
		}
		places[route] = strings.NewReplacer("{id}", family, "{access}", token).Replace(route)
		forms["POST "+route] = filled{by: admin, form: fields("reason", "The member asked for it", "version", seen), want: "record", changes: changes}
	}
	forms["POST /admin/tokens/find"] = filled{by: admin, form: fields("token", s.knownToken(t)), want: "record"}
}

// knownToken is an access token of the demo client, as somebody may find one.
func (s *sweep) knownToken(t *testing.T) string {
	t.Helper()
	family, id := s.aFamily(t, demoClientID)
	token := "lk_at_" + models.NewToken()
	_, err := s.pool.ExecContext(t.Context(), "UPDATE oauth_access_tokens SET hash = "+map[bool]string{true: "$1", false: "?"}[s.db.Dialect() == "postgres"]+" WHERE id = '"+id+"' AND grant_id = '"+family+"'", models.Digest(token))
	s.must(t, err)
	return token
}

// keyForms come in the order of the routes, and each changes what the next is decided on: the version of all keys is filled
// in when the form is sent.
func (s *sweep) keyForms(t *testing.T, forms map[string]filled, places map[string]string, admin *actor) {
	t.Helper()
	s.must(t, s.oauth.RotateKeys(t.Context(), bySystem, oauthserver.RotateNow))
	s.must(t, s.oauth.RotateKeys(t.Context(), bySystem, oauthserver.RotateAnnounced))
	s.exec(t, "DELETE FROM oauth_keys WHERE state = 'next' AND alg = 'RS256'") // one is left to announce
	for _, name := range []string{"announce", "rotate"} {
		forms["POST /admin/keys/"+name] = filled{
			by: admin, form: fields("reason", "Planned, once a quarter"), want: "record", changes: "oauth_keys",
			late: func(form url.Values) { form.Set("version", s.keyPage(t).Version) },
		}
	}
	for step, key := range map[string]oauthserver.KeyRecord{
		"activate": s.keyIn(t, "ES256", models.KeyNext), "retire": s.keyIn(t, "ES256", models.KeyRetiring), "revoke": s.keyIn(t, "RS256", models.KeyRetiring),
	} {
		route := "/admin/keys/{kid}/" + step
		places[route] = strings.Replace(route, "{kid}", key.KID, 1)
		forms["POST "+route] = filled{
			by: admin, form: fields("reason", "Planned, once a quarter", "version", key.Version, "typed", key.Alg), want: "record", changes: "oauth_keys",
		}
	}
}

// bySystem acts where a test makes ready what it is about.
var bySystem = oauthserver.System("test", "")
