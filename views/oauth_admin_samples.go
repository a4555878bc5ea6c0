package views

import (
	"slices"
	"time"
)

// oauthAdminSamples are the operator's pages about clients, consents and keys.
func oauthAdminSamples() []Sample {
	list := append(clientListSamples(), clientSamples()...)
	list = append(list, membersOfClientSamples()...)
	list = append(list, clientFormSamples()...)
	list = append(list, consentSamples()...)
	list = append(list, consentRecordSamples()...)
	list = append(list, adminTokenSamples()...)
	list = append(list, keySamples()...)
	return append(list, oauthActSamples()...)
}

func sampleClientRows() []ClientRow {
	return []ClientRow{
		{ID: "demo-client", Name: "Demo client", Kind: "web", Proof: "client_secret_basic", Verified: true, LastUsed: sampleNow.Add(-3 * time.Hour), Keyed: sampleNow.AddDate(-1, -2, 0)},
		{ID: "q0ZpG3nUQ5m3cXn1m1aV9w", Name: "Weekly planner for very busy people and their teams", Kind: "native", Proof: "none"},
		{ID: "night-job", Name: "Night job", Kind: "service", Proof: "client_secret_basic", Disabled: true, Verified: true, Keyed: sampleNow.AddDate(0, -1, 0)},
	}
}

// sampleScopes are what the lists are narrowed to.
var sampleScopes = []string{"openid", "offline_access", "notes:read"}

func clientListSamples() []Sample {
	rows, at := sampleClientRows(), operatorOn(clientsPath)
	return []Sample{
		{Name: "clients", Page: at.in(Clients(ClientsPage{Shape: sampleShape(ClientList, clientsPath), Scopes: sampleScopes, Rows: rows, Older: clientsPath + "?older=c2FtcGxl", MayAdd: true, MayExport: true}))},
		{Name: "clients-filtered", Page: at.in(Clients(ClientsPage{State: "disabled", Kind: "service", Grant: "client_credentials", Scopes: sampleScopes, Scope: "offline_access", Want: "unused", Rows: rows[2:], Newer: clientsPath + "?newer=c2FtcGxl"}))},
		{Name: "clients-none-of-this", Page: at.in(Clients(ClientsPage{Origin: "cli", Proof: "none", Scopes: sampleScopes, Scope: "https://a-rather-long-name-of-a-scope.department.example.test/read"}))},
		{Name: "clients-none", Page: at.in(Clients(ClientsPage{MayAdd: true}))},
		{Name: "clients-none-to-read", Page: at.in(Clients(ClientsPage{}))},
	}
}

// membersOfClientSamples are the list of members, narrowed to a client.
func membersOfClientSamples() []Sample {
	at, form := operatorOn(membersPath), MembersForm{Client: "q0ZpG3nUQ5m3cXn1m1aV9w", ClientName: "Weekly planner for very busy people and their teams"}
	rejected := MembersForm{Client: "the", Errors: Errors{"client": "Several clients begin so. Type more of the name, or the id"}}
	return []Sample{
		{Name: "members-of-client", Page: at.in(Members(MembersPage{Form: form, Rows: sampleMembers()[:2], MayExport: true}))},
		{Name: "members-of-client-none", Page: at.in(Members(MembersPage{Form: form})), OtherWords: true},
		{Name: "members-of-client-rejected", Page: at.in(Members(MembersPage{Form: rejected})), OtherWords: true},
	}
}

func sampleClientHead() ClientHead {
	return ClientHead{ID: "demo-client", Name: "Demo client", Kind: "web", Verified: true, Acts: []string{"unverify", "rotate-secret", "revoke-tokens", "disable"}, MayEdit: true}
}

