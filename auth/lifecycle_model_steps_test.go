package auth_test

import "time"

// What each door of the package must do to the model of FuzzLifecycle, and answer.

func (m *lifeModel) signUp(b int, email, password string) lifeAnswer {
	p, pending := m.people[email], &lifePending{email: email, step: provesAddress, until: m.now.Add(24 * time.Hour)}
	m.browsers[b].pending = pending
	switch {
	case p == nil:
	case p.isOff(m.now):
		return seeOther("/verify-email")
	case p.verified:
		m.send("account_exists", email, nil, 0)
		return seeOther("/verify-email")
	default: // the newest sign-up replaces it whole
		m.erase(p)
	}
	p = &lifePerson{email: email, password: password, signedUp: m.now, known: map[int]time.Time{}}
	m.people[email], pending.person = p, p
	m.sendVerify(p)
	return seeOther("/verify-email")
}

// verifying is whose address a browser may prove: of its open sign-up, or of the person signed in.
func (m *lifeModel) verifying(b int) (p *lifePerson, email string, remember bool) {
	if s := m.live(b); s != nil && !s.person.verified {
		return s.person, s.person.email, false
	}
	if open := m.pending(b, provesAddress); open != nil {
		return open.person, open.email, open.remember
	}
	return nil, "", false
}

func (m *lifeModel) typeCode(b int, code string) lifeAnswer {
	p, _, remember := m.verifying(b)
	if p == nil {
		return refused
	}
	mail := m.verifyMail(p)
	if mail == nil || mail.codeTries == 5 || !mail.codeUntil.After(m.now) {
		return refused
	}
	if mail.codeTries++; mail.code != code {
		return refused
	}
	mail.dead, p.verified = true, true
	return m.proceed(b, p, remember)
}

func (m *lifeModel) resend(b int) lifeAnswer {
	if p, _, _ := m.verifying(b); p != nil && !p.verified {
		m.sendVerify(p)
	}
	return seeOther("/verify-email")
}

// confirm presses the button of a link. Where the account did not sign up, its password is asked, five times.
func (m *lifeModel) confirm(b int, mail *lifeMail, password string) lifeAnswer {
	if !m.opens(mail) {
		return refused
	}
	p, _, remember := m.verifying(b)
	if p != mail.person {
		if password == "" {
			return refused
		}
		if mail.passwordTries == 5 {
			return lifeAnswer{status: 429}
		}
		if mail.passwordTries++; mail.person.password != password {
			return refused
		}
		p, remember = mail.person, false
	}
	mail.dead, p.verified = true, true
	return m.proceed(b, p, remember)
}

func (m *lifeModel) newPasswordByLink(b int, mail *lifeMail, password string) lifeAnswer {
	if !m.opens(mail) {
		return refused
	}
	m.resetPassword(mail.person, password)
	return m.proceed(b, mail.person, false)
}

func (m *lifeModel) discard(mail *lifeMail) lifeAnswer {
	if !m.opens(mail) {
		return refused
	}
	m.erase(mail.person)
	return seeOther("/")
}

// lifeProof is what a right password is worth at the moment it was compared.
type lifeProof struct {
	person  *lifePerson // nil: refused
	ended   int
	session bool // leads straight to one
}

func (m *lifeModel) comparePassword(b int, email, password string) lifeProof {
	p := m.people[email]
	if p == nil || p.password == "" || p.password != password || p.isOff(m.now) || p.locked && !m.knows(p, b) {
		return lifeProof{}
	}
	return lifeProof{person: p, ended: p.ended, session: p.verified && !p.mustReplace}
}

func (m *lifeModel) signIn(b int, proof lifeProof, remember bool) lifeAnswer {
	p := proof.person
	switch {
	case p == nil:
		return refused
	case proof.session: // as things were
		return m.start(b, p, remember, proof.ended)
	case p.ended != proof.ended:
		return refused
	}
	answer := m.proceed(b, p, remember)
	if mail := m.verifyMail(p); answer.to == "/verify-email" && (mail == nil || m.now.Sub(mail.sent) > time.Minute) {
		m.sendVerify(p)
	}
	return answer
}

// forgot opens a step of its own in the browser, in place of the one that was open.
func (m *lifeModel) forgot(b int, email string) lifeAnswer {
	m.browsers[b].pending = nil
	if p := m.people[email]; p != nil && !p.isOff(m.now) {
		m.send("password_reset", email, p, time.Hour)
	}
	return seeOther("/password/forgot?sent=1")
}

