package main

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
)

// question is what an operator was asked, as it was drawn.
type question struct{ body string }

var drawnField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

func (a *actor) question(t *testing.T, path string) question {
	t.Helper()
	answer := a.ask(t, get(path))
	if answer.status != http.StatusOK {
		t.Fatalf("the question at %s: %d", path, answer.status)
	}
	return question{answer.body}
}

// answer sends the form of a question as it was drawn, with a reason and what is typed besides.
func (a *actor) answer(t *testing.T, path string, q question, typed ...string) {
	t.Helper()
	form := fields(append(typed, "reason", "They asked for it by phone")...)
	for _, field := range drawnField.FindAllStringSubmatch(q.body, -1) {
		form.Set(field[1], html.UnescapeString(field[2]))
	}
	if answer := a.ask(t, post(path, form.Encode())); answer.status != http.StatusSeeOther {
		t.Fatalf("%s: %d\n%s", path, answer.status, answer.body)
	}
}

// wants compares a number that the question says behind a label.
func (q question) wants(t *testing.T, label string, want int) {
	t.Helper()
	found := regexp.MustCompile(`>` + label + `</dt>\s*<dd[^>]*>\s*([0-9,]+)`).FindStringSubmatch(q.body)
	if found == nil || found[1] != strconv.Itoa(want) {
		t.Errorf("%s: %q, want %d", label, found, want)
	}
}

// TestConfirmCountsMatchEffect_Sessions (D-04): all sessions from an address end, as many and of as many members as the question
// says: not those that are over, nor the operator's own, nor those of operators.
func TestConfirmCountsMatchEffect_Sessions(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		const address = "203.0.113.77"
		here := func(email string) *actor {
			a := s.enter(t, email)
			s.exec(t, "UPDATE sessions SET address = '"+address+"' WHERE user_id = '"+s.idOf(t, email)+"'")
			return a
		}
		gone := here(s.newPerson(t, "gone-from@example.test"))
		s.clock.Add(3 * time.Hour)
		first, second := s.newPerson(t, "first-from@example.test"), s.newPerson(t, "second-from@example.test")
		support := s.operatorWith(t, auth.RoleSupport)
		end := []*actor{here(first), here(first), here(second)}
		stay := []*actor{here("an-support@example.test"), here("admin@example.test"), s.enter(t, s.newPerson(t, "elsewhere@example.test"))}

		path := "/admin/sessions/end-from?address=" + address
		q := support.question(t, path)
		if !strings.Contains(q.body, "Ends 3 sessions of 2 members.") {
			t.Errorf("the question: %s", q.body)
		}
		if gone.signedIn(t) {
			t.Error("the test needs a session that is over")
		}
		support.answer(t, path, q)
		for i, a := range end {
			if a.signedIn(t) {
				t.Errorf("session %d goes on", i)
			}
		}
		for i, a := range append(stay, support) {
			if !a.signedIn(t) {
				t.Errorf("session %d of those that stay ended", i)
			}
		}
	})
}

func (a *actor) signedIn(t *testing.T) bool {
	t.Helper()
	return a.ask(t, get("/dashboard")).status == http.StatusOK
}

// TestConfirmCountsMatchEffect_Access (D-04): a consent, a sign-in and all of a member at a client end as many sign-ins, and as much
// short-lived access, as the question says. What is over already does not count.
func TestConfirmCountsMatchEffect_Access(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		for name, c := range map[string]struct {
			path            func(h *held) string
			signIns, access int
			goesOn          bool // the second sign-in does
		}{
			"consent": {func(h *held) string { return "/admin/consents/" + h.consent + "/revoke" }, 3, 3, false},
			"sign-in": {func(h *held) string { return "/admin/tokens/" + h.family + "/revoke" }, 0, 2, true},
			"client":  {func(h *held) string { return "/admin/tokens/" + h.family + "/revoke-all" }, 3, 3, false},
		} {
			h := s.held(t, "held-by-"+name+"@example.test")
			admin := s.enter(t, "admin@example.test")
			q := admin.question(t, c.path(h))
			if c.signIns > 0 {
				q.wants(t, "Sign-ins that end", c.signIns)
			}
			q.wants(t, "Short-lived access that ends", c.access)
			admin.answer(t, c.path(h), q)
			for i, works := range []bool{s.opens(t, h.first.Access), s.opens(t, h.renewed.Access), s.renews(t, h.renewed)} {
				if works {
					t.Errorf("%s: %d of the first sign-in goes on", name, i)
				}
			}
			if s.opens(t, h.second.Access) != c.goesOn || s.renews(t, h.second) != c.goesOn || (s.redeem(t, h.code).Access != "") != c.goesOn {
				t.Errorf("%s: the other sign-ins go on where they should not, or the other way round", name)
			}
			if !s.opens(t, h.other.Access) {
				t.Errorf("%s: it ended what somebody else has", name)
			}
		}
	})
}

