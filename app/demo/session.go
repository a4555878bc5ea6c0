package demo

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// cookieName is this app's own: browsers send cookies to every port of a host, so the name must not be the
// provider's.
const cookieName = "fieldnotes"

// session is one browser's: while signing in, what the answer must match; afterwards, the tokens. They stay on
// the server.
type session struct {
	state, nonce, verifier string

	token   *oauth2.Token
	idToken string
	claims  map[string]any
	granted []string
	notice  string // said once, on the next page
	began   time.Time
}

// maxSessions keeps a demo that runs for weeks from growing without end.
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

func (c *client) keep(w http.ResponseWriter, s *session) {
	id := rand.Text()
	c.mu.Lock()
	if len(c.sessions) >= maxSessions {
		clear(c.sessions)
	}
	c.sessions[id] = s
	c.mu.Unlock()
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(c.config.PublicURL, "https://"),
	})
}

func (c *client) forget(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		c.mu.Lock()
		delete(c.sessions, cookie.Value)
		c.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1})
}

func (c *client) note(s *session, sentence string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.notice = sentence
}

// update puts new tokens in place of the old; a server that rotates refresh tokens sends a new one each time.
func (c *client) update(s *session, token *oauth2.Token) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.token, s.notice = token, "New tokens arrived, and the old ones are gone."
}

func grantedScopes(token *oauth2.Token) []string {
	scope, _ := token.Extra("scope").(string)
	return strings.Fields(scope)
}
