package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/app/apptest"
	"latchkey/auth"
	"latchkey/models"
)

// peopled adds n members and locks every third; the last one has an app.
func (st *auditSite) peopled(n int) {
	st.Helper()
	for i := range n {
		st.clock.Add(time.Second)
		u, err := st.people.CreateUser(st.Context(), auth.NewUser{Email: fmt.Sprintf("row%02d@example.test", i), Verified: true})
		if err != nil {
			st.Fatal(err)
		}
		if i%3 == 0 {
			err = st.people.LockUser(st.Context(), u.ID)
		}
		if i == n-1 {
			err = st.db.CreateAuthenticator(st.Context(), &models.Authenticator{ID: models.NewID(), UserID: u.ID, Name: "Phone", Secret: []byte{1}, CreatedAt: st.db.Now()})
		}
		if err != nil {
			st.Fatal(err)
		}
	}
}

// rowsOf are the members that a page lists, by the number in their address.
func rowsOf(b *apptest.Browser) (rows []string) {
	for _, word := range strings.Fields(b.Text()) {
		if name, _, is := strings.Cut(word, "@"); is && strings.HasPrefix(name, "row") {
			rows = append(rows, name)
		}
	}
	return slices.Compact(rows) // one is also what the box to tick it is called
}

// TestMembersFilters (D-20): the list is narrowed and ordered by what its address says; what no index answers is refused in words.
func TestMembersFilters(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		st.peopled(9)
		st.review("row02@example.test", "row03@example.test")
		b := st.signedIn(auditor)
		for query, want := range map[string][]string{
			"state=locked&q=row":                          {"row00", "row03", "row06"},
			"state=locked":                                {"row06", "row03", "row00"},
			"factor=app":                                  {"row08"},
			"q=row&factor=none&state=active":              {"row01", "row02", "row04", "row05", "row07"},
			"role=auditor":                                nil,
			"joined_from=" + st.day(1):                    nil,
			"q=row0&joined_to=" + st.day(0):               {"row00", "row01", "row02", "row03", "row04", "row05", "row06", "row07", "row08"},
			"sort=address":                                {"row00", "row01", "row02", "row03", "row04", "row05", "row06", "row07", "row08"},
			"sort=joined":                                 {"row08", "row07", "row06", "row05", "row04", "row03", "row02", "row01", "row00"},
			"seen_to=" + st.day(0) + "&q=row08":           {"row08"},
			"sort=address&state=locked":                   {"row06", "row03", "row00"}, // a filter has one order
			"role=administrator&state=locked&factor=none": nil,
			"review=open":                                 {"row03", "row02"},
			"review=open&state=locked&factor=none":        {"row03"},
			"review=open&q=row":                           {"row02", "row03"},
			"review=open&joined_from=" + st.day(1):        nil,
		} {
			if got := rowsOf(b.Visit("/admin/users?" + query)); b.Status != http.StatusOK || !slices.Equal(got, want) {
				t.Errorf("%s: %d %v, want %v", query, b.Status, got, want)
			}
		}
		for query, sentence := range map[string]string{
			"state=locked&factor=app":                 "Choose a state or a second step",
			"seen_from=2026-01-01&state=locked":       "Last seen goes with a search only",
			"seen_from=2026-01-01&review=open":        "Last seen goes with a search only",
			"joined_from=2026-02-01&joined_to=yes":    "Choose two days",
			"seen_from=2026-02-01&seen_to=2026-01-01": "Choose two days",
		} {
			if b.Visit("/admin/users?" + query); b.Status != http.StatusUnprocessableEntity || !strings.Contains(b.Text(), sentence) || len(rowsOf(b)) > 0 {
				t.Errorf("%s: %d", query, b.Status)
			}
		}
	})
}

// review says of members that they have no second factor, as of operators.
func (st *auditSite) review(emails ...string) {
	st.Helper()
	finder := models.ReviewFinder{Kind: auth.ReviewOperators, Find: func(context.Context) (found []models.ReviewFinding, err error) {
		for _, email := range emails {
			found = append(found, models.ReviewFinding{Subject: st.user(email).ID, Severity: models.SeverityWarning})
		}
		return found, nil
	}}
	if err := st.db.RefreshReview(st.Context(), finder); err != nil {
		st.Fatal(err)
	}
}

// day is the date of today, or so many days later.
func (st *auditSite) day(later int) string {
	return st.clock.Now().AddDate(0, 0, later).Format(time.DateOnly)
}

// TestListIsRemembered (D-06): how long a page is, in which order and with which columns stays as the operator chose last, for
// them alone; what the address says wins, and after a choice it says so.
func TestListIsRemembered(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		st.peopled(30)
		b, other := st.signedIn(auditor), st.signedIn(administrator)
		if n := len(rowsOf(b.Visit("/admin/users?q=row"))); n != 25 {
			t.Errorf("%d rows before", n)
		}
		b.Visit("/admin/users").Submit("Address").Submit("50").Submit("Show these", apptest.Set("column", "state", "joined")).Sees("Joined").SeesNot("Signed in nowhere")
		if want := "columns=state%2Cjoined&per=50&sort=address"; b.URL.RawQuery != want {
			t.Errorf("the address says %q, not %q", b.URL.RawQuery, want)
		}
		b.Visit("/admin/users").SeesNot("Signed in nowhere").Visit("/admin/users?columns=all").Sees("Signed in nowhere")
		if got := rowsOf(b.Visit("/admin/users")); len(got) != 30 || got[0] != "row00" {
			t.Errorf("%d rows, the first %v", len(got), got[:1])
		}
		if got := rowsOf(b.Visit("/admin/users?sort=joined&per=25")); len(got) != 25 || got[0] != "row29" {
			t.Errorf("as the address says: %d rows, the first %v", len(got), got[:1])
		}
		if got := rowsOf(other.Visit("/admin/users")); len(got) != 25 || got[0] != "row29" {
			t.Errorf("another operator: %d rows, the first %v", len(got), got[:1])
		}
		if b.Visit("/admin/users?state=locked").Submit("100"); b.URL.RawQuery != "per=100&state=locked" {
			t.Errorf("the filter became %q", b.URL.RawQuery)
		}
		if got := rowsOf(b.Visit("/admin/users")); got[0] != "row00" {
			t.Errorf("the order went with the length: the first is %v", got[:1])
		}
	})
}

