package main

import (
	"net/url"
	"testing"

	"latchkey/app/doctor"
	"latchkey/models"
)

// TestTokensOfTheDay (D-15): what the token endpoint issued, and nothing that it refused, is a figure of the day, and a chart.
func TestTokensOfTheDay(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		robot, secret := s.register(t, models.OAuthClient{Name: "Robot", Kind: "service"})
		form := url.Values{"grant_type": {"client_credentials"}, "scope": {"notes:read"}}
		for range 3 {
			if status := s.tell(t, robot, secret, "/oauth/token", form, nil); status != 200 {
				t.Fatalf("a token: %d", status)
			}
		}
		if status := s.tell(t, robot, "wrong", "/oauth/token", form, nil); status != 401 {
			t.Fatalf("a wrong secret: %d", status)
		}
		s.counting.write(t.Context())
		b := s.signIn(t, "admin@example.test")
		b.Visit(s.base + "/admin/figures").Sees("Tokens issued by day Issued 3")
		b.Visit(s.base+"/admin").Sees("Tokens issued Issued 3", "All clear")
	})
}

// TestFreshStartIsClear (D-16, D-17): a start with demo data needs nobody, and its doctor finds nothing.
func TestFreshStartIsClear(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		for _, f := range s.look(t.Context()) {
			if f.Level != doctor.OK {
				t.Errorf("the doctor finds %+v", f)
			}
		}
		if err := s.review(t.Context()); err != nil {
			t.Fatal(err)
		}
		if list, err := s.db.ReviewOlder(t.Context(), models.ReviewOpen, nil, 10); err != nil || len(list) > 0 {
			t.Errorf("review: %+v, %v", list, err)
		}
		s.signIn(t, "admin@example.test").Visit(s.base+"/admin").Sees("All clear", "Health: all", "checks pass")
	})
}
