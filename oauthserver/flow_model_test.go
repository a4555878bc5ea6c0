package oauthserver

import (
	"slices"
	"time"
)

// flowModel says who holds what: plain rules over lists and maps, beside the server and its tables. What the rules
// say is the cascade table of the specification and the order of its checks, nothing more.
type flowModel struct {
	now      time.Time
	clients  map[string]*flowClient
	people   map[string]*flowPerson
	sessions map[string]string // of the host, those that live: whose
	consents map[[2]string]*flowConsent
	asks     []*flowAsk
	families []*flowFamily
}

// flowClient is a client and the lives of what it is given.
type flowClient struct {
	id                             string
	public, disabled               bool
	access, idle, absolute, window time.Duration
}

type flowPerson struct {
	inactive bool
	epoch    int64
}

type flowConsent struct {
	scopes     []string
	remembered bool
	until      time.Time
}

// flowAsk is a request that waits for a person in one browser.
type flowAsk struct {
	path, client string
	browser      int
	scopes       []string
	shown        string // whose page was shown
	until        time.Time
	done, gone   bool
}

// flowFamily is what one person allowed one client at one moment, with everything that came of it.
type flowFamily struct {
	id, client, subject, session string
	scopes                       []string
	epoch                        int64
	created, lastUsed, endedAt   time.Time
	ended, gone, settled         bool // gone: swept; settled: found dead, for good

	code               string
	codeUntil          time.Time
	codeUsed, codeGone bool

	refresh                 []string // all there were; the last one is current
	idle, absolute, rotated time.Time
	retries                 int
	access                  []*flowToken
}

// flowToken is an access token.
type flowToken struct {
	text                   string
	scopes                 []string
	until                  time.Time
	revoked, gone, settled bool
}

func has(scopes []string, name string) bool { return slices.Contains(scopes, name) }

// lives: every use of everything in a family asks this.
func (m *flowModel) lives(f *flowFamily) bool {
	person := m.people[f.subject]
	bound := !has(f.scopes, "offline_access")
	return !f.ended && !person.inactive && person.epoch == f.epoch && (!bound || m.sessions[f.session] == f.subject)
}

func (m *flowModel) accessLives(f *flowFamily, t *flowToken) bool {
	return !t.revoked && m.now.Before(t.until) && m.lives(f) && !m.clients[f.client].disabled
}

// codeLives: its own client could redeem it now.
func (m *flowModel) codeLives(f *flowFamily) bool {
	return !f.codeUsed && m.now.Before(f.codeUntil) && m.lives(f)
}

// refreshes: there is a current refresh token and its client could use it now.
func (m *flowModel) refreshes(f *flowFamily) bool {
	return len(f.refresh) > 0 && m.lives(f) && m.now.Before(f.idle) && m.now.Before(f.absolute)
}

func (m *flowModel) end(f *flowFamily) {
	if !f.ended {
		f.ended, f.endedAt = true, m.now
	}
}

func (m *flowModel) endAll(which func(*flowFamily) bool) {
	for _, f := range m.families {
		if which(f) {
			m.end(f)
		}
	}
}

// endSession: what is bound to a session ends with it.
func (m *flowModel) endSession(id string) {
	delete(m.sessions, id)
	m.endAll(func(f *flowFamily) bool { return f.session == id && !has(f.scopes, "offline_access") })
}

// agreed: the person already allowed all this, and wanted it remembered.
func (m *flowModel) agreed(subject, client string, scopes []string) bool {
	c := m.consents[[2]string{subject, client}]
	if c == nil || !c.remembered || !m.now.Before(c.until) {
		return false
	}
	return !slices.ContainsFunc(scopes, func(name string) bool { return !has(c.scopes, name) })
}

// advance is where a request goes on for who is signed in ("": nobody).
func (m *flowModel) advance(a *flowAsk, subject string) string {
	switch {
	case m.clients[a.client].disabled:
		return "invalid_client"
	case subject == "":
		return "login"
	case m.agreed(subject, a.client, a.scopes):
		a.done = true
		return "code"
	}
	a.shown = subject
	return "page"
}

