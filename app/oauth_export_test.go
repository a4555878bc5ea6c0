package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/models"
)

// TestExportOfClientsAndConsents (D-12): the files hold what the lists at the same addresses show, end with how much it is, begin
// no formula and hold no secret; the log has who took them, by which filter and how many rows.
func TestExportOfClientsAndConsents(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		now := s.clock.Now()
		for i := range 30 {
			s.must(t, s.db.CreateOAuthClient(t.Context(), &models.OAuthClient{ID: fmt.Sprint("row-", i), Name: "=1+1", Kind: "native", AuthMethod: "none", Provenance: "cli", CreatedAt: now, UpdatedAt: now}))
		}
		for range 3 {
			s.aConsent(t)
		}
		auditor := s.operatorWith(t, auth.RoleAuditor)
		rows := tableIn(t, auditor.ask(t, get("/admin/clients/export.csv?kind=native")).body)
		if last := rows[len(rows)-1]; len(rows) != 32 || rows[0][0] != "id" || rows[1][1] != "'=1+1" || last[0] != "#end" || last[1] != "30" {
			t.Errorf("%d rows, from %q to %q", len(rows), rows[1], last)
		}
		everything := auditor.ask(t, get("/admin/clients/export.ndjson")).body
		if strings.Contains(everything, s.secret) || strings.Contains(everything, "hash") || !strings.Contains(everything, `"id":"`+demoClientID+`"`) {
			t.Errorf("all clients: %s", everything)
		}
		lines := strings.Split(strings.TrimSpace(auditor.ask(t, get("/admin/consents/export.ndjson?client="+demoClientID)).body), "\n")
		var first, end map[string]any
		if json.Unmarshal([]byte(lines[0]), &first) != nil || json.Unmarshal([]byte(lines[len(lines)-1]), &end) != nil {
			t.Fatal(lines)
		}
		if len(lines) != 4 || first["client"] != demoClientID || fmt.Sprint(first["scopes"]) != "[openid]" || end["end"] != true || end["rows"] != 3.0 {
			t.Errorf("%d lines, from %v to %v", len(lines), first, end)
		}
		for path, want := range map[string]string{"/admin/clients/export.csv?scope=notes:read&kind=web": "1", "/admin/consents/export.csv?scope=email": "0"} {
			rows := tableIn(t, auditor.ask(t, get(path)).body)
			if last := rows[len(rows)-1]; last[1] != want {
				t.Errorf("%s ends with %q", path, last)
			}
		}
		wantExports(t, s, "admin.export.clients", "csv native <nil> begun <nil>", "csv native <nil> complete 30", "csv web notes:read begun <nil>", "csv web notes:read complete 1",
			"ndjson <nil> <nil> begun <nil>", "ndjson <nil> <nil> complete 31")
		wantExports(t, s, "admin.export.consents", "csv <nil> email begun <nil>", "csv <nil> email complete 0", "ndjson <nil> <nil> begun <nil>", "ndjson <nil> <nil> complete 3")
		for _, path := range []string{"/admin/clients/export.csv?kind=none", "/admin/consents/export.csv?from=yesterday"} {
			if answer := auditor.ask(t, get(path)); answer.status != 400 {
				t.Errorf("%s: %d", path, answer.status)
			}
		}
	})
}

func tableIn(t *testing.T, body string) [][]string {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(body))
	reader.FieldsPerRecord = -1 // the last record is shorter
	rows, err := reader.ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%v in %.500q", err, body)
	}
	return rows
}

func wantExports(t *testing.T, s *sweep, action string, want ...string) {
	t.Helper()
	events, err := s.db.AuditOlder(t.Context(), models.AuditFilter{Actions: []models.Action{models.Action(action)}}, nil, 100)
	s.must(t, err)
	var told []string
	for _, e := range events {
		told = append(told, fmt.Sprint(e.Meta["format"], " ", e.Meta["kind"], " ", e.Meta["scope"], " ", e.Meta["state"], " ", e.Meta["rows"]))
	}
	slices.Sort(told)
	if !slices.Equal(told, want) {
		t.Errorf("%s: %q", action, told)
	}
}
