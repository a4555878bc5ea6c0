package oauthserver

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"latchkey/models"
)

// metadata describes this server (OpenID Connect Discovery 1.0 §3, RFC 8414 §2), the same bytes at both
// addresses. It is made from the table that gate and validator read, so it promises what works.
func (s *Server) metadata(w http.ResponseWriter, r *http.Request) {
	s.publish(w, r, "metadata", s.describe)
}

const (
	discoveryPath = "/.well-known/openid-configuration"
	metadataPath  = "/.well-known/oauth-authorization-server"
	jwksPath      = "/oauth/jwks.json"
)

func (s *Server) describe(keys []*signingKey) any {
	var scopes []string
	for _, scope := range s.cfg.Scopes {
		scopes = append(scopes, scope.Name)
	}
	return map[string]any{
		"issuer":                 s.issuer,
		"authorization_endpoint": s.issuer + "/oauth/authorize",
		"token_endpoint":         s.issuer + "/oauth/token",
		"userinfo_endpoint":      s.issuer + "/oauth/userinfo",
		"revocation_endpoint":    s.issuer + "/oauth/revoke",
		"introspection_endpoint": s.issuer + "/oauth/introspect",
		"end_session_endpoint":   s.issuer + logoutPath,
		"jwks_uri":               s.issuer + jwksPath,
		"authorization_response_iss_parameter_supported": true,
		"response_types_supported":                       capabilities.responseTypes,
		"response_modes_supported":                       capabilities.responseModes,
		"grant_types_supported":                          capabilities.grants,
		"code_challenge_methods_supported":               capabilities.challengeMethods,
		"subject_types_supported":                        capabilities.subjectTypes,
		"id_token_signing_alg_values_supported":          livingAlgs(keys),
		"scopes_supported":                               scopes,
		"claims_supported":                               s.claimsSupported(),
		"acr_values_supported":                           s.cfg.ACRValues,
		"claim_types_supported":                          capabilities.claimTypes,
		"ui_locales_supported":                           s.cfg.Locales,
		"display_values_supported":                       capabilities.displays,
		"prompt_values_supported":                        capabilities.prompts,
		"token_endpoint_auth_methods_supported":          capabilities.tokenAuth,
		"revocation_endpoint_auth_methods_supported":     capabilities.tokenAuth,
		"introspection_endpoint_auth_methods_supported":  capabilities.introspectionAuth,
		"claims_parameter_supported":                     false,
		"request_parameter_supported":                    false,
		"request_uri_parameter_supported":                false, // absent means true (Discovery §3)
	}
}

// livingAlgs are those with a key that signs; RS256, which every client knows, stands first.
func livingAlgs(keys []*signingKey) []string {
	algs := []string{}
	for _, alg := range []string{"RS256", "ES256"} {
		if slices.ContainsFunc(keys, func(key *signingKey) bool { return key.alg == alg && key.state == models.KeyActive }) {
			algs = append(algs, alg)
		}
	}
	return algs
}

// claimsSupported are those of the protocol and those the host can fill.
func (s *Server) claimsSupported() []string {
	names := []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"}
	for _, name := range s.cfg.ClaimNames {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// jwks publishes the public keys (RFC 7517): those that sign, will, or did a moment ago.
func (s *Server) jwks(w http.ResponseWriter, r *http.Request) {
	s.publish(w, r, "jwks", publicKeys)
}

func publicKeys(list []*signingKey) any {
	published := []json.RawMessage{}
	for _, key := range list {
		if slices.Contains([]string{models.KeyNext, models.KeyActive, models.KeyRetiring}, key.state) {
			published = append(published, key.jwk)
		}
	}
	return map[string]any{"keys": published}
}

// publish answers with JSON that everybody may keep for five minutes.
func (s *Server) publish(w http.ResponseWriter, r *http.Request, name string, describe func([]*signingKey) any) {
	doc, err := s.document(r.Context(), name, describe)
	if err != nil {
		s.writeJSONError(w, r, err)
		return
	}
	maps.Copy(w.Header(), doc.header)
	if r.Header.Get("If-None-Match") == doc.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(doc.body)
	}
}

func (s *Server) document(ctx context.Context, name string, describe func([]*signingKey) any) (document, error) {
	keys, err := s.keys(ctx, keyReload)
	if err != nil {
		return document{}, err
	}
	return s.engine.keys.document(name, keys, describe)
}

// Document is one of the addresses that every relying party reads again and again, for a host that would rather
// send it itself than through Handler: as long as the keys stay the same it is the same bytes.
type Document struct {
	Path     string
	name     string
	describe func([]*signingKey) any
	server   *Server
}

// Documents are the metadata, at both its addresses, and the public keys.
func (s *Server) Documents() []Document {
	return []Document{
		{discoveryPath, "metadata", s.describe, s},
		{metadataPath, "metadata", s.describe, s},
		{jwksPath, "jwks", publicKeys, s},
	}
}

// Read is the body and the headers that belong to it, Etag among them; the caller changes neither. It counts as a
// request. After an error Handler has the answer.
func (d Document) Read(ctx context.Context) (body []byte, header http.Header, err error) {
	began := time.Now()
	doc, err := d.server.document(ctx, d.name, d.describe)
	if err != nil {
		return nil, nil, err
	}
	d.server.countRequest(d.Path, outcomeSuccess, "", began)
	return doc.body, doc.header, nil
}
