package auth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"latchkey/models"
)

const passkeyFailed = "That passkey did not work. Try another way"

var homeParty = virtualwebauthn.RelyingParty{Name: "Latchkey", ID: "localhost", Origin: "http://localhost:3000"}

// softKey is a passkey in this process, with the authenticator that keeps it.
type softKey struct {
	id      string // of the row
	keeper  virtualwebauthn.Authenticator
	key     virtualwebauthn.Credential
	handle  []byte
	signing signing // what it says next time
}

// signing is all that an assertion says; tests change one thing at a time.
type signing struct {
	kind, origin, rpID                           string
	crossOrigin, absent, unverified, be, bs, att bool
	counter                                      uint32
	id, handle                                   []byte
}

// options asks for the options of a ceremony and returns their text and the challenge in them.
func (b *browser) options(path string) (text, challenge string) {
	b.st.t.Helper()
	p := b.post(path)
	var answer struct {
		PublicKey struct{ Challenge string }
	}
	if err := json.Unmarshal([]byte(p.body), &answer); err != nil || p.status != 200 || len(answer.PublicKey.Challenge) != 43 {
		b.st.t.Fatalf("options: %d %v\n%s", p.status, err, p.body)
	}
	return p.body, answer.PublicKey.Challenge
}

// newSoftKey is a passkey that no account has yet. change may alter what its authenticator is like.
func newSoftKey(kind virtualwebauthn.KeyType, change ...func(*virtualwebauthn.Authenticator)) *softKey {
	k := &softKey{keeper: virtualwebauthn.NewAuthenticator(), key: virtualwebauthn.NewCredential(kind)}
	for kind == virtualwebauthn.KeyTypeEC2 && len(k.key.Key.AttestationData()) != 77 {
		k.key = virtualwebauthn.NewCredential(kind) // it drops zeros in front of a coordinate, which no authenticator does
	}
	k.keeper.Aaguid = [16]byte{}
	for _, f := range change {
		f(&k.keeper)
	}
	k.signing = signing{
		kind: "webauthn.get", origin: homeParty.Origin, rpID: homeParty.ID, id: k.key.ID,
		be: k.keeper.Options.BackupEligible, bs: k.keeper.Options.BackupState,
	}
	return k
}

func synced(a *virtualwebauthn.Authenticator) {
	a.Options.BackupEligible, a.Options.BackupState = true, true
}

// made is the answer to the options of a registration. A passkey that signs in alone says that it can.
func (k *softKey) made(t *testing.T, options string, party virtualwebauthn.RelyingParty) string {
	t.Helper()
	asked, err := virtualwebauthn.ParseAttestationOptions(options)
	if err != nil {
		t.Fatal(err)
	}
	k.handle = []byte(asked.UserID)
	k.signing.handle = k.handle
	answer := virtualwebauthn.CreateAttestationResponse(party, k.keeper, k.key, *asked)
	return strings.TrimSuffix(answer, "}") + `,"clientExtensionResults":{"credProps":{"rk":true}}}`
}

// addKey makes a passkey and adds it to the account of the browser.
func (b *browser) addKey(name string, change ...func(*virtualwebauthn.Authenticator)) *softKey {
	b.st.t.Helper()
	b.st.clock.Add(time.Second) // what is added now did not begin this session
	k := newSoftKey(virtualwebauthn.KeyTypeEC2, change...)
	options, _ := b.options("/account/passkeys/options")
	next := "/account/passkeys"
	if factors, err := b.st.db.FactorsOf(b.st.t.Context(), b.st.actor(b).ID, "localhost"); err != nil || !factors.Any() {
		next = "/account/recovery-codes" // the first factor brings them
	}
	wantRedirect(b.st.t, b.post("/account/passkeys", "credential", k.made(b.st.t, options, homeParty), "name", name), next)
	k.id = b.st.keyRow(k).ID
	return k
}

func (st *site) keyRow(k *softKey) models.Passkey {
	st.t.Helper()
	for _, rpID := range []string{"localhost", "other.example"} {
		if row, err := st.db.PasskeyByCredential(st.t.Context(), k.key.ID, rpID); err == nil {
			return row
		}
	}
	st.t.Fatal("the passkey is not stored")
	return models.Passkey{}
}

// sign answers a challenge.
func (k *softKey) sign(t *testing.T, challenge string) string {
	t.Helper()
	return k.signAs(t, challenge, k.signing)
}

func (k *softKey) signAs(t *testing.T, challenge string, s signing) string {
	t.Helper()
	client, err := json.Marshal(map[string]any{"type": s.kind, "challenge": challenge, "origin": s.origin, "crossOrigin": s.crossOrigin})
	if err != nil {
		t.Fatal(err)
	}
	party, clientHash := sha256.Sum256([]byte(s.rpID)), sha256.Sum256(client)
	data := binary.BigEndian.AppendUint32(append(party[:], s.flags()), s.counter)
	digest := sha256.Sum256(append(append([]byte{}, data...), clientHash[:]...))
	signature, err := k.key.Key.Sign(digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return assertionJSON(s.id, map[string][]byte{"clientDataJSON": client, "authenticatorData": data, "signature": signature, "userHandle": s.handle})
}

func (s signing) flags() (b byte) {
	for bit, set := range map[byte]bool{1: !s.absent, 4: !s.unverified, 8: s.be, 16: s.bs, 64: s.att} {
		if set {
			b |= bit
		}
	}
	return b
}

func assertionJSON(id []byte, parts map[string][]byte) string {
	encode := base64.RawURLEncoding.EncodeToString
	response := map[string]string{}
	for name, part := range parts {
		response[name] = encode(part)
	}
	text, err := json.Marshal(map[string]any{"type": "public-key", "id": encode(id), "rawId": encode(id), "response": response})
	if err != nil {
		panic(fmt.Sprint("strings are always JSON: ", err))
	}
	return string(text)
}

// enterWith begins a sign-in by passkey and answers it.
func (b *browser) enterWith(k *softKey) page {
	b.st.t.Helper()
	_, challenge := b.options("/login/passkey/options")
	return b.post("/login/passkey", "credential", k.sign(b.st.t, challenge))
}

// keyed is a member with one passkey, and the browser that added it.
func (st *site) keyed(change ...func(*virtualwebauthn.Authenticator)) (*browser, *softKey) {
	st.t.Helper()
	st.person(member)
	b := st.browserAt("203.0.113.50").mustSignIn(member)
	return b, b.addKey("", change...)
}
