package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/app/admin"
	"latchkey/auth"
	"latchkey/models"
)

// open is what needs a person, by kind, after the house has looked.
func (s *sweep) open(t *testing.T) map[string][]models.ReviewItem {
	t.Helper()
	s.must(t, s.review(t.Context()))
	list, err := s.db.ReviewOlder(t.Context(), models.ReviewOpen, nil, 100)
	s.must(t, err)
	found := map[string][]models.ReviewItem{}
	for _, item := range list {
		found[item.Kind] = append(found[item.Kind], item)
	}
	return found
}

// TestReviewFindsWhatIsThere (D-16): jobs and mails that were given up, a chain without a seal: each is found with what it is about,
// counted, and goes when it is cured.
func TestReviewFindsWhatIsThere(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		before := s.open(t)
		if n := len(before[admin.ReviewJobs]) + len(before[admin.ReviewMails]) + len(before[admin.ReviewAuditUnsealed]); n > 0 {
			t.Fatalf("nothing is wrong, and %+v", before)
		}
		for range 3 {
			s.aJob(t, "discarded")
		}
		s.exec(t, "UPDATE audit_events SET seal = NULL")
		s.clock.Add(10 * time.Minute)
		found := s.open(t)
		if mails := found[admin.ReviewMails]; len(mails) != 1 || mails[0].Times != 3 || mails[0].Severity != models.SeverityWarning {
			t.Errorf("mails: %+v", mails)
		}
		if late := found[admin.ReviewAuditUnsealed]; len(late) != 1 || s.db.Now().Sub(late[0].FirstAt) < 10*time.Minute {
			t.Errorf("not sealed: %+v", late)
		}
		s.exec(t, "DELETE FROM river_job")
		s.exec(t, "DELETE FROM audit_events")
		after := s.open(t)
		if n := len(after[admin.ReviewMails]) + len(after[admin.ReviewAuditUnsealed]); n > 0 {
			t.Errorf("cured, and %+v", after)
		}
	})
}

// TestReviewPages (D-16): the navigation of every page says how much needs a person, the overview too; from the list to the cure
// and to the question, which asks for a reason; what is set aside is listed with who and until when.
func TestReviewPages(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		by := s.enter(t, "admin@example.test")
		s.exec(t, "DELETE FROM review_items")
		if page := by.ask(t, get("/admin/review")).body; !strings.Contains(page, "Nothing needs you.") {
			t.Error("an empty list does not say so")
		}
		if page := by.ask(t, get("/admin")).body; !strings.Contains(page, "All clear") {
			t.Error("the overview does not say that all is clear")
		}
		item := s.aReview(t, admin.ReviewDoctor)
		for _, path := range []string{"/admin", "/admin/users", "/admin/audit"} {
			if page := by.ask(t, get(path)).body; !strings.Contains(page, ": 1 thing needs review") {
				t.Errorf("%s does not say how much needs review", path)
			}
		}
		address := "/admin/review/" + item.ID
		page := by.ask(t, get("/admin/review")).body
		for _, wanted := range []string{"The doctor found an error", item.Subject, "it does not answer", "Alert", address + "/acknowledge", address + "/snooze"} {
			if !strings.Contains(page, wanted) {
				t.Errorf("the list lacks %q", wanted)
			}
		}
		version, err := item.Version()
		s.must(t, err)
		for typed, want := range map[string]int{"reason=Why&snooze=1h&version=" + version: http.StatusUnprocessableEntity, "reason=It+was+a+drill&snooze=1h&version=x": http.StatusConflict, "reason=It+was+a+drill&snooze=2y": http.StatusBadRequest} {
			if answer := by.ask(t, post(address+"/snooze", typed)); answer.status != want {
				t.Errorf("%s: %d, want %d", typed, answer.status, want)
			}
		}
		if answer := by.ask(t, post(address+"/snooze", "reason=It+was+a+drill&snooze=1h&version="+version)); answer.place() != "/admin/review" {
			t.Errorf("snooze: %d %s", answer.status, answer.place())
		}
		if page := by.ask(t, get("/admin/review?state=snoozed")).body; !strings.Contains(page, item.Subject) || !strings.Contains(page, "Snoozed by") {
			t.Error("what is snoozed is not listed with who and until when")
		}
		if answer := by.ask(t, get(address+"/snooze")); answer.place() != "/admin/review?state=snoozed" {
			t.Errorf("asked again: %d", answer.status)
		}
		if answer := by.ask(t, get("/admin/review?state=lost")); answer.status != http.StatusBadRequest {
			t.Errorf("a state that is none: %d", answer.status)
		}
	})
}

// TestReviewByRole (D-16): auditors read and are offered nothing, support is offered what support can cure.
func TestReviewByRole(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		item := s.aReview(t, admin.ReviewDoctor)
		for _, role := range []auth.Role{auth.RoleAuditor, auth.RoleSupport} {
			email := string(role) + "-review@example.test"
			s.newPerson(t, email)
			s.exec(t, "UPDATE users SET role = '"+string(role)+"' WHERE email = '"+email+"'")
			by := s.enter(t, email)
			if page := by.ask(t, get("/admin/review")); !strings.Contains(page.body, item.Subject) || strings.Contains(page.body, "/acknowledge") {
				t.Errorf("%s: %d", role, page.status)
			}
			for _, act := range []string{"/acknowledge", "/snooze"} {
				if answer := by.ask(t, get("/admin/review/"+item.ID+act)); answer.status != http.StatusForbidden {
					t.Errorf("%s asks for %s: %d", role, act, answer.status)
				}
			}
		}
	})
}

// TestReviewKinds: each kind that is found has words, and one that fails keeps no other from being found.
func TestReviewKinds(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		var kinds []string
		for _, finder := range s.reviewFinders() {
			if slices.Contains(kinds, finder.Kind) {
				t.Errorf("%s is found twice", finder.Kind)
			}
			kinds = append(kinds, finder.Kind)
			one := func(context.Context) ([]models.ReviewFinding, error) {
				return []models.ReviewFinding{{Subject: "S1"}}, nil
			}
			s.must(t, s.db.RefreshReview(t.Context(), models.ReviewFinder{Kind: finder.Kind, Find: one}))
		}
		page := s.enter(t, "admin@example.test").ask(t, get("/admin/review")).body
		for _, kind := range kinds {
			if strings.Contains(page, kind+"</h3>") {
				t.Errorf("%s has no words", kind)
			}
		}
		if n := strings.Count(page, "</h3>"); n != len(kinds) {
			t.Errorf("%d of %d are listed", n, len(kinds))
		}
		fault := errors.New("out of order")
		broken := models.ReviewFinder{Kind: "broken", Find: func(context.Context) ([]models.ReviewFinding, error) { return nil, fault }}
		s.aJob(t, "discarded")
		if err := findReview(t.Context(), s.db, append([]models.ReviewFinder{broken}, s.reviewFinders()...)); !errors.Is(err, fault) {
			t.Errorf("a finder that fails says %v", err)
		}
		list, err := s.db.ReviewOlder(t.Context(), models.ReviewOpen, nil, 100)
		if err != nil || !slices.ContainsFunc(list, func(item models.ReviewItem) bool { return item.Kind == admin.ReviewMails }) {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
