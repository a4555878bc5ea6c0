package oauthserver

import (
	"context"
	"net/url"
	"slices"
	"testing"
	"time"

	"latchkey/models"
)

// anAdministrator is an operator with a session of the host, for whom everything is allowed.
func (w *world) anAdministrator() Operator {
	w.Helper()
	return w.operatorWith(RightRead, RightRevokeAccess, RightOperate)
}

// operatorWith is an operator with these rights alone.
func (w *world) operatorWith(rights ...string) Operator {
	w.Helper()
	ctx := context.Background()
	user := models.User{Email: models.NewID() + "@example.test"}
	w.must(w.db.CreateUser(ctx, &user))
	now := w.s.now()
	session := models.Session{
		ID: models.NewID(), UserID: user.ID, TokenHash: models.Digest(models.NewID()), Proofs: []models.Proof{}, CreatedAt: now, LastSeenAt: now,
		IdleUntil: now.Add(time.Hour), AbsoluteUntil: now.Add(time.Hour),
	}
	w.must(w.db.CreateSession(ctx, &session))
	return Operator{
		Kind: "operator", ID: user.ID, SessionID: session.ID, Reason: "Asked for by its owner",
		May:      func(right string) bool { return slices.Contains(rights, right) },
		MayTouch: func(_ context.Context, subject string) (bool, error) { return subject != "boss", nil },
	}
}

// seen is the operator after a look at a client: for an edit, or for stopping it.
func (w *world) seen(by Operator, id string) (edit, stop Operator) {
	w.Helper()
	record, err := w.s.OpenClient(context.Background(), by, id)
	w.must(err)
	edit, stop = by, by
	edit.Seen, stop.Seen, stop.Typed = record.Version, record.ReachVersion, " "+id+" "
	return edit, stop
}

// operatorAct is one act of operators, made ready on a world of its own and then done once.
type operatorAct struct {
	event models.Action
	right string
	ready func(w *world, by Operator) (Operator, func(by Operator) error)
}

// operatorActs are all there are.
func operatorActs() map[string]operatorAct {
	ctx := context.Background()
	onClient := func(event models.Action, act func(w *world, by Operator, id string) error, before ...func(w *world)) operatorAct {
		return operatorAct{event, RightOperate, func(w *world, by Operator) (Operator, func(Operator) error) {
			for _, step := range before {
				step(w)
			}
			edit, stop := w.seen(by, "app")
			if event == eventClientDisable || event == eventClientDelete || event == eventFamilyRevoke {
				edit = stop
			}
			return edit, func(by Operator) error { return act(w, by, "app") }
		}}
	}
	onKey := func(event models.Action, step KeyStep, state string, before ...func(w *world)) operatorAct {
		return operatorAct{event, RightOperate, func(w *world, by Operator) (Operator, func(Operator) error) {
			for _, step := range before {
				step(w)
			}
			page, err := w.s.Keys(ctx, by)
			w.must(err)
			kid := w.inState("ES256", state)[0]
			by.Seen, by.Typed = page.find(kid).Version, "ES256"
			return by, func(by Operator) error { return w.s.StepKey(ctx, by, kid, step) }
		}}
	}
	disabled := func(w *world) { w.must(w.s.DisableClient(ctx, byTest, "app")) }
	return map[string]operatorAct{
		"create": {eventClientCreate, RightOperate, func(w *world, by Operator) (Operator, func(Operator) error) {
			return by, func(by Operator) error {
				_, _, err := w.s.CreateClient(ctx, by, models.OAuthClient{Name: "New", RedirectURIs: models.Strings{testCallback}})
				return err
			}
		}},
		"update": onClient(eventClientUpdate, func(w *world, by Operator, id string) error {
			client, err := w.db.OAuthClientByID(ctx, id)
			w.must(err)
			client.Name = "Renamed"
			return w.s.UpdateClient(ctx, by, *client)
		}),
		"verify": onClient(eventClientVerify, func(w *world, by Operator, id string) error { return w.s.VerifyClient(ctx, by, id) },
			func(w *world) { w.must(w.s.UnverifyClient(ctx, byTest, "app")) }),
		"unverify": onClient(eventClientVerify, func(w *world, by Operator, id string) error { return w.s.UnverifyClient(ctx, by, id) }),
		"rotate": onClient(eventClientRotate, func(w *world, by Operator, id string) error {
			_, err := w.s.RotateSecret(ctx, by, id, time.Hour)
			return err
		}),
		"end secret": onClient(eventClientEndSecret, func(w *world, by Operator, id string) error {
			secrets, err := w.db.OAuthClientSecrets(ctx, id)
			w.must(err)
			return w.s.EndSecret(ctx, by, id, secrets[1].ID)
		}, func(w *world) {
			w.clock.Add(time.Second)
			_, err := w.s.RotateSecret(ctx, byTest, "app", time.Hour)
			w.must(err)
		}),
		"disable": onClient(eventClientDisable, func(w *world, by Operator, id string) error { return w.s.DisableClient(ctx, by, id) }),
		"enable":  onClient(eventClientEnable, func(w *world, by Operator, id string) error { return w.s.EnableClient(ctx, by, id) }, disabled),
		"delete":  onClient(eventClientDelete, func(w *world, by Operator, id string) error { return w.s.DeleteClient(ctx, by, id) }, disabled),
		"revoke consent": {eventConsentEnd, RightRevokeAccess, func(w *world, by Operator) (Operator, func(Operator) error) {
			id := w.aConsent("ada", "app")
			preview, err := w.s.OpenConsent(ctx, by, id)
			w.must(err)
			by.Seen = preview.Version
			return by, func(by Operator) error { return w.s.RevokeConsent(ctx, by, id) }
		}},
		"revoke token": {eventTokenEnd, RightRevokeAccess, func(w *world, by Operator) (Operator, func(Operator) error) {
			family := w.aFamily("ada", "app")
			page, err := w.s.FamilyTokens(ctx, by, family, models.Place{Limit: 1})
			w.must(err)
			preview, err := w.s.OpenToken(ctx, by, family, page.Tokens[0].ID)
			w.must(err)
			by.Seen = preview.Version
			return by, func(by Operator) error { return w.s.EndToken(ctx, by, family, page.Tokens[0].ID) }
		}},
		"revoke family": {eventFamilyRevoke, RightRevokeAccess, func(w *world, by Operator) (Operator, func(Operator) error) {
			family := w.aFamily("ada", "app")
			detail, err := w.s.OpenFamily(ctx, by, family)
			w.must(err)
			by.Seen = detail.Version
			return by, func(by Operator) error { return w.s.EndFamily(ctx, by, family) }
		}},
		"revoke app": {eventFamilyRevoke, RightRevokeAccess, func(w *world, by Operator) (Operator, func(Operator) error) {
			family := w.aFamily("ada", "app")
			preview, err := w.s.OpenApp(ctx, by, family)
			w.must(err)
			by.Seen = preview.Version
			return by, func(by Operator) error { return w.s.EndApp(ctx, by, family) }
		}},
		"revoke own": {eventFamilyRevoke, RightOperate, func(w *world, by Operator) (Operator, func(Operator) error) {
			family := w.ownFamily("robot")
			detail, err := w.s.OpenFamily(ctx, by, family)
			w.must(err)
			by.Seen = detail.Version
			return by, func(by Operator) error { return w.s.EndFamily(ctx, by, family) }
		}},
		"revoke tokens": onClient(eventFamilyRevoke, func(w *world, by Operator, id string) error { return w.s.EndTokensOfClient(ctx, by, id) },
			func(w *world) { w.aFamily("ada", "app") }),
		"rotate keys": {eventKeysRotate, RightOperate, func(w *world, by Operator) (Operator, func(Operator) error) {
			page, err := w.s.Keys(ctx, by)
			w.must(err)
			by.Seen = page.Version
			return by, func(by Operator) error { return w.s.RotateKeys(ctx, by, RotateNow) }
		}},
		"activate key": onKey(eventKeySign, KeySign, models.KeyNext, func(w *world) { w.must(w.s.RotateKeys(ctx, byTest, RotateAnnounced)) }),
		"retire key":   onKey(eventKeyUnpublish, KeyUnpublish, models.KeyRetiring, func(w *world) { w.must(w.s.RotateKeys(ctx, byTest, RotateNow)) }),
		"revoke key":   onKey(eventKeyRevoke, KeyRevoke, models.KeyActive),
	}
}

