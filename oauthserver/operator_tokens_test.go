package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// pages walks a list of families from page to page, and back by one at each.
func (w *world) familyPages(by Operator, f FamilyFilter) (all []FamilyRecord) {
	w.Helper()
	older := ""
	for {
		page, err := w.s.Families(context.Background(), by, f, models.Place{Older: older, Limit: 2})
		w.must(err)
		all = append(all, page.Families...)
		if page.Newer != "" {
			back, err := w.s.Families(context.Background(), by, f, models.Place{Newer: page.Newer, Limit: 2})
			if w.must(err); len(back.Families) != 2 || back.Older == "" {
				w.Errorf("%+v: back to %+v", f, back)
			}
		}
		if older = page.Older; older == "" {
			return all
		}
	}
}

// TestFamiliesList (D-34): every filter, both ways through the pages, with what became of each family and whose it is.
func TestFamiliesList(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		by := w.operatorWith(RightRead)
		next := func() { w.clock.Add(time.Minute) }
		w.signInAt("ada", "app", "openid notes:read")
		next()
		used := w.signInAt("bob", "app", allScopes)
		next()
		stolen := w.signInAt("cleo", "app", allScopes)
		next()
		w.refreshed("app", stolen.refresh).json(200)
		w.clock.Add(time.Hour)
		w.refreshed("app", stolen.refresh).fails(400, "invalid_grant")
		w.as("app", "/oauth/revoke", url.Values{"token": {used.refresh}}).want(200)
		w.signInAt("dan", "spa", allScopes)
		next()
		w.ownFamily("robot")
		next()
		w.signInAt("eve", "app", "openid notes:read")
		next()
		w.signInAt("ada", "spa", "openid notes:read")
		for name, c := range map[string]struct {
			f    FamilyFilter
			want string
		}{
			"all":            {FamilyFilter{}, "ada/spa=active eve/app=active /robot=active dan/spa=active cleo/app=reused bob/app=revoked ada/app=used up"},
			"member":         {FamilyFilter{Subject: "ada"}, "ada/spa=active ada/app=used up"},
			"client":         {FamilyFilter{ClientID: "app"}, "eve/app=active cleo/app=reused bob/app=revoked ada/app=used up"},
			"both":           {FamilyFilter{Subject: "ada", ClientID: "app"}, "ada/app=used up"},
			"active":         {FamilyFilter{State: models.GrantsActive}, "/robot=active dan/spa=active ada/spa=active eve/app=active"},
			"over":           {FamilyFilter{State: models.GrantsOver}, "ada/app=used up"},
			"revoked":        {FamilyFilter{State: models.GrantsRevoked}, "bob/app=revoked"},
			"reused":         {FamilyFilter{State: models.GrantsReused}, "cleo/app=reused"},
			"of a client":    {FamilyFilter{ClientID: "app", State: models.GrantsActive}, "eve/app=active"},
			"over, client":   {FamilyFilter{ClientID: "app", State: models.GrantsOver}, "ada/app=used up"},
			"its reused":     {FamilyFilter{ClientID: "app", State: models.GrantsReused}, "cleo/app=reused"},
			"its revoked":    {FamilyFilter{ClientID: "app", State: models.GrantsRevoked}, "bob/app=revoked"},
			"of a member":    {FamilyFilter{Subject: "ada", State: models.GrantsActive}, "ada/spa=active"},
			"of nobody":      {FamilyFilter{Subject: "frank"}, ""},
			"spa, none over": {FamilyFilter{ClientID: "spa", State: models.GrantsOver}, ""},
		} {
			var got []string
			for _, family := range w.familyPages(by, c.f) {
				got = append(got, fmt.Sprintf("%s/%s=%s", family.Subject, family.ClientID, family.State))
				if len(family.Scopes) == 0 || family.Client == "" || family.Ends.IsZero() != (family.Kind == FamilyOwn) {
					t.Errorf("%s: %+v", name, family)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: %v, not %s", name, got, c.want)
			}
		}
		w.clock.Add(lifeRefreshIdle.usual)
		if list := w.familyPages(by, FamilyFilter{Subject: "dan"}); len(list) != 1 || list[0].State != FamilyExpired || list[0].Kind != FamilyRefreshes {
			t.Errorf("a month later: %+v", list)
		}
	})
}

