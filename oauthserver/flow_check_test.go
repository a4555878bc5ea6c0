package oauthserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"latchkey/models"
)

// send is a request of an app, with its secret when it has one.
func (f *flow) send(c *flowClient, path string, form url.Values) *reply {
	return f.sendIn(context.Background(), c, path, form)
}

func (f *flow) sendIn(ctx context.Context, c *flowClient, path string, form url.Values) *reply {
	header := http.Header{}
	if c.public {
		form.Set("client_id", c.id)
	} else {
		header.Set("Authorization", basic(c.id, "secret-of-"+c.id))
	}
	return callIn(ctx, f.world, path, form, header)
}

// tried is what a token request would get. It is taken back, so nothing is spent.
func (f *flow) tried(c *flowClient, form url.Values) (worked bool) {
	undo := errors.New("undo")
	err := f.db.InTx(context.Background(), func(tx *models.Tx) error {
		worked = f.sendIn(tx.Context(), c, "/oauth/token", form).StatusCode == http.StatusOK
		return undo
	})
	if !errors.Is(err, undo) {
		f.Fatal(err)
	}
	return worked
}

// told is what introspection says.
func (f *flow) told(caller *flowClient, text string) string {
	p := f.send(caller, "/oauth/introspect", url.Values{"token": {text}})
	if p.StatusCode != http.StatusOK {
		return fmt.Sprint(p.json(p.StatusCode)["error"])
	}
	if p.body == `{"active":false}` {
		return "dead"
	}
	if p.json(http.StatusOK)["active"] == true {
		return "alive"
	}
	return p.body
}

func (f *flow) mayKnow(family *flowFamily, text string, token *flowToken, caller *flowClient) string {
	alive := token != nil && f.m.accessLives(family, token) && (caller.id == family.client || caller == f.desk)
	if n := len(family.refresh); token == nil && n > 0 && text == family.refresh[n-1] {
		alive = f.m.refreshes(family) && caller.id == family.client
	}
	switch {
	case caller.disabled, caller.public:
		return "invalid_client"
	case alive:
		return "alive"
	}
	return "dead"
}

// used is what a token gets at UserInfo (0) or at the own API (1).
func (f *flow) used(text string, place int) string {
	if place == 0 {
		return fmt.Sprint(f.userinfo(text).StatusCode)
	}
	return fmt.Sprint(f.api(text, "notes:read").StatusCode)
}

func (f *flow) works(family *flowFamily, token *flowToken, place int) string {
	switch {
	case token == nil || !f.m.accessLives(family, token):
		return "401"
	case !has(token.scopes, []string{"openid", "notes:read"}[place]):
		return "403"
	}
	return "200"
}

// check compares everything anybody holds with the model, and the tables. What lives is shown in one place after each
// step. What died for good is shown everywhere once, and then at the end, when everything is.
func (f *flow) check(n int, all bool) {
	f.Helper()
	for i, family := range f.m.families {
		app := f.m.clients[family.client]
		for j, token := range family.access {
			if token.settled && !all {
				continue
			}
			over := family.ended || token.revoked || !f.m.now.Before(token.until)
			for place := range 3 {
				if all || over || (n+i+j)%3 == place {
					f.checkAccess(family, token, place)
				}
			}
			token.settled = over
		}
		if family.settled && !all || app.disabled {
			continue
		}
		for j, text := range family.refresh {
			if !app.public && (all || j >= len(family.refresh)-2) {
				f.same("refresh token, introspected", family, f.told(app, text), f.mayKnow(family, text, nil, app))
			}
		}
		if last := len(family.refresh) - 1; last >= 0 && (all || app.public) {
			f.same("refresh token", family, f.tried(app, refreshForm(family.refresh[last])), f.m.refreshes(family))
		}
		if !family.codeUsed {
			f.same("code", family, f.tried(app, codeForm(family.code)), f.m.codeLives(family))
		}
		family.settled = family.ended
	}
	f.compareTables()
	f.host.mu.Lock()
	defer f.host.mu.Unlock()
	if got, want := slices.Sorted(maps.Keys(f.host.sessions)), slices.Sorted(maps.Keys(f.m.sessions)); !slices.Equal(got, want) {
		f.Fatalf("sessions %v, want %v", got, want)
	}
}

func (f *flow) checkAccess(family *flowFamily, token *flowToken, place int) {
	f.Helper()
	if place < 2 {
		f.same("access token", family, f.used(token.text, place), f.works(family, token, place))
	} else {
		f.same("access token, introspected", family, f.told(f.desk, token.text), f.mayKnow(family, token.text, token, f.desk))
	}
}

