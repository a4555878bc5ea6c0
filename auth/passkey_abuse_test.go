package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestChallengeWorksOnce (A-801, T-312): fifty answers of one challenge, one effect; of a sign-in, and of a registration.
func TestChallengeWorksOnce(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		owner, k := st.keyed()
		b := st.browser()
		_, challenge := b.options("/login/passkey/options")
		k.signing.counter = 7
		answer, visitor := k.sign(t, challenge), auth.Visitor{Browser: b.cookies["browser"]}
		sessions := st.number("SELECT count(*) FROM sessions")
		won, lost := modelstest.Race(50, func(i int) error {
			ctx := models.WithOrigin(t.Context(), models.Origin{Address: fmt.Sprintf("198.51.100.%d", i)})
			_, err := st.s.SignInWithPasskey(ctx, auth.PasskeySignIn{Credential: answer, Visitor: visitor})
			return err
		})
		if n := st.number("SELECT count(*) FROM sessions") - sessions; won != 1 || n != 1 {
			t.Errorf("%d of 50 won, %d sessions", won, n)
		}
		for _, err := range lost {
			if !errors.Is(err, auth.ErrPasskey) {
				t.Error(err)
			}
		}
		if row := st.keyRow(k); row.SignCount != 7 || len(st.audit(auth.AuditPasskeyCounter)) != 0 {
			t.Errorf("%+v", row)
		}

		u := st.actor(owner)
		options, _ := owner.options("/account/passkeys/options")
		made := newSoftKey(virtualwebauthn.KeyTypeEC2).made(t, options, homeParty)
		won, lost = modelstest.Race(50, func(i int) error {
			ctx := models.WithOrigin(t.Context(), models.Origin{Address: fmt.Sprintf("198.51.100.%d", i)})
			_, _, err := st.s.AddPasskey(ctx, u, made, "")
			return err
		})
		if n := st.number("SELECT count(*) FROM passkeys"); won != 1 || n != 2 || len(lost) != 49 {
			t.Errorf("%d of 50 won, %d passkeys", won, n)
		}
	})
}

// TestChallengeBinding (A-801, T-413): a challenge is for one act, in one browser, for five minutes.
func TestChallengeBinding(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		owner, k := st.keyed()
		b := st.browser()
		refused := func(what string, p page, action models.Action) {
			t.Helper()
			wantPage(t, p, 422, passkeyFailed)
			if rows := withReason(st.audit(action), "passkey_challenge"); len(rows) != 1 || rows[0].Outcome != models.OutcomeFailure {
				t.Errorf("%s: %+v", what, rows)
			}
			st.exec("DELETE FROM audit_events")
		}
		signIn := func(b *browser, challenge string) page {
			return b.post("/login/passkey", "credential", k.sign(t, challenge))
		}
		_, challenge := b.options("/login/passkey/options")
		refused("another browser", signIn(st.browser(), challenge), auth.AuditSignIn)
		other := st.browserAt("203.0.113.61")
		other.options("/login/passkey/options")
		refused("another browser with challenges of its own", signIn(other, challenge), auth.AuditSignIn)
		_, forAdding := owner.options("/account/passkeys/options")
		refused("a registration's challenge", signIn(owner, forAdding), auth.AuditSignIn)
		fresh := newSoftKey(virtualwebauthn.KeyTypeEC2)
		add := func(b *browser, challenge string) page {
			return b.post("/account/passkeys", "credential", fresh.made(t, fakeOptions(challenge, k.handle), homeParty))
		}
		refused("a sign-in's challenge", add(owner, challenge), auth.AuditPasskeyAdd)
		stranger := st.browserAt("203.0.113.62").mustSignIn(st.person("other@example.test").Email)
		stranger.options("/account/passkeys/options")
		refused("another person's", add(stranger, forAdding), auth.AuditPasskeyAdd)

		// After all that, both still work where they belong; a second too late, they do not.
		st.clock.Add(5*time.Minute - time.Second)
		wantRedirect(t, signIn(b, challenge), "/dashboard")
		wantRedirect(t, add(owner, forAdding), "/account/passkeys")
		st.exec("DELETE FROM audit_events")
		_, challenge = b.options("/login/passkey/options")
		_, forAdding = owner.options("/account/passkeys/options")
		st.clock.Add(5*time.Minute + time.Second)
		refused("too late", signIn(b, challenge), auth.AuditSignIn)
		wantPage(t, owner.post("/account/passkeys", "credential", newSoftKey(virtualwebauthn.KeyTypeEC2).made(t, fakeOptions(forAdding, k.handle), homeParty)), 422, passkeyFailed)

		// An epoch later, what was begun under the last one is dead.
		inside := st.browserAt("203.0.113.63")
		wantRedirect(t, inside.enterWith(k), "/dashboard")
		_, forAdding = inside.options("/account/passkeys/options")
		st.exec("UPDATE users SET epoch = epoch + 1")
		st.exec("UPDATE sessions SET epoch = epoch + 1")
		wantPage(t, add(inside, forAdding), 422, passkeyFailed)
		if n := st.number("SELECT count(*) FROM passkeys"); n != 2 {
			t.Errorf("%d passkeys", n)
		}
	})
}