// held is what the demo client has of a member: two sign-ins, one of them refreshed once, a code that it has not redeemed, and two
// sign-ins that are over; and one of somebody else.
type held struct {
	consent, family               string
	first, renewed, second, other granted
	code                          string
}

func (s *sweep) held(t *testing.T, email string) *held {
	t.Helper()
	person := s.enter(t, s.newPerson(t, email))
	for range 2 {
		s.redeem(t, person.allow(t, "openid", "notes:read"))
	}
	s.clock.Add(time.Hour + time.Second)
	h := &held{first: s.redeem(t, person.allow(t))}
	id := s.idOf(t, email)
	families, err := s.db.OAuthGrantsOlder(t.Context(), models.OAuthGrantQuery{Subject: id, State: models.GrantsActive, Now: s.clock.Now()}, nil, 2)
	if err != nil || len(families) != 1 {
		t.Fatalf("%d families live, %v", len(families), err)
	}
	h.family = families[0].ID
	h.renewed = s.tokens(t, refreshing(h.first))
	h.second, h.code = s.redeem(t, person.allow(t)), person.allow(t)
	h.other = s.redeem(t, s.enter(t, s.newPerson(t, "not-"+email)).allow(t))
	consents, err := s.db.OAuthConsentsOlder(t.Context(), models.OAuthConsentQuery{Subject: id}, nil, 2)
	if err != nil || len(consents) != 1 || !s.opens(t, h.first.Access) || !s.opens(t, h.renewed.Access) || !s.opens(t, h.second.Access) {
		t.Fatalf("%d consents, or a token that does not work: %v", len(consents), err)
	}
	h.consent = consents[0].ID
	return h
}

func refreshing(tokens granted) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}}
}

// opens tells whether an access token works.
func (s *sweep) opens(t *testing.T, access string) bool {
	t.Helper()
	return s.program(access).ask(t, get("/oauth/userinfo")).status == http.StatusOK
}

// renews tells whether a refresh token works.
func (s *sweep) renews(t *testing.T, tokens granted) bool {
	t.Helper()
	return s.tokens(t, refreshing(tokens)).Access != ""
}

// TestConfirmCountsMatchEffect_Keys (D-04): a key that is no longer published, and one that is revoked, leave as many ID tokens
// without a key to check them as the question says: not those of another key, nor those that are too old to be believed.
func TestConfirmCountsMatchEffect_Keys(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		person := s.enter(t, s.newPerson(t, "signed-for@example.test"))
		s.redeem(t, person.allow(t)) // too old by the time it is asked about
		s.clock.Add(time.Hour + time.Second)
		var ids []string
		sign := func() granted {
			tokens := s.redeem(t, person.allow(t))
			ids = append(ids, tokens.ID)
			s.clock.Add(time.Second)
			return tokens
		}
		first := sign()
		ids = append(ids, s.tokens(t, refreshing(first)).ID)
		sign()
		old := s.keyIn(t, "RS256", models.KeyActive)
		s.clock.Add(time.Second)
		s.must(t, s.oauth.RotateKeys(t.Context(), bySystem, oauthserver.RotateNow))
		s.clock.Add(time.Second)
		sign()
		sign()

		admin := s.enter(t, "admin@example.test")
		checked := s.checkable(t, ids)
		step := func(kid, name, label string) {
			t.Helper()
			path := "/admin/keys/" + kid + "/" + name
			q := admin.question(t, path)
			admin.answer(t, path, q, "typed", "RS256")
			s.clock.Add(time.Second)
			left := s.checkable(t, ids)
			q.wants(t, label, checked-left)
			checked = left
		}
		if checked != 5 {
			t.Fatalf("%d ID tokens can be checked", checked)
		}
		step(old.KID, "retire", "Signed sign-ins left unchecked")
		if checked != 2 {
			t.Errorf("%d ID tokens can be checked without the first key", checked)
		}
		step(s.keyIn(t, "RS256", models.KeyActive).KID, "revoke", "Signed sign-ins that stop counting")
		if checked != 0 {
			t.Errorf("%d ID tokens can be checked without the second key", checked)
		}
	})
}

// checkable counts the ID tokens whose key is published.
func (s *sweep) checkable(t *testing.T, ids []string) (n int) {
	t.Helper()
	published := s.anyone().ask(t, get("/oauth/jwks.json")).body
	for _, id := range ids {
		var header struct {
			KID string `json:"kid"`
		}
		head, err := base64.RawURLEncoding.DecodeString(strings.Split(id, ".")[0])
		s.must(t, err)
		s.must(t, json.Unmarshal(head, &header))
		if strings.Contains(published, `"`+header.KID+`"`) {
			n++
		}
	}
	return n
}
