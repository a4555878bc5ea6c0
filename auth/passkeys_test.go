package auth_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestPasskey_AddRenameRemove: what a person does with a passkey, what is kept of it, and who is told.
func TestPasskey_AddRenameRemove(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		wantPage(t, b.get("/account/passkeys"), 200, "No passkey yet")
		options, _ := b.options("/account/passkeys/options")
		for _, want := range []string{`"residentKey":"preferred"`, `"userVerification":"preferred"`, `"attestation":"none"`, `"alg":-7`, `"alg":-8`, `"alg":-257`, `"id":"localhost"`} {
			if !strings.Contains(options, want) {
				t.Errorf("the options have no %s: %s", want, options)
			}
		}
		if strings.Count(options, `"alg"`) != 3 || strings.Contains(options, st.row(member).ID) {
			t.Error(options)
		}
		k := b.addKey("", synced, func(a *virtualwebauthn.Authenticator) {
			copy(a.Aaguid[:], aaguid(t, "d548826e-79b4-db40-a3d8-11116f7e8349"))
		})
		row := st.keyRow(k)
		if row.Name != "Bitwarden" || row.AAGUID != "d548826e-79b4-db40-a3d8-11116f7e8349" || !row.BackupEligible || !row.BackedUp || !row.Discoverable || !row.Verified || row.RPID != "localhost" {
			t.Errorf("%+v", row)
		}
		p := b.get("/account/passkeys")
		wantPage(t, p, 200, "Works without a password")
		for _, want := range []string{"Bitwarden", "Synced", "not used yet", "allAcceptedCredentialIds", "/account/passkeys/" + k.id + "/remove"} {
			if !strings.Contains(p.body, want) {
				t.Errorf("the page has no %q", want)
			}
		}
		wantPage(t, b.get("/account"), 200, "1 passkey")

		// Its own keys are named, so that an authenticator does not make a second one; who sends one all the same is told.
		again, _ := b.options("/account/passkeys/options")
		if asked, err := virtualwebauthn.ParseAttestationOptions(again); err != nil || !k.key.IsExcludedForAttestation(*asked) {
			t.Errorf("%v %s", err, again)
		}
		wantPage(t, b.post("/account/passkeys", "credential", k.made(t, again, homeParty)), 422, "This account already has that passkey")

		page := "/account/passkeys/" + k.id
		wantPage(t, b.get(page+"/rename"), 200, `value="Bitwarden"`)
		for _, bad := range []string{"", "  ", strings.Repeat("n", 61), "a\x00b"} {
			wantPage(t, b.post(page+"/rename", "name", bad), 422, "Use 1 to 60 characters")
		}
		wantRedirect(t, b.post(page+"/rename", "name", strings.Repeat("ü", 60)), "/account/passkeys")
		if name := st.keyRow(k).Name; name != strings.Repeat("ü", 60) {
			t.Error(name)
		}
		wantPage(t, b.get(page+"/remove"), 200, "Keep passkey")
		old := b.copy()
		wantRedirect(t, b.post(page+"/remove"), "/account/passkeys")
		if !b.signedIn() || old.signedIn() {
			t.Error("the session did not get a new token")
		}
		wantPage(t, st.browser().enterWith(k), 422, passkeyFailed)
		wantRedirect(t, st.browser().signIn(member), "/dashboard") // one step again

		for action, want := range map[models.Action]int{auth.AuditPasskeyAdd: 1, auth.AuditPasskeyRename: 1, auth.AuditPasskeyRemove: 1} {
			rows := st.audit(action)
			if len(rows) != want || rows[0].TargetID != k.id || rows[0].SubjectID != st.row(member).ID {
				t.Errorf("%s: %+v", action, rows)
			}
		}
		for _, kind := range []string{"passkey_added", "passkey_removed"} {
			if mails := st.delivered(member, kind); len(mails) != 1 || !strings.Contains(mails[0].Text, "Network address: ") {
				t.Errorf("%s: %d mails", kind, len(mails))
			}
		}
	})
}