// TestEveryListHasAShape (D-06): each list of many rows has pages of 25, 50 and 100, refuses other lengths and columns that it has
// not, and does not fall over what an older version kept.
func TestEveryListHasAShape(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		st.peopled(30)
		for i := range 30 {
			st.wrote(models.AuditEvent{ClientID: "C"})
			if err := st.db.InTx(t.Context(), func(tx *models.Tx) error {
				return tx.SendMail(t.Context(), models.Mail{Kind: "sign_in_link", To: fmt.Sprintf("many%d@example.test", i)})
			}); err != nil {
				t.Fatal(err)
			}
		}
		b := st.signedIn(auditor)
		for path, word := range map[string]string{"/admin/mails": "mails", "/admin/audit?client=C": "events", "/admin/users?q=row": "members", "/admin/jobs?state=waiting": "jobs"} {
			if b.Visit(path).Submit("25").Sees("Showing 25 " + word).Submit("50").Sees("Showing 30 " + word); !strings.Contains(b.URL.RawQuery, "per=50") {
				t.Errorf("%s became %s", path, b.URL)
			}
			for _, bad := range []string{"per=26", "per=x", "per=-25", "columns=password_hash", "columns=,", "sort=password_hash"} {
				joined := path + "?" + bad
				if strings.Contains(path, "?") {
					joined = path + "&" + bad
				}
				if b.Visit(joined); b.Status != http.StatusBadRequest {
					t.Errorf("%s: %d", joined, b.Status)
				}
			}
		}
		for _, list := range []string{"members", "audit", "mails"} {
			choice := models.ListChoice{UserID: st.user(auditor).ID, List: list, PerPage: 25, Sort: "shoe-size", Columns: "shoe-size"}
			if err := st.db.ChooseList(t.Context(), choice); err != nil {
				t.Fatal(err)
			}
		}
		for _, path := range []string{"/admin/users", "/admin/audit", "/admin/mails"} {
			if b.Visit(path); b.Status != http.StatusOK {
				t.Errorf("%s with what was kept of an older version: %d", path, b.Status)
			}
		}
	})
}

// TestMembersExport (D-12): the file holds whom the list at the same address would show, all of them, no cell is a formula, and
// the log says who took how many and by which filter; what was typed stays out of it.
func TestMembersExport(t *testing.T) {
	eachAudit(t, ordinary, func(st *auditSite) {
		st.peopled(30)
		if err := st.db.SetUserName(t.Context(), st.user("row03@example.test").ID, `=cmd|' /C calc'!A0`); err != nil {
			t.Fatal(err)
		}
		b := st.signedIn(auditor)
		st.review("row04@example.test")
		if rows := tableOf(t, b.Visit("/admin/users?review=open").Click("CSV").Body); len(rows) != 3 || rows[1][1] != "row04@example.test" {
			t.Errorf("who needs review: %q", rows)
		}
		rows := tableOf(t, b.Visit("/admin/users?q=row&state=locked").Click("CSV").Body)
		last := rows[len(rows)-1]
		if len(rows) != 12 || rows[0][1] != "email" || last[0] != "#end" || last[1] != "10" {
			t.Errorf("%d rows, from %q to %q", len(rows), rows[0], last)
		}
		for _, row := range rows[1 : len(rows)-1] {
			if strings.HasPrefix(row[2], "=") || row[1] == "row03@example.test" && !strings.HasPrefix(row[2], "'=") || row[4] != `["Locked"]` {
				t.Errorf("a row: %q", row)
			}
		}
		lines := strings.Split(strings.TrimSpace(b.Visit("/admin/users").Click("NDJSON").Body), "\n")
		var first, end map[string]any
		if json.Unmarshal([]byte(lines[0]), &first) != nil || json.Unmarshal([]byte(lines[len(lines)-1]), &end) != nil || len(lines) != 34 || end["rows"] != 33.0 {
			t.Errorf("%d lines, from %v to %v", len(lines), first, end)
		}
		if strings.Contains(strings.Join(lines, ""), "password") {
			t.Error("a password, or what it is kept as, is in the file")
		}
		var told []string
		for _, e := range st.logged(models.AuditFilter{Actions: []models.Action{auth.AuditMemberExport}}) {
			told = append(told, fmt.Sprint(e.Meta["format"], " ", e.Meta["members"], " ", e.Meta["searched"], " ", e.Meta["review"], " ", e.Meta["state"], " ", e.Meta["rows"]))
		}
		slices.Sort(told)
		if want := []string{
			"csv <nil> <nil> open begun <nil>", "csv <nil> <nil> open complete 1", "csv locked true <nil> begun <nil>", "csv locked true <nil> complete 10",
			"ndjson <nil> <nil> <nil> begun <nil>", "ndjson <nil> <nil> <nil> complete 33",
		}; !slices.Equal(told, want) {
			t.Errorf("events: %q", told)
		}
		if b.Visit("/admin/users/export.csv?state=locked&factor=app"); b.Status != http.StatusBadRequest {
			t.Errorf("what no list shows: %d", b.Status)
		}
	})
}
