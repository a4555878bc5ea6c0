package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/app/apptest"
	"latchkey/models"
)

// TestMembersByClient (D-20): a client's record leads to the members who use it or used it, a name or the start of one does as well
// as its id, and what is made of the list afterwards (its next page, a download, an act on all) is about them alone.
func TestMembersByClient(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		member := s.signIn(t, "member@example.test")
		p := s.newParty(t, nil)
		member.Visit(p.begin().address).Submit("Allow")
		twin, _ := s.register(t, models.OAuthClient{Name: "Twin one", RedirectURIs: models.Strings{"https://one.example/cb"}})
		s.register(t, models.OAuthClient{Name: "Twin two", RedirectURIs: models.Strings{"https://two.example/cb"}})

		admin := s.signIn(t, "admin@example.test")
		admin.Visit("/admin/clients/" + p.ClientID).Click("Members, also those who no longer do")
		admin.Sees("member@example.test", "Client "+p.name).SeesNot("unverified@example.test")
		for typed, sees := range map[string]string{
			p.name: "member@example.test", p.ClientID: "member@example.test", "twin o": "Nobody fits this search", "Twin one": "Nobody fits this search", twin: "Client Twin one",
		} {
			if admin.Visit("/admin/users?client=" + url.QueryEscape(typed)).Sees(sees); admin.Status != http.StatusOK {
				t.Errorf("%q: %d", typed, admin.Status)
			}
		}
		for query, sentence := range map[string]string{
			"client=twin": "Several clients begin so", "client=nobody%27s": "No client has this id", "client=twin+three": "No client has this id",
			"state=active&client=" + p.ClientID: "Clear it, or the state and the second step", "factor=app&client=" + p.ClientID: "Clear it, or the state and the second step",
			"seen_from=2026-01-01&client=" + p.ClientID: "Last seen goes with a search only",
		} {
			if admin.Visit("/admin/users?" + query).Sees(sentence); admin.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", query, admin.Status)
			}
		}
		admin.Visit("/admin/users?state=active&q=member&client=" + p.ClientID).Sees("member@example.test").SeesNot("totp@example.test")

		file := admin.Visit("/admin/users?client=" + url.QueryEscape(p.name)).Click("CSV").Body
		if rows := tableIn(t, file); len(rows) != 3 || rows[1][1] != "member@example.test" {
			t.Errorf("the file: %s", file)
		}
		admin.Visit("/admin/users?client="+url.QueryEscape(p.name)).Submit("See what it does", apptest.Set("act", "end_sessions"), apptest.Set("all", "on"))
		s.wantBatchOf(t, admin.URL.Path, "member@example.test")
		if admin.Visit("/admin/users/export.csv?client=twin"); admin.Status != http.StatusBadRequest {
			t.Errorf("what no list shows: %d", admin.Status)
		}
	})
}

// wantBatchOf waits for whom a batch is about.
func (s site) wantBatchOf(t *testing.T, path, email string) {
	t.Helper()
	id := path[strings.LastIndex(path, "/")+1:]
	eventually(t, "the members of the batch", func() bool {
		b, err := s.db.BatchByID(t.Context(), id)
		return err == nil && b.State == models.BatchReady
	})
	lines, err := s.db.BatchMembers(t.Context(), id, 0, 10, models.BatchMemberWaiting, models.BatchMemberSame, models.BatchMemberRefused)
	if err != nil || len(lines) != 1 {
		t.Fatalf("%v: %+v, %v", path, lines, err)
	}
	u, err := s.db.UserByID(t.Context(), lines[0].MemberID)
	if err != nil || u.Email != email {
		t.Errorf("it is about %s, %v", u.Email, err)
	}
}
