package main

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/app/apptest"
	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// clientActions are the actions of the audit log that the operator's forms write, by the end of their route.
var clientActions = map[string]string{
	"clients/new": "admin.client.create", "edit-name": "admin.client.update", "edit-addresses": "admin.client.update", "edit-grants": "admin.client.update",
	"edit-policies": "admin.client.update", "verify": "admin.client.verify", "unverify": "admin.client.verify", "rotate-secret": "admin.client.rotate_secret",
	"end-secret": "admin.client.end_secret", "enable": "admin.client.enable", "disable": "admin.client.disable", "delete": "admin.client.delete",
	"consents/{id}/revoke": "admin.consent.revoke", "revoke-tokens": "admin.token.revoke_family", "tokens/{id}/revoke": "admin.token.revoke_family",
	"tokens/{id}/revoke-all": "admin.token.revoke_family", "tokens/{id}/access/{access}/revoke": "admin.token.revoke", "keys/announce": "admin.key.rotate", "keys/rotate": "admin.key.rotate",
	"keys/{kid}/activate": "admin.key.activate", "keys/{kid}/retire": "admin.key.retire", "keys/{kid}/revoke": "admin.key.revoke",
}

// actionOf is the action of a form; empty: it decides nothing.
func actionOf(name string) string {
	for end, action := range clientActions {
		if strings.HasSuffix(name, "/"+end) {
			return action
		}
	}
	return ""
}

// TestClientActs is TestAdminActs for clients, consents and keys: without a reason each form is a 422 that keeps what was
// typed and changes nothing; with one it works once, and leaves one row that names who, why and from which session.
func TestClientActs(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		forms, places := map[string]filled{}, s.places(t, s.enter(t, "member@example.test"))
		s.clientForms(t, forms, places)
		operatorID, asked := s.idOf(t, "admin@example.test"), 0
		for _, route := range only(s.routeTable(), routeLine.writes) {
			form, known := forms[route.String()]
			action := actionOf(route.String())
			if !known || action == "" {
				continue
			}
			asked++
			path, before := pathOf(t, route, places), modelstest.Digest(t, s.pool)
			r := form.request(path)
			bare := url.Values{}
			for field, values := range form.form {
				bare[field] = slices.Clone(values)
			}
			bare.Set("reason", "Short")
			if answer := form.by.ask(t, post(path, bare.Encode())); answer.status != http.StatusUnprocessableEntity || !strings.Contains(answer.body, ">Short</textarea>") {
				t.Errorf("%s without a reason: %d", route, answer.status)
			}
			s.checkInert(t, before, route.String()+" without a reason")
			already := s.actionsBy(t, models.Action(action), operatorID)
			if answer := form.by.ask(t, r); answer.inWords() != form.want {
				t.Errorf("%s: %d %s", route, answer.status, answer.inWords())
			}
			rows := slices.DeleteFunc(s.actionsBy(t, models.Action(action), operatorID), func(e models.AuditEvent) bool {
				return slices.ContainsFunc(already, func(before models.AuditEvent) bool { return before.ID == e.ID })
			})
			if len(rows) != 1 || rows[0].SessionID == "" || rows[0].RequestID == "" || rows[0].Reason != form.form.Get("reason") {
				t.Errorf("%s: %d rows: %+v", route, len(rows), rows)
			}
			if name := route.String(); strings.HasSuffix(name, "/new") || strings.HasSuffix(name, "/announce") || strings.HasSuffix(name, "/rotate") {
				continue // may be done again
			}
			before = modelstest.Digest(t, s.pool)
			if answer := form.by.ask(t, post(path, form.form.Encode())); answer.status != http.StatusConflict && answer.inWords() != "record" && answer.status != http.StatusNotFound {
				t.Errorf("%s again: %d %s", route, answer.status, answer.inWords())
			}
			s.checkInert(t, before, route.String()+" again")
		}
		if asked != len(clientActions) {
			t.Errorf("%d of %d forms were sent", asked, len(clientActions))
		}
	})
}