// askLink opens a step of its own, too.
func (m *lifeModel) askLink(b int, email string) lifeAnswer {
	open := &lifePending{email: email, step: awaitsLink, until: m.now.Add(10 * time.Minute)}
	m.browsers[b].pending = open
	if p := m.people[email]; p != nil && !p.isOff(m.now) {
		open.person = p
		m.send("sign_in_link", email, p, 10*time.Minute)
		mail := m.mails[len(m.mails)-1]
		mail.asked, mail.codeUntil = open, mail.until
	}
	return seeOther("/login/link/code")
}

func (m *lifeModel) signInByLink(b int, mail *lifeMail) lifeAnswer {
	switch {
	case m.saysOff(mail):
		return lifeAnswer{status: 403}
	case !m.opens(mail):
		return refused
	}
	return m.signInByMail(b, mail)
}

// signInByCode is typed in the browser that asked for the mail.
func (m *lifeModel) signInByCode(b int, code string) lifeAnswer {
	open := m.pending(b, awaitsLink)
	if open == nil {
		return refused
	}
	for _, mail := range m.mails {
		if mail.asked != open || !m.opens(mail) || mail.codeTries == 5 || !mail.codeUntil.After(m.now) {
			continue
		}
		if mail.codeTries++; mail.code == code {
			return m.signInByMail(b, mail)
		}
	}
	return refused
}

// signInByMail is the word of the mailbox. An account whose address was never proven loses what it had, its password too.
func (m *lifeModel) signInByMail(b int, mail *lifeMail) lifeAnswer {
	p := mail.person
	if mail.dead = true; !p.verified {
		m.resetPassword(p, "")
	}
	p.locked = false
	return m.proceed(b, p, false)
}

func (m *lifeModel) reset(mail *lifeMail, password string) lifeAnswer {
	if !m.opens(mail) {
		return refused
	}
	m.resetPassword(mail.person, password)
	m.send("password_changed", mail.to, nil, 0)
	return toSignIn
}

// change is of the session that posted it; it may have ended since.
func (m *lifeModel) change(b int, s *lifeSession, current, password string) lifeAnswer {
	switch {
	case s == nil:
		return askedOut
	case m.live(b) != s:
		return toSignIn
	case s.person.password == "" && m.now.Sub(s.proved) > 10*time.Minute:
		return seeOther("/reauth?return_to=%2Faccount%2Fpassword")
	case s.person.password != "" && s.person.password != current:
		return refused
	}
	m.setPassword(s.person, password, s)
	m.active(s)
	m.send("password_changed", s.person.email, nil, 0)
	return seeOther("/account")
}

// replace finishes a sign-in that wants another password; it may be over since the form was posted.
func (m *lifeModel) replace(b int, open *lifePending, password string) lifeAnswer {
	switch {
	case open == nil || m.browsers[b].pending != open:
		return toSignIn
	case password == open.person.password:
		return refused
	}
	m.setPassword(open.person, password, nil)
	m.send("password_changed", open.email, nil, 0)
	return m.proceed(b, open.person, open.remember)
}

func (m *lifeModel) reauthenticate(b int, password string) lifeAnswer {
	s := m.live(b)
	switch {
	case s == nil:
		return askedOut
	case s.person.password != password:
		return refused
	}
	s.proved = m.now
	m.active(s)
	return seeOther("/dashboard")
}

func (m *lifeModel) endOthers(b int, thisToo bool) lifeAnswer {
	s := m.live(b)
	if s == nil {
		return askedOut
	}
	for i := range m.browsers {
		v := &m.browsers[i]
		if v.session != nil && v.session.person == s.person && (i != b || thisToo) {
			v.session = nil
		}
	}
	if thisToo {
		return seeOther("/")
	}
	return seeOther("/account/sessions")
}

// guessed is what a hundred wrong passwords of strangers lead to.
func (m *lifeModel) guessed(email string) {
	p := m.people[email]
	told := p != nil && !p.isOff(m.now)
	if told && p.locked {
		return
	}
	if told {
		p.locked = true
	}
	if m.quiet[email].After(m.now) {
		return
	}
	m.quiet[email] = m.now.Add(24 * time.Hour)
	if told {
		m.send("account_locked", email, p, 24*time.Hour)
	}
}

func (m *lifeModel) unlock(b int, mail *lifeMail) lifeAnswer {
	if !m.opens(mail) {
		return refused
	}
	mail.dead, mail.person.locked, mail.person.known[b] = true, false, m.now
	return toSignIn
}

func (m *lifeModel) sweep() {
	for _, p := range m.people {
		if !p.verified && m.now.Sub(p.signedUp) > 7*24*time.Hour {
			m.erase(p)
		}
	}
}
