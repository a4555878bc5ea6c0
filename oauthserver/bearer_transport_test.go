package oauthserver

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestBearerTransport: at the own API and at userinfo a token counts in the header alone, whatever the scheme's case,
// at userinfo also in a form. Two places at once are a mistake; each 401 says how it is done.
func TestBearerTransport(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "app", allScopes)
		api := w.s.RequireScope(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			_, _ = rw.Write([]byte(TokenOf(r.Context()).Subject))
		}), "notes:read")
		good, form := "Bearer "+got.access, url.Values{"access_token": {got.access}}
		query := "?" + form.Encode()
		for name, c := range map[string]struct {
			method, query string
			form          url.Values
			headers       []string
			cookie        string
			api, userinfo int // statuses
		}{
			"header":                    {"GET", "", nil, []string{good}, "", 200, 200},
			"scheme in lower case":      {"GET", "", nil, []string{"bearer " + got.access}, "", 200, 200},
			"scheme in capitals":        {"GET", "", nil, []string{"BEARER " + got.access}, "", 200, 200},
			"POST without a body":       {"POST", "", nil, []string{good}, "", 200, 200},
			"nowhere":                   {"GET", "", nil, nil, "", 401, 401},
			"query":                     {"GET", query, nil, nil, "", 400, 400},
			"query of a POST":           {"POST", query, nil, nil, "", 400, 400},
			"query and header":          {"GET", query, nil, []string{good}, "", 400, 400},
			"empty query and header":    {"GET", "?access_token=", nil, []string{good}, "", 400, 400},
			"another in the query":      {"GET", "?access_token=x", nil, []string{good}, "", 400, 400},
			"query and form":            {"POST", query, form, nil, "", 400, 400},
			"form":                      {"POST", "", form, nil, "", 401, 200},
			"form twice":                {"POST", "", url.Values{"access_token": {got.access, got.access}}, nil, "", 401, 400},
			"form and header":           {"POST", "", form, []string{good}, "", 200, 400}, // the API's own form, which the guard leaves alone
			"wrong form, good header":   {"POST", "", url.Values{"access_token": {"x"}}, []string{good}, "", 200, 400},
			"good form, wrong header":   {"POST", "", form, []string{"Bearer x"}, "", 401, 400},
			"two headers":               {"GET", "", nil, []string{good, good}, "", 400, 400},
			"two headers, one Basic":    {"GET", "", nil, []string{good, basic("app", "secret-of-app")}, "", 400, 400},
			"two in one header":         {"GET", "", nil, []string{good + ", " + good}, "", 400, 400},
			"cookie":                    {"GET", "", nil, nil, "access_token", 401, 401},
			"cookie of another name":    {"GET", "", nil, nil, "Authorization", 401, 401},
			"cookie of the session":     {"GET", "", nil, nil, "session", 401, 401},
			"no space":                  {"GET", "", nil, []string{"Bearer" + got.access}, "", 401, 401},
			"two spaces":                {"GET", "", nil, []string{"Bearer  " + got.access}, "", 400, 400},
			"a tab":                     {"GET", "", nil, []string{"Bearer\t" + got.access}, "", 401, 401},
			"no scheme":                 {"GET", "", nil, []string{got.access}, "", 401, 401},
			"other scheme":              {"GET", "", nil, []string{"DPoP " + got.access}, "", 401, 401},
			"Basic with the token":      {"GET", "", nil, []string{basic("", got.access)}, "", 401, 401},
			"the client's credentials":  {"GET", "", nil, []string{basic("app", "secret-of-app")}, "", 401, 401},
			"quoted":                    {"GET", "", nil, []string{`Bearer "` + got.access + `"`}, "", 401, 401},
			"form in a GET":             {"GET", "", form, nil, "", 401, 401},
			"refresh token":             {"GET", "", nil, []string{"Bearer " + got.refresh}, "", 401, 401},
			"scheme alone":              {"GET", "", nil, []string{"Bearer"}, "", 400, 400},
			"scheme and a space":        {"GET", "", nil, []string{"Bearer "}, "", 400, 400},
			"a very long token":         {"GET", "", nil, []string{"Bearer " + strings.Repeat("a", otherSize+1)}, "", 400, 400},
			"token and another's space": {"GET", "", nil, []string{good + " x"}, "", 400, 400},
		} {
			send := func(h http.Handler, path string) *reply {
				r := httptest.NewRequest(c.method, testIssuer+path+c.query, strings.NewReader(c.form.Encode()))
				if c.form != nil {
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				}
				for _, value := range c.headers {
					r.Header.Add("Authorization", value)
				}
				if c.cookie != "" {
					r.AddCookie(&http.Cookie{Name: c.cookie, Value: got.access})
				}
				recorder := httptest.NewRecorder()
				h.ServeHTTP(recorder, r)
				return &reply{T: t, Response: recorder.Result(), body: recorder.Body.String()}
			}
			for place, answer := range map[string]*reply{"api": send(api, "/api/notes"), "userinfo": send(w.h, "/oauth/userinfo")} {
				want := map[string]int{"api": c.api, "userinfo": c.userinfo}[place]
				challenge := answer.Header.Get("WWW-Authenticate")
				if answer.StatusCode != want || (want == 401) && !strings.HasPrefix(challenge, `Bearer realm="oauth"`) || want == 200 && challenge != "" {
					t.Errorf("%s, %s: %d %q %s", place, name, answer.StatusCode, challenge, answer.body)
				}
				if want >= 400 && (answer.Header.Get("Cache-Control") != "no-store" || strings.Contains(answer.body, got.access)) {
					t.Errorf("%s, %s: %v %s", place, name, answer.Header, answer.body)
				}
			}
		}
	})
}