func (s *sweep) actionsBy(t *testing.T, action models.Action, operatorID string) []models.AuditEvent {
	t.Helper()
	list, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: action})
	s.must(t, err)
	return slices.DeleteFunc(list, func(e models.AuditEvent) bool { return e.ActorID != operatorID })
}

// TestRegistrationRefusesURIs_Page (T-206): what may not be an address is refused by the pages that make and edit a client,
// under the field's name, with what was typed, and no row is written.
func TestRegistrationRefusesURIs_Page(t *testing.T) {
	s := sqliteSweep(t)
	admin := s.enter(t, "admin@example.test")
	record, err := s.oauth.OpenClient(t.Context(), bySystem, demoClientID)
	s.must(t, err)
	before := modelstest.Digest(t, s.pool)
	for _, uri := range hostileTargets(t, "V") {
		if strings.TrimSpace(uri) == "" {
			continue // an empty line of the text area is none
		}
		typed := fields("kind", "web", "name", "Demo", "redirect_uris", "https://demo.example.test/cb\n"+uri, "scopes", "openid", "reason", "Its owner asked for it", "version", record.Version)
		for _, path := range []string{"/admin/clients/new", "/admin/clients/" + demoClientID + "/edit-addresses"} {
			answer := admin.ask(t, post(path, typed.Encode()))
			named := strings.Contains(answer.body, `id="redirect_uris-error"`)
			if refused := answer.status == http.StatusUnprocessableEntity && named; !refused && answer.status != http.StatusBadRequest {
				t.Errorf("%s with %q: %d, named %v", path, uri, answer.status, named)
			}
		}
	}
	s.checkInert(t, before, "a refused address")
}

// TestClientCommandsAndPagesAgree (O-502): a command and a page say the same of the same mistakes, and make the same client, which begins with what operators chose.
func TestClientCommandsAndPagesAgree(t *testing.T) {
	s := sqliteSweep(t)
	admin := s.enter(t, "admin@example.test")
	_, _, err := s.oauth.CreateClient(t.Context(), bySystem, models.OAuthClient{ID: "A B", Kind: "web", RedirectURIs: models.Strings{"http://x.example/"}, Scopes: models.Strings{"wishes"}})
	page := admin.ask(t, post("/admin/clients/new", fields("client_id", "A B", "kind", "web", "redirect_uris", "http://x.example/", "scopes", "wishes", "reason", "Its owner asked for it").Encode()))
	said := html.UnescapeString(page.body)
	for _, mistake := range strings.Split(err.Error(), "; ") {
		_, sentence, _ := strings.Cut(mistake, " ")
		if page.status != http.StatusUnprocessableEntity || !strings.Contains(said, sentence) {
			t.Errorf("the command says %q, the page (%d) does not", mistake, page.status)
		}
	}
	made := func(id string) models.OAuthClient {
		client, err := s.db.OAuthClientByID(t.Context(), id)
		s.must(t, err)
		client.ID, client.Provenance, client.KeyedAt = "", "", nil
		return *client
	}
	s.chosen(t, "new-client-consent", "always")
	if form := admin.ask(t, get("/admin/clients/new?kind=web")); !strings.Contains(form.body, "What it begins with") || !strings.Contains(form.body, "Always ask") {
		t.Errorf("the form (%d) does not say what a client begins with", form.status)
	}
	_, _, err = s.oauth.CreateClient(t.Context(), bySystem, models.OAuthClient{ID: "by-command", Name: "Same", RedirectURIs: models.Strings{"https://same.example/"}, Scopes: models.Strings{"openid"}, Verified: true, Provenance: "cli"})
	s.must(t, err)
	if answer := admin.ask(t, post("/admin/clients/new", fields("client_id", "by-page", "kind", "web", "name", "Same", "redirect_uris", "https://same.example/", "scopes", "openid", "reason", "Its owner asked for it").Encode())); answer.inWords() != "record" {
		t.Fatalf("the page: %d", answer.status)
	}
	if command, page := fmt.Sprintf("%+v", made("by-command")), fmt.Sprintf("%+v", made("by-page")); command != page || made("by-page").Consent != "always" {
		t.Errorf("the command made\n%s\nthe page\n%s", command, page)
	}
	changes := map[string]string{}
	events, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Action: "admin.client.create"})
	s.must(t, err)
	for _, e := range events {
		delete(e.Changes, "provenance")
		changes[e.ClientID] = fmt.Sprint(e.Changes)
	}
	if changes["by-command"] == "" || changes["by-command"] != changes["by-page"] {
		t.Errorf("rows: %s\n%s", changes["by-command"], changes["by-page"])
	}
}

