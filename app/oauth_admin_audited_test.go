package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// unaudited are the forms of operators that leave no row: they decide nothing about anybody.
var unaudited = []string{"POST /admin/lists/{name}", "POST /admin/clients/{id}/secrets"}

// keepValues are the ends of forms that change a value: their rows say what was before, and what is now.
var keepValues = []string{
	"/unlock", "/users/{id}/verify", "/force-reset", "/lift-reset", "/remove-factor", "/reset-factors", "/users/{id}/end-sessions", "/suspend", "/unsuspend", "/rename", "/grant-role", "/revoke-role",
	"/admin/users/new", "/jobs/{id}/retry", "/jobs/{id}/cancel", "/jobs/{id}/delete", "/pause", "/mails/{id}/retry", "/settings/{name}/change", "/clients/{id}/edit-name",
}

// TestEveryAdminActionIsAudited (D-05, T-1602): each form of operators works once, and leaves one row of its own that names who, in
// which role, from which session and request, the reason as it was typed, and what was before where a value changed. One that asks for a reason takes no short one, and
// changes nothing then.
func TestEveryAdminActionIsAudited(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		forms, places := map[string]filled{}, s.places(t, s.enter(t, "member@example.test"))
		s.adminForms(t, forms, places)
		s.clientForms(t, forms, places)
		operatorID := s.idOf(t, "admin@example.test")
		for _, route := range only(s.routeTable(), routeLine.writes) {
			name := route.String()
			form, known := forms[name]
			if !known || !route.forOperators() || slices.Contains(unaudited, name) {
				continue
			}
			path := pathOf(t, route, places)
			r := form.request(path)
			if form.form.Has("reason") && !strings.HasSuffix(name, "/resend-verification") {
				s.refusesShort(t, name, path, form)
			}
			before := s.actsBy(t, operatorID, nil)
			if answer := form.by.ask(t, r); answer.status >= 400 {
				t.Errorf("%s: %d", name, answer.status)
				continue
			}
			rows := s.actsBy(t, operatorID, before)
			if len(rows) != 1 {
				t.Errorf("%s left %d rows: %+v", name, len(rows), rows)
				continue
			}
			row := rows[0]
			if row.ActorKind != "operator" || row.SessionID == "" || row.RequestID == "" || row.Address == "" || row.Meta[auth.MetaActorRole] != "administrator" {
				t.Errorf("%s: %+v", name, row)
			}
			keeps := slices.ContainsFunc(keepValues, func(end string) bool { return strings.HasSuffix(name, end) })
			if keeps && len(row.Changes) == 0 && !strings.Contains(name, "/batches/") {
				t.Errorf("%s does not say what was before", name)
			}
			if reason := form.form.Get("reason"); reason != "" && row.Reason != reason {
				t.Errorf("%s: the reason %q", name, row.Reason)
			}
		}
	})
}

// refusesShort sends a form with a reason that says nothing.
func (s *sweep) refusesShort(t *testing.T, name, path string, form filled) {
	t.Helper()
	short := url.Values{}
	for field, values := range form.form {
		short[field] = slices.Clone(values)
	}
	short.Set("reason", "Short")
	before := modelstest.Digest(t, s.pool)
	if answer := form.by.ask(t, post(path, short.Encode())); answer.status != http.StatusUnprocessableEntity || !strings.Contains(answer.body, ">Short</textarea>") {
		t.Errorf("%s with a short reason: %d", name, answer.status)
	}
	s.checkInert(t, before, name+" with a short reason")
}

// actsBy are the rows of acts in the operator's area by somebody, without those known before.
func (s *sweep) actsBy(t *testing.T, operatorID string, known []models.AuditEvent) []models.AuditEvent {
	t.Helper()
	list, err := s.db.AuditEvents(t.Context(), models.AuditQuery{})
	s.must(t, err)
	return slices.DeleteFunc(list, func(e models.AuditEvent) bool {
		mine := e.ActorID == operatorID && strings.HasPrefix(string(e.Action), "admin.")
		return !mine || slices.ContainsFunc(known, func(k models.AuditEvent) bool { return k.ID == e.ID })
	})
}
