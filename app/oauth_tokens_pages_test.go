package main

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/app/apptest"
	"latchkey/auth"
)

// TestTokenJourney (D-34): a member lets a client in; an operator finds the sign-in by a token that turned up and revokes it, the
// rest of the member's at that client, and all of the client, each from where a person looks for it.
func TestTokenJourney(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		p := s.newParty(t, nil)
		member, admin := s.signIn(t, "member@example.test"), s.signIn(t, "admin@example.test")
		why := apptest.Set("reason", "The member asked for it by phone")
		asked := true
		enter := func() string {
			v := p.begin()
			if member.Visit(v.address); asked { // once: what was allowed stays allowed
				member.Submit("Allow")
			}
			asked = false
			token, _ := v.redeem(t, member)
			return token.AccessToken
		}
		closed := func(what, token string) {
			if status, _ := s.get(t, token, "/api/me", nil); status != http.StatusUnauthorized {
				t.Errorf("the API after %s: %d", what, status)
			}
		}
		token := enter()
		admin.Visit("/admin/tokens").Sees("member@example.test", p.name, "Active")
		admin.Click("Which token is this?").Submit("Find token", apptest.Set("token", "lk_at_unknown")).Sees("No token here matches").SeesNot("lk_at_unknown")
		admin.Submit("Find token", apptest.Set("token", token)).Sees("It is an access token of this sign-in", "Sign-in of member@example.test", "A token was looked up")
		admin.Click("Revoke sign-in").Sees("What was allowed stays allowed").Submit("Revoke sign-in", apptest.Set("reason", "Short")).Sees("at least 10 characters")
		admin.Submit("Revoke sign-in", why).Sees("Done.", "An operator revoked it").SeesNot("Actions")
		closed("the sign-in was revoked", token)
		member.Visit(s.base + "/account/activity").Sees("Sign-ins of an app revoked by an operator")

		token = enter()
		person, err := s.people.UserByEmail(t.Context(), "member@example.test")
		if err != nil {
			t.Fatal(err)
		}
		admin.Visit("/admin/users/"+person.ID+"/apps").Sees("Allowed", "Sign-ins", p.name)
		admin.Visit("/admin/clients/" + p.ClientID + "/tokens?state=active").Click("member@example.test")
		admin.Click("Revoke all of this member here").Submit("Revoke all of this member here", why).Sees("Done.")
		closed("all of the member was revoked", token)

		token = enter()
		admin.Visit("/admin/clients/"+p.ClientID+"/revoke-tokens").Sees("Sign-ins that end 1").Submit("Revoke all tokens", why, apptest.Set("typed", p.name)).Sees("Done.", "Enabled")
		closed("all of the client was revoked", token)
		admin.Visit("/admin/clients/"+p.ClientID+"/activity").Sees("Sign-ins of a client revoked by an operator", "Client signed somebody in")
	})
}

// TestTokenListParameters: what narrows the lists of tokens is chosen, not built, and a place of one list is none of another.
func TestTokenListParameters(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, "admin@example.test")
		family, _ := s.aFamily(t, demoClientID)
		email := s.textOf(t, "SELECT email FROM users JOIN oauth_grants ON subject = users.id WHERE oauth_grants.id = '"+family+"'")
		for _, address := range []string{
			"/admin/tokens?state=gone", "/admin/tokens?older=x", "/admin/tokens?newer=x&older=y", "/admin/tokens/" + family + "?older=x",
			"/admin/clients/" + demoClientID + "/tokens?state=x'", "/admin/clients/" + demoClientID + "/activity?newer=x",
		} {
			if answer := admin.ask(t, get(address)); answer.status != http.StatusBadRequest {
				t.Errorf("%s: %d", address, answer.status)
			}
		}
		for query, found := range map[string]bool{
			"": true, "member=" + email: true, "member=nobody": false, "client=" + demoClientID: true, "client=x": false, "state=active": true, "state=reused": false,
		} {
			if answer := admin.ask(t, get("/admin/tokens?"+query)); answer.status != http.StatusOK || strings.Contains(answer.body, email+"</a>") != found {
				t.Errorf("tokens by %q: %d", query, answer.status)
			}
		}
		if answer := admin.ask(t, get("/admin/tokens/nothing")); answer.status != http.StatusNotFound {
			t.Errorf("no family: %d", answer.status)
		}
	})
}

// TestSupportRevokesTokens (D-01, D-02): support revokes what a member gave, but neither their own nor an operator's, not what a
// client has for itself, nor all of a client, and is offered no more;
// auditors read, and nothing is offered to them.
func TestSupportRevokesTokens(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		support, auditor := s.operatorWith(t, auth.RoleSupport), s.operatorWith(t, auth.RoleAuditor)
		member, _ := s.aFamily(t, demoClientID)
		own, _ := s.aFamily(t, demoClientID)
		s.exec(t, "UPDATE oauth_grants SET subject = '' WHERE id = '"+own+"'")
		boss := s.familyOf(t, "admin@example.test")
		mine := s.familyOf(t, "an-support@example.test")
		for path, want := range map[string]int{
			"/admin/tokens/" + member + "/revoke": http.StatusOK, "/admin/tokens/" + own + "/revoke": http.StatusForbidden,
			"/admin/tokens/" + boss + "/revoke": http.StatusForbidden, "/admin/tokens/" + mine + "/revoke-all": http.StatusForbidden,
			"/admin/clients/" + demoClientID + "/revoke-tokens": http.StatusForbidden,
		} {
			if answer := support.ask(t, get(path)); answer.status != want {
				t.Errorf("support at %s: %d", path, answer.status)
			}
		}
		for _, family := range []string{member, own} {
			if answer := auditor.ask(t, get("/admin/tokens/"+family)); answer.status != http.StatusOK || strings.Contains(answer.body, "Revoke") {
				t.Errorf("an auditor at %s: %d, or something is offered", family, answer.status)
			}
		}
		for whose, family := range map[string]string{"a client's own": own, "an administrator's": boss, "their own": mine} {
			if answer := support.ask(t, get("/admin/tokens/"+family)); answer.status != http.StatusOK || strings.Contains(answer.body, "Revoke") {
				t.Errorf("support at %s: %d, or something is offered", whose, answer.status)
			}
		}
		if answer := support.ask(t, get("/admin/tokens/"+member)); !strings.Contains(answer.body, "/admin/tokens/"+member+"/revoke-all") {
			t.Errorf("support at a member's: %d, and nothing is offered", answer.status)
		}
	})
}

// familyOf is a family of tokens of somebody.
func (s *sweep) familyOf(t *testing.T, email string) string {
	t.Helper()
	family, _ := s.aFamily(t, demoClientID)
	s.exec(t, "UPDATE oauth_grants SET subject = '"+s.idOf(t, email)+"' WHERE id = '"+family+"'")
	return family
}