var secretOnPage = regexp.MustCompile(`lk_cs_[A-Za-z0-9_-]{43}`)

// TestSecretOnOnePage (D-32): a new secret is on one page of one session, and nowhere else: not in the answer that made it, not
// on a page of another operator or another session, in no row as it is, and gone when it is saved.
func TestSecretOnOnePage(t *testing.T) {
	s := sqliteSweep(t)
	var log logged
	s.logTo(&log)
	admin, auditor, elsewhere := s.enter(t, "admin@example.test"), s.operatorWith(t, auth.RoleAuditor), s.enter(t, "admin@example.test")
	made := admin.ask(t, post("/admin/clients/new", fields("client_id", "fresh", "kind", "service", "name", "Fresh", "scopes", "notes:read", "reason", "Its owner asked for it").Encode()))
	if made.place() != "/admin/clients/fresh/secrets" || secretOnPage.MatchString(made.body+fmt.Sprint(made.Header)) {
		t.Fatalf("made: %d to %q", made.status, made.place())
	}
	const page = "/admin/clients/fresh/secrets"
	shown := admin.ask(t, get(page))
	secret := secretOnPage.FindString(shown.body)
	if secret == "" || shown.Header.Get("Cache-Control") != "no-store" || strings.Count(shown.body, secret) != 1 || secretOnPage.FindString(admin.ask(t, get(page)).body) != secret {
		t.Fatalf("the page that shows it: %q, kept as %q", secret, shown.Header.Get("Cache-Control"))
	}
	for who, a := range map[string]*actor{"an auditor": auditor, "the same operator in another session": elsewhere} {
		for _, path := range []string{page, "/admin/clients/fresh", "/admin/clients"} {
			if answer := a.ask(t, get(path)); answer.status != http.StatusOK || secretOnPage.MatchString(answer.body) {
				t.Errorf("%s at %s: %d", who, path, answer.status)
			}
		}
	}
	for _, table := range []string{"oauth_client_secrets", "oauth_clients", "audit_events", "shown_once", "river_job"} {
		if text := fmt.Sprint(modelstest.Rows(t, s.pool, table)); strings.Contains(text, secret) {
			t.Errorf("it stands in %s", table)
		}
	}
	if strings.Contains(log.String(), secret) {
		t.Error("it stands in the log")
	}
	if answer := admin.ask(t, post(page, "saved=on")); answer.inWords() != "record" || secretOnPage.MatchString(admin.ask(t, get(page)).body) {
		t.Error("it is shown after it was saved")
	}
}

