package main

import (
	"encoding/json"
	"math"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// What every flow of every module is checked for.

// watchedTransport is the browser's way out. It looks at each answer on the way, those that lead on included, and
// leaves our cookies at home when another site sends a form: all of them are SameSite=Lax. Forms are sent no faster
// than the limits let a network send them, however fast this machine is.
type watchedTransport struct{ *trial }

func (w watchedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	origin, err := url.Parse(r.Header.Get("Origin"))
	if err == nil && r.Method == http.MethodPost && origin.Hostname() != r.URL.Hostname() {
		r = r.Clone(r.Context())
		r.Header.Del("Cookie")
	}
	if r.Method == http.MethodPost {
		if err := w.hands.Wait(r.Context()); err != nil {
			return nil, err
		}
	}
	answer, err := w.https.RoundTrip(r)
	if err == nil && "https://"+r.URL.Host == w.base {
		w.checkStep(r.URL.Path, answer)
	}
	return answer, err
}

// checkStep is for one answer to the browser.
func (t *trial) checkStep(path string, answer *http.Response) {
	if answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests {
		t.Errorf("%s: %s", path, answer.Status)
	}
	if answer.StatusCode/100 == 3 && answer.StatusCode != http.StatusSeeOther {
		t.Errorf("%s leads on with %s", path, answer.Status)
	}
	leaves := strings.HasPrefix(answer.Header.Get("Location"), t.party.base)
	if (leaves || strings.HasPrefix(path, "/oauth/")) && !strings.Contains(answer.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("%s may be kept: %q", path, answer.Header.Get("Cache-Control"))
	}
}

// came is the one answer that the browser took to a client: by GET, in the query, with these parameters and no
// others, each once. No text can break a line of a log.
func (t *trial) came(path string, allowed ...string) url.Values {
	t.Helper()
	list := t.party.take()
	if len(list) != 1 || list[0].method != http.MethodGet || list[0].path != path || list[0].body != "" || t.browser.URL.Fragment != "" {
		t.Fatalf("arrived: %+v; the browser is at %s (%d): %s", list, t.browser.URL, t.browser.Status, t.browser.Text())
	}
	for name, values := range list[0].query {
		if !slices.Contains(allowed, name) || len(values) != 1 {
			t.Errorf("%s came back with %s=%q", path, name, values)
		}
		if name != "state" {
			t.checkText(name, values[0])
		}
	}
	return list[0].query
}

// checkText wants the characters that RFC 6749 §4.1.2.1 allows in texts of a server.
func (t *trial) checkText(name, text string) {
	t.Helper()
	if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }) {
		t.Errorf("%s holds %q", name, text)
	}
}

// answerTo checks what belongs in every answer to an authorization request.
func (t *trial) answerTo(a asks, allowed ...string) url.Values {
	t.Helper()
	answer := t.came("/callback", append(allowed, "state", "iss")...)
	if answer.Get("iss") != t.base {
		t.Errorf("iss %q", answer.Get("iss"))
	}
	if answer.Has("state") != a.Has("state") || answer.Get("state") != a.Get("state") {
		t.Errorf("state %q, sent %q", answer["state"], a.Get("state"))
	}
	return answer
}

// code is the authorization code that came back.
func (t *trial) code(a asks) string {
	t.Helper()
	code := t.answerTo(a, "code").Get("code")
	t.checkSecret("code", code)
	return code
}

// refused is the error that came back.
func (t *trial) refused(a asks, want string) {
	t.Helper()
	answer := t.answerTo(a, "error", "error_description", "error_uri", "session_state")
	if answer.Get("error") != want {
		t.Errorf("error %q (%s), want %q", answer.Get("error"), answer.Get("error_description"), want)
	}
}

var bearerForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// checkSecret wants what nobody guesses: 128 bits, even if only the letters that occur could have been drawn, and
// never the same again.
func (t *trial) checkSecret(name, text string) {
	t.Helper()
	counts, bits := map[rune]float64{}, 0.0
	for _, letter := range text {
		counts[letter]++
	}
	for _, n := range counts {
		bits -= n * math.Log2(n/float64(len(text)))
	}
	if !bearerForm.MatchString(text) || len(text) < 32 || bits < 128 || t.seen[text] {
		t.Errorf("%s: %d characters, %.0f bits, seen before: %t", name, len(text), bits, t.seen[text])
	}
	t.seen[text] = true
}

