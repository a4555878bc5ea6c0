package demo

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// cookieName is this app's own: browsers send cookies to every port of a host, so the name must not be the
// provider's.
const cookieName = "fieldnotes"

// session is one browser's: while signing in, what the answer must match; afterwards, the tokens. They stay on
// the server.
type session struct {
	began                  time.Time
	state, nonce, verifier string

	renewing sync.Mutex
	subject  string         // of the ID token
	claims   map[string]any // of the ID token of the sign-in
	granted  []string

	// Guarded by the client's mu.
	token   *oauth2.Token
	idToken string
	notice  string // said once, on the next page
}

// maxSessions keeps a demo that runs for weeks from growing without end: the oldest goes.
const maxSessions = 1000

func (c *client) session(r *http.Request) *session {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessions[cookie.Value]
}

// keep gives the browser a new session with a new id, so that nobody can plant one.
func (c *client) keep(w http.ResponseWriter, s *session) {
	id := rand.Text()
	s.began = time.Now()
	c.mu.Lock()
	if len(c.sessions) >= maxSessions {
		c.dropOldest()
	}
	c.sessions[id] = s
	c.mu.Unlock()
	http.SetCookie(w, c.cookie(id, 0))
}

func (c *client) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(c.config.PublicURL, "https://"),
	}
}

func (c *client) clearCookie(w http.ResponseWriter) { http.SetCookie(w, c.cookie("", -1)) }

func (c *client) dropOldest() {
	oldest := ""
	for id, s := range c.sessions {
		if oldest == "" || s.began.Before(c.sessions[oldest].began) {
			oldest = id
		}
	}
	delete(c.sessions, oldest)
}

func (c *client) forget(r *http.Request) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		c.mu.Lock()
		delete(c.sessions, cookie.Value)
		c.mu.Unlock()
	}
}

func (c *client) note(s *session, sentence string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.notice = sentence
}

// noticeOf takes the sentence out: it is said once.
func (c *client) noticeOf(s *session) (sentence string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sentence, s.notice = s.notice, ""
	return sentence
}

func (c *client) tokenOf(s *session) *oauth2.Token {
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.token
}

// hintOf is the newest ID token, which tells the provider whose session to end.
func (c *client) hintOf(s *session) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.idToken
}

// update puts new tokens in place of the old: a server that rotates refresh tokens sends a new one each time.
func (c *client) update(s *session, token *oauth2.Token, idToken string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.token, s.idToken = token, idToken
}

func grantedScopes(token *oauth2.Token) []string {
	scope, _ := token.Extra("scope").(string)
	return strings.Fields(scope)
}
