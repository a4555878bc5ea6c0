package main

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/models/modelstest"
)

// TestOperatorPageFails (D-06): a page that cannot be read says so inside the operator's area, with the way to ask again and the
// request to quote; one that the role does not reach says who can. Neither is a list that looks empty.
func TestOperatorPageFails(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, databaseURL string) {
		s, o := newFaultySweep(t, databaseURL)
		admin, auditor := s.enter(t, "admin@example.test"), s.operatorWith(t, auth.RoleAuditor)
		const path = "/admin/users?q=ada&state=locked"
		inside := 0
		for n := 0; ; n++ {
			o.begin(n)
			answer := admin.ask(t, get(path))
			if o.over() == 0 && n > 0 {
				break // it has no more statements to lose
			}
			if answer.status < 500 {
				t.Errorf("without its statement %d: %d", n, answer.status)
			}
			if strings.Contains(answer.body, `aria-label="Operator area"`) {
				inside++
				if id := answer.Header.Get("X-Request-Id"); id == "" || !strings.Contains(answer.body, id) || !strings.Contains(answer.body, `href="`+html.EscapeString(path)+`"`) {
					t.Errorf("without its statement %d: the page offers no way on", n)
				}
			}
			if strings.Contains(answer.body, "Nothing matches") {
				t.Errorf("without its statement %d the list looks empty", n)
			}
		}
		if inside == 0 {
			t.Error("no fault was told inside the operator's area")
		}
		refused := auditor.ask(t, get("/admin/users/new"))
		for _, want := range []string{"Only administrators can do that.", `aria-label="Operator area"`} {
			if refused.status != http.StatusForbidden || !strings.Contains(refused.body, want) {
				t.Errorf("refused: %d, without %q", refused.status, want)
			}
		}
	})
}