func fakeOptions(challenge string, handle []byte) string {
	text, _ := json.Marshal(map[string]any{"publicKey": map[string]any{
		"challenge": challenge, "rp": map[string]string{"id": "localhost", "name": "x"}, "user": map[string]any{"id": spellings(handle)[3], "name": "x"},
	}})
	return string(text)
}

func TestPasskey_ChallengeOnceAndBound_Race(t *testing.T) {
	TestChallengeWorksOnce(t)
	TestChallengeBinding(t)
}

// TestAssertionTampering (T-813): whatever is changed in an answer, it is refused, counted and kept, and nobody falls over.
func TestAssertionTampering(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		owner, k := st.keyed()
		foreign := st.browserAt("203.0.113.64").mustSignIn(st.person("other@example.test").Email).addKey("")
		changes := map[string]func(s *signing){
			"another host":            func(s *signing) { s.rpID = "evil.example" },
			"another port":            func(s *signing) { s.origin = "http://localhost:3001" },
			"another scheme":          func(s *signing) { s.origin = "https://localhost:3000" },
			"a subdomain":             func(s *signing) { s.origin = "http://evil.localhost:3000" },
			"a longer host":           func(s *signing) { s.origin = "http://localhost:3000.evil.example" },
			"no origin":               func(s *signing) { s.origin = "" },
			"inside another page":     func(s *signing) { s.crossOrigin = true },
			"the act of registration": func(s *signing) { s.kind = "webauthn.create" },
			"nobody there":            func(s *signing) { s.absent = true },
			"nobody verified":         func(s *signing) { s.unverified = true },
			"backed up, and cannot":   func(s *signing) { s.bs = true },
			"a key promised, missing": func(s *signing) { s.att = true },
			"another person's handle": func(s *signing) { s.handle = foreign.handle },
			"no handle":               func(s *signing) { s.handle = nil },
			"another person's key":    func(s *signing) { s.id = foreign.key.ID },
			"nobody's key":            func(s *signing) { s.id = []byte("nobody's key") },
		}
		b := st.browser()
		tried := 0
		refused := func(what, answer string) {
			t.Helper()
			st.exec("DELETE FROM attempts")
			st.exec("DELETE FROM audit_events")
			p := b.post("/login/passkey", "credential", answer)
			rows := st.audit(auth.AuditSignIn)
			if p.status != 422 || !strings.Contains(p.body, passkeyFailed) || len(rows) != 1 || rows[0].Outcome != models.OutcomeFailure || !strings.HasPrefix(rows[0].Reason, "passkey_") {
				t.Errorf("%s: %d, %+v", what, p.status, rows)
			}
			if n := st.number("SELECT hits FROM attempts WHERE rule = 'L-15 failed'"); n != 1 {
				t.Errorf("%s: counted %d times", what, n)
			}
			tried++
		}
		challenge := func() string { st.exec("DELETE FROM attempts"); _, c := b.options("/login/passkey/options"); return c }
		for what, change := range changes {
			s := k.signing
			change(&s)
			refused(what, k.signAs(t, challenge(), s))
		}
		refused("nothing", "")
		refused("too much", strings.Repeat("x", 65<<10))

		// One bit of each byte of each part, and each part cut short.
		whole := k.sign(t, challenge())
		for _, part := range []string{"clientDataJSON", "authenticatorData", "signature", "userHandle"} {
			for i := range partOf(t, whole, part) {
				refused(fmt.Sprintf("%s, byte %d", part, i), altered(t, k.sign(t, challenge()), part, func(bytes []byte) []byte {
					bytes[i%len(bytes)] ^= 1 << (i % 8) // signatures differ in length
					return bytes
				}))
			}
			for _, keep := range []int{0, 1, len(partOf(t, whole, part)) / 2, len(partOf(t, whole, part)) - 1} {
				refused(fmt.Sprintf("%s, cut to %d", part, keep), altered(t, k.sign(t, challenge()), part, func(bytes []byte) []byte { return bytes[:min(keep, len(bytes)-1)] }))
			}
		}
		if tried < 250 {
			t.Errorf("only %d changes were tried", tried)
		}
		if b.signedIn() || !owner.signedIn() {
			t.Error("signed in by one of them")
		}
		st.exec("DELETE FROM attempts")
		wantRedirect(t, b.enterWith(k), "/dashboard")
	})
}

