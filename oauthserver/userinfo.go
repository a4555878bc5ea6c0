package oauthserver

import "net/http"

// userinfo tells a client what the person let it know (OpenID Connect Core §5.3).
func (s *Server) userinfo(w http.ResponseWriter, r *http.Request) {
	raw, refusal := userinfoToken(r)
	if refusal != nil {
		s.writeJSONError(w, r, refusal)
		return
	}
	// Any living token of a person is looked at: one without openid is told so, and one with it is for us.
	token, err := s.checkBearer(r, raw, Need{Scopes: []string{"openid"}})
	if err != nil {
		s.writeJSONError(w, r, err)
		return
	}
	query := ClaimsQuery{Subject: token.Subject, ClientID: token.ClientID, Scopes: token.Scopes, Target: UserInfo}
	claims, err := s.claimsFor(r.Context(), query, s.claimsOfScopes(token.Scopes))
	if err != nil {
		s.writeJSONError(w, r, err)
		return
	}
	claims["sub"] = token.Subject
	s.writeJSON(w, http.StatusOK, claims)
}

// userinfoToken also takes the token from a form (RFC 6750 §2.2), but never from two places.
func userinfoToken(r *http.Request) (string, *oauthError) {
	token, refusal := headerToken(r)
	if refusal != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") == "" {
		return token, refusal
	}
	form, refusal := parseForm(r)
	switch {
	case refusal != nil:
		return "", refusal
	case !form.Has("access_token"):
		return token, nil
	case token != "":
		return "", bearerError(http.StatusBadRequest, "invalid_request", "the access token came twice")
	}
	return form.Get("access_token"), nil
}