func clientSamples() []Sample {
	head := sampleClientHead()
	path := clientPath(head.ID)
	page := ClientPage{
		ClientHead: head, Proof: "client_secret_basic", Origin: "cli", SignsIn: true, Refreshes: true, Grants: []string{"authorization_code", "refresh_token"},
		Scopes: []string{"openid", "profile", "email", "offline_access", "notes:read", "notes:write"}, PolicyURI: "https://client.example/privacy",
		Members: 1240, SignIns: 10_001, Waiting: 2, Created: sampleNow.AddDate(-1, 0, 0), LastUsed: sampleNow.Add(-time.Hour),
	}
	bare := ClientPage{ClientHead: ClientHead{ID: "q0ZpG3nUQ5m3cXn1m1aV9w", Name: "Weekly planner for very busy people and their teams", Kind: "native", Disabled: true, Public: true}, Proof: "none", Origin: "admin", SignsIn: true, Consent: "always", PKCEOptional: true, Created: sampleNow}
	api := ClientPage{ClientHead: ClientHead{ID: "api", Name: "Archive API", Kind: "resource_server", Verified: true}, Proof: "client_secret_basic", Origin: "cli", Created: sampleNow}
	robot := api
	robot.ClientHead, robot.Itself, robot.Grants = ClientHead{ID: "night-job", Name: "Night job", Kind: "service", Verified: true, MayEdit: true}, true, []string{"client_credentials"}
	skip := page
	skip.Consent = "skip"
	addresses := ClientAddressesPage{ClientHead: head, Redirects: sampleUses, PostLogout: []string{"https://client.example/"}}
	secrets := ClientSecretsPage{ClientHead: head, Issuer: "https://latchkey.example.test", Rows: []SecretRow{
		{ID: "S1", Created: sampleNow},
		{ID: "S2", Created: sampleNow.AddDate(-1, 0, 0), Ends: sampleNow.AddDate(0, 0, 1), LastUsed: sampleNow.Add(-time.Minute), MayEnd: true},
	}}
	fresh, bereft := secrets, ClientSecretsPage{ClientHead: head}
	fresh.Shown, fresh.Rows = "lk_cs_"+sampleToken, secrets.Rows[:1]
	created := operatorOn(path + "/secrets")
	created.Flash = FlashClientCreated
	rows := sampleConsents()
	return []Sample{
		{Name: "client", Page: operatorOn(path).in(Client(page))},
		{Name: "client-bare", Page: operatorOn(clientPath(bare.ID)).in(Client(bare))},
		{Name: "client-api", Page: operatorOn(clientPath("api")).in(Client(api))},
		{Name: "client-service", Page: operatorOn(clientPath("night-job")).in(Client(robot))},
		{Name: "client-never-asks", Page: operatorOn(path).in(Client(skip))},
		{Name: "client-addresses", Page: operatorOn(path + "/addresses").in(ClientAddresses(addresses))},
		{Name: "client-addresses-none", Page: operatorOn(path + "/addresses").in(ClientAddresses(ClientAddressesPage{ClientHead: bare.ClientHead}))},
		{Name: "client-secrets", Page: operatorOn(path + "/secrets").in(ClientSecrets(secrets))},
		{Name: "client-secret-new", Page: created.in(ClientSecrets(fresh))},
		{Name: "client-secrets-none", Page: operatorOn(path + "/secrets").in(ClientSecrets(bereft))},
		{Name: "client-policies", Page: operatorOn(path + "/policies").in(ClientPolicies(ClientPoliciesPage{ClientHead: head, Rows: []PolicyRow{
			{Name: ClientFieldLabel("pkce"), Server: "required", Result: "required"}, {Name: ClientFieldLabel("access_token_seconds"), Server: "1 hour", Own: "5 minutes", Result: "5 minutes", Setting: "access-token"},
			{Name: ClientFieldLabel("access_token_format"), Server: "opaque", Result: "opaque", Setting: "access-token-format", Fixed: true},
		}}))},
		{Name: "client-consents", Page: operatorOn(path + "/consents").in(ClientConsents(ClientConsentsPage{ClientHead: head, Rows: rows, Older: path + "/consents?older=c2FtcGxl"}))},
		{Name: "client-tokens", Page: operatorOn(path + "/tokens").in(ClientTokens(ClientTokensPage{ClientHead: head, Rows: sampleTokenFamilies()[2:], Older: path + "/tokens?older=c2FtcGxl"}))},
		{Name: "client-tokens-none", Page: operatorOn(path + "/tokens").in(ClientTokens(ClientTokensPage{ClientHead: head}))},
		{Name: "client-tokens-none-of-this", Page: operatorOn(path + "/tokens").in(ClientTokens(ClientTokensPage{ClientHead: head, State: "reused"}))},
		{Name: "client-activity", Page: operatorOn(path + "/activity").in(ClientActivity(ClientActivityPage{ClientHead: head, Rows: sampleAuditRows(), Older: path + "/activity?older=c2FtcGxl"}))},
		{Name: "client-activity-none", Page: operatorOn(path + "/activity").in(ClientActivity(ClientActivityPage{ClientHead: head}))},
		{Name: "client-consents-none", Page: operatorOn(path + "/consents").in(ClientConsents(ClientConsentsPage{ClientHead: head}))},
	}
}

