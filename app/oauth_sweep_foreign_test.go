package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// owned tells of each route with an id whether what it names belongs to a person. The rest is the same for
// everybody: files, and links whose token is the whole proof.
var owned = map[string]bool{
	"/static/{file}": false, "/verify-email/{token}": false, "/login/unlock/{token}": false, "/setup/{token}": false, "/account/not-me/{token}": false, "/password/reset/{token}": false,
	"/login/link/{token}": false, "/login/recovery/stop/{token}": false, "/login/recovery/finish/{token}": false, "/account/sessions/links/{id}/cancel": true,
	"/dev/mail/{id}": false, "/dev/ui/{name}": false, "/dev/ui/mails/{name}": false,
	"/account/trusted-browsers/{id}/rename": true, "/account/trusted-browsers/{id}/remove": true,
	"/account/passkeys/{id}/rename": true, "/account/passkeys/{id}/remove": true,
	"/account/sessions/{id}/end": true, "/account/apps/{id}/revoke": true, "/oauth/authorize/{id}": true,
}

// ownedRoutes fails the test for a route about which nobody has decided.
func (s *sweep) ownedRoutes(t *testing.T) []routeLine {
	t.Helper()
	return only(s.lastly(), func(route routeLine) bool {
		isOwned, known := owned[route.Path]
		if route.hasID() && !known && !route.forOperators() {
			t.Errorf("%s: does its id belong to a person?", route)
		}
		return isOwned
	})
}

// TestForeignLooksMissing (T-607): what is somebody else's gets, to the byte, the answer of what never was. Its owner
// gets it.
func TestForeignLooksMissing(t *testing.T) {
	s := sqliteSweep(t)
	member := s.enter(t, "member@example.test")
	places := s.places(t, member)
	other := s.enter(t, "admin@example.test")
	for _, route := range s.ownedRoutes(t) {
		start, end := around(route.Path)
		foreign, missing := places[route.Path], start+models.NewToken()+end
		var seen []string
		for _, path := range []string{foreign, missing} {
			answer := other.ask(t, s.decided(route, path))
			id := strings.TrimSuffix(strings.TrimPrefix(path, start), end)
			body := strings.NewReplacer(answer.Header.Get("X-Request-Id"), "", id, "", url.QueryEscape(path), "").Replace(answer.body)
			for _, name := range []string{"X-Request-Id", "Date", "Content-Length"} {
				answer.Header.Del(name)
			}
			var headers strings.Builder
			if err := answer.Header.Write(&headers); err != nil {
				t.Fatal(err)
			}
			if answer.status != http.StatusNotFound {
				t.Errorf("%s as a stranger: %d", path, answer.status)
			}
			seen = append(seen, headers.String()+body)
		}
		if seen[0] != seen[1] {
			t.Errorf("%s: foreign and missing differ:\n%s\n%s", route, seen[0], seen[1])
		}
		if answer := member.browse(t, s.decided(route, foreign)); answer.status >= 400 {
			t.Errorf("%s as its owner: %d", route, answer.status)
		}
	}
}

// decided is the request of somebody who means it.
func (s *sweep) decided(route routeLine, path string) *http.Request {
	if route.reads() {
		return get(path)
	}
	return post(path, "decision=deny&name=Named")
}

// TestForeignObjectsAreNotFound (T-1502): no place in a request lets a person reach what is somebody else's: not
// the address, nor a query or a form beside it.
func TestForeignObjectsAreNotFound(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		member := s.enter(t, "member@example.test")
		places := s.places(t, member)
		other := s.enter(t, "admin@example.test")
		s.enter(t, "admin@example.test")
		s.redeem(t, other.allow(t))
		family := s.family(t, "member@example.test")
		before := modelstest.Digest(t, s.pool)
		for _, route := range s.ownedRoutes(t) {
			start, end := around(route.Path)
			id := strings.TrimSuffix(strings.TrimPrefix(places[route.Path], start), end)
			if id == demoClientID {
				continue // is the other person's app too; its families are not
			}
			names := url.Values{"id": {id}, "session": {id}, "session_id": {id}, "client_id": {id}, "user_id": {s.idOf(t, "member@example.test")}}
			for _, r := range []*http.Request{
				s.decided(route, places[route.Path]), post(start+"none"+end, names.Encode()), post(start+"none"+end+"?"+names.Encode(), ""),
				get(start + "none" + end + "?" + names.Encode()),
			} {
				if r.Method != route.Method {
					continue
				}
				if answer := other.ask(t, r); answer.status != http.StatusNotFound && answer.status != http.StatusBadRequest {
					t.Errorf("%s %s: %d", r.Method, r.URL, answer.status)
				}
			}
		}
		revoke := "/account/apps/" + demoClientID + "/revoke"
		if answer := other.ask(t, post(revoke, "family="+family)); answer.status != http.StatusNotFound {
			t.Errorf("somebody else's family: %d", answer.status)
		}
		s.checkInert(t, before, "asking for what is somebody else's")
		if answer := member.ask(t, post(revoke, "family="+family)); answer.place() != "/account/apps" {
			t.Errorf("one's own family: %d", answer.status)
		}
	})
}

// family is one sign-in at the demo client that a person has.
func (s *sweep) family(t *testing.T, email string) string {
	t.Helper()
	apps, err := s.oauth.Apps(t.Context(), s.idOf(t, email))
	if err != nil || len(apps) == 0 {
		t.Fatalf("%s has let in %v (%v)", email, apps, err)
	}
	return apps[0].Families[0].ID
}
