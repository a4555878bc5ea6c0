package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"time"

	"golang.org/x/oauth2"
)

var pages = template.Must(template.ParseFS(files, "pages.html"))

// home is the page: signed out, it is the two sentences and the button.
type home struct {
	SignedIn  bool
	Notice    string
	Name      string
	Email     string
	Notes     []note
	NotesWhy  string // why there are no notes, in words
	Refused   bool   // the provider refused our token
	IDToken   []fact
	UserInfo  []fact
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
	if s == nil || s.token == nil {
		c.draw(w, http.StatusOK, home{})
		return
	}
	page := c.digest(r.Context(), s)
	c.mu.Lock()
	page.Notice, s.notice = s.notice, ""
	c.mu.Unlock()
	c.draw(w, http.StatusOK, page)
}

// digest calls the provider afresh for every page, so that what is shown is what is allowed at this moment.
func (c *client) digest(ctx context.Context, s *session) home {
	c.mu.Lock()
	token, granted := s.token, s.granted
	c.mu.Unlock()
	page := home{
		SignedIn: true, IDToken: facts(s.claims), Granted: granted, Refresh: token.RefreshToken != "",
		AccountAt: c.config.Issuer + "/account/apps",
	}
	info := map[string]any{}
	if status, err := c.call(ctx, token, "/oauth/userinfo", &info); err != nil || status != http.StatusOK {
		page.Refused = true
		return page
	}
	page.UserInfo = facts(info)
	page.Name, _ = info["name"].(string)
	page.Email, _ = info["email"].(string)
	page.Notes, page.NotesWhy = c.notes(ctx, token, granted)
	return page
}

func (c *client) notes(ctx context.Context, token *oauth2.Token, granted []string) ([]note, string) {
	if !slices.Contains(granted, "notes:read") {
		return nil, "You did not allow Fieldnotes to read your notes, so the digest stays empty."
	}
	var list struct {
		Notes []note `json:"notes"`
	}
	status, err := c.call(ctx, token, "/api/notes", &list)
	switch {
	case err != nil:
		return nil, "Latchkey does not answer. Try again in a moment."
	case status != http.StatusOK:
		return nil, "Latchkey says this access was taken back."
	case len(list.Notes) == 0:
		return nil, "You have no notes yet."
	}
	return list.Notes, ""
}

// call asks the provider something with the access token.
func (c *client) call(ctx context.Context, token *oauth2.Token, path string, into any) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.config.Issuer+path, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+token.AccessToken)
	answer, err := c.config.HTTPClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("call %s: %w", path, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return answer.StatusCode, nil
	}
	return answer.StatusCode, json.NewDecoder(answer.Body).Decode(into)
}

// facts writes claims as rows, in the order of their names.
func facts(claims map[string]any) []fact {
	var list []fact
	for name, value := range claims {
		text, err := json.Marshal(value)
		if err != nil {
			continue
		}
		list = append(list, fact{name, string(bytes.Trim(text, `"`))})
	}
	slices.SortFunc(list, func(a, b fact) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return list
}

// say shows one sentence and the way back.
func (c *client) say(w http.ResponseWriter, _ *http.Request, status int, sentence string) {
	c.draw(w, status, home{Notice: sentence})
}

func (c *client) draw(w http.ResponseWriter, status int, page home) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, "pages.html", page); err != nil {
		http.Error(w, "Something broke.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w)
}