// TestClientListParameters: what narrows a list is chosen, not built.
func TestClientListParameters(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		admin := s.enter(t, "admin@example.test")
		for _, address := range []string{
			"/admin/clients?state=gone", "/admin/clients?kind=toaster", "/admin/clients?origin=x'", "/admin/clients?proof=%25", "/admin/clients?want=all", "/admin/clients?grant=password", "/admin/clients?scope=two+words", "/admin/consents?scope=%22", "/admin/consents?scope=" + strings.Repeat("x", 129),
			"/admin/clients?older=x", "/admin/clients?newer=x&older=y", "/admin/consents?older=x", "/admin/clients/new?kind=toaster",
		} {
			if answer := admin.ask(t, get(address)); answer.status != http.StatusBadRequest {
				t.Errorf("%s: %d", address, answer.status)
			}
		}
		if answer := admin.ask(t, get("/admin/consents?from=yesterday")); answer.status != http.StatusUnprocessableEntity || !strings.Contains(answer.body, "Choose two days") {
			t.Errorf("a day that is none: %d", answer.status)
		}
		for query, want := range map[string]string{
			"": "Demo client", "kind=web": "Demo client", "state=disabled": "No client fits these filters", "want=unused": "No client fits these filters",
			"grant=authorization_code": "Demo client", "grant=client_credentials": "No client fits these filters",
			"scope=notes%3Aread&state=enabled&want=unused": "No client fits these filters", "scope=notes%3Aread": "Demo client", "scope=retired": "No client fits these filters",
		} {
			if answer := admin.ask(t, get("/admin/clients?"+query)); answer.status != http.StatusOK || !strings.Contains(answer.body, want) {
				t.Errorf("%q: %d, without %q", query, answer.status, want)
			}
		}
		consent := s.aConsent(t)
		email := strings.TrimSpace(s.textOf(t, "SELECT email FROM users JOIN oauth_consents ON subject = users.id WHERE oauth_consents.id = '"+consent+"'"))
		for query, found := range map[string]bool{
			"": true, "member=" + url.QueryEscape(strings.ToUpper(email)): true, "member=nobody": false, "client=" + demoClientID: true, "client=x": false, "from=2100-01-01": false,
			"scope=openid": true, "scope=openid&client=" + demoClientID + "&member=" + url.QueryEscape(email): true, "scope=email": false, "scope=openid&to=2000-01-01": false,
		} {
			if answer := admin.ask(t, get("/admin/consents?"+query)); answer.status != http.StatusOK || strings.Contains(answer.body, email+"</a>") != found {
				t.Errorf("consents by %q: %d", query, answer.status)
			}
		}
		for path, chip := range map[string]string{"/admin/clients?kind=web&scope=notes:read": "Scope notes:read", "/admin/consents?scope=retired": "Scope retired"} {
			if answer := admin.ask(t, get(path)); !strings.Contains(answer.body, chip) || !strings.Contains(answer.body, `selected>`) {
				t.Errorf("%s: %d, without the filter %q", path, answer.status, chip)
			}
		}
	})
}

func (s *sweep) textOf(t *testing.T, query string) (text string) {
	t.Helper()
	s.must(t, s.pool.QueryRowContext(t.Context(), query).Scan(&text))
	return text
}