func aaguid(t *testing.T, text string) []byte {
	t.Helper()
	id, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestPasskey_NeedsFreshSignIn: a session left open adds and removes none.
func TestPasskey_NeedsFreshSignIn(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b, k := st.keyed()
		st.clock.Add(10*time.Minute + time.Second)
		before := modelstest.Digest(t, st.raw())
		for _, path := range []string{"/account/passkeys/options", "/account/passkeys", "/account/passkeys/" + k.id + "/remove"} {
			if p := b.post(path, "credential", "-"); p.status != 303 || !strings.HasPrefix(p.location, "/reauth?return_to=%2Faccount%2Fpasskeys") {
				t.Errorf("%s: %d to %q", path, p.status, p.location)
			}
		}
		st.inert("a stale session", before)
		wantPage(t, b.get("/account/passkeys"), 200, "Add passkey")
	})
}

// TestPasskey_Limit: twenty for an account, counted where nobody can add beside it.
func TestPasskey_Limit(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		st.person(member)
		b := st.browser().mustSignIn(member)
		actors, answers := make([]*auth.User, 6), make([]string, 6) // each in a session of its own
		for i := range actors {
			actors[i] = st.actor(st.browser().mustSignIn(member))
		}
		b.addKey("First")
		for i, u := range actors {
			options, err := st.s.BeginPasskey(t.Context(), u)
			if err != nil {
				t.Fatal(err)
			}
			answers[i] = newSoftKey(virtualwebauthn.KeyTypeEC2).made(t, string(options), homeParty)
		}
		won, lost := modelstest.Race(len(answers), func(i int) error {
			_, _, err := st.s.AddPasskey(t.Context(), actors[i], answers[i], "")
			return err
		})
		if n := st.number("SELECT count(*) FROM passkeys"); won != 2 || n != 3 {
			t.Errorf("%d were added, %d are there", won, n)
		}
		for _, err := range lost {
			var invalid auth.Invalid
			if !errors.As(err, &invalid) {
				t.Error(err)
			}
		}
		wantPage(t, b.post("/account/passkeys/options"), 422, `{"error":"An account has at most 3 passkeys. Remove one first"}`)
		wantPage(t, b.get("/account/passkeys"), 200, "as many passkeys as an account can have")
	}, func(c *auth.Config) { c.PasskeyMax = 3 })
}

// TestPasskey_RemoveEndsItsSessions: sessions that a passkey began end with it; the others go on under the
// next epoch, and what was open under the last one is dead.
func TestPasskey_RemoveEndsItsSessions(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b, k := st.keyed()
		other := b.addKey("Other")
		byKey, byOther := st.browser(), st.browser()
		wantRedirect(t, byKey.enterWith(k), "/dashboard")
		wantRedirect(t, byOther.enterWith(other), "/dashboard")
		st.browser().post("/password/forgot", "email", member)
		wantRedirect(t, b.post("/account/passkeys/"+k.id+"/remove"), "/account/passkeys")
		if byKey.signedIn() || !byOther.signedIn() || !b.signedIn() {
			t.Errorf("with it: %v, with another: %v, this one: %v", byKey.signedIn(), byOther.signedIn(), b.signedIn())
		}
		if p := st.browser().get(st.link(member, "password_reset")); p.status != 410 {
			t.Errorf("a link of before: %d", p.status)
		}
		if rows := withReason(st.audit(auth.AuditSessionEnd), "epoch"); len(rows) != 1 {
			t.Errorf("%+v", rows)
		}
		// Who removes what this very session began with is signed out.
		wantRedirect(t, byOther.post("/account/passkeys/"+other.id+"/remove"), "/login")
		if byOther.signedIn() || !b.signedIn() || st.row(member).Epoch != 3 {
			t.Error("the wrong sessions ended")
		}
	})
}

// TestPasskey_ForeignIsNotThere: another person's passkey cannot be seen, renamed or removed.
func TestPasskey_ForeignIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed()
		stranger := st.browser().mustSignIn(st.person("other@example.test").Email)
		before := modelstest.Digest(t, st.raw())
		for _, id := range []string{k.id, models.NewID()} {
			for _, p := range []page{
				stranger.get("/account/passkeys/" + id + "/rename"), stranger.post("/account/passkeys/"+id+"/rename", "name", "x"),
				stranger.get("/account/passkeys/" + id + "/remove"), stranger.post("/account/passkeys/" + id + "/remove"),
			} {
				if p.status != 404 {
					t.Errorf("%d\n%s", p.status, p.body)
				}
			}
		}
		st.inert("a stranger", before)
		// Nor is it added to another account: whose it is is not told.
		options, _ := stranger.options("/account/passkeys/options")
		wantPage(t, stranger.post("/account/passkeys", "credential", k.made(t, options, homeParty)), 422, passkeyFailed)
		if rows := withReason(st.audit(auth.AuditPasskeyAdd), "taken"); len(rows) != 1 {
			t.Errorf("%+v", rows)
		}
	})
}

