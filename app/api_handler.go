package main

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"
	"unicode/utf8"

	"latchkey/models"
	"latchkey/oauthserver"
)

// api is the product's interface for other programs: JSON, a bearer token, one scope per route.
type api struct {
	db    *models.DB
	oauth *oauthserver.Server
	log   *slog.Logger
}

func newAPI(db *models.DB, oauth *oauthserver.Server, log *slog.Logger) api {
	return api{db, oauth, log}
}

// apiRoute is one line of the API's route table.
type apiRoute struct {
	routeLine
	handler http.Handler
}

// routes is the table; the scope on the line is the guard.
func (a api) routes() []apiRoute {
	return []apiRoute{
		a.route("GET", "/api/me", a.showMe, "profile"),
		a.route("GET", "/api/notes", a.listNotes, "notes:read"),
		a.route("POST", "/api/notes", a.addNote, "notes:write"),
	}
}

func (a api) route(method, path string, handler http.HandlerFunc, scope string) apiRoute {
	return apiRoute{routeLine{Method: method, Path: path, Guard: "scope " + scope, Limit: oauthserver.BearerLimit()}, a.oauth.RequireScope(handler, scope)}
}

// showMe answers who the token acts for.
func (a api) showMe(w http.ResponseWriter, r *http.Request) {
	u, err := a.db.UserByID(r.Context(), oauthserver.TokenOf(r.Context()).Subject)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	answerAPI(w, http.StatusOK, map[string]string{"id": u.ID, "name": u.Name})
}

// noteJSON is a note as the API writes it.
type noteJSON struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Body    string    `json:"body"`
	Created time.Time `json:"created_at"`
}

func noteAsJSON(n models.Note) noteJSON { return noteJSON{n.ID, n.Title, n.Body, n.CreatedAt} }

// listNotes answers a page of notes, newest first. "next" is the address of the following page, if any.
func (a api) listNotes(w http.ResponseWriter, r *http.Request) {
	notes, err := listNotes(r.Context(), a.db, oauthserver.TokenOf(r.Context()).Subject, "", r.URL.Query().Get("older"))
	if errors.Is(err, models.ErrNoCursor) {
		answerAPI(w, http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": "the cursor is not one of ours"})
		return
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	list := make([]noteJSON, len(notes.Rows))
	for i, n := range notes.Rows {
		list[i] = noteAsJSON(n)
	}
	page := map[string]any{"notes": list}
	if notes.Older != "" {
		page["next"] = "/api/notes?older=" + notes.Older
	}
	answerAPI(w, http.StatusOK, page)
}

// addNote takes {"title", "body"} under the rules of the page.
func (a api) addNote(w http.ResponseWriter, r *http.Request) {
	var input struct{ Title, Body string }
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		answerAPI(w, http.StatusUnsupportedMediaType, map[string]string{"error": "invalid_request", "error_description": "send application/json"})
		return
	}
	body, err := io.ReadAll(r.Body)
	// The decoder would put other characters in the place of broken ones: a note is kept as it was sent, or refused.
	if err != nil || !utf8.Valid(body) || json.Unmarshal(body, &input) != nil || !isText(input.Title) || !isText(input.Body) {
		answerAPI(w, http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": "the body is not JSON, or has text that cannot be kept"})
		return
	}
	note, invalid := newNote(oauthserver.TokenOf(r.Context()).Subject, input.Title, input.Body)
	if invalid != nil {
		answerAPI(w, http.StatusUnprocessableEntity, map[string]any{"error": "invalid_note", "fields": invalid})
		return
	}
	if err := a.db.CreateNote(r.Context(), &note); err != nil {
		a.fail(w, r, err)
		return
	}
	answerAPI(w, http.StatusCreated, noteAsJSON(note))
}

// answerAPI writes JSON that nobody may keep: it belongs to one person.
func answerAPI(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the status is out; a reader that left cannot be told
}

// fail answers for what is gone, and for what broke; the latter is logged here, once.
func (a api) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, models.ErrNotFound) {
		answerAPI(w, http.StatusNotFound, map[string]string{"error": "not_found"})
		return
	}
	a.log.ErrorContext(r.Context(), "api request failed", "path", r.URL.Path, "error", err)
	answerAPI(w, http.StatusInternalServerError, map[string]string{"error": "server_error"})
}