// TestSupportRevokesConsents (D-01): support takes back what a member allowed, but not their own nor an operator's, and acts on
// no client and no key.
func TestSupportRevokesConsents(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		support := s.operatorWith(t, auth.RoleSupport)
		mine, theirs := s.consentOf(t, "an-support@example.test"), s.consentOf(t, "admin@example.test")
		for whose, id := range map[string]string{"their own": mine, "an administrator's": theirs} {
			if answer := support.ask(t, get("/admin/consents/"+id+"/revoke")); answer.status != http.StatusForbidden || !strings.Contains(answer.body, "Nobody acts on their own account") {
				t.Errorf("%s is asked about: %d", whose, answer.status)
			}
			answer := s.revokes(t, support, id)
			if answer.status != http.StatusForbidden || !strings.Contains(answer.body, "Nobody acts on their own account") {
				t.Errorf("%s: %d", whose, answer.status)
			}
			if _, err := s.db.OAuthConsentByID(t.Context(), id); err != nil {
				t.Errorf("%s: %v", whose, err)
			}
		}
		id := s.aConsent(t)
		for consent, drawn := range map[string]bool{mine: false, theirs: false, id: true} {
			record := "/admin/consents/" + consent
			if answer := support.ask(t, get(record)); answer.status != http.StatusOK || strings.Contains(answer.body, record+"/revoke") != drawn {
				t.Errorf("the record of %s (%d) draws the act otherwise than it may be done: want %v", consent, answer.status, drawn)
			}
		}
		if answer := s.revokes(t, support, id); answer.inWords() != "record" {
			t.Errorf("a member's: %d", answer.status)
		}
		for _, path := range []string{"/admin/clients/" + demoClientID + "/disable", "/admin/keys/rotate", "/admin/clients/new"} {
			if answer := support.ask(t, get(path)); answer.status != http.StatusForbidden {
				t.Errorf("%s: %d", path, answer.status)
			}
		}
		for path, word := range map[string]string{"/admin/clients/" + demoClientID: "Disable client", "/admin/keys": "Rotate now", "/admin/clients": "Create client"} {
			if answer := support.ask(t, get(path)); answer.status != http.StatusOK || strings.Contains(answer.body, word) {
				t.Errorf("%s offers %q (%d)", path, word, answer.status)
			}
		}
	})
}

func (s *sweep) consentOf(t *testing.T, email string) string {
	t.Helper()
	id := s.aConsent(t)
	s.exec(t, "UPDATE oauth_consents SET subject = '"+s.idOf(t, email)+"' WHERE id = '"+id+"'")
	return id
}

func (s *sweep) revokes(t *testing.T, by *actor, id string) reply {
	t.Helper()
	preview, err := s.oauth.OpenConsent(t.Context(), bySystem, id)
	s.must(t, err)
	return by.ask(t, post("/admin/consents/"+id+"/revoke", fields("reason", "The member asked for it", "version", preview.Version).Encode()))
}

// TestEditsMeet (D-10): of two operators who edit a client the second is shown what the first one changed, beside what they
// typed, and may then save.
func TestEditsMeet(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		first, second := s.enter(t, "admin@example.test"), s.enter(t, "admin@example.test")
		path := "/admin/clients/" + demoClientID + "/edit-name"
		version := func(body string) string {
			return regexp.MustCompile(`name="version" value="([0-9a-f]+)"`).FindStringSubmatch(body)[1]
		}
		seen := version(second.ask(t, get(path)).body)
		edit := func(a *actor, name, version string) reply {
			return a.ask(t, post(path, fields("name", name, "reason", "Its owner asked for it", "version", version).Encode()))
		}
		if answer := edit(first, "First name", version(first.ask(t, get(path)).body)); answer.inWords() != "record" {
			t.Fatalf("the first: %d", answer.status)
		}
		answer := edit(second, "Second name", seen)
		for _, want := range []string{"Somebody changed this client", "Name is now", "First name", `value="Second name"`} {
			if answer.status != http.StatusConflict || !strings.Contains(answer.body, want) {
				t.Errorf("the second: %d, without %q", answer.status, want)
			}
		}
		if answer := edit(second, "Second name", version(answer.body)); answer.inWords() != "record" {
			t.Errorf("the second, again: %d", answer.status)
		}
	})
}

// TestTakenAddress (D-31): who takes a redirect address away is told once how many sign-ins of 30 days used it, with what was
// typed; another that nobody used goes at once.
func TestTakenAddress(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		p := s.newParty(t, nil)
		member, admin := s.signIn(t, "member@example.test"), s.signIn(t, "admin@example.test")
		v := p.begin()
		member.Visit(v.address).Submit("Allow")
		v.redeem(t, member)
		why, path := apptest.Set("reason", "The old system is switched off"), "/admin/clients/"+p.ClientID
		admin.Visit(path + "/addresses").Sees("1 sign-in in 30 days").Click("Edit Addresses").Sees("1 sign-in in 30 days").SeesNot("You take it away")
		admin.Submit("Save changes", apptest.Set("redirect_uris", "https://new.example/cb"), why)
		admin.Sees("Sign-ins used an address that you take away", "You take it away", "https://new.example/cb", "The old system is switched off")
		admin.Submit("Save changes").Sees("Done.").Visit(path+"/addresses").Sees("https://new.example/cb", "No sign-in in 30 days")
		admin.Visit(path+"/edit-addresses").Submit("Save changes", apptest.Set("redirect_uris", "https://newer.example/cb"), why).Sees("Done.")
	})
}

