package models_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// scopeLists is a database whose lists by scope are looked at.
type scopeLists struct {
	*testing.T
	db *models.DB
}

// clients are the ids of those that may ask for a scope, newest first.
func (l scopeLists) clients(q models.OAuthClientQuery) string {
	l.Helper()
	var ids []string
	must(l.T, l.db.OAuthClientsEach(l.Context(), q, func(block []models.OAuthClient) error {
		for _, c := range block {
			ids = append(ids, c.ID)
		}
		return nil
	}))
	return strings.Join(ids, " ")
}

// consents are the ids of those that a query selects, newest first.
func (l scopeLists) consents(q models.OAuthConsentQuery) string {
	l.Helper()
	var ids []string
	must(l.T, l.db.OAuthConsentsEach(l.Context(), q, func(block []models.OAuthConsent) error {
		for _, c := range block {
			ids = append(ids, c.ID)
		}
		return nil
	}))
	return strings.Join(ids, " ")
}

func (l scopeLists) want(what, got, want string) {
	l.Helper()
	if got != want {
		l.Errorf("%s: %q, want %q", what, got, want)
	}
}

func (l scopeLists) register(id string, scopes ...string) *models.OAuthClient {
	l.Helper()
	client := models.OAuthClient{ID: id, Name: "App", Kind: "web", Scopes: scopes, CreatedAt: l.db.Now(), UpdatedAt: l.db.Now()}
	must(l.T, l.db.CreateOAuthClient(l.Context(), &client))
	return &client
}

func (l scopeLists) allow(id, subject, client string, scopes ...string) {
	l.Helper()
	must(l.T, l.db.PutOAuthConsent(l.Context(), &models.OAuthConsent{ID: id, Subject: subject, ClientID: client, Scopes: scopes, CreatedAt: l.db.Now(), ExpiresAt: l.db.Now().Add(time.Hour)}))
}

// TestClientsByScope (D-31): the list of a scope follows what clients may ask for, whoever writes it and also where that is undone,
// goes with other filters, and is there for clients that are older than it.
func TestClientsByScope(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		l := scopeLists{t, db}
		of := func(scope string) string { return l.clients(models.OAuthClientQuery{Scope: scope}) }
		first := l.register("first", "openid", "notes:read", "openid")
		clock.Add(time.Minute)
		second := l.register("second", "openid")
		l.want("two with openid", of("openid"), "second first")
		l.want("one that reads", of("notes:read"), "first")
		l.want("a part of a name", of("notes"), "")

		second.Scopes = models.Strings{"notes:read"}
		must(t, db.UpdateOAuthClient(t.Context(), second))
		l.want("openid after a change", of("openid"), "first")
		l.want("reading after a change", of("notes:read"), "second first")
		if err := db.InTx(t.Context(), func(tx *models.Tx) error {
			undone := *first
			undone.Scopes = models.Strings{}
			must(t, tx.UpdateOAuthClient(t.Context(), &undone))
			return models.ErrSpent
		}); err == nil {
			t.Error("the transaction was to be undone")
		}
		l.want("after one that was undone", of("notes:read"), "second first")

		must(t, db.DisableOAuthClient(t.Context(), "second"))
		l.want("with another filter", l.clients(models.OAuthClientQuery{Scope: "notes:read", Disabled: true}), "second")
		l.want("by last use", l.clients(models.OAuthClientQuery{Scope: "openid", UnusedSince: db.Now().Add(time.Hour)}), "first")
		must(t, upAndDownTo(t, db, 33))
		l.want("made by the migration", of("openid")+", "+of("notes:read"), "first, second first")
		must(t, db.DeleteOAuthClient(t.Context(), "second"))
		l.want("after a deletion", of("notes:read"), "first")
	})
}

// TestConsentsByScope (D-33): the list of a scope follows what members allow, in the order it was given, goes with other filters,
// and is there for consents that are older than it.
func TestConsentsByScope(t *testing.T) {
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		l := scopeLists{t, db}
		l.register("app")
		l.register("other")
		began := clock.Now()
		of := func(scope string) string { return l.consents(models.OAuthConsentQuery{Scope: scope}) }
		for _, c := range [][]string{{"K1", "ada", "app", "openid", "email"}, {"K2", "bob", "app", "openid"}, {"K3", "ada", "other", "openid", "notes:read"}} {
			l.allow(c[0], c[1], c[2], c[3:]...)
			clock.Add(time.Minute)
		}
		l.want("openid", of("openid"), "K3 K2 K1")
		l.want("email", of("email"), "K1")
		l.want("of a client", l.consents(models.OAuthConsentQuery{Scope: "openid", ClientID: "app"}), "K2 K1")
		l.want("of a member", l.consents(models.OAuthConsentQuery{Scope: "openid", Subject: "ada"}), "K3 K1")
		l.want("of both", l.consents(models.OAuthConsentQuery{Scope: "email", Subject: "ada", ClientID: "other"}), "")
		l.want("in a span", l.consents(models.OAuthConsentQuery{Scope: "openid", From: began.Add(time.Minute), To: began.Add(2 * time.Minute)}), "K2")
		list, err := db.OAuthConsentsNewer(t.Context(), models.OAuthConsentQuery{Scope: "openid"}, models.Cursor{CreatedAt: began, ID: "K1"}, 1)
		if err != nil || len(list) != 1 || list[0].ID != "K2" || len(list[0].Scopes) != 1 || !list[0].CreatedAt.Equal(began.Add(time.Minute)) {
			t.Errorf("one way back: %+v, %v", list, err)
		}

		l.allow("new", "ada", "app", "openid", "notes:read")
		l.want("given anew", of("openid"), "K1 K3 K2")
		l.want("no longer given", of("email"), "")
		l.want("given besides", of("notes:read"), "K1 K3")
		must(t, upAndDownTo(t, db, 33))
		l.want("made by the migration", of("openid"), "K1 K3 K2")
		if there, err := db.DeleteOAuthConsent(t.Context(), "ada", "app"); !there || err != nil {
			t.Errorf("deleted %v, %v", there, err)
		}
		l.want("taken back", of("openid"), "K3 K2")
		clock.Add(59 * time.Minute)
		l.want("after the others have ended", of("openid"), "")
	})
}

// TestScopeRowsRest: a change that leaves the scopes as they are writes nothing about them.
func TestScopeRowsRest(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		l := scopeLists{t, db}
		client := l.register("app", "openid")
		l.allow("K1", "ada", "app", "openid")
		sayer(t, db)("UPDATE oauth_client_scopes SET scope = 'planted'", "UPDATE oauth_consent_scopes SET scope = 'planted'")
		client.Name = "Another name"
		must(t, db.UpdateOAuthClient(t.Context(), client))
		l.allow("new", "ada", "app", "openid")
		l.want("the client's row", l.clients(models.OAuthClientQuery{Scope: "planted"}), "app")
		l.want("the consent's row", l.consents(models.OAuthConsentQuery{Scope: "planted"}), "K1")
	})
}
