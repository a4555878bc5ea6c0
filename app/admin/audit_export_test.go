package admin_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/app/apptest"
	"latchkey/auth"
	"latchkey/models"
)

// TestExportOfList (D-12, D-27): the file holds what the list at the same address shows, ends with how much it is and how far
// the log is sealed, and leaves two events behind.
func TestExportOfList(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		for i := range 70 {
			st.wrote(models.AuditEvent{ClientID: []string{"C", "D"}[i%2], Meta: map[string]any{"n": i, "address_hmac": "DIGEST"}})
		}
		if _, err := st.db.SealAudit(t.Context()); err != nil {
			t.Fatal(err)
		}
		chain, err := st.db.AuditChain(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b := st.signedIn(auditor)
		rows := tableOf(t, b.Visit("/admin/audit?client=C").Click("CSV").Body)
		last := rows[len(rows)-1]
		if len(rows) != 37 || rows[0][0] != "id" || rows[1][2] != "app.test" || last[0] != "#end" || last[1] != "35" || last[2] != fmt.Sprint(chain.Last.Number) || last[3] != fmt.Sprintf("%x", chain.Last.Seal) {
			t.Errorf("%d rows, from %q to %q", len(rows), rows[0], last)
		}
		lines := strings.Split(strings.TrimSpace(b.Visit("/admin/audit?client=C").Click("NDJSON").Body), "\n")
		var first, end map[string]any
		if json.Unmarshal([]byte(lines[0]), &first) != nil || json.Unmarshal([]byte(lines[len(lines)-1]), &end) != nil {
			t.Fatal(lines)
		}
		if len(lines) != 36 || first["client"] != "C" || first["id"] != rows[1][0] || end["end"] != true || end["rows"] != 35.0 || strings.Contains(fmt.Sprint(lines, rows), "DIGEST") {
			t.Errorf("%d lines, from %v to %v", len(lines), first, end)
		}
		var told []string
		for _, e := range st.logged(models.AuditFilter{Actions: []models.Action{auth.AuditLogExport}, People: []string{st.user(auditor).ID}}) {
			told = append(told, fmt.Sprint(e.Meta["format"], " ", e.Meta["client"], " ", e.Meta["state"], " ", e.Meta["rows"]))
		}
		slices.Sort(told)
		if want := []string{"csv C begun <nil>", "csv C complete 35", "ndjson C begun <nil>", "ndjson C complete 35"}; !slices.Equal(told, want) {
			t.Errorf("events: %q", told)
		}
	})
}

func tableOf(t *testing.T, body string) [][]string {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(body))
	reader.FieldsPerRecord = -1
	rows, err := reader.ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%v in %.500q", err, body)
	}
	return rows
}

// TestExportIsData (T-1208): whatever an event holds, the file is a file: it has a fixed name, is never shown as a page, and no
// cell of it is a formula.
func TestExportIsData(t *testing.T) {
	hostile := []string{"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "</script><script>alert(1)</script>", "x\r\nSet-Cookie: a=b", `"; filename="evil.html`}
	eachAudit(t, ordinary, func(st *auditSite) {
		for _, text := range hostile {
			st.wrote(models.AuditEvent{UserAgent: text, Reason: text, ClientID: text, Method: text, Meta: map[string]any{"said": text}})
		}
		b := st.signedIn(auditor)
		for format, kind := range map[string]string{"csv": "text/csv", "ndjson": "application/x-ndjson"} {
			b.Visit("/admin/audit/export." + format)
			if got := b.Header.Get("Content-Disposition"); got != `attachment; filename="audit-log.`+format+`"` {
				t.Errorf("%s: %q", format, got)
			}
			if b.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(b.Header.Get("Content-Type"), kind) || b.Header.Get("Cache-Control") != "no-store" || b.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s: %v", format, b.Header)
			}
			if strings.Contains(b.Body, "<script>") && format == "ndjson" {
				t.Error("a tag in a file of JSON")
			}
		}
		b.Visit("/admin/audit/export.csv")
		said := map[string]bool{}
		for _, row := range tableOf(t, b.Body)[1:] {
			for _, cell := range row {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") {
					t.Errorf("%q starts a formula", cell)
				}
				said[strings.TrimPrefix(cell, "'")] = true
			}
		}
		for _, text := range hostile {
			if !said[strings.ReplaceAll(text, "\r\n", "\n")] {
				t.Errorf("%q is not in the file", text)
			}
		}
	})
}