// TestClientJourney: an operator makes a client, a member uses it, and the operator stops it, all through the pages.
func TestClientJourney(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		why := apptest.Set("reason", "Asked for by the product team")
		admin := s.signIn(t, "admin@example.test").Visit("/admin").Click("Clients").Click("Create client")
		admin.Click("Choose Web app").Submit("Create client", apptest.Set("name", ""), why).Sees("Name: must have 1 to 100 characters")
		admin.Submit("Create client", apptest.Set("name", "Journal"), apptest.Set("client_id", "journal"), apptest.Set("redirect_uris", "https://journal.example/cb"), why)
		admin.Sees("Save this secret now", "Client created").Submit("I have saved it").Sees("Current secret").SeesNot("Save this secret now")
		admin.Click("Policies").Sees("Not set").Click("Edit policies").Submit("Save changes", apptest.Set("consent", "always"), apptest.Set("access_token_seconds", "5"), why)
		admin.Sees("Access lives: must be 60 to 86400").Submit("Save changes", apptest.Set("access_token_seconds", "300"), apptest.Set("code_seconds", "30"), apptest.Set("id_token_alg", "ES256"), why)
		admin.Sees("Done.", "Members are asked each time").Click("Policies").Sees("30 seconds", "ES256", "The same for all").Click("Secrets").Visit("/admin/clients/journal/rotate-secret")
		admin.Submit("Rotate secret", apptest.Set("overlap", "24h"), why).Sees("Save this secret now", "Old secret").Click("End now the old secret").Submit("End old secret", why).SeesNot("Old secret")

		member := s.signIn(t, "member@example.test")
		p := s.newParty(t, nil)
		v := p.begin()
		member.Visit(v.address).Submit("Allow", apptest.Set("remember", "on"))
		token, _ := v.redeem(t, member)
		admin.Visit("/admin/clients/"+p.ClientID).Sees("Sign-ins now").Click("Consents").Sees("member@example.test", "See your name").Click("member@example.test").Click("Revoke access")
		admin.Sees("Sign-ins that end 1", "Short-lived access that ends 1").Submit("Revoke access", why).Sees("Done.")
		s.checkRefused(t, p, token)
		member.Visit(s.base + "/account/activity").Sees("Access of an app revoked by an operator")

		v = p.begin()
		member.Visit(v.address).Submit("Allow")
		token, _ = v.redeem(t, member)
		admin.Visit("/admin/clients/"+p.ClientID+"/disable").Sees("Sign-ins that end 1").Submit("Disable client", why, apptest.Set("typed", "something else")).Sees("Type it as it stands above")
		admin.Submit("Disable client", why, apptest.Set("typed", p.name)).Sees("This client is disabled")
		if status, _ := s.get(t, token.AccessToken, "/api/me", nil); status != http.StatusUnauthorized {
			t.Errorf("the API after it was disabled: %d", status)
		}
		member.Visit(p.begin().address).Sees("app").SeesNot("Allow")
		admin.Visit("/admin/clients/"+p.ClientID+"/delete").Submit("Delete client", why, apptest.Set("typed", p.ClientID)).Sees("Done.").SeesNot(p.name)
		admin.Visit("/admin/keys").Click("Announce keys").Submit("Announce keys", why).Sees("Announced").SeesNot("Announce keys")
	})
}