func (f *flow) same(what string, family *flowFamily, got, want any) {
	f.Helper()
	if got != want {
		f.Fatalf("after %s: %s of family %s: %v, want %v", f.steps[len(f.steps)-1], what, family.id, got, want)
	}
}

// flowBroken names what may never stand in the tables, for each of the families of two apps where it does.
const flowBroken = `WITH g AS (SELECT * FROM oauth_grants WHERE client_id IN (?, ?)),
	c AS (SELECT oauth_codes.*, g.last_used_at AS redeemed, g.client_id AS app FROM g JOIN oauth_codes ON grant_id = g.id),
	t AS (SELECT oauth_access_tokens.*, g.last_used_at AS redeemed, g.client_id AS app FROM g JOIN oauth_access_tokens ON grant_id = g.id)
SELECT 'an ended family with a refresh token, or an answer kept for a retry' FROM g
	WHERE revoked_at IS NOT NULL AND (refresh_hash IS NOT NULL OR sealed_answer IS NOT NULL)
UNION ALL SELECT 'a family that lives at a disabled client' FROM g JOIN oauth_clients ON oauth_clients.id = client_id
	WHERE disabled_at IS NOT NULL AND revoked_at IS NULL
UNION ALL SELECT 'a family with its predecessor as its refresh token' FROM g WHERE refresh_hash = previous_hash
UNION ALL SELECT 'a refresh token of two families' FROM g WHERE refresh_hash IS NOT NULL GROUP BY refresh_hash HAVING count(*) > 1
UNION ALL SELECT 'a family of two codes' FROM c GROUP BY grant_id HAVING count(*) > 1
UNION ALL SELECT 'a code spent for nothing, or something for a code not spent' FROM c WHERE (used_at IS NULL) <> (redeemed IS NULL)
UNION ALL SELECT 'a token before its code was redeemed' FROM t WHERE redeemed IS NULL
UNION ALL SELECT 'a code of another client than its family' FROM c WHERE client_id <> app
UNION ALL SELECT 'a token of another client than its family' FROM t WHERE client_id <> app`

// flowHeld is one line for each family of two apps: what it has in the tables.
const flowHeld = `SELECT g.id || ' ended ' || (g.revoked_at IS NOT NULL) || ' begun ' || (g.last_used_at IS NOT NULL) || ' refresh ' ||
	coalesce(hex(g.refresh_hash), '') || ' code ' || coalesce((SELECT c.used_at IS NOT NULL FROM oauth_codes c WHERE c.grant_id = g.id), '-') ||
	' tokens ' || count(t.id) || ' of them alive ' || coalesce(sum(t.revoked_at IS NULL AND t.expires_at > ? AND g.revoked_at IS NULL), 0)
	FROM oauth_grants g LEFT JOIN oauth_access_tokens t ON t.grant_id = g.id WHERE g.client_id IN (?, ?) GROUP BY g.id ORDER BY g.id`

// compareTables: no invariant is broken, and the tables hold each family with its refresh token, its code and its access
// tokens just as the model does, and no other.
func (f *flow) compareTables() {
	f.Helper()
	if broken := f.lines(f.broken, f.apps[0].id, f.apps[1].id); broken != nil {
		f.Fatalf("after %s: %q", f.steps[len(f.steps)-1], broken)
	}
	var want []string
	for _, family := range f.m.families {
		if !family.gone {
			want = append(want, f.m.line(family))
		}
	}
	slices.Sort(want)
	if got := f.lines(f.held, f.m.now, f.apps[0].id, f.apps[1].id); !slices.Equal(got, want) {
		f.Fatalf("after %s: the tables hold\n%s\nwant\n%s", f.steps[len(f.steps)-1], strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func (f *flow) lines(statement *sql.Stmt, args ...any) (list []string) {
	rows, err := statement.Query(args...)
	f.must(err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var line string
		f.must(rows.Scan(&line))
		list = append(list, line)
	}
	f.must(rows.Err())
	return list
}

// line is a family as compareTables reads it.
func (m *flowModel) line(f *flowFamily) string {
	digit := map[bool]string{true: "1", false: "0"}
	refresh, code, tokens, alive := "", digit[f.codeUsed], 0, 0
	if last := len(f.refresh) - 1; last >= 0 && !f.ended {
		refresh = fmt.Sprintf("%X", models.Digest(f.refresh[last]))
	}
	if f.codeGone {
		code = "-"
	}
	for _, t := range f.access {
		if !t.gone {
			tokens++
		}
		if !t.gone && !t.revoked && !f.ended && m.now.Before(t.until) {
			alive++
		}
	}
	return fmt.Sprintf("%s ended %s begun %s refresh %s code %s tokens %d of them alive %d", f.id, digit[f.ended], digit[f.codeUsed], refresh, code, tokens, alive)
}
