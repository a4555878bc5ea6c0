package oauthserver

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestRefreshOrder: of two faults the earlier answers, and no fault ends the family.
func TestRefreshOrder(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		w.client("thief", func(c *models.OAuthClient) { c.Consent = "skip" })
		got := w.signInAt("ada", "app", allScopes)

		bad := []string{"scope", "notes:write", "resource", "https://other.example.test/"}
		w.call("/oauth/token", refreshForm(got.refresh, bad...), nil).fails(401, "invalid_client")
		w.refreshed("thief", got.refresh, bad...).fails(400, "invalid_grant")
		w.refreshed("spa", got.refresh, bad...).fails(400, "invalid_grant")
		w.refreshed("app", "lk_rt_noise", bad...).fails(400, "invalid_grant")
		w.host.change("ada", func(a *Account) { a.Active = false })
		w.refreshed("app", got.refresh, bad...).fails(400, "invalid_grant")
		w.host.change("ada", func(a *Account) { a.Active = true })
		w.refreshed("app", got.refresh, bad...).fails(400, "invalid_scope")
		w.refreshed("app", got.refresh, "resource", "https://other.example.test/").fails(400, "invalid_target")
		w.refreshed("app", "").fails(400, "invalid_request")

		if w.onlyGrant().RevokedAt != nil {
			t.Fatal("a mistake ended the family")
		}
		w.refreshed("app", got.refresh, "resource", testIssuer+"/api").json(200)
	})
}

func TestRefreshRotates(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "app", allScopes)
		seen := map[string]bool{got.refresh: true, got.access: true}
		for i := range 5 {
			w.clock.Add(time.Hour)
			answer := w.refreshed("app", got.refresh).json(200)
			next := tokensOf(answer)
			if seen[next.refresh] || seen[next.access] || answer["scope"] != allScopes || answer["expires_in"] != 3600.0 {
				t.Fatalf("refresh %d: %v", i, answer)
			}
			seen[next.refresh], seen[next.access] = true, true
			got = next
		}
		if w.rows("oauth_grants") != 1 || len(w.onlyGrant().Refreshes) != 5 || w.onlyGrant().Refreshes[0].Address != "192.0.2.9" {
			t.Errorf("refreshes %+v", w.onlyGrant().Refreshes)
		}
		if !w.alive("app", got.access) {
			t.Error("the newest access token is dead")
		}
	})
}

// TestRefreshAbsoluteLife: idle life starts anew with every use, absolute life does not.
func TestRefreshAbsoluteLife(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		idle := w.signInAt("ada", "app", allScopes)
		w.clock.Add(30 * day)
		w.refreshed("app", idle.refresh).fails(400, "invalid_grant")

		got := w.signInAt("ada", "app", allScopes)
		for range 6 {
			w.clock.Add(29 * day)
			got = tokensOf(w.refreshed("app", got.refresh).json(200))
		}
		w.clock.Add(6*day - time.Second)
		got = tokensOf(w.refreshed("app", got.refresh).json(200)) // 180 days less a second
		w.clock.Add(time.Second)
		w.refreshed("app", got.refresh).fails(400, "invalid_grant")
	})
}

func TestRefreshNarrows(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "app", allScopes)
		narrow := w.refreshed("app", got.refresh, "scope", "notes:read").json(200)
		if narrow["scope"] != "notes:read" || narrow["id_token"] != nil {
			t.Errorf("narrowed to %v", narrow)
		}
		w.userinfo(tokensOf(narrow).access).fails(403, "insufficient_scope")
		if w.api(tokensOf(narrow).access, "notes:read").StatusCode != 200 {
			t.Error("what is left does not work")
		}
		w.refreshed("app", tokensOf(narrow).refresh, "scope", "openid notes:write").fails(400, "invalid_scope")
		if whole := w.refreshed("app", tokensOf(narrow).refresh).json(200); whole["scope"] != allScopes {
			t.Errorf("the family lost scopes: %v", whole["scope"])
		}
	})
}

