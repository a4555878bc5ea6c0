package views

import "time"

func sampleTokenFamilies() []TokenFamily {
	scopes := sampleApps()[0].Scopes
	demo := TokenFamily{ID: "T1XNFCCWJZH2FCIT3VYZ2WXZKP", MemberID: "M1", Member: "ada@example.test", ClientID: "demo-client", Client: "Demo client", Kind: "refresh", State: "active", Scopes: scopes, Issued: sampleNow.AddDate(0, 0, -20), LastUsed: sampleNow.Add(-3 * time.Hour), Ends: sampleNow.AddDate(0, 1, 0)}
	own, used, reused, revoked := demo, demo, demo, demo
	own.Member, own.MemberID, own.Client, own.Kind, own.Ends, own.Scopes = "", "", "Night job", "own", time.Time{}, scopes[:1]
	used.Member, used.Client = "a.rather.long.address.of.somebody@department.example.test", "Weekly planner for very busy people and their teams"
	used.Kind, used.State, used.LastUsed, used.Ends = "access", "used up", time.Time{}, sampleNow.AddDate(0, 0, -19)
	reused.State, revoked.State = "reused", "revoked"
	return []TokenFamily{demo, own, used, reused, revoked}
}

// adminTokenSamples are the pages about what clients were given.
func adminTokenSamples() []Sample {
	rows, at, scopes := sampleTokenFamilies(), operatorOn(tokensPath), sampleApps()[0].Scopes
	token := func(id, state string) TokenRow {
		return TokenRow{ID: id, State: state, Scopes: scopes, Issued: sampleNow.Add(-time.Hour), Ends: sampleNow.Add(time.Minute), MayRevoke: state == "active"}
	}
	page := TokenPage{
		TokenFamily: rows[0], Acts: []string{"revoke-family", "revoke-app"}, Older: tokenPath("T1") + "?older=c2FtcGxl",
		Refreshes: []RefreshRow{{At: sampleNow.AddDate(0, 0, -3), Address: "203.0.113.9"}, {At: sampleNow.Add(-3 * time.Hour), Address: "2001:db8:1234:5678:9abc:def0:1234:5678"}},
		Tokens:    []TokenRow{token("K3RS0ZT2MF4M6NX5SZ6XKQ2U6B", "active"), token("QP7YVB3M5Z3RS2ZT4MF4M7NX2S", "expired")},
	}
	stolen, own, bare := page, TokenPage{TokenFamily: rows[1]}, TokenPage{TokenFamily: rows[2]}
	stolen.TokenFamily, stolen.Acts, stolen.Older, stolen.Ended, stolen.EndedFor = rows[3], nil, "", sampleNow.Add(-time.Hour), "refresh_reuse"
	stolen.Tokens = []TokenRow{token("K3RS0ZT2MF4M6NX5SZ6XKQ2U6B", "revoked")}
	stolen.History = sampleAuditRows()[:2]
	stolen.Refreshes = nil
	for i := range keptRefreshes {
		stolen.Refreshes = append(stolen.Refreshes, RefreshRow{At: sampleNow.AddDate(0, 0, i-keptRefreshes), Address: "203.0.113.9"})
	}
	ended := page
	ended.TokenFamily, ended.Acts, ended.Refreshes, ended.Tokens, ended.Ended, ended.EndedFor = rows[4], nil, nil, nil, sampleNow, "client_disabled"
	path, find := operatorOn(tokenPath(rows[0].ID)), operatorOn(findTokenPath)
	found := path
	found.Flash = FlashFoundOldRefresh
	return []Sample{
		{Name: "tokens", Page: at.in(Tokens(TokensPage{Shape: sampleShape(TokenList, tokensPath), Rows: rows, Older: tokensPath + "?older=c2FtcGxl"}))},
		{Name: "tokens-filtered", Page: at.in(Tokens(TokensPage{Member: "ada@example.test", Client: "demo-client", State: "active", Rows: rows[:1]}))},
		{Name: "tokens-none-of-this", Page: at.in(Tokens(TokensPage{State: "reused"}))},
		{Name: "tokens-none", Page: at.in(Tokens(TokensPage{}))},
		{Name: "token", Page: found.in(Token(page))},
		{Name: "token-reused", Page: path.in(Token(stolen))},
		{Name: "token-revoked", Page: path.in(Token(ended))},
		{Name: "token-own", Page: path.in(Token(own))},
		{Name: "token-used-up", Page: path.in(Token(bare))},
		{Name: "member-apps", Page: operatorOn(memberPath("M1") + "/apps").in(MemberApps(MemberAppsPage{MemberHead: sampleHead(), Consents: sampleConsents()[:1], Tokens: rows[3:], MoreTokens: true}))},
		{Name: "member-apps-none", Page: operatorOn(memberPath("M1") + "/apps").in(MemberApps(MemberAppsPage{MemberHead: sampleHead()}))},
		{Name: "token-find", Page: find.in(FindToken(FindTokenForm{}))},
		{Name: "token-find-unknown", Page: find.in(FindToken(FindTokenForm{Errors: Errors{"token": "No token here matches. It may have ended and been deleted"}}))},
	}
}