// objectOf reads one JSON object; numbers stay as they are written.
func (t *trial) objectOf(text string) (object map[string]any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil || object == nil || decoder.More() {
		t.Fatalf("no JSON object (%v): %s", err, text)
	}
	return object
}

// object is the JSON object of an answer.
func (a answered) object(t *trial) map[string]any {
	t.Helper()
	if kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type")); err != nil || kind != "application/json" {
		t.Fatalf("Content-Type %q: %d %s", a.header.Get("Content-Type"), a.status, a.body)
	}
	return t.objectOf(a.body)
}

// private is an object that nobody may keep.
func (a answered) private(t *trial, status int) map[string]any {
	t.Helper()
	if a.status != status || !strings.Contains(a.header.Get("Cache-Control"), "no-store") {
		t.Errorf("status %d, want %d; Cache-Control %q: %s", a.status, status, a.header.Get("Cache-Control"), a.body)
	}
	return a.object(t)
}

// fails checks an error of the token endpoint.
func (a answered) fails(t *trial, status int, code string) {
	t.Helper()
	object := a.private(t, status)
	for name, value := range object {
		text, isText := value.(string)
		if !isText || !slices.Contains([]string{"error", "error_description", "error_uri"}, name) {
			t.Errorf("the error has %s=%v", name, value)
		}
		t.checkText(name, text)
	}
	if object["error"] != code {
		t.Errorf("error %v (%v), want %s", object["error"], object["error_description"], code)
	}
}

func wholeNumber(value any) int64 {
	number, _ := value.(json.Number)
	n, err := number.Int64()
	if err != nil {
		return 0
	}
	return n
}

// checkTokens takes the tokens of an answer; nonce is what the ID token must hold, "" that it holds none.
func (t *trial) checkTokens(in *signedIn, a answered, nonce string) {
	t.Helper()
	object := a.private(t, http.StatusOK)
	if a.header.Get("Pragma") != "no-cache" {
		t.Errorf("Pragma %q", a.header.Get("Pragma"))
	}
	text := func(name string) string { value, _ := object[name].(string); return value }
	for name := range object {
		if !slices.Contains([]string{"access_token", "token_type", "expires_in", "scope", "id_token", "refresh_token"}, name) {
			t.Errorf("the answer has %s", name)
		}
	}
	if !strings.EqualFold(text("token_type"), "Bearer") || wholeNumber(object["expires_in"]) <= 0 {
		t.Errorf("token_type %v, expires_in %v", object["token_type"], object["expires_in"])
	}
	in.access, in.refresh, in.raw, in.scopes = text("access_token"), text("refresh_token"), text("id_token"), strings.Fields(text("scope"))
	t.checkSecret("access_token", in.access)
	if in.refresh != "" || object["refresh_token"] != nil {
		t.checkSecret("refresh_token", in.refresh)
	}
	t.checkScopes(*in)
	in.claims = t.checkIDToken(in.asked.client, in.raw, in.access, nonce)
}

// checkScopes: the person allowed all of it, so what is missing was never on offer.
func (t *trial) checkScopes(in signedIn) {
	t.Helper()
	for _, name := range strings.Fields(in.asked.Get("scope")) {
		if offered := slices.Contains(t.listed("scopes_supported"), name); offered != slices.Contains(in.scopes, name) {
			t.Errorf("scope %q: offered %t, granted %q", name, offered, in.scopes)
		}
	}
	for _, name := range in.scopes {
		if !slices.Contains(strings.Fields(in.asked.Get("scope")), name) {
			t.Errorf("scope %q was never asked for", name)
		}
	}
}

// listed are the values of a list in the metadata.
func (t *trial) listed(name string) (values []string) {
	t.Helper()
	list, _ := t.metadata[name].([]any)
	for _, value := range list {
		text, isText := value.(string)
		if !isText || text == "" || slices.Contains(values, text) {
			t.Errorf("%s: %v", name, list)
		}
		values = append(values, text)
	}
	return values
}