// reopen says what is wrong with an answer to a request before it is read.
func (m *flowModel) reopen(a *flowAsk, browser int) string {
	switch {
	case a.gone, a.browser != browser:
		return "not found"
	case a.done, !m.now.Before(a.until):
		return "over"
	}
	return ""
}

// decide is what comes of an answer, and what it grants. ticked nil: the person said no.
func (m *flowModel) decide(a *flowAsk, subject string, ticked []string, remember bool) (outcome string, granted []string) {
	if ticked != nil && subject == "" {
		return "login", nil
	}
	if ticked != nil && subject != a.shown {
		a.shown = subject
		return "page", nil
	}
	for _, name := range a.scopes {
		if ticked != nil && (name == "openid" || has(ticked, name)) {
			granted = append(granted, name)
		}
	}
	a.done = true
	if len(granted) == 0 {
		return "access_denied", nil
	}
	m.consent(a, subject, granted, remember)
	return "code", granted
}

// consent is what is remembered: scopes that were not asked about stay.
func (m *flowModel) consent(a *flowAsk, subject string, granted []string, remember bool) {
	scopes := slices.Clone(granted)
	old := m.consents[[2]string{subject, a.client}]
	if old != nil && old.remembered && m.now.Before(old.until) {
		for _, name := range old.scopes {
			if !has(a.scopes, name) {
				scopes = append(scopes, name)
			}
		}
	}
	m.consents[[2]string{subject, a.client}] = &flowConsent{scopes, remember, m.now.Add(365 * day)}
}

// redeem is what a code gives to a client. right: verifier and address are those of the request.
func (m *flowModel) redeem(f *flowFamily, caller *flowClient, right bool) string {
	switch {
	case caller.disabled:
		return "invalid_client"
	case f.codeGone, f.client != caller.id:
		return "invalid_grant"
	case f.codeUsed: // it came twice
		m.end(f)
		return "invalid_grant"
	case !right, !m.codeLives(f):
		return "invalid_grant"
	}
	f.codeUsed, f.lastUsed = true, m.now
	return "ok"
}

// begins: a family with these scopes has a refresh token.
func begins(scopes []string) bool { return has(scopes, "offline_access") || !has(scopes, "openid") }

// present is what a refresh token of a family gives to a client; n is the token's place. "again" is the last answer
// once more.
func (m *flowModel) present(f *flowFamily, n int, caller *flowClient, asked []string) string {
	current := len(f.refresh) - 1
	switch {
	case caller.disabled:
		return "invalid_client"
	case f.client != caller.id, !m.refreshes(f):
		return "invalid_grant"
	case n == current && slices.ContainsFunc(asked, func(name string) bool { return !has(f.scopes, name) }):
		return "invalid_scope"
	case n == current:
		f.lastUsed, f.rotated, f.retries = m.now, m.now, 0
		return "ok"
	case n == current-1 && m.now.Before(f.rotated.Add(caller.window)):
		if f.retries++; f.retries > 3 {
			return "invalid_grant"
		}
		return "again"
	}
	m.end(f)
	return "invalid_grant"
}

// idleFrom gives the refresh token its next idle life.
func (m *flowModel) idleFrom(f *flowFamily) {
	c := m.clients[f.client]
	if f.absolute.IsZero() {
		f.absolute = m.now.Add(c.absolute)
	}
	f.idle = earlier(m.now.Add(c.idle), f.absolute)
}

// sweep forgets rows. Nothing that lives may be among them.
func (m *flowModel) sweep() {
	past := func(t time.Time, keep time.Duration) bool { return !t.IsZero() && t.Before(m.now.Add(-keep)) }
	for _, a := range m.asks {
		a.gone = a.gone || past(a.until, time.Hour)
	}
	for key, c := range m.consents {
		if past(c.until, 0) {
			delete(m.consents, key)
		}
	}
	for _, f := range m.families {
		over := past(f.endedAt, 30*day) || past(f.idle, 30*day) || past(f.absolute, 30*day) || f.idle.IsZero() && past(f.lastUsed, 30*day)
		f.gone = f.gone || over || f.lastUsed.IsZero() && past(f.created, day)
		f.codeGone = f.codeGone || f.gone || past(f.codeUntil, day)
		for _, t := range f.access {
			t.gone = t.gone || f.gone || past(t.until, time.Hour)
		}
	}
}
