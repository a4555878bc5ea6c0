package auth_test

import (
	"strings"
	"testing"

	"latchkey/auth"
)

// TestProfile: a person changes their own name, which is trimmed and kept as typed; what is refused comes back
// with the text and changes nothing.
func TestProfile(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person(member)
		st.person(newcomer)
		before := st.row(newcomer).Name
		b := st.browser().mustSignIn(member)
		for _, name := range []string{"Zoë Müller-O’Brien", "", strings.Repeat("ñ", 100), "<b>Mo</b>"} {
			wantRedirect(t, b.post("/account/profile", "name", "  "+name+" "), "/account/profile")
			if got := st.row(member).Name; got != name {
				t.Errorf("%q is kept as %q", name, got)
			}
		}
		if rows := st.audit(auth.AuditProfileChange); len(rows) != 4 || rows[0].SubjectID != st.row(member).ID {
			t.Errorf("%d audit rows", len(rows))
		}
		if body := b.get("/account/profile").body; strings.Contains(body, "<b>Mo") || !strings.Contains(body, "&lt;b&gt;Mo") {
			t.Error("the name is not drawn as text")
		}
		for _, name := range []string{strings.Repeat("n", 101), "two\nlines", "tab\tin it"} {
			wantPage(t, b.post("/account/profile", "name", name), 422, "Use at most 100 characters")
		}
		if got := st.row(member).Name; got != "<b>Mo</b>" || len(st.audit(auth.AuditProfileChange)) != 4 || st.row(newcomer).Name != before {
			t.Errorf("a refused name changed something: %q", got)
		}
	})
}
