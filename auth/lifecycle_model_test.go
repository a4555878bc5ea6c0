package auth_test

import "time"

// lifeModel is what FuzzLifecycle believes: who is signed in where, what each mail still opens, who is proven, locked
// or off. It knows no epoch, no hash and no row: what ends is taken out of it, there and then.
type lifeModel struct {
	now      time.Time
	banner   bool // people whose address is not proven may sign in
	people   map[string]*lifePerson
	browsers [3]lifeBrowser
	mails    []*lifeMail
	quiet    map[string]time.Time // by address: no other mail about a lock before then
}

type lifePerson struct {
	email                              string
	password                           string
	verified, locked, off, mustReplace bool
	offUntil                           time.Time // zero: until an operator switches the account on
	signedUp                           time.Time
	known                              map[int]time.Time // browsers that signed in here, and when last
	ended                              int               // how often everything of theirs was ended
}

type lifeBrowser struct {
	session *lifeSession // nil: its cookie, if it has one, opens nothing
	pending *lifePending
}

type lifeSession struct {
	person               *lifePerson
	remember             bool
	proved, seen         time.Time
	idleUntil, lastUntil time.Time
}

// lifePending is a sign-in with an open step.
type lifePending struct {
	person   *lifePerson // nil: of an address that got no account
	email    string
	step     lifeStep
	remember bool
	until    time.Time
}

// lifeStep is what a sign-in waits for.
type lifeStep int

const (
	provesAddress lifeStep = iota
	awaitsLink
	choosesPassword
)

// lifeMail is a mail that was sent, and what its link and code are good for.
type lifeMail struct {
	kind, to         string
	person           *lifePerson // whom the link is for; nil: it has none
	dead             bool
	kept             bool         // dead because the account was switched off, and for nothing else
	asked            *lifePending // the step that waits for its code, of a mail to sign in with
	until, codeUntil time.Time
	sent             time.Time
	codeTries        int
	passwordTries    int
	path, code       string // as read in the product's mail
}

// lifeAnswer is what the product must say: a status, and where a redirect leads.
type lifeAnswer struct {
	status int
	to     string
}

var (
	refused  = lifeAnswer{status: 422}
	toSignIn = lifeAnswer{303, "/login"}
	askedOut = lifeAnswer{303, "/login?return_to=%2Fdashboard"} // a form posted by nobody
)

func seeOther(to string) lifeAnswer { return lifeAnswer{303, to} }

func (p *lifePerson) isOff(now time.Time) bool {
	return p.off && (p.offUntil.IsZero() || p.offUntil.After(now))
}

// live is the session that a browser has, or nil.
func (m *lifeModel) live(b int) *lifeSession {
	s := m.browsers[b].session
	if s == nil || !s.idleUntil.After(m.now) || !s.lastUntil.After(m.now) {
		return nil
	}
	return s
}

// pending is the step that a browser has open, or nil.
func (m *lifeModel) pending(b int, step lifeStep) *lifePending {
	p := m.browsers[b].pending
	if p == nil || p.step != step || !p.until.After(m.now) {
		return nil
	}
	return p
}

func (m *lifeModel) opens(mail *lifeMail) bool {
	return mail != nil && mail.person != nil && !mail.dead && mail.until.After(m.now)
}

// saysOff tells whether a link to sign in with is told that its account is off: whoever holds it has the mailbox.
func (m *lifeModel) saysOff(mail *lifeMail) bool {
	return mail != nil && mail.kind == "sign_in_link" && mail.kept && mail.until.After(m.now) && mail.person.isOff(m.now)
}

func (m *lifeModel) knows(p *lifePerson, b int) bool {
	at, ok := p.known[b]
	return ok && m.now.Sub(at) < 90*24*time.Hour
}

// visit is any page asked for: it moves the idle limit, at most every five minutes.
func (m *lifeModel) visit(b int) {
	if s := m.live(b); s != nil && m.now.Sub(s.seen) >= 5*time.Minute {
		m.active(s)
	}
}

