package main

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/descope/virtualwebauthn"

	"latchkey/models"
)

// oldPasskey gives a person a passkey for a host that the site had before, and returns its id: it is listed, and is no
// second step.
func (s *sweep) oldPasskey(t *testing.T, email string) string {
	t.Helper()
	id := models.NewID()
	if err := s.db.CreatePasskey(t.Context(), &models.Passkey{
		ID: id, UserID: s.idOf(t, email), CredentialID: []byte(id), PublicKey: []byte("none"), Transports: []string{}, RPID: "old.example",
		Name: "Old key", CreatedAt: s.db.Now(),
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

// party is this site as an authenticator knows it.
func (s *sweep) party(t *testing.T) virtualwebauthn.RelyingParty {
	t.Helper()
	base, err := url.Parse(s.config.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return virtualwebauthn.RelyingParty{Name: "Latchkey", ID: base.Hostname(), Origin: s.config.BaseURL}
}

// madePasskey is a passkey for the options that the actor asks for, with what makes it.
func (s *sweep) madePasskey(t *testing.T, a *actor, options string, form url.Values) (keeper virtualwebauthn.Authenticator, credential string) {
	t.Helper()
	asked, err := virtualwebauthn.ParseAttestationOptions(a.browse(t, post(options, form.Encode())).body)
	if err != nil {
		t.Fatal(err)
	}
	keeper, key := virtualwebauthn.NewAuthenticator(), virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeRSA)
	keeper.Options.UserHandle = []byte(asked.UserID)
	keeper.AddCredential(key)
	return keeper, virtualwebauthn.CreateAttestationResponse(s.party(t), keeper, key, *asked)
}

// keyed gives the actor a passkey.
func (s *sweep) keyed(t *testing.T, owner *actor) virtualwebauthn.Authenticator {
	t.Helper()
	keeper, made := s.madePasskey(t, owner, "/account/passkeys/options", nil)
	if answer := owner.browse(t, post("/account/passkeys", fields("credential", made).Encode())); answer.status != http.StatusSeeOther {
		t.Fatal(fmt.Sprint("the passkey is not added: ", answer.status, answer.body))
	}
	return keeper
}

// signed is the answer of a passkey to options that the actor asks for.
func (a *actor) signed(t *testing.T, keeper virtualwebauthn.Authenticator, options string) (credential string) {
	t.Helper()
	asked, err := virtualwebauthn.ParseAssertionOptions(a.browse(t, post(options, "")).body)
	if err != nil {
		t.Fatal(err)
	}
	return virtualwebauthn.CreateAssertionResponse(a.s.party(t), keeper, keeper.Credentials[0], *asked)
}