// TestFamilyRecord (D-34): a record tells the generations in order with their addresses, what ended them, and the access tokens
// with their states.
func TestFamilyRecord(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.anAdministrator()
		got := w.signInAt("ada", "app", allScopes)
		id := w.onlyGrant().ID
		old := got.refresh
		for range 2 {
			w.clock.Add(time.Minute)
			got = tokensOf(w.refreshed("app", got.refresh).json(200))
		}
		page, err := w.s.FamilyTokens(ctx, by, id, models.Place{Limit: 2})
		w.must(err)
		if len(page.Tokens) != 2 || page.Older == "" || page.Newer != "" {
			t.Fatalf("%+v", page)
		}
		preview, err := w.s.OpenToken(ctx, by, id, page.Tokens[0].ID)
		w.must(err)
		by.Seen = preview.Version
		w.must(w.s.EndToken(ctx, by, id, page.Tokens[0].ID))
		if w.alive("app", got.access) {
			t.Error("the revoked token lives")
		}
		w.clock.Add(time.Minute)
		w.refreshed("app", old).fails(400, "invalid_grant")
		detail, err := w.s.OpenFamily(ctx, by, id)
		w.must(err)
		if len(detail.Refreshes) != 2 || detail.Refreshes[0].Address == "" || !detail.Refreshes[0].At.Before(detail.Refreshes[1].At) {
			t.Errorf("generations %+v", detail.Refreshes)
		}
		if detail.State != FamilyReused || detail.EndedFor != models.RevokedRefreshReuse || !detail.Ended.Equal(w.s.now()) || detail.Living != 0 {
			t.Errorf("%+v", detail)
		}
		list, err := w.s.FamilyTokens(ctx, by, id, models.Place{Limit: 25})
		w.must(err)
		for i, token := range list.Tokens {
			if token.State != FamilyRevoked || token.Revoked.IsZero() != (i > 0) || len(token.Scopes) == 0 {
				t.Errorf("token %d: %+v", i, token)
			}
		}
		if _, err := w.s.OpenToken(ctx, by, w.ownFamily("robot"), page.Tokens[0].ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("a token under another family: %v", err)
		}
	})
}

// TestRevokedFamilies (D-34): each act ends what it counted and nothing else, leaves the consents, and is a row with its target.
func TestRevokedFamilies(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.anAdministrator()
		consent := w.aConsent("ada", "app")
		w.client("cousin", func(c *models.OAuthClient) { c.Consent = "skip" })
		first, cousin, bob := w.signInAt("ada", "app", allScopes), w.signInAt("ada", "cousin", allScopes), w.signInAt("bob", "app", allScopes)
		w.clock.Add(time.Second)
		family := w.aFamily("ada", "app")
		detail, err := w.s.OpenFamily(ctx, by, family)
		w.must(err)
		by.Seen = detail.Version
		w.must(w.s.EndFamily(ctx, by, family))
		if detail.Living != 1 || !w.alive("app", first.access) {
			t.Errorf("one family: %d counted, or its twin ended", detail.Living)
		}
		if err := w.s.EndFamily(ctx, by, family); !errors.Is(err, ErrChanged) {
			t.Errorf("again: %v", err)
		}
		preview, err := w.s.OpenApp(ctx, by, family)
		w.must(err)
		if by.Seen = preview.Version; preview.Reach.SignIns != 1 || preview.Reach.AccessTokens != 1 {
			t.Errorf("what is left: %+v", preview.Reach)
		}
		w.clock.Add(time.Second)
		w.must(w.s.EndApp(ctx, by, family))
		w.clock.Add(time.Second)
		if w.alive("app", first.access) || !w.alive("cousin", cousin.access) || !w.alive("app", bob.access) {
			t.Error("all of a member at a client: too little or too much ended")
		}
		w.refreshed("app", first.refresh).fails(400, "invalid_grant")
		_, stop := w.seen(by, "app")
		w.must(w.s.EndTokensOfClient(ctx, stop, "app"))
		if w.alive("app", bob.access) || !w.alive("cousin", cousin.access) {
			t.Error("all of a client: too little or too much ended")
		}
		w.signInAt("bob", "app", allScopes)
		if _, err := w.db.OAuthConsentByID(ctx, consent); err != nil {
			t.Errorf("the consent: %v", err)
		}
		rows := w.events(eventFamilyRevoke)
		for i, want := range []string{"client app  1", "client app ada 1", "family " + family + " ada 1"} {
			if row := rows[i]; fmt.Sprintln(row.TargetKind, row.TargetID, row.SubjectID, row.Meta["grants_ended"]) != want+"\n" || row.Changes["state"].New != "revoked" {
				t.Errorf("row %d: %+v, want %s", i, rows[i], want)
			}
		}
	})
}