// TestRefreshRace: many at once rotate once, and nobody gets a different successor.
func TestRefreshRace(t *testing.T) {
	eachReadyRace(t, func(t *testing.T, w *world) {
		for _, client := range []string{"app", "spa"} {
			got := w.signInAt("ada", client, allScopes)
			answers := make([]*reply, 50)
			won, lost := modelstest.Race(len(answers), func(i int) error {
				answers[i] = w.refreshed(client, got.refresh)
				if answers[i].StatusCode != 200 {
					return fmt.Errorf("%d %s", answers[i].StatusCode, answers[i].body)
				}
				return nil
			})
			want := map[string]int{"app": 1 + maxRetries, "spa": 1}[client]
			if won != want {
				t.Errorf("%s: %d answers, want %d; %v", client, won, want, lost[:1])
			}
			successors := map[string]bool{}
			for _, answer := range answers {
				if answer.StatusCode == 200 {
					next := tokensOf(answer.json(200))
					successors[next.refresh+next.access] = true
				} else {
					answer.fails(400, "invalid_grant")
				}
			}
			if len(successors) != 1 {
				t.Errorf("%s: %d successors", client, len(successors))
			}
		}
	})
}

// TestRefreshRetryGivesSameSuccessor: a lost answer comes again, three times within a minute, until its
// successor is used. The database alone cannot open it.
func TestRefreshRetryGivesSameSuccessor(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "app", allScopes)
		first := tokensOf(w.refreshed("app", got.refresh).json(200))
		if sealed := w.onlyGrant().SealedAnswer; len(sealed) < 100 || bytes.Contains(sealed, []byte("lk_")) {
			t.Fatalf("the answer is kept as %q", sealed)
		}
		for i := range maxRetries {
			w.clock.Add(19 * time.Second)
			again := w.refreshed("app", got.refresh).json(200)
			if same := tokensOf(again); same.refresh != first.refresh || same.access != first.access || same.id == "" {
				t.Fatalf("retry %d got another successor", i+1)
			}
			if left := 3600 - 19*float64(i+1); again["expires_in"] != left {
				t.Errorf("expires_in %v, want %v", again["expires_in"], left)
			}
		}
		w.refreshed("app", got.refresh).fails(400, "invalid_grant") // one too many, inside the window
		if w.onlyGrant().RevokedAt != nil || len(w.events(eventRefreshRetry)) != maxRetries || len(w.events(eventRefreshRetryLimit)) != 1 {
			t.Error("a try too many: the family ended, or no mark")
		}
		if !w.alive("app", first.access) {
			t.Error("the successor's access token is dead")
		}
		w.refreshed("app", first.refresh).json(200)
		w.refreshed("app", got.refresh).fails(400, "invalid_grant") // its successor was used
		if w.onlyGrant().RevokedReason != "refresh_reuse" {
			t.Error("reuse went unnoticed")
		}
	})
}

func TestRefreshNoRetryForPublic(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "spa", allScopes)
		w.refreshed("spa", got.refresh).json(200)
		if w.onlyGrant().SealedAnswer != nil {
			t.Error("an answer is kept")
		}
		w.refreshed("spa", got.refresh).fails(400, "invalid_grant")
		if w.onlyGrant().RevokedReason != "refresh_reuse" {
			t.Error("the family lives")
		}
	})
}

