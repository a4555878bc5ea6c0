package demo

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// visitor is a browser at the client: it keeps the one cookie.
type visitor struct {
	t       *testing.T
	client  http.Handler
	issuer  *issuer
	cookies []*http.Cookie
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	i := newIssuer(t)
	return &visitor{t: t, issuer: i, client: New(Config{Issuer: i.URL, ClientID: "fieldnotes", ClientSecret: "s", PublicURL: "https://fieldnotes.example"})}
}

func (v *visitor) send(method, target string, headers ...string) *httptest.ResponseRecorder {
	v.t.Helper()
	r := httptest.NewRequest(method, "https://fieldnotes.example"+target, nil)
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	v.client.ServeHTTP(w, r)
	if set := w.Result().Cookies(); len(set) > 0 {
		v.cookies = set
	}
	return w
}

func (v *visitor) sees(target string, status int, words ...string) {
	v.t.Helper()
	w := v.send(http.MethodGet, target)
	if w.Code != status {
		v.t.Errorf("%s: status %d, want %d", target, w.Code, status)
	}
	for _, text := range words {
		if !strings.Contains(w.Body.String(), text) {
			v.t.Errorf("%s does not say %q:\n%s", target, text, w.Body)
		}
	}
}

// begin starts a sign-in and gives the authorization request.
func (v *visitor) begin() url.Values {
	v.t.Helper()
	return v.issuer.asked(v.send(http.MethodGet, "/login").Header().Get("Location"))
}

// back is the address of the provider's answer.
func (v *visitor) back(asked url.Values, more ...string) string {
	answer := url.Values{"state": {asked.Get("state")}, "iss": {v.issuer.URL}}
	for i := 0; i < len(more); i += 2 {
		answer.Set(more[i], more[i+1])
	}
	return "/callback?" + answer.Encode()
}

func signedIn(t *testing.T) *visitor {
	t.Helper()
	v := newVisitor(t)
	if w := v.send(http.MethodGet, v.back(v.begin(), "code", "c")); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" {
		t.Fatalf("after the answer: %d to %q\n%s", w.Code, w.Header().Get("Location"), w.Body)
	}
	return v
}

func TestSignIn(t *testing.T) {
	v := newVisitor(t)
	v.sees("/", http.StatusOK, "Sign in with Latchkey")
	asked := v.begin()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "fieldnotes", "redirect_uri": "https://fieldnotes.example/callback",
		"scope": "openid profile email offline_access notes:read", "code_challenge_method": "S256",
	} {
		if asked.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, asked.Get(name), want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(asked.Get(name)) < 26 || asked.Get(name) == v.begin().Get(name) {
			t.Errorf("%s %q can be guessed", name, asked.Get(name))
		}
	}
	asked = v.begin()
	while := v.cookies
	before := v.cookies[0].Value
	v.send(http.MethodGet, v.back(asked, "code", "c"))
	if c := v.cookies[0]; c.Value == before || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie %v, before %q", c, before)
	}
	v.sees("/", http.StatusOK, "Good morning, Ada", "&lt;b&gt;Groceries&lt;/b&gt;", "ID token", "UserInfo", "Refresh tokens", "Sign out")
	v.cookies = while // an answer is taken once, even with the cookie it belonged to
	v.sees(v.back(asked, "code", "c"), http.StatusBadRequest, "does not belong to a sign-in begun in this browser")
}

func TestAnswersThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(v *visitor, asked url.Values) string
		status int
		words  string
	}{
		"no state": {func(v *visitor, asked url.Values) string { return "/callback?code=c" }, http.StatusBadRequest, "begun in this browser"},
		"another state": {func(v *visitor, asked url.Values) string { return v.back(asked, "code", "c", "state", "x") },
			http.StatusBadRequest, "begun in this browser"},
		"another browser's": {func(v *visitor, asked url.Values) string { v.cookies = nil; return v.back(asked, "code", "c") },
			http.StatusBadRequest, "begun in this browser"},
		"another issuer's": {func(v *visitor, asked url.Values) string {
			return v.back(asked, "code", "c", "iss", "https://evil.example")
		},
			http.StatusBadRequest, "came from somewhere else"},
		"an error of another issuer": {func(v *visitor, asked url.Values) string {
			return v.back(asked, "error", "access_denied", "iss", "https://evil.example")
		}, http.StatusBadRequest, "came from somewhere else"},
		"denied": {func(v *visitor, asked url.Values) string { return v.back(asked, "error", "access_denied") },
			http.StatusOK, "You did not allow Fieldnotes"},
		"another error": {func(v *visitor, asked url.Values) string { return v.back(asked, "error", "server_error") },
			http.StatusBadRequest, "server_error"},
		"another nonce": {func(v *visitor, asked url.Values) string {
			v.issuer.change(func() { v.issuer.nonce = "x" })
			return v.back(asked, "code", "c")
		}, http.StatusBadGateway, "answers another sign-in"},
		"an ID token for another client": {func(v *visitor, asked url.Values) string {
			v.issuer.change(func() { v.issuer.idClaims = map[string]any{"aud": "other"} })
			return v.back(asked, "code", "c")
		}, http.StatusBadGateway, "did not work out"},
		"an old ID token": {func(v *visitor, asked url.Values) string {
			v.issuer.change(func() { v.issuer.idClaims = map[string]any{"exp": 1000} })
			return v.back(asked, "code", "c")
		}, http.StatusBadGateway, "did not work out"},
		"an ID token for another access token": {func(v *visitor, asked url.Values) string {
			v.issuer.change(func() { v.issuer.idClaims = map[string]any{"at_hash": "x"} })
			return v.back(asked, "code", "c")
		}, http.StatusBadGateway, "did not work out"},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisitor(t)
			v.sees(c.answer(v, v.begin()), c.status, c.words)
			v.sees("/", http.StatusOK, "A letter from your notes")
		})
	}
}

// TestExpiredToken: that an hour has passed is no reason to trouble anybody.
func TestExpiredToken(t *testing.T) {
	v := signedIn(t)
	v.issuer.expire()
	v.sees("/", http.StatusOK, "Good morning, Ada", "Groceries")
	if v.issuer.refreshes != 1 {
		t.Errorf("%d refreshes", v.issuer.refreshes)
	}
}

// TestExpiredToken_ManyTabs: a rotated refresh token used twice looks stolen, so tabs share one refresh.
func TestExpiredToken_ManyTabs(t *testing.T) {
	v := signedIn(t)
	v.issuer.expire()
	var tabs sync.WaitGroup
	for range 20 {
		tab := *v
		tabs.Go(func() { tab.sees("/", http.StatusOK, "Good morning, Ada") })
	}
	tabs.Wait()
	if v.issuer.refreshes != 1 {
		t.Errorf("%d refreshes", v.issuer.refreshes)
	}
}

func TestAccessTakenBack(t *testing.T) {
	v := signedIn(t)
	v.issuer.takeBack()
	v.sees("/", http.StatusOK, "access was taken back", "Sign in with Latchkey")
	if w := v.send(http.MethodPost, "/refresh"); w.Code != http.StatusSeeOther {
		t.Errorf("refresh: %d", w.Code)
	}
	if w := v.send(http.MethodGet, "/"); !strings.Contains(w.Body.String(), "access was taken back") || strings.Contains(w.Body.String(), noAnswer) {
		t.Errorf("after a refused refresh: %s", w.Body)
	}
}

// TestRefreshFails: only invalid_grant says that the access is gone.
func TestRefreshFails(t *testing.T) {
	v := signedIn(t)
	v.issuer.expire()
	v.issuer.change(func() { v.issuer.refreshError = "temporarily_unavailable" })
	v.sees("/", http.StatusBadGateway, noAnswer)
	v.issuer.change(func() { v.issuer.refreshError = "" })
	v.sees("/", http.StatusOK, "Good morning, Ada")
}