// TestFamilyOfWhomItMayNotTouch (D-01): support revokes what a member gave, but not their own, nor an operator's, nor what a
// client has for itself.
func TestFamilyOfWhomItMayNotTouch(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.operatorWith(RightRead, RightRevokeAccess)
		for who, family := range map[string]string{"themselves": w.aFamily(by.ID, "app"), "an operator": w.aFamily("boss", "app"), "a client": w.ownFamily("robot")} {
			detail, err := w.s.OpenFamily(ctx, by, family)
			w.must(err)
			by.Seen = detail.Version
			w.clock.Add(time.Second)
			if err := w.s.EndFamily(ctx, by, family); !errors.Is(err, ErrRefused) {
				t.Errorf("%s: %v", who, err)
			}
			if row := w.events(eventFamilyRevoke)[0]; row.Outcome != models.OutcomeRefused || row.TargetID != family || len(row.Changes) != 0 {
				t.Errorf("%s: %+v", who, row)
			}
		}
		family := w.aFamily("ada", "app")
		detail, err := w.s.OpenFamily(ctx, by, family)
		w.must(err)
		by.Seen = detail.Version
		w.must(w.s.EndFamily(ctx, by, family))
	})
}

// TestFindToken (D-34): every token of this server leads to its family, also one that was replaced or is over; nothing else does.
// The log keeps that it was asked, and nothing keeps what was pasted.
func TestFindToken(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.operatorWith(RightRead)
		code, _ := w.codeFor("ada", "app", allScopes)
		first := tokensOf(w.as("app", "/oauth/token", codeForm(code)).json(200))
		second := tokensOf(w.refreshed("app", first.refresh).json(200))
		third := tokensOf(w.refreshed("app", second.refresh).json(200))
		family := w.onlyGrant().ID
		pasted := map[string]string{code: TokenCode, first.refresh: TokenOldRefresh, second.refresh: TokenOldRefresh, third.refresh: TokenRefresh, first.access: TokenAccess, "  Bearer " + third.access + "\n": TokenAccess}
		for token, kind := range pasted {
			found, err := w.s.FindToken(ctx, by, token)
			if err != nil || found.FamilyID != family || found.Kind != kind {
				t.Errorf("a %s: %+v, %v", kind, found, err)
			}
		}
		w.must(w.s.RevokeApp(ctx, "ada", "app"))
		for _, token := range []string{first.access, third.refresh} {
			if found, err := w.s.FindToken(ctx, by, token); err != nil || found.FamilyID != family {
				t.Errorf("of an ended family: %+v, %v", found, err)
			}
		}
		unknown := []string{"x", accessPrefix + models.NewToken(), refreshPrefix + strings.TrimPrefix(third.refresh, refreshPrefix)[:40], third.access + "A", third.id, strings.Repeat("lk_at_", 2000)}
		for _, token := range unknown {
			var mistakes Invalid
			if found, err := w.s.FindToken(ctx, by, token); !errors.As(err, &mistakes) || mistakes["token"] == "" || found.FamilyID != "" {
				t.Errorf("%.20q: %+v, %v", token, found, err)
			}
		}
		rows := w.events(eventTokenFind)
		if len(rows) != len(pasted)+2+len(unknown) {
			t.Errorf("%d rows", len(rows))
		}
		everything := w.everyValue()
		for token := range pasted {
			if strings.Contains(everything, strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(token), "Bearer "))) {
				t.Error("a pasted token is kept")
			}
		}
		w.s.limits.scale = 1
		for range limitTokenFind.most {
			_, _ = w.s.FindToken(ctx, by, "x")
		}
		if _, err := w.s.FindToken(ctx, by, first.access); !errors.As(err, new(TooOften)) {
			t.Errorf("beyond the limit: %v", err)
		}
	})
}
