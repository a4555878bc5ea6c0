package views

import (
	"bytes"
	"strings"
	"testing"
)

// TestMenusAreGrouped (D-11): what can be done to a record is in one menu under headings, seeing the place as a member among it, and
// danger last.
func TestMenusAreGrouped(t *testing.T) {
	head := MemberHead{ID: "M1", Email: "ada@example.test", MayView: true, Acts: []MemberActLink{{Act: "suspend"}, {Act: "end_sessions"}, {Act: "unlock"}}}
	var page bytes.Buffer
	if err := operatorOn(memberPath("M1")).in(Member(MemberPage{MemberHead: head})).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	text, at := page.String(), 0
	for _, want := range []string{`popovertarget="act-menu"`, `id="act-menu"`, "Help", "do-unlock", "do-view-as", "Access", "do-end_sessions", "Account", "do-suspend"} {
		next := strings.Index(text[at:], want)
		if next < 0 {
			t.Fatalf("%q is not there, or not after what comes before it", want)
		}
		at += next
	}
}