// TestAttestationTampering is the same for what would be stored.
func TestAttestationTampering(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b, k := st.keyed()
		refused := func(what, answer string) {
			t.Helper()
			st.exec("DELETE FROM attempts")
			if p := b.post("/account/passkeys", "credential", answer); p.status != 422 || !strings.Contains(p.body, passkeyFailed) {
				t.Errorf("%s: %d", what, p.status)
			}
		}
		options := func() string {
			st.exec("DELETE FROM attempts")
			text, _ := b.options("/account/passkeys/options")
			return text
		}
		for what, party := range map[string]virtualwebauthn.RelyingParty{
			"another host": {ID: "evil.example", Origin: homeParty.Origin}, "another origin": {ID: "localhost", Origin: "http://localhost:3001"},
		} {
			refused(what, newSoftKey(virtualwebauthn.KeyTypeEC2).made(t, options(), party))
		}
		absent := newSoftKey(virtualwebauthn.KeyTypeEC2, func(a *virtualwebauthn.Authenticator) { a.Options.UserNotPresent = true })
		refused("nobody there", absent.made(t, options(), homeParty))
		refused("a sign-in", k.sign(t, models.NewToken()))
		whole := newSoftKey(virtualwebauthn.KeyTypeEC2).made(t, options(), homeParty)
		object := partOf(t, whole, "attestationObject")
		for i := 0; i < len(object); i += 5 {
			refused(fmt.Sprintf("cut to %d", i), altered(t, newSoftKey(virtualwebauthn.KeyTypeEC2).made(t, options(), homeParty), "attestationObject",
				func(bytes []byte) []byte { return bytes[:min(i, len(bytes)-1)] }))
			refused(fmt.Sprintf("byte %d", i), altered(t, newSoftKey(virtualwebauthn.KeyTypeEC2).made(t, options(), homeParty), "attestationObject",
				func(bytes []byte) []byte { bytes[i%len(bytes)] ^= 0x10; return bytes }))
		}
		if n := st.number("SELECT count(*) FROM passkeys"); n != 1 {
			t.Errorf("%d passkeys", n)
		}
		if rows := st.audit(auth.AuditPasskeyAdd); len(rows) < 20 {
			t.Errorf("only %d rows", len(rows))
		}
	})
}

// readAnswer takes an answer apart.
func readAnswer(t *testing.T, text string) (id []byte, parts map[string][]byte) {
	t.Helper()
	var raw struct {
		ID       string
		Response map[string]any
	}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	parts = map[string][]byte{}
	for name, part := range raw.Response {
		if text, isText := part.(string); isText {
			parts[name] = decode(t, text)
		}
	}
	return decode(t, raw.ID), parts
}

func partOf(t *testing.T, answer, part string) []byte {
	t.Helper()
	_, parts := readAnswer(t, answer)
	return parts[part]
}

func altered(t *testing.T, answer, part string, change func([]byte) []byte) string {
	t.Helper()
	id, parts := readAnswer(t, answer)
	parts[part] = change(slices.Clone(parts[part]))
	return assertionJSON(id, parts)
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	bytes, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// TestPasskey_SignCount: a counter that goes back means a copy, where there should be none.
func TestPasskey_SignCount(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed()
		for _, step := range []struct {
			counter uint32
			good    bool
		}{{0, true}, {0, true}, {5, true}, {6, true}, {6, false}, {4, false}, {0, false}, {7, true}} {
			k.signing.counter = step.counter
			if p := st.browser().enterWith(k); p.status == 303 != step.good {
				t.Errorf("counter %d: %d", step.counter, p.status)
			}
		}
		if rows := st.audit(auth.AuditPasskeyCounter); len(rows) != 3 || rows[0].Outcome != models.OutcomeFailure || rows[0].TargetID != k.id {
			t.Errorf("%+v", rows)
		}
		if mails := st.delivered(member, "passkey_suspicious"); len(mails) != 1 || !strings.Contains(mails[0].Text, "We refused the sign-in.") {
			t.Errorf("%d mails", len(mails)) // one in a day
		}
		if rows := withReason(st.audit(auth.AuditSignIn), "passkey_counter"); len(rows) != 3 {
			t.Errorf("%+v", rows)
		}
	})
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed()
		for _, counter := range []uint32{5, 3, 3} {
			k.signing.counter = counter
			wantRedirect(t, st.browser().enterWith(k), "/dashboard")
		}
		if rows, mails := st.audit(auth.AuditPasskeyCounter), st.delivered(member, "passkey_suspicious"); len(rows) != 2 || len(mails) != 1 || !strings.Contains(mails[0].Text, "We let the sign-in pass.") {
			t.Errorf("%d rows, %d mails", len(rows), len(mails))
		}
	}, func(c *auth.Config) { c.PasskeySignCount = auth.PasskeyWarn })
}