var sampleUses = []RedirectUse{
	{URI: "https://client.example/callback", SignIns: 1240}, {URI: "https://client.example/old"},
	{URI: "https://a-rather-long-name-of-a-host.department.client.example/sign-in/callback?tenant=1", SignIns: CountMost + 1},
}

func clientFormSamples() (list []Sample) {
	scopes := []ScopeRow{{Name: "openid", Sentence: "Know who you are in this account"}, {Name: "notes:read", Sentence: "Read your notes"}}
	add := func(name string, p ClientFormPage) {
		p.Scopes = scopes
		list = append(list, Sample{Name: name, Page: operatorOn(p.action()).in(ClientEdit(p))})
	}
	list = append(list, Sample{Name: "client-new-kind", Page: operatorOn(clientsPath + "/new").in(NewClientKind())})
	add("client-new", ClientFormPage{Part: "new", Begins: []PolicyRow{{Name: "How it sends its secret", Result: "In a header"}, {Name: "Proof of the request (PKCE)", Result: "Required"}, {Name: "Consent", Result: "Ask, and remember"}}, Form: ClientForm{Kind: "web", Scopes: "openid\nnotes:read"}})
	add("client-new-api", ClientFormPage{Part: "new", Form: ClientForm{Kind: "resource_server"}})
	add("client-new-rejected", ClientFormPage{Part: "new", Form: ClientForm{ReasonForm: ReasonForm{Errors: Errors{
		"name": "Name: must have 1 to 100 characters, none of them a control character", "client_id": "Client id: must be 3 to 64 of a-z, 0-9 and -",
		"redirect_uris": "Answers go to: \"http://client.example/cb\" must be https", "reason": "Say why in at least 10 characters",
	}}, Kind: "web", ClientID: "Demo", Redirects: "http://client.example/cb"}})
	for _, part := range []string{"name", "addresses", "grants", "policies"} {
		uses := map[string][]RedirectUse{"addresses": sampleUses}[part]
		add("client-edit-"+part, ClientFormPage{Part: part, ID: "demo-client", Name: "Demo client", Algs: []string{"RS256", "ES256"}, Uses: uses, Form: ClientForm{ReasonForm: ReasonForm{Version: "v1"}, Kind: "web", Name: "Demo client", Redirects: "https://client.example/callback", Grants: "authorization_code", Scopes: "openid", Access: "300"}})
	}
	gone := slices.Clone(sampleUses)
	gone[0].Gone, gone[2].Gone = true, true
	add("client-edit-addresses-gone", ClientFormPage{Part: "addresses", ID: "demo-client", Name: "Demo client", Uses: gone, Form: ClientForm{ReasonForm: ReasonForm{Reason: "The old system is switched off", Version: "v1", Errors: Errors{"redirect_uris": "Sign-ins used an address that you take away. Save again to take it away"}}, Kind: "web", Redirects: "https://client.example/old", Told: gone[0].URI + "\n" + gone[2].URI}})
	add("client-edit-changed", ClientFormPage{Part: "name", ID: "demo-client", Name: "Demo client", Changed: true, Now: []PolicyRow{{Name: "Name", Result: "Demo client"}}, Form: ClientForm{ReasonForm: ReasonForm{Version: "v2"}, Kind: "web", Name: "Demonstration"}})
	return list
}

func sampleConsents() []ConsentRow {
	scopes := sampleApps()[0].Scopes
	return []ConsentRow{
		{ID: "C1", MemberID: "M1", Member: "ada@example.test", ClientID: "demo-client", Client: "Demo client", Scopes: scopes, Given: sampleNow.AddDate(0, 0, -20), LastUsed: sampleNow.Add(-3 * time.Hour), Remembered: true},
		{ID: "C2", MemberID: "M2", Member: "a.rather.long.address.of.somebody@department.example.test", ClientID: "old", Client: "Weekly planner for very busy people and their teams", Disabled: true, Scopes: scopes[:1], Given: sampleNow.AddDate(0, -2, 0)},
	}
}

