package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"latchkey/models/modelstest"
)

var hostileTexts = map[string]string{
	"NUL": "a\x00b", "no UTF-8": "a\xffb", "overlong UTF-8": "a\xc0\xafb", "right to left": "a\u202eb", "no width": "a\u200bb",
	"two lines": "a\r\nb", "nearly a megabyte": strings.Repeat("x", maxBody-4096),
}

// TestHostileText (T-107): text that a database, a mail or a page could trip over is refused, or kept as it came. It
// never breaks anything, and both databases judge alike.
func TestHostileText(t *testing.T) {
	if testing.Short() {
		t.Skip("one form after another, for each text")
	}
	statuses := map[string]int{}
	eachSweep(t, func(t *testing.T, s *sweep) {
		forms, places := s.forms(t)
		for _, route := range only(s.lastly(), routeLine.writes) {
			form := forms[route.String()]
			// In order: a form that is accepted is spent, so the databases are compared only when both come there alike.
			for _, field := range slices.Sorted(maps.Keys(form.form)) {
				for _, name := range slices.Sorted(maps.Keys(hostileTexts)) {
					text := hostileTexts[name]
					if strings.HasSuffix(field, "password") && name != "NUL" && name != "no width" {
						continue // is hashed, which takes its time, and never kept
					}
					asked := form
					asked.form = url.Values{}
					for other, values := range form.form {
						asked.form[other] = values
					}
					asked.form[field] = []string{text}
					answer := asked.by.ask(t, asked.hostile(pathOf(t, route, places)))
					s.judge(t, fmt.Sprintf("%s with %s in %s", route, name, field), answer, statuses)
					if answer.inWords() == form.want && (strings.HasSuffix(route.Path, "notes") || field == "name") {
						s.checkKept(t, route, field, text)
					}
				}
			}
		}
		s.hostileQueries(t, statuses)
	})
}

// judge compares an answer with the one that the other database led to.
func (s *sweep) judge(t *testing.T, what string, answer reply, statuses map[string]int) {
	t.Helper()
	before, asked := statuses[what]
	statuses[what] = answer.status
	switch {
	case answer.status >= 500:
		t.Errorf("%s: %d", what, answer.status)
	case asked && before != answer.status:
		t.Errorf("%s: %d, on the other database %d", what, answer.status, before)
	}
}

// hostile is the form with bytes that no encoder of JSON would write.
func (f filled) hostile(path string) *http.Request {
	if !f.json {
		return f.request(path)
	}
	var members []string
	for name, values := range f.form {
		quoted, _ := json.Marshal(values[0])
		if !utf8.ValidString(values[0]) {
			quoted = []byte(`"` + values[0] + `"`)
		}
		members = append(members, fmt.Sprintf("%q:%s", name, quoted))
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("{"+strings.Join(members, ",")+"}"))
	r.Header.Set("Content-Type", "application/json")
	return r
}

func (s *sweep) checkKept(t *testing.T, route routeLine, field, text string) {
	t.Helper()
	table := map[bool]string{true: "users", false: "notes"}[field == "name"]
	if strings.HasPrefix(route.Path, "/admin/audit/views") {
		table = "audit_views"
	}
	if strings.HasPrefix(route.Path, "/admin/users/{id}/notes") {
		table, field, text = "member_notes", "body", strings.ReplaceAll(text, "\r\n", "\n") // a line break is one, however a browser sends it
	}
	if strings.HasPrefix(route.Path, "/admin/clients") {
		table = "oauth_clients"
	}
	rows, err := s.pool.QueryContext(t.Context(), "SELECT "+field+" FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		if value == text {
			return
		}
	}
	t.Errorf("%s took %q for %s and kept something else (%v)", route, text, field, rows.Err())
}