// aFamily is the id of what a sign-in of a person gives a client.
func (w *world) aFamily(subject, client string) (id string) {
	w.Helper()
	w.signInAt(subject, client, allScopes)
	w.query("SELECT id FROM oauth_grants WHERE subject = '"+subject+"' AND client_id = '"+client+"' AND revoked_at IS NULL ORDER BY created_at DESC LIMIT 1", &id)
	return id
}

// ownFamily is the id of what a client has for itself.
func (w *world) ownFamily(client string) (id string) {
	w.Helper()
	w.client(client, func(c *models.OAuthClient) {
		c.Kind, c.Grants, c.Scopes = "service", models.Strings{"client_credentials"}, models.Strings{"notes:read"}
	})
	w.as(client, "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"notes:read"}}).json(200)
	w.query("SELECT id FROM oauth_grants WHERE subject = '' AND client_id = '"+client+"' AND revoked_at IS NULL", &id)
	return id
}

// aConsent is one that a person gave on the page.
func (w *world) aConsent(subject, client string) string {
	w.Helper()
	row, err := w.db.OAuthConsentOf(context.Background(), subject, client)
	if err == nil {
		return row.ID
	}
	now := w.s.now()
	consent := models.OAuthConsent{
		ID: models.NewID(), Subject: subject, ClientID: client, Scopes: models.Strings{"openid", "notes:read"}, Remembered: true,
		CreatedAt: now, ExpiresAt: now.Add(lifeConsent.usual),
	}
	w.must(w.db.PutOAuthConsent(context.Background(), &consent))
	return consent.ID
}

// eachAct runs a test once for each act, on a world of its own.
func eachAct(t *testing.T, f func(t *testing.T, w *world, name string, act operatorAct)) {
	t.Helper()
	eachWorld(t, func(t *testing.T, w *world) {
		w.ready()
		for name, act := range operatorActs() {
			w.client("app", func(c *models.OAuthClient) { c.Consent = "skip" })
			f(t, w, name, act)
			w.forgetClients()
		}
	})
}

// forgetClients makes room for the next act.
func (w *world) forgetClients() {
	w.Helper()
	w.rows("oauth_clients")                                                  // opens the pool
	for _, table := range []string{"oauth_client_scopes", "oauth_clients"} { // this connection to SQLite keeps no foreign keys
		if _, err := w.raw.Exec("DELETE FROM " + table); err != nil {
			w.Fatal(err)
		}
	}
}