func consentSamples() []Sample {
	rows, at := sampleConsents(), operatorOn(consentsPath)
	return []Sample{
		{Name: "consents", Page: at.in(Consents(ConsentsPage{Shape: sampleShape(ConsentList, consentsPath), Scopes: sampleScopes, Rows: rows, Older: consentsPath + "?older=c2FtcGxl", MayExport: true}))},
		{Name: "consents-rejected", Page: at.in(Consents(ConsentsPage{Member: "ada@example.test", From: "yesterday", Errors: Errors{"from": "Choose two days, the earlier one first"}}))},
		{Name: "consents-found", Page: at.in(Consents(ConsentsPage{Member: "a.rather.long.address.of.somebody@department.example.test", Client: "demo-client", Scopes: sampleScopes, Scope: "offline_access", From: "2026-11-01", Rows: rows[:1], Newer: consentsPath + "?newer=c2FtcGxl"}))},
		{Name: "consents-none-of-this", Page: at.in(Consents(ConsentsPage{Client: "nobody", Scopes: sampleScopes, Scope: "https://a-rather-long-name-of-a-scope.department.example.test/read"}))},
		{Name: "consents-none", Page: at.in(Consents(ConsentsPage{}))},
	}
}

// consentRecordSamples are the record of a consent in each state.
func consentRecordSamples() []Sample {
	rows, events := sampleConsents(), sampleAuditRows()[1:3]
	events[0].What, events[0].Code, events[0].Who, events[0].As, events[0].About = "Client allowed to use the account", "oauth.consent.grant", events[0].As, AuditParty{}, AuditParty{Label: "Themselves"}
	page := ConsentRecordPage{ConsentRow: rows[0], Ends: sampleNow.AddDate(1, 0, 0), SignIns: 2, AccessTokens: 1, MayRevoke: true, History: events}
	disabled := ConsentRecordPage{ConsentRow: rows[1], Ends: sampleNow.AddDate(1, 0, 0), MayRevoke: true}
	read, over, busy := page, ConsentRecordPage{ConsentRow: rows[0], Ends: sampleNow.AddDate(0, 0, -1)}, page
	read.MayRevoke, busy.SignIns, busy.AccessTokens = false, CountMost+1, CountMost+1
	at := operatorOn(consentPath("C1"))
	return []Sample{
		{Name: "consent-record", Page: at.in(ConsentRecord(page))},
		{Name: "consent-record-disabled", Page: operatorOn(consentPath("C2")).in(ConsentRecord(disabled))},
		{Name: "consent-record-to-read", Page: at.in(ConsentRecord(read))},
		{Name: "consent-record-busy", OtherWords: true, Page: at.in(ConsentRecord(busy))},
		{Name: "consent-record-ended", Page: at.in(ConsentRecord(over))},
	}
}

func keySamples() []Sample {
	rows := []KeyRow{
		{KID: "bZ0wXb3m5z3rS0Zt8mF4m1nX0sZ6xkq8U1bqv3K9d4Y", Alg: "RS256", State: "next", Signs: sampleNow.Add(10 * time.Minute), Steps: []string{"activate", "revoke"}},
		{KID: "hQp1YVb3m5z3rS0Zt8mF4m1nX0sZ6xkq8U1bqv3K9d4", Alg: "RS256", State: "active", Signs: sampleNow.AddDate(0, -3, 0), Due: sampleNow.AddDate(0, 0, -2), Until: sampleNow.Add(10 * time.Minute), Tokens: 1240, Steps: []string{"revoke"}},
		{KID: "k3rS0Zt8mF4m1nX0sZ6xkq8U1bqv3K9d4YhQp1YVb3m", Alg: "ES256", State: "retiring", Signs: sampleNow.AddDate(0, -6, 0), Signed: sampleNow.Add(-time.Hour), Verifies: sampleNow.Add(47 * time.Hour), Tokens: 3, Steps: []string{"retire", "revoke"}},
		{KID: "m1nX0sZ6xkq8U1bqv3K9d4YhQp1YVb3m5z3rS0Zt8mF", Alg: "ES256", State: "revoked", Signs: sampleNow.AddDate(-1, 0, 0), Signed: sampleNow.AddDate(0, -6, 0), Ended: sampleNow.AddDate(0, -6, 0)},
	}
	at := operatorOn(keysPath)
	published := "{\n  \"keys\": [\n    {\n      \"kty\": \"RSA\",\n      \"kid\": \"bZ0wXb3m5z3rS0Zt8mF4m1nX0sZ6xkq8U1bqv3K9d4Y\"\n    }\n  ]\n}"
	return []Sample{
		{Name: "keys", Page: at.in(Keys(KeysPage{Rows: rows, Published: published, MayAct: true, MayAnnounce: true}))},
		{Name: "keys-to-read", Page: at.in(Keys(KeysPage{Rows: []KeyRow{{KID: rows[1].KID, Alg: "RS256", State: "active", Signs: rows[1].Signs, Due: sampleNow.AddDate(0, 1, 0), Tokens: 10001}}, Published: published}))},
		{Name: "keys-none", Page: at.in(Keys(KeysPage{Published: "{\n  \"keys\": []\n}"}))},
	}
}

