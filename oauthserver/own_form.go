package oauthserver

import (
	"net/http"
	"net/url"
)

// ownForm reads a form that only a page of ours may send; it answers itself and returns false for any other. alsoRepeat is
// as for parseForm.
func (s *Server) ownForm(w http.ResponseWriter, r *http.Request, alsoRepeat ...string) (url.Values, bool) {
	form, fault := parseForm(r, alsoRepeat...)
	if fault == nil && !s.sameOrigin(r) {
		fault = foreignForm()
	}
	if fault != nil {
		s.errorPage(w, r, fault)
		return nil, false
	}
	return form, true
}

func foreignForm() *oauthError {
	return &oauthError{Status: http.StatusForbidden, Code: "access_denied", Description: "the form was sent from another site"}
}

// sameOrigin: a form of ours, sent by a page of ours. Browsers say so in Sec-Fetch-Site, older ones in
// Origin; a program that sends neither has no victim's cookies.
func (s *Server) sameOrigin(r *http.Request) bool {
	if site := r.Header.Values("Sec-Fetch-Site"); len(site) > 0 {
		return len(site) == 1 && (site[0] == "same-origin" || site[0] == "none")
	}
	if origin := r.Header.Values("Origin"); len(origin) > 0 {
		return len(origin) == 1 && origin[0] == s.issuer
	}
	return true
}
