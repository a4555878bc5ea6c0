package views

import "time"

// oauthSamples are the pages of the OAuth server.
func oauthSamples() []Sample {
	scopes := []ScopeRow{
		{Name: "openid", Sentence: "Know that it is you, by an identifier", Required: true},
		{Name: "profile", Sentence: "See your name", Checked: true},
		{Name: "email", Sentence: "See your email address", Checked: true},
		{Name: "notes:read", Sentence: "Read your notes", Checked: true},
		{Name: "offline_access", Sentence: "Keep this access while you are away, for up to 90 days", Checked: true},
	}
	more := []ScopeRow{scopes[0], scopes[1], {Name: "notes:write", Sentence: "Write notes in your name", New: true, Checked: true}}
	unverified := ClientStrip{Name: "Weekly planner for very busy people and their teams", Host: "planner.a-rather-long-company-name.example"}
	consent := guest(sampleFlow)
	return []Sample{
		{Name: "apps", Page: member("/account/apps").in(Apps(AppsPage{Rows: sampleApps()}))},
		{Name: "apps-none", Page: member("/account/apps").in(Apps(AppsPage{}))},
		{Name: "revoke-app", Page: member("/account/apps/demo-client/revoke").in(RevokeApp(RevokeAppPage{ID: "demo-client", Name: "Demo client"}))},
		{Name: "consent", Page: consent.in(Consent(ConsentPage{ID: "q7sample", Client: sampleClient, SignedInAs: "ada@example.test", SwitchURL: sampleFlow + "/switch", Scopes: scopes, Remember: true, PolicyURL: "https://client.example/privacy", TermsURL: "https://client.example/terms"}))},
		{Name: "consent-more", Page: consent.in(Consent(ConsentPage{ID: "q7sample", Client: unverified, SignedInAs: "a.rather.long.address.of.somebody@department.example.test", Scopes: more, AlwaysAsks: true}))},
		{Name: "sign-out", Page: member("/oauth/logout").in(SignOut(SignOutPage{Account: "ada@example.test", Action: "/oauth/logout", Hidden: [][2]string{{"client_id", "demo-client"}, {"state", "x1"}}}))},
		{Name: "signed-out", Page: guest("/oauth/logout").in(SignedOut())},
		{Name: "oauth-error", Page: guest("/oauth/authorize").in(OAuthError(OAuthErrorPage{Sentence: "The app that sent you here is not set up correctly.", Advice: "Go back to the app and tell its makers what is written below.", Code: "invalid_request", Description: "redirect_uri is not registered for this client", Reference: "01JD9W7Q3M8E"}))},
		{Name: "oauth-error-sign-out", Page: member("/oauth/logout").in(OAuthError(OAuthErrorPage{Sentence: "An app asked to end your session, but its request was malformed.", Advice: "Nothing was ended. You can still sign out here.", Code: "invalid_request", Description: "id_token_hint is not one of ours", Reference: "01JD9W7Q3M8F", SignOutButton: true}))},
		{Name: "oauth-error-leave", Page: guest("/oauth/authorize").in(OAuthError(OAuthErrorPage{Sentence: "The app asked for something we do not offer.", Advice: "Nobody has checked who runs this app. Go on only if you know it.", Code: "invalid_scope", Description: "scope is not allowed for this client", Reference: "01JD9W7Q3M8G", Continue: "https://planner.example/callback?error=invalid_scope", ContinueHost: "planner.example"}))},
	}
}

func sampleApps() []AppRow {
	return []AppRow{
		{
			ID: "demo-client", Name: "Demo client", Host: "localhost:3001", Verified: true,
			Scopes: []ScopeRow{{Name: "openid", Sentence: "Know that it is you, by an identifier"}, {Name: "profile", Sentence: "See your name"}, {Name: "notes:read", Sentence: "Read your notes"}},
			Since:  sampleNow.AddDate(0, 0, -20), LastUsed: sampleNow.Add(-3 * time.Hour),
			Families: []FamilyRow{
				{ID: "F1", Label: "Firefox on Linux", LastUsed: sampleNow.Add(-3 * time.Hour), Expires: sampleNow.AddDate(0, 0, 70)},
				{ID: "F2", Label: "Safari on iOS", LastUsed: sampleNow.AddDate(0, 0, -2), Expires: sampleNow.AddDate(0, 0, 80)},
			},
		},
		{
			ID: "planner", Name: "Weekly planner for very busy people and their teams", Host: "planner.a-rather-long-company-name.example",
			Scopes: []ScopeRow{{Name: "notes:write", Sentence: "Write notes in your name"}},
			Since:  sampleNow.AddDate(0, -2, 0),
		},
	}
}