// oauthActSamples are the question of each act, and those of one in every state.
func oauthActSamples() (list []Sample) {
	ends := AccessEnds{{"sign-ins", 3}, {"access", 2}, {"waiting", 1}, {"consents", 12_500}}
	ask := func(act, path, up, label string) OAuthActPage {
		return OAuthActPage{Act: act, Action: path, Back: up, List: label, Up: up, Name: "Demo client", Note: "demo-client", Form: OAuthActForm{ReasonForm: ReasonForm{Version: "v1"}}}
	}
	add := func(name string, p OAuthActPage) {
		alike := p.Form.Errors == nil && p.Act != "disable" && p.Act != "rotate-secret"
		list = append(list, Sample{Name: name, OtherWords: alike, Page: operatorOn(p.Action).in(OAuthAct(p))})
	}
	for _, act := range []string{"verify", "unverify", "rotate-secret", "end-secret", "enable", "revoke-tokens", "disable", "delete"} {
		p := ask(act, clientPath("demo-client")+"/"+act, clientsPath, "Clients")
		p.Back = clientPath("demo-client")
		p.Overlap = act == "rotate-secret"
		switch act {
		case "disable":
			p.Ends, p.Type = ends, p.Name
		case "revoke-tokens":
			p.Ends, p.Type = append(ends[:2:2], ends[3]), p.Name
		case "delete":
			p.Ends, p.Type = AccessEnds{{"lost", 4}}, p.Name
		}
		add("client-"+act, p)
	}
	consent := ask("revoke-consent", consentsPath+"/C1/revoke", consentsPath, "Consents")
	consent.Back, consent.Name, consent.Note, consent.Ends = consentPath("C1"), "ada@example.test", "Demo client", ends[:2]
	add("consent-revoke", consent)
	for act, path := range map[string]string{"revoke-family": "/revoke", "revoke-app": "/revoke-all", "revoke-token": "/access/A1/revoke"} {
		p := ask(act, tokenPath("T1")+path, tokensPath, "Tokens")
		p.Back, p.Name, p.Note = tokenPath("T1"), "ada@example.test", "Demo client"
		if act != "revoke-token" {
			p.Ends = ends[:2]
		}
		add("token-"+act, p)
	}
	for act, path := range map[string]string{"announce-keys": "/announce", "rotate-keys": "/rotate", "activate-key": "/k/activate", "retire-key": "/k/retire", "revoke-key": "/k/revoke"} {
		p := ask(act, keysPath+path, keysPath, "Signing keys")
		p.Name, p.Note = "RS256", "hQp1YVb3m5z3rS0Zt8mF4m1nX0sZ6xkq8U1bqv3K9d4"
		if act == "retire-key" {
			p.Ends = AccessEnds{{"unchecked", 48}}
		}
		if act == "revoke-key" {
			p.Ends, p.Type = AccessEnds{{"signed", 40}}, p.Name
		}
		add(act, p)
	}
	rejected := ask("disable", clientPath("demo-client")+"/disable", clientsPath, "Clients")
	rejected.Ends, rejected.Type = ends, rejected.Name
	changed := rejected
	rejected.Form.Reason, rejected.Form.Typed = "Spam", "demo"
	rejected.Form.Errors = Errors{"reason": "Say why in at least 10 characters", "typed": "Type it as it stands above"}
	changed.Changed, changed.Form.Usual = true, "Signs of abuse or a leak"
	add("client-disable-rejected", rejected)
	add("client-disable-changed", changed)
	return list
}
