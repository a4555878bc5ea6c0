package admin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// figuresStatements is what the page of figures may ask of the database, besides whose session it is, whose right it is and how
// much needs review.
const figuresStatements = 1 + 3

// TestFigures (D-15): every operator reads how the days were, each figure whole, for a month, a quarter and a year; nobody else
// does, and it costs as much with years of figures as with none.
func TestFigures(t *testing.T) {
	eachAudit(t, time.Minute, func(st *auditSite) {
		if b := st.signedIn(member).Visit("/admin/figures"); b.Status != http.StatusNotFound {
			st.Errorf("a member gets %d", b.Status)
		}
		b := st.signedIn(auditor).Visit("/admin/figures").Sees("No figures yet")
		st.monthOfFigures()
		for path, said := range map[string][]string{
			"/admin/figures":          {"Active people by day", "Active at most 10", "Done 3,000", "Given up 30", "Tried again 60", "Sent 600"},
			"/admin/figures?span=90d": {"Active people by day", "Done 6,000", "Given up 60", "Tried again 120", "Not counted"},
			"/admin/figures?span=1y":  {"Active people a day, by week", "Active at most 10", "Jobs by week", "Done 6,000", "Week from", "Not counted"},
		} {
			b.Visit(path).Sees("Sign-ins by", "New members by", "Sign-ups by", "Failures by", "Jobs by", "Mails by").Sees(said...)
			if n, err := strconv.Atoi(b.Header.Get("X-Statements")); err != nil || n == 0 || n > figuresStatements {
				st.Errorf("%s: %d statements, at most %d", path, n, figuresStatements)
			}
		}
		if text := b.Visit("/admin/figures").Text(); strings.Contains(text, "Not counted") {
			st.Errorf("each of the 30 days was counted: %s", text)
		}
		if b := b.Visit("/admin/figures?span=2y"); b.Status != http.StatusBadRequest {
			st.Errorf("another span: %d", b.Status)
		}
	})
}
