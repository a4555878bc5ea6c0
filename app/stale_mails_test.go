package main

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestStaleJobs (T-1704): a mail that waited looks at the world before it goes: one whose link has run out, was used or
// replaced, or whose person was switched off, is gone or changed the password meanwhile is dropped, and counted as
// dropped. The others go.
func TestStaleJobs(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, databaseURL string) {
		h := testHouse(t, func(c *Config) { c.DatabaseURL = Secret(databaseURL) })
		pool := modelstest.SQL(t, h.db)
		change := func(query string) {
			t.Helper()
			if _, err := pool.ExecContext(t.Context(), query); err != nil {
				t.Fatalf("%s: %v", query, err)
			}
		}
		address := func(name string) string { return name + "@example.test" }
		const mine = "user_id = (SELECT id FROM users WHERE email = 'NAME@example.test')"
		meanwhile := map[string]func(u *auth.User){
			"fine": func(*auth.User) {},
			"expired": func(*auth.User) {
				change("UPDATE mail_tokens SET expires_at = created_at WHERE " + strings.ReplaceAll(mine, "NAME", "expired"))
			},
			"used": func(*auth.User) {
				change("UPDATE mail_tokens SET used_at = created_at WHERE " + strings.ReplaceAll(mine, "NAME", "used"))
			},
			"off": func(u *auth.User) {
				if err := h.people.DisableUser(t.Context(), u.ID, "x", nil); err != nil {
					t.Error(err)
				}
			},
			"changed": func(u *auth.User) {
				if err := h.db.ChangePassword(t.Context(), models.PasswordChange{UserID: u.ID, Hash: "another", Epoch: 1}); err != nil {
					t.Error(err)
				}
			},
			"replaced": func(*auth.User) { h.send(t, post("/password/forgot", "email="+url.QueryEscape(address("replaced")))) },
			"gone":     func(*auth.User) { change("DELETE FROM users WHERE email = 'gone@example.test'") },
		}
		for name, happens := range meanwhile {
			u, err := h.people.CreateUser(t.Context(), auth.NewUser{Email: address(name), Password: "correct horse battery 9", Verified: true})
			if err != nil {
				t.Fatal(err)
			}
			h.send(t, post("/password/forgot", "email="+url.QueryEscape(u.Email)))
			happens(u)
		}
		h.send(t, post("/password/forgot", "email=nobody@example.test")) // a decoy

		if err := h.queue.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := h.queue.Stop(ctx); err != nil {
				t.Error(err)
			}
		})
		eventually(t, "the end of the queue", func() bool {
			var open int
			err := pool.QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'mail' AND state NOT IN ('completed', 'discarded', 'cancelled')").Scan(&open)
			return err == nil && open == 0
		})
		kept, err := h.db.Mailbox(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, one := range kept {
			mail, err := one.Mail()
			if err != nil {
				t.Fatal(err)
			}
			if mail.TokenID != "" {
				got = append(got, mail.To)
			}
		}
		slices.Sort(got)
		if want := []string{address("fine"), address("replaced")}; !slices.Equal(got, want) { // of the replaced one the second
			t.Errorf("mails with links went to %v, want %v", got, want)
		}
		if n := h.outcomes(t, "dropped"); n != 7 { // the six that died, and the decoy
			t.Errorf("%d mails are counted as dropped", n)
		}
	})
}

// outcomes is how many mails are counted with an outcome.
func (h *house) outcomes(t *testing.T, outcome string) (n int) {
	t.Helper()
	families, err := h.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, series := range family.GetMetric() {
			for _, label := range series.GetLabel() {
				if family.GetName() == "mails_total" && label.GetName() == "outcome" && label.GetValue() == outcome {
					n += int(series.GetCounter().GetValue())
				}
			}
		}
	}
	return n
}