func (m *lifeModel) active(s *lifeSession) {
	idle := 2 * time.Hour
	if s.remember {
		idle = 30 * 24 * time.Hour
	}
	s.seen, s.idleUntil = m.now, m.now.Add(idle)
}

// send adds a mail. A new link ends the older ones of its kind.
func (m *lifeModel) send(kind, to string, linked *lifePerson, life time.Duration) {
	for _, mail := range m.mails {
		if linked != nil && mail.kind == kind && mail.person == linked {
			mail.dead, mail.kept = true, false
		}
	}
	m.mails = append(m.mails, &lifeMail{
		kind: kind, to: to, person: linked, sent: m.now, until: m.now.Add(life), codeUntil: m.now.Add(30 * time.Minute),
	})
}

func (m *lifeModel) sendVerify(p *lifePerson) { m.send("verify_email", p.email, p, 24*time.Hour) }

// verifyMail is the open one of a person, or nil.
func (m *lifeModel) verifyMail(p *lifePerson) *lifeMail {
	for _, mail := range m.mails {
		if mail.kind == "verify_email" && mail.person == p && m.opens(mail) {
			return mail
		}
	}
	return nil
}

// endAll ends what a person has open: sessions but one, steps of a sign-in, links.
func (m *lifeModel) endAll(p *lifePerson, but *lifeSession) {
	p.ended++
	for b := range m.browsers {
		v := &m.browsers[b]
		if v.session != nil && v.session != but && v.session.person == p {
			v.session = nil
		}
		if v.pending != nil && v.pending.person == p {
			v.pending = nil
		}
	}
	for _, mail := range m.mails {
		if mail.person == p {
			mail.dead, mail.kept = true, false
		}
	}
}

// switchOff ends what a person has open, and keeps their links for the day the account is on again: dead, but not used.
func (m *lifeModel) switchOff(p *lifePerson) {
	var open []*lifeMail
	for _, mail := range m.mails {
		if mail.person == p && (!mail.dead || mail.kept) {
			open = append(open, mail)
		}
	}
	m.endAll(p, nil)
	for _, mail := range open {
		mail.kept = true
	}
}

func (m *lifeModel) erase(p *lifePerson) {
	m.endAll(p, nil)
	delete(m.people, p.email)
}

// setPassword ends everything but one session.
func (m *lifeModel) setPassword(p *lifePerson, password string, but *lifeSession) {
	p.password, p.mustReplace = password, false
	m.endAll(p, but)
}

// resetPassword is on the word of the mailbox.
func (m *lifeModel) resetPassword(p *lifePerson, password string) {
	m.setPassword(p, password, nil)
	p.verified, p.locked = true, false
}

// proceed takes a proof on: to a session, or to the step that is still open.
func (m *lifeModel) proceed(b int, p *lifePerson, remember bool) lifeAnswer {
	v := &m.browsers[b]
	v.pending = nil
	switch {
	case !p.verified && !m.banner:
		v.pending = &lifePending{person: p, email: p.email, step: provesAddress, remember: remember, until: m.now.Add(24 * time.Hour)}
		return seeOther("/verify-email")
	case p.mustReplace:
		v.pending = &lifePending{person: p, email: p.email, step: choosesPassword, remember: remember, until: m.now.Add(10 * time.Minute)}
		return seeOther("/password/new")
	}
	return m.start(b, p, remember, p.ended)
}

// start is a new session, in place of the one this browser had. What was ended since the proof is ended.
func (m *lifeModel) start(b int, p *lifePerson, remember bool, ended int) lifeAnswer {
	v := &m.browsers[b]
	v.pending, v.session = nil, nil
	if p.ended == ended {
		last := 24 * time.Hour
		if remember {
			last = 60 * 24 * time.Hour
		}
		v.session = &lifeSession{person: p, remember: remember, proved: m.now, lastUntil: m.now.Add(last)}
		m.active(v.session)
	}
	if p.verified {
		p.known[b] = m.now
	}
	return seeOther("/dashboard")
}
