package main

import (
	"strings"
	"testing"

	"latchkey/models"
)

// auditPlaces are addresses of the audit log about one thing: an event, and a search that the administrator keeps.
func (s *sweep) auditPlaces(t *testing.T, places map[string]string) {
	t.Helper()
	events, err := s.db.AuditEvents(t.Context(), models.AuditQuery{Limit: 1})
	if err != nil || len(events) == 0 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	view := models.AuditView{OwnerID: s.idOf(t, "admin@example.test"), Name: models.NewID(), Query: "operators=on"}
	s.must(t, s.db.InTx(t.Context(), func(tx *models.Tx) error { return tx.CreateAuditView(t.Context(), &view) }))
	check := "/admin/audit/chain/checks/" + s.aCheck(t)
	places["/admin/audit/chain/checks/{id}"], places["/admin/audit/chain/checks/{id}/cancel"] = check, check+"/cancel"
	for _, route := range s.routeTable() {
		switch {
		case strings.HasPrefix(route.Path, "/admin/audit/views/{id}"):
			places[route.Path] = strings.Replace(route.Path, "{id}", view.ID, 1)
		case strings.HasPrefix(route.Path, "/admin/audit/{id}"):
			places[route.Path] = strings.Replace(route.Path, "{id}", events[0].ID, 1)
		}
	}
}

// auditForms are the forms of the audit log, filled in. A check leaves nothing but its event.
func (s *sweep) auditForms(t *testing.T, forms map[string]filled, places map[string]string) {
	t.Helper()
	s.auditPlaces(t, places)
	admin := s.enter(t, "admin@example.test")
	forms["POST /admin/audit/chain/verify"] = filled{by: admin, form: fields("seals", "100"), want: "record", changes: "audit_checks river_job"}
	forms["POST /admin/audit/chain/checks/{id}/cancel"] = filled{by: admin, form: fields(), want: "record", changes: "audit_checks"}
	forms["POST /admin/audit/views/new"] = filled{by: admin, form: fields("name", "Kept", "query", "operators=on"), want: "/admin/audit?operators=on", changes: "audit_views"}
	forms["POST /admin/audit/views/{id}/remove"] = filled{by: admin, form: fields(), want: "/admin/audit/views", changes: "audit_views"}
}

// aCheck is a check of the log that runs, of an operator of its own.
func (s *sweep) aCheck(t *testing.T) (id string) {
	t.Helper()
	s.must(t, s.db.InTx(t.Context(), func(tx *models.Tx) error {
		run, err := tx.CreateAuditCheck(t.Context(), models.AuditRange{Newest: 1}, models.NewID(), "")
		id = run.ID
		return err
	}))
	return id
}