// TestPasskey_BackupFlagsMayChange.
func TestPasskey_BackupFlagsMayChange(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed(synced)
		k.signing.bs = false // no longer backed up
		wantRedirect(t, st.browser().enterWith(k), "/dashboard")
		if row := st.keyRow(k); row.BackedUp || !row.BackupEligible {
			t.Errorf("%+v", row)
		}
		k.signing.be = false // no longer can be
		wantRedirect(t, st.browser().enterWith(k), "/dashboard")
		if row := st.keyRow(k); row.BackupEligible {
			t.Errorf("%+v", row)
		}
		wantRedirect(t, st.browser().enterWith(k), "/dashboard") // and so it stays
		if rows := st.audit(auth.AuditPasskeyBackup); len(rows) != 2 || rows[0].Outcome != models.OutcomeSuccess || len(withMeta(rows, "eligible", false)) != 1 {
			t.Errorf("%+v", rows)
		}
	})
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed()
		k.signing.be = true
		wantPage(t, st.browser().enterWith(k), 422, passkeyFailed)
		if rows := st.audit(auth.AuditPasskeyBackup); len(rows) != 1 || rows[0].Outcome != models.OutcomeFailure || st.keyRow(k).BackupEligible {
			t.Errorf("%+v", rows)
		}
		k.signing.be = false
		wantRedirect(t, st.browser().enterWith(k), "/dashboard")
	}, func(c *auth.Config) { c.PasskeyBackupFlagChange = auth.PasskeyRefuse })
}

// TestAuthenticatorFlags (T-814): both, and a synced key whose counter goes back: it is on several machines.
func TestAuthenticatorFlags(t *testing.T) {
	TestPasskey_SignCount(t)
	TestPasskey_BackupFlagsMayChange(t)
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed(synced)
		for _, counter := range []uint32{9, 2, 3} {
			k.signing.counter = counter
			wantRedirect(t, st.browser().enterWith(k), "/dashboard")
		}
		if rows := st.audit(auth.AuditPasskeyCounter); len(rows) != 1 || rows[0].Outcome != models.OutcomeSuccess || len(st.delivered(member, "passkey_suspicious")) != 0 {
			t.Errorf("%+v", rows)
		}
		// A key that claims to be synced only now is still one that should have no copy.
		st.exec("UPDATE passkeys SET backup_eligible = FALSE, backed_up = FALSE")
		k.signing.counter = 1
		wantPage(t, st.browser().enterWith(k), 422, passkeyFailed)
	})
}

// TestPasskey_ChallengesAreSwept: what nobody answered goes.
func TestPasskey_ChallengesAreSwept(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		b.options("/login/passkey/options")
		st.clock.Add(5 * time.Minute)
		b.options("/login/passkey/options")
		if err := st.s.Sweep(t.Context()); err != nil || st.number("SELECT count(*) FROM passkey_challenges") != 1 {
			t.Error(err, "they stay")
		}
	})
}

// TestCredentialJSON (T-118): an answer that reads in two ways, or never ends, is refused as a whole and at once. The
// challenge is not used up by it.
func TestCredentialJSON(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed()
		b := st.browser()
		_, challenge := b.options("/login/passkey/options")
		good := k.sign(t, challenge)
		rest := strings.TrimPrefix(good, "{")
		bad := map[string]string{
			"doubled":         `{"id":"x",` + rest,
			"doubled inside":  strings.Replace(good, `"response":{`, `"response":{"signature":"AA",`, 1),
			"another case":    `{"ID":"x",` + rest,
			"10,000 levels":   `{"more":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "," + rest,
			"17 levels":       `{"more":` + strings.Repeat("[", 17) + strings.Repeat("]", 17) + "," + rest,
			"something after": good + "{}",
			"a huge number":   strings.Replace(good, `"type":"public-key"`, `"type":1e400`, 1),
			"a wrong type":    strings.Replace(good, `"response":{`, `"response":[],"other":{`, 1),
			"a list":          "[" + good + "]",
			"not ended":       good[:len(good)-1],
			"nothing":         "",
			"a name no text":  `{1:2,` + rest,
		}
		for what, credential := range bad {
			if credential == good {
				t.Fatalf("%s changes nothing", what)
			}
			st.exec("DELETE FROM attempts")
			before, began := modelstest.Digest(t, st.raw()), time.Now()
			p := b.post("/login/passkey", "credential", credential)
			if took := time.Since(began); took > 50*time.Millisecond && !testing.Short() {
				t.Errorf("%s takes %v", what, took)
			}
			wantPage(t, p, 422, passkeyFailed)
			st.inert(what, before)
		}
		wantRedirect(t, b.post("/login/passkey", "credential", good), "/dashboard")
	})
}
