package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"
)

var pages = template.Must(template.ParseFS(files, "pages.html"))

// home is the page: signed out, it is two sentences and the button.
type home struct {
	SignedIn  bool
	Notice    string
	Cause     string // of the notice, for those who build
	Refused   bool   // the person took the access back
	Name      string
	Email     string
	Notes     []note
	NotesWhy  string // why there are no notes, in words
	IDToken   []fact
	UserInfo  []fact
	Me        []fact // what the API says of the person
	Granted   []string
	Refresh   bool // there is a refresh token
	AccountAt string
}

type note struct {
	Title   string    `json:"title"`
	Body    string    `json:"body"`
	Created time.Time `json:"created_at"`
}

type fact struct{ Name, Value string }

func (c *client) showHome(w http.ResponseWriter, r *http.Request) {
	s := c.session(r)
	if s == nil || c.tokenOf(s) == nil {
		c.draw(w, http.StatusOK, home{})
		return
	}
	page := home{SignedIn: true, IDToken: facts(s.claims), Granted: s.granted, AccountAt: c.config.Issuer + "/account/apps"}
	err := c.fill(r.Context(), s, &page)
	status := http.StatusOK
	switch {
	case errors.Is(err, errRefused):
		page.Refused = true
	case err != nil:
		status, page.Cause = http.StatusBadGateway, err.Error()
		c.note(s, noAnswer)
	}
	page.Notice = c.noticeOf(s)
	page.Refresh = c.tokenOf(s).RefreshToken != ""
	c.draw(w, status, page)
}

// fill asks the provider afresh for every page, so that what is shown is what is allowed at this moment.
func (c *client) fill(ctx context.Context, s *session, page *home) error {
	p, err := c.discover(ctx)
	if err != nil {
		return err
	}
	info := map[string]any{}
	if err := c.ask(ctx, s, p.UserInfoEndpoint(), &info); err != nil {
		return err
	}
	if info["sub"] != s.subject { // OpenID Connect Core §5.3.2
		return errors.New("userinfo is someone else's")
	}
	page.UserInfo = facts(info)
	page.Name, _ = info["name"].(string)
	page.Email, _ = info["email"].(string)
	if slices.Contains(s.granted, "profile") {
		me := map[string]any{}
		if err := c.ask(ctx, s, c.config.Issuer+"/api/me", &me); err != nil {
			return err
		}
		page.Me = facts(me)
	}
	page.Notes, page.NotesWhy, err = c.notes(ctx, s)
	return err
}

func (c *client) notes(ctx context.Context, s *session) (notes []note, why string, err error) {
	if !slices.Contains(s.granted, "notes:read") {
		return nil, "You did not allow Fieldnotes to read your notes, so the digest stays empty.", nil
	}
	var list struct {
		Notes []note `json:"notes"`
	}
	if err := c.ask(ctx, s, c.config.Issuer+"/api/notes", &list); err != nil {
		return nil, "", err
	}
	if len(list.Notes) == 0 {
		why = "You have no notes yet."
	}
	return list.Notes, why, nil
}

// facts writes claims as rows, in the order of their names.
func facts(claims map[string]any) []fact {
	var list []fact
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		text, plain := claims[name].(string)
		if !plain {
			encoded, _ := json.Marshal(claims[name]) // it came as JSON
			text = string(encoded)
		}
		list = append(list, fact{name, text})
	}
	return list
}

// say shows one sentence and the way back.
func (c *client) say(w http.ResponseWriter, status int, sentence string, cause error) {
	page := home{Notice: sentence}
	if cause != nil {
		page.Cause = cause.Error()
	}
	c.draw(w, status, page)
}

func (c *client) draw(w http.ResponseWriter, status int, page home) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, "pages.html", page); err != nil {
		slog.Error("demo client cannot draw its page", "error", err)
		http.Error(w, "Something broke.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // a reader that left cannot be told
}