// passwordless is a person with these many passkeys, as many sessions, and no password any more.
func (st *site) passwordless(n int) (inside []*browser, keys []*softKey) {
	st.t.Helper()
	st.person(member)
	for i := range n {
		inside = append(inside, st.browserAt(fmt.Sprintf("203.0.113.%d", 70+i)).mustSignIn(member))
	}
	for range n {
		keys = append(keys, inside[0].addKey(""))
	}
	st.exec("UPDATE users SET password_hash = ''")
	return inside, keys
}

// TestLastCredentialStays (A-1041, T-313): one way to sign in is left, however many go at one moment.
func TestLastCredentialStays(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		inside, keys := st.passwordless(6)
		actors := make([]*auth.User, len(keys))
		for i, b := range inside {
			actors[i] = st.actor(b)
		}
		won, lost := modelstest.Race(len(keys), func(i int) error {
			_, err := st.s.RemovePasskey(t.Context(), actors[i], keys[i].id)
			return err
		})
		if n := st.number("SELECT count(*) FROM passkeys"); won != len(keys)-1 || n != 1 {
			t.Errorf("%d were removed, %d are left", won, n)
		}
		for _, err := range lost {
			var invalid auth.Invalid
			if !errors.As(err, &invalid) || invalid[""] != "Add another way to sign in first" {
				t.Error(err)
			}
		}
	})
}

// TestLastMethod_Guard_Race: two removals at once, and what counts as a way in.
func TestLastMethod_Guard_Race(t *testing.T) {
	TestLastCredentialStays(t)
	each(t, func(t *testing.T, st *site) {
		inside, keys := st.passwordless(2)
		b, last, other := inside[0], "/account/passkeys/"+keys[0].id+"/remove", keys[1].id
		st.exec("UPDATE passkeys SET verified = FALSE WHERE id = '" + other + "'")
		wantPage(t, b.post(last), 422, "Add another way to sign in first")
		st.exec("UPDATE passkeys SET verified = TRUE, discoverable = FALSE WHERE id = '" + other + "'")
		wantPage(t, b.post(last), 422, "Add another way to sign in first")
		if !b.signedIn() || st.number("SELECT count(*) FROM passkeys") != 2 {
			t.Error("refused, and yet something ended")
		}
		st.exec("UPDATE passkeys SET discoverable = TRUE WHERE id = '" + other + "'")
		wantRedirect(t, b.post(last), "/account/passkeys")
		st.exec("UPDATE users SET password_hash = 'x'") // a password is a way in, too
		wantRedirect(t, b.post("/account/passkeys/"+other+"/remove"), "/account/passkeys")
	})
}

// TestPasskey_OtherRPID: after a move to another host the old passkeys are listed, are worth nothing, and go.
func TestPasskey_OtherRPID(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		_, k := st.keyed()
		moved := newSite(t, st.db, st.clock, func(c *auth.Config) { c.BaseURL = "http://other.example" })
		b := moved.browser().mustSignIn(member) // no second step: there is nothing to ask for
		wantPage(t, b.get("/account/passkeys"), 200, "Made for another address")
		k.signing.origin, k.signing.rpID = "http://other.example", "other.example"
		wantPage(t, moved.browser().enterWith(k), 422, passkeyFailed)

		options, _ := b.options("/account/passkeys/options")
		if strings.Contains(options, "excludeCredentials") {
			t.Error("an old key is named to authenticators")
		}
		fresh := newSoftKey(virtualwebauthn.KeyTypeEC2)
		party := virtualwebauthn.RelyingParty{Name: "x", ID: "other.example", Origin: "http://other.example"}
		wantRedirect(t, b.post("/account/passkeys", "credential", fresh.made(t, options, party)), "/account/recovery-codes")
		fresh.id = st.keyRow(fresh).ID
		st.exec("UPDATE users SET password_hash = ''")
		wantPage(t, b.post("/account/passkeys/"+fresh.id+"/remove"), 422, "Add another way to sign in first") // the old one is none
		wantRedirect(t, b.post("/account/passkeys/"+k.id+"/remove"), "/account/passkeys")
	})
}