// longLog puts n rows of one client into the log, in one statement.
func (st *auditSite) longLog(n int) {
	st.Helper()
	at := "datetime('2026-01-01', '+' || n || ' seconds') || '+00:00'"
	if st.db.Dialect() == "postgres" {
		at = "timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second'"
	}
	st.run(fmt.Sprintf(`WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d)
		INSERT INTO audit_events (id, created_at, action, outcome, actor_kind, client_id, user_agent) SELECT 'ROW' || n, %s, 'app.test', 'success', 'system', 'LONG', '%s' FROM numbers`, n, at, strings.Repeat("x", 400)))
}

// TestExportStreamsFlat (D-27): a file takes longer than the server gives an answer, and no more room than a few blocks.
func TestExportStreamsFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("a long file")
	}
	const n, writeTime = 60_000, 600 * time.Millisecond // the first block comes sooner than that, also on a busy machine
	eachAudit(t, writeTime, func(st *auditSite) {
		st.longLog(n)
		response := st.download(st.signedIn(auditor), "/admin/audit/export.ndjson?client=LONG")
		defer func() { _ = response.Body.Close() }()
		begun, most, lines, last := time.Now(), uint64(0), 0, ""
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		before := memory.HeapAlloc
		for scanner := bufio.NewScanner(response.Body); scanner.Scan(); {
			if lines++; lines%5000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&memory)
				most = max(most, memory.HeapAlloc)
				time.Sleep(writeTime / 5) // a reader that takes its time
			}
			last = scanner.Text()
		}
		if took := time.Since(begun); took < 2*writeTime {
			t.Errorf("it took %s: too short to prove anything", took)
		}
		if lines != n+1 || !strings.Contains(last, `"end":true`) || !strings.Contains(last, fmt.Sprint(n)) {
			t.Errorf("%d lines, the last %q", lines, last)
		}
		if grown := int64(most) - int64(before); grown > 12<<20 { // all of it is more than 40 MB
			t.Errorf("%d bytes more than before", grown)
		}
	})
}

// download asks for a file and reads its head alone.
func (st *auditSite) download(b *apptest.Browser, path string) *http.Response {
	st.Helper()
	request, err := http.NewRequestWithContext(st.Context(), http.MethodGet, st.address+path, nil)
	if err != nil {
		st.Fatal(err)
	}
	for _, cookie := range b.Cookies() {
		request.AddCookie(cookie)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		st.Fatal(err)
	}
	return response
}

// TestExportOneAtATime (D-12): an operator has one download at a time; another operator has their own. One that is cut short
// has no last record, is told of, and leaves the way free.
func TestExportOneAtATime(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		st.longLog(60_000)
		mine, others := st.signedIn(auditor), st.signedIn(administrator)
		const path = "/admin/audit/export.ndjson?client=LONG"
		held := st.download(mine, path)
		if second := st.download(mine, path); held.StatusCode != 200 || second.StatusCode != 429 {
			t.Errorf("%d, then %d", held.StatusCode, second.StatusCode)
		}
		if another := st.download(others, path); another.StatusCode != 200 {
			t.Errorf("another operator: %d", another.StatusCode)
		} else if body, err := io.ReadAll(another.Body); err != nil || !strings.Contains(string(body[len(body)-200:]), `"end":true`) {
			t.Errorf("another operator's file: %d bytes, %v", len(body), err)
		}
		_ = held.Body.Close()
		for begun := time.Now(); ; {
			if again := st.download(mine, path); again.StatusCode == 200 {
				_ = again.Body.Close()
				break
			}
			if time.Since(begun) > 30*time.Second {
				t.Fatal("the way is not free")
			}
		}
		cut := st.logged(models.AuditFilter{Actions: []models.Action{auth.AuditLogExport}, Outcome: models.OutcomeFailure})
		if len(cut) == 0 || cut[0].ActorID != st.user(auditor).ID || cut[0].Meta["state"] != models.ExportCutShort || cut[0].Meta["rows"] == 60_000.0 {
			t.Errorf("cut short: %+v", cut)
		}
	})
}