// TestRefreshReuseKillsFamily: a genuine older token ends the family, noise does not.
func TestRefreshReuseKillsFamily(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "app", allScopes)
		second := tokensOf(w.refreshed("app", got.refresh).json(200))
		third := tokensOf(w.refreshed("app", second.refresh).json(200))
		w.client("thief", func(c *models.OAuthClient) { c.Consent = "skip" })
		for _, noise := range []string{"lk_rt_", "x", got.refresh + "A", got.refresh[:len(got.refresh)-1], strings.ToUpper(got.refresh), "lk_rt_" + strings.Repeat("A", 99)} {
			w.refreshed("app", noise).fails(400, "invalid_grant")
		}
		w.refreshed("thief", got.refresh).fails(400, "invalid_grant")
		if !w.alive("app", third.access) {
			t.Fatal("noise or a stranger ended the family")
		}
		w.refreshed("app", got.refresh).fails(400, "invalid_grant")
		for _, access := range []string{got.access, second.access, third.access} {
			if w.alive("app", access) {
				t.Error("an access token lives")
			}
		}
		w.refreshed("app", third.refresh).fails(400, "invalid_grant")
		if len(w.events(eventRefreshReuse)) != 1 {
			t.Error("no mark of it")
		}
	})
	t.Run("after the window", func(t *testing.T) {
		w := aReady(t)
		got := w.signInAt("ada", "app", allScopes)
		w.refreshed("app", got.refresh).json(200)
		w.clock.Add(time.Minute)
		w.refreshed("app", got.refresh).fails(400, "invalid_grant")
		if w.onlyGrant().RevokedReason != "refresh_reuse" {
			t.Error("the family lives")
		}
	})
	t.Run("under a replaced SECRET_KEY", func(t *testing.T) {
		w := aReady(t)
		got := w.signInAt("ada", "app", allScopes)
		next := tokensOf(w.refreshed("app", got.refresh).json(200))
		w.refreshed("app", next.refresh).json(200)
		ring, err := models.NewKeyRing([][]byte{bytes.Repeat([]byte{9}, 32), bytes.Repeat([]byte{7}, 32)})
		if err != nil {
			t.Fatal(err)
		}
		w.restart(func(c *Config) { c.Secrets = ring })
		w.refreshed("app", got.refresh).fails(400, "invalid_grant")
		if w.onlyGrant().RevokedReason != "refresh_reuse" {
			t.Error("an older key's token is taken for noise")
		}
	})
}

// TestRefreshedIDToken: the same facts, without nonce.
func TestRefreshedIDToken(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		got := w.signInAt("ada", "app", allScopes, "nonce", "n-1")
		_, first := w.claimsOfJWT(got.id)
		w.clock.Add(time.Hour)
		next := tokensOf(w.refreshed("app", got.refresh).json(200))
		_, second := w.claimsOfJWT(next.id)
		for _, name := range []string{"iss", "sub", "aud", "auth_time", "acr", "amr", "sid"} {
			if fmt.Sprint(first[name]) != fmt.Sprint(second[name]) || first[name] == nil {
				t.Errorf("%s: %v, then %v", name, first[name], second[name])
			}
		}
		if first["nonce"] != "n-1" || second["nonce"] != nil || second["iat"] != first["iat"].(float64)+3600 || second["at_hash"] != halfHash(next.access) {
			t.Errorf("refreshed %v", second)
		}
	})
}

// TestSessionBoundRefresh: without offline_access a family ends with the session, also when that only
// expired; with it, it survives.
func TestSessionBoundRefresh(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		for name, end := range map[string]func(session string){
			"expired":    func(session string) { w.host.drop(session) },
			"signed out": func(session string) { w.host.drop(session); _ = w.s.SessionEnded(ctx, session) },
		} {
			bound, free := w.signInAt("ada", "app", "notes:read profile"), w.signInAt("ada", "app", "offline_access notes:read")
			end(bound.session)
			end(free.session)
			w.refreshed("app", bound.refresh).fails(400, "invalid_grant")
			if w.api(bound.access, "notes:read").StatusCode != 401 {
				t.Errorf("%s: a bound access token lives", name)
			}
			w.refreshed("app", free.refresh).json(200)
			if apps, err := w.s.Apps(ctx, "ada"); err != nil || len(apps) != 1 {
				t.Errorf("%s: apps %v %v", name, apps, err)
			}
		}
		moved := w.signInAt("ada", "app", "notes:read")
		fresh := w.host.signIn("ada")
		if err := w.s.SessionReplaced(ctx, moved.session, fresh); err != nil {
			t.Fatal(err)
		}
		w.host.drop(moved.session)
		w.refreshed("app", moved.refresh).json(200)
	})
}