// hostileQueries are the fields that addresses have.
func (s *sweep) hostileQueries(t *testing.T, statuses map[string]int) {
	t.Helper()
	member := s.enter(t, "admin@example.test")
	addresses := []string{
		"/login?return_to=x&login_hint=x&switch=x", "/signup?return_to=x", "/reauth?return_to=x", "/password/forgot?sent=x",
		"/notes?older=x", "/notes?newer=x", "/api/notes?older=x", "/dev/mail?to=x", "/dev/mail.json?to=x", "/dev/ui?theme=x",
		"/admin/audit?person=x&client=x&address=x&request=x&batch=x&from=x&to=x",
		s.authorizePath() + "&prompt=x&nonce=x&max_age=x&login_hint=x", "/oauth/logout?id_token_hint=x&client_id=x&state=x&post_logout_redirect_uri=x",
	}
	for _, address := range addresses {
		path, raw, _ := strings.Cut(address, "?")
		query, _ := url.ParseQuery(raw)
		for field := range query {
			for name, text := range hostileTexts {
				if len(text) > 100 {
					text = strings.Repeat("x", 4096)
				}
				original := query[field]
				query[field] = []string{text}
				answer := member.ask(t, get(path+"?"+query.Encode()))
				s.judge(t, fmt.Sprintf("GET %s with %s in %s", path, name, field), answer, statuses)
				query[field] = original
			}
		}
	}
}

// TestHostileIDs (T-108): an id that none of ours can be is not found, whatever it tries to be instead.
func TestHostileIDs(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		var log logged
		s.logTo(&log)
		member := s.enter(t, "member@example.test")
		admin := s.enter(t, "admin@example.test")
		places := s.places(t, member)
		before := modelstest.Digest(t, s.pool)
		for _, route := range only(s.lastly(), routeLine.hasID) {
			start, end := around(route.Path)
			id := strings.TrimSuffix(strings.TrimPrefix(places[route.Path], start), end)
			asker, others := member, s.idOf(t, "member@example.test")
			if route.forOperators() {
				asker, others = admin, "0"
			}
			for _, bad := range []string{
				"", "0", "-1", "9223372036854775808", "1=1", "' or ''='", "..%2f", others, swapCase(id) + "x",
				id + "x", id + "\x00", id + "\xff", "%", strings.Repeat("x", 4096),
			} {
				answer := asker.ask(t, request(route, start+url.PathEscape(bad)+end))
				if !isMissing(route, answer.status) {
					t.Errorf("%s with id %.30q: %d", route, bad, answer.status)
				}
			}
			s.checkInert(t, before, route.String()+" with bad ids")
			if !route.reads() {
				continue
			}
			answer := asker.browse(t, request(route, places[route.Path]))
			moot := route.forOperators() && answer.inWords() == "record"                            // there is nothing to do for a member in good standing
			aims := strings.HasSuffix(route.Path, "/end-session")                                   // at a session, which this address does not name
			if answer.status != http.StatusOK && !moot && !aims && route.Path != "/setup/{token}" { // there is an administrator
				t.Errorf("%s with its id: %d", route, answer.status)
			}
			before = modelstest.Digest(t, s.pool)
		}
		if text := log.String(); strings.Contains(text, "SQLSTATE") || strings.Contains(text, "level=ERROR") {
			t.Errorf("the log: %.2000s", text)
		}
	})
}

func (r routeLine) hasID() bool { return strings.Contains(r.Path, "{") }

// around is what stands before and after the id of a route.
func around(path string) (start, end string) {
	start, rest, _ := strings.Cut(path, "{")
	_, end, _ = strings.Cut(rest, "}")
	return start, end
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// isMissing: a dead link has a page of its own, and the form on it says so too.
func isMissing(route routeLine, status int) bool {
	link := strings.Contains(route.Path, "{token}")
	gone := route.reads() || route.Path == "/account/not-me/{token}" || route.Path == "/login/recovery/stop/{token}"
	return status == http.StatusNotFound || status == http.StatusBadRequest || link && gone && status == http.StatusGone ||
		link && !route.reads() && status == http.StatusUnprocessableEntity
}
