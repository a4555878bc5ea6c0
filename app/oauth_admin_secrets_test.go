package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/models/modelstest"
)

// seedSecrets makes one of each thing that is secret and tells them all, with what the tables keep of them.
func (s *sweep) seedSecrets(t *testing.T, member *actor) (known *secrets, tokens granted) {
	t.Helper()
	known = &secrets{known: map[string]string{}, answers: map[string]string{}}
	code := member.allow(t)
	tokens = s.redeem(t, code)
	second := s.tokens(t, fields("grant_type", "refresh_token", "refresh_token", tokens.Refresh))
	s.withApp(t, s.newPerson(t, "secretive@example.test"))
	for value, kind := range map[string]string{
		s.secret: "client secret", demoPassword: "password", string(demoTOTPSecret): "secret of an authenticator", code: "code", tokens.Access: "access token",
		tokens.Refresh: "old refresh token", tokens.ID: "ID token", second.Access: "access token", second.Refresh: "refresh token",
	} {
		known.learn(kind, value)
	}
	for _, cookie := range member.cookies {
		if cookie.Name != "theme" {
			known.learn("cookie "+cookie.Name, cookie.Value)
		}
	}
	s.learnMails(t, known)
	for column, values := range s.hashes(t) {
		for _, value := range values {
			known.learn("digest "+column, string(value))
		}
	}
	return known, second
}

// TestNoSecretsInAdminPages (D-07): what a seed with one of each secret holds is on no page of operators, whoever looks, in no
// download, no event of the audit log and no line of the log, neither as it is nor as it is kept.
func TestNoSecretsInAdminPages(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		var log logged
		s.logTo(&log)
		member := s.enter(t, "member@example.test")
		places := s.places(t, member)
		known, tokens := s.seedSecrets(t, member)
		family, err := s.oauth.FindToken(t.Context(), bySystem, tokens.Access)
		s.must(t, err)
		pages := []string{
			"/admin/tokens/" + family.FamilyID, "/admin/users/" + s.idOf(t, "secretive@example.test") + "/factors", "/admin/users/" + s.idOf(t, "member@example.test") + "/apps", "/admin/audit?all=on",
		}
		for _, route := range s.routeTable() {
			if route.forOperators() && route.Method == http.MethodGet {
				pages = append(pages, pathOf(t, route, places))
			}
		}
		for who, operator := range map[string]*actor{"an administrator": s.enter(t, "admin@example.test"), "an auditor": s.operatorWith(t, auth.RoleAuditor)} {
			seen := 0
			look := func(r *http.Request) {
				answer := operator.ask(t, r)
				if answer.status == http.StatusOK {
					seen++
				}
				if found := known.found(answer.body + fmt.Sprint(answer.Header)); len(found) > 0 || answer.status >= 500 {
					t.Errorf("%s at %s: %d with %v", who, r.URL, answer.status, found)
				}
			}
			for _, page := range pages {
				look(get(page))
			}
			for _, pasted := range []string{tokens.Access, tokens.Refresh, tokens.ID, s.secret} {
				look(post("/admin/tokens/find", fields("token", pasted).Encode()))
			}
			if seen < 30 {
				t.Errorf("%s saw %d pages only", who, seen)
			}
		}
		if found := known.found(log.String()); len(found) > 0 || !strings.Contains(log.String(), "/admin/tokens/find") {
			t.Errorf("in the log: %v", found)
		}
		if found := known.found(fmt.Sprint(modelstest.Rows(t, s.pool, "audit_events"))); len(found) > 0 {
			t.Errorf("in the audit log: %v", found)
		}
		if found := known.found("x" + tokens.Access); len(found) == 0 || len(known.known) < 20 {
			t.Errorf("the search knows %d secrets and finds %v", len(known.known), found)
		}
	})
}