func TestRefresh(t *testing.T) {
	v := signedIn(t)
	old := v.issuer.access
	v.send(http.MethodPost, "/refresh")
	v.sees("/", http.StatusOK, "New tokens arrived", "Good morning, Ada")
	if v.issuer.access == old {
		t.Error("the token is the old one")
	}
	if w := v.send(http.MethodGet, "/"); strings.Contains(w.Body.String(), "New tokens arrived") {
		t.Error("a notice is said twice")
	}
	v.issuer.change(func() { v.issuer.idClaims = map[string]any{"sub": "eve"} })
	v.send(http.MethodPost, "/refresh")
	if w := v.send(http.MethodGet, "/"); strings.Contains(w.Body.String(), "New tokens arrived") {
		t.Error("tokens of someone else were taken")
	}
}

// TestProviderDown: a silence is not a refusal.
func TestProviderDown(t *testing.T) {
	v := signedIn(t)
	v.issuer.change(func() { v.issuer.down = true })
	v.sees("/", http.StatusBadGateway, "Latchkey does not answer", "Try again")
	v.issuer.change(func() { v.issuer.down = false })
	v.sees("/", http.StatusOK, "Good morning, Ada")

	v = newVisitor(t)
	v.issuer.change(func() { v.issuer.down = true })
	v.sees("/login", http.StatusBadGateway, "Latchkey does not answer")
	v.issuer.change(func() { v.issuer.down = false })
	v.begin()
}

// TestUserInfoOfSomeoneElse must not be believed (OpenID Connect Core §5.3.2).
func TestUserInfoOfSomeoneElse(t *testing.T) {
	v := signedIn(t)
	v.issuer.change(func() { v.issuer.userinfo = map[string]any{"sub": "eve", "name": "Eve"} })
	if w := v.send(http.MethodGet, "/"); strings.Contains(w.Body.String(), "Eve") {
		t.Error("the page greets someone else")
	}
}

func TestSignOut(t *testing.T) {
	v := signedIn(t)
	kept := v.cookies
	w := v.send(http.MethodPost, "/logout")
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), v.issuer.URL+"/end?") {
		t.Fatalf("sent to %q (%v)", w.Header().Get("Location"), err)
	}
	if to.Query().Get("post_logout_redirect_uri") != "https://fieldnotes.example/" || strings.Count(to.Query().Get("id_token_hint"), ".") != 2 {
		t.Errorf("asked with %v", to.Query())
	}
	v.cookies = kept // a cookie that was copied is of no use
	v.sees("/", http.StatusOK, "A letter from your notes")
	if w := v.send(http.MethodPost, "/logout"); w.Header().Get("Location") != "/" {
		t.Errorf("signing out twice leads to %q", w.Header().Get("Location"))
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	v := signedIn(t)
	for _, path := range []string{"/logout", "/refresh"} {
		if w := v.send(http.MethodPost, path, "Sec-Fetch-Site: cross-site"); w.Code != http.StatusForbidden {
			t.Errorf("%s from another site: %d", path, w.Code)
		}
	}
	v.sees("/", http.StatusOK, "Good morning, Ada")
}

func TestPolicy(t *testing.T) {
	v := newVisitor(t)
	for _, path := range []string{"/", "/style.css", "/callback", "/nowhere"} {
		h := v.send(http.MethodGet, path).Header()
		want := "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' " + v.issuer.URL + "; base-uri 'none'; frame-ancestors 'none'"
		if h.Get("Content-Security-Policy") != want || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

// TestSessionsAreBounded: in a demo that runs for weeks the oldest goes, and only that one.
func TestSessionsAreBounded(t *testing.T) {
	v := signedIn(t)
	oldest := v.cookies
	v.cookies = nil
	v.send(http.MethodGet, v.back(v.begin(), "code", "c"))
	newer := v.cookies
	for range maxSessions - 2 {
		v.cookies = nil
		v.send(http.MethodGet, "/login")
	}
	v.cookies = newer
	v.sees("/", http.StatusOK, "Good morning, Ada")
	v.cookies = nil
	v.send(http.MethodGet, "/login")
	v.cookies = oldest
	v.sees("/", http.StatusOK, "A letter from your notes")
	v.cookies = newer
	v.sees("/", http.StatusOK, "Good morning, Ada")
}
