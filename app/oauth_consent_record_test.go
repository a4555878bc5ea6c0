package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/app/apptest"
	"latchkey/auth"
	"latchkey/models"
)

var (
	tags           = regexp.MustCompile(`<[^>]*>`)
	revokesConsent = regexp.MustCompile(`/admin/consents/[^/"]+/revoke`)
)

// wordsOf is what a page says, with single spaces.
func wordsOf(answer reply) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(answer.body, " ")), " ")
}

// liveConsent is what a new person allows the demo client, with one sign-in and its access token under it.
func (s *sweep) liveConsent(t *testing.T) *models.OAuthConsent {
	t.Helper()
	consent, err := s.db.OAuthConsentByID(t.Context(), s.aConsent(t))
	s.must(t, err)
	family, _ := s.aFamily(t, demoClientID)
	s.exec(t, "UPDATE oauth_grants SET subject = '"+consent.Subject+"' WHERE id = '"+family+"'")
	return consent
}

// TestConsentRecord (D-06, D-33): the rows of every list of consents open the record and take nothing away; the record says what is
// allowed and what lives under it, and is asked about from there by those who may.
func TestConsentRecord(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		consent := s.liveConsent(t)
		record := "/admin/consents/" + consent.ID
		email := s.textOf(t, "SELECT email FROM users WHERE id = '"+consent.Subject+"'")
		tokens := "/admin/tokens?" + strings.ReplaceAll(url.Values{"client": {demoClientID}, "member": {consent.Subject}}.Encode(), "&", "&amp;")
		for _, role := range auth.Roles {
			by := s.operatorWith(t, role)
			for _, list := range []string{"/admin/consents", "/admin/clients/" + demoClientID + "/consents", "/admin/users/" + consent.Subject + "/apps"} {
				if answer := by.ask(t, get(list)); !strings.Contains(answer.body, `href="`+record+`"`) || revokesConsent.MatchString(answer.body) {
					t.Errorf("%s at %s (%d): a row opens no record, or revokes", role, list, answer.status)
				}
			}
			answer := by.ask(t, get(record))
			for _, want := range []string{"Consent of " + email, "Demo client", "Know who you are", "Last used just now", "Remembered No", "Sign-ins now 1", "Access tokens now 1", "Ends"} {
				if answer.status != http.StatusOK || !strings.Contains(wordsOf(answer), want) {
					t.Errorf("%s reads the record (%d) without %q", role, answer.status, want)
				}
			}
			for _, link := range []string{"/admin/users/" + consent.Subject, "/admin/clients/" + demoClientID, tokens} {
				if !strings.Contains(answer.body, `href="`+link+`"`) {
					t.Errorf("%s: the record does not lead to %s", role, link)
				}
			}
			if drawn := strings.Contains(answer.body, record+"/revoke"); drawn != role.May(auth.RightRevokeAccess) {
				t.Errorf("%s: Revoke is drawn: %v", role, drawn)
			}
		}
	})
}

// TestConsentRecord_States: the record of a consent to a disabled client, of one that is over, and of one that is no more.
func TestConsentRecord_States(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		bare, live := s.aConsent(t), s.liveConsent(t)
		admin := s.enter(t, "admin@example.test")
		sees := func(id string, status int, wanted ...string) {
			t.Helper()
			for _, want := range wanted {
				if answer := admin.ask(t, get("/admin/consents/"+id)); answer.status != status || !strings.Contains(wordsOf(answer), want) {
					t.Errorf("%s: %d, without %q", id, answer.status, want)
				}
			}
		}
		sees(bare, http.StatusOK, "Not used yet", "Sign-ins now 0", "Access tokens now 0")
		s.stopped(t, demoClientID)
		sees(live.ID, http.StatusOK, "The client is disabled", "Sign-ins now 0", "Access tokens now 0")
		if answer := s.revokes(t, admin, live.ID); answer.place() != "/admin/consents" {
			t.Errorf("revoked: %d to %q", answer.status, answer.place())
		}
		sees(live.ID, http.StatusNotFound, "")
		if answer := admin.ask(t, get("/admin/consents/"+live.ID+"/revoke")); answer.status != http.StatusNotFound {
			t.Errorf("asked about what is gone: %d", answer.status)
		}
		s.clock.Add(time.Hour + time.Second)
		sees(bare, http.StatusOK, "Ended", "It no longer counts")
	})
}

// TestConsentJourney: from a list to the record, to what was given, to the question and back, and to the list when it is done.
func TestConsentJourney(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		p := s.newParty(t, nil)
		member, admin := s.signIn(t, "member@example.test"), s.signIn(t, "admin@example.test")
		v := p.begin()
		member.Visit(v.address).Submit("Allow", apptest.Set("remember", "on"))
		token, _ := v.redeem(t, member)
		open := func() *apptest.Browser {
			return admin.Visit("/admin/clients/"+p.ClientID+"/consents").Click("member@example.test").Sees("Consent of member@example.test", p.name, "Remembered Yes", "Sign-ins now 1")
		}
		record := open().Sees("See your name", "In the audit log", "Client allowed to use the account").URL.Path
		open().Click("All that the client was given").Sees("Client "+p.ClientID, "With a refresh token")
		open().Click("All of it").Sees("Showing 2 events", "Client "+p.ClientID)
		open().Click("Revoke access").Sees("Revoke this access?", "Sign-ins that end 1", "Short-lived access that ends 1").Click("Keep access")
		if admin.URL.Path != record {
			t.Fatalf("back at %s, want %s", admin.URL.Path, record)
		}
		open().Click("Revoke access").Click("member@example.test") // the breadcrumb
		if admin.URL.Path != record {
			t.Fatalf("up at %s, want %s", admin.URL.Path, record)
		}
		open().Click("Revoke access").Submit("Revoke access", apptest.Set("reason", "The member asked for it")).Sees("Done.", "What members allowed clients").SeesNot(p.name)
		s.checkRefused(t, p, token)
		if admin.Visit(record); admin.Status != http.StatusNotFound {
			t.Errorf("the record after that: %d", admin.Status)
		}
	})
}
