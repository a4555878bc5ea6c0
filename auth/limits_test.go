package auth_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// counted is how a limit is driven, and what its being reached looks like: refused as a page, or nothing more of what
// it counts.
type counted struct {
	ask    func() page
	effect func() int // nil: the answer is 429
}

// limitRows drives each limit of the table once per call, on people of its own.
func limitRows(st *site) map[string]func() counted {
	addresses := 0
	fresh := func() string { addresses++; return fmt.Sprintf("u%d@example.test", addresses) }
	owner := func() string { return st.person(fresh()).Email }
	known := func(email string) *browser {
		b := st.browserAt("203.0.113.202").mustSignIn(email)
		b.post("/logout")
		return b
	}
	pages := func(ask func() page) counted { return counted{ask: ask} }
	mails := func(email, kind string, ask func() page) counted {
		return counted{ask, func() int { return len(st.delivered(email, kind)) }}
	}
	return map[string]func() counted{
		"L-01": func() counted {
			b, email := st.browserAt("203.0.113.1"), fresh()
			return pages(func() page { return b.signInWith(email, strings.Repeat("w", 128)) })
		},
		"L-02": func() counted { email := fresh(); return pages(func() page { return st.guess(email, 1) }) },
		"L-03": func() counted {
			email := owner()
			b := known(email)
			return pages(func() page { return b.signInWith(email, "wrong-password") })
		},
		"L-04": func() counted {
			return pages(func() page { return st.browserAt("203.0.113.4").signInWith(fresh(), "wrong-password") })
		},
		"L-05": func() counted {
			return pages(func() page { return st.browserAt("203.0.113.5").signUp(fresh()) })
		},
		"L-07": func() counted {
			b := st.browser()
			b.signUp(fresh())
			return pages(func() page { return b.post("/verify-email", "code", "x") })
		},
		"L-09 network": func() counted {
			return pages(func() page { return st.browserAt("203.0.113.9").post("/password/forgot", "email", fresh()) })
		},
		"L-10 network": func() counted {
			return pages(func() page { return st.browserAt("203.0.113.10").post("/login/link", "email", fresh()) })
		},
		"L-11": func() counted {
			b := st.browser()
			b.post("/password/forgot", "email", fresh()) // whose step is open for as long as the window
			return pages(func() page { return b.post("/password/reset", "code", "x") })
		},
		"L-12": func() counted {
			return pages(func() page { return st.browserAt("203.0.113.12").get("/password/reset/" + models.NewToken()) })
		},
		"L-15": func() counted {
			return pages(func() page { return st.browserAt("203.0.113.15").post("/login/passkey/options") })
		},
		"L-15 failed": func() counted {
			return pages(func() page { return st.browserAt("203.0.113.15").post("/login/passkey", "credential", "{}") })
		},
		"L-16": func() counted {
			b := st.browserAt("203.0.113.16").mustSignIn(owner())
			return pages(func() page { return b.post("/reauth", "password", "wrong-password") })
		},
		"L-16 account": func() counted {
			email := owner()
			return pages(func() page {
				return st.browserAt("203.0.113.17").mustSignIn(email).post("/reauth", "password", "wrong-password")
			})
		},
		"L-13 account": func() counted {
			email := fresh()
			two := st.twoStep(email)
			return pages(func() page { return two.halfway(email).post("/login/code", "code", "x") })
		},
		"L-18": func() counted {
			b := st.browserAt("203.0.113.18").mustSignIn(owner())
			return pages(func() page {
				b.post("/reauth", "password", goodPassword) // which it asks for after ten minutes
				return b.post("/account/totp", "code", "x")
			})
		},
		"link password": func() counted {
			email := fresh()
			st.browser().signUp(email)
			link := st.link(email, "verify_email")
			return pages(func() page { return st.browser().post(link, "action", "confirm", "password", "wrong-password") })
		},
		"L-06": func() counted {
			email := fresh()
			return mails(email, "verify_email", func() page { return st.browser().signUp(email) })
		},
		"L-06 day": func() counted {
			email := fresh()
			return mails(email, "verify_email", func() page {
				st.exec("DELETE FROM attempts WHERE rule = 'L-06'") // the shorter window is another's
				return st.browser().signUp(email)
			})
		},
		"L-06 taken": func() counted {
			email := owner()
			return mails(email, "account_exists", func() page {
				st.exec("DELETE FROM attempts WHERE rule = 'L-06'")
				return st.browser().signUp(email)
			})
		},
		"L-09": func() counted {
			email := owner()
			return mails(email, "password_reset", func() page { return st.browser().post("/password/forgot", "email", email) })
		},
		"L-10": func() counted {
			email := owner()
			return mails(email, "sign_in_link", func() page { return st.browser().post("/login/link", "email", email) })
		},
		"L-28": func() counted {
			email := fresh()
			two := st.twoStep(email)
			return mails(email, "factor_recovery_started", func() page {
				st.exec("DELETE FROM attempts WHERE rule LIKE 'L-1%'")
				st.exec("UPDATE users SET factor_recovery_at = NULL")
				b := two.halfway(email)
				b.post("/login/recovery/code")
				return b.post("/login/recovery", "code", codeIn(st.t, st.lastMail(email, "sign_in_code")))
			})
		},
		"alarm mail": func() counted {
			email := owner()
			return mails(email, "account_guarded", func() page {
				for st.number("SELECT COALESCE(MAX(hits), 0) FROM attempts WHERE rule = 'L-02'") < 19 {
					st.guess(email, 1)
				}
				defer st.exec("DELETE FROM attempts WHERE rule LIKE 'L-02%'")
				return st.guess(email, 1)
			})
		},
	}
}

// TestEveryLimitCounts (T-701): each row of the table stops at its figure, says truly how long, and not a second longer;
// a limit that asks for a pause gives no second burst at its edge.
func TestEveryLimitCounts(t *testing.T) {
	if testing.Short() {
		t.Skip("one try after another, to the end of each limit")
	}
	each(t, func(t *testing.T, st *site) {
		rows := limitRows(st)
		for _, limit := range st.s.Limits() {
			if limit.ID == "L-02 lock" || limit.ID == "L-13" {
				continue // one locks and one ends the sign-in: TestLockout_Steps and TestSecondFactor_Limits count to them
			}
			begin := rows[limit.ID]
			if begin == nil {
				t.Errorf("nothing drives %s", limit.ID)
				continue
			}
			st.exec("DELETE FROM attempts")
			row, from, waits := begin(), st.clock.Now(), cmp.Or(limit.Pause, limit.Window)
			reached := func() bool {
				if row.effect == nil {
					return row.ask().status == http.StatusTooManyRequests
				}
				before := row.effect()
				row.ask()
				return row.effect() == before
			}
			for i := range limit.Hits {
				if reached() {
					t.Fatalf("%s: refused at %d, the limit is %d", limit.ID, i+1, limit.Hits)
				}
			}
			if row.effect == nil {
				p := row.ask()
				wait, err := strconv.Atoi(p.header.Get("Retry-After"))
				if p.status != http.StatusTooManyRequests || err != nil || from.Add(waits).Sub(st.clock.Now().Add(time.Duration(wait)*time.Second)).Abs() > time.Second {
					t.Errorf("%s: %d, Retry-After %q of a wait of %s", limit.ID, p.status, p.header.Get("Retry-After"), waits)
				}
				if limit.ID == "L-16 account" { // its session is over then
					continue
				}
			}
			st.clock.Add(waits - time.Second)
			if !reached() {
				t.Errorf("%s: goes on a second before its window ends", limit.ID)
			}
			st.clock.Add(2 * time.Second)
			if limit.Window < 2*time.Hour && reached() { // a day ends sessions and sign-ups too
				t.Errorf("%s: still refused a second after its window", limit.ID)
			}
		}
	})
}

// TestEveryLimitCounts_Pause: where guesses are paused, the last one of a window begins the whole pause: there is no
// moment at which two windows' worth can be tried.
func TestEveryLimitCounts_Pause(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		rows := limitRows(st)
		for _, limit := range st.s.Limits() {
			if limit.ID != "L-01" && limit.ID != "L-02" {
				continue
			}
			st.exec("DELETE FROM attempts")
			row := rows[limit.ID]()
			row.ask()
			st.clock.Add(limit.Window - time.Second)
			for range limit.Hits - 1 {
				row.ask()
			}
			st.clock.Add(2 * time.Second)
			if p := row.ask(); p.status != http.StatusTooManyRequests {
				t.Errorf("%s: a second burst at the edge of the window: %d", limit.ID, p.status)
			}
		}
	})
}

// TestEveryLimitCounts_Scale: RATE_LIMIT_SCALE multiplies each figure, but for those that are part of a rule.
func TestEveryLimitCounts_Scale(t *testing.T) {
	db, clock := modelstest.OpenWithClock(t)
	table := func(scale float64) map[string]int {
		figures := map[string]int{}
		for _, limit := range newSite(t, db, clock, func(c *auth.Config) { c.RateLimitScale = scale }).s.Limits() {
			figures[limit.ID] = limit.Hits
		}
		return figures
	}
	one, fixed := table(1), []string{"alarm mail", "link password"}
	for _, scale := range []float64{0.2, 2, 10} {
		scaled := table(scale)
		for _, id := range slices.Sorted(maps.Keys(one)) {
			want := max(1, int(float64(one[id])*scale))
			if slices.Contains(fixed, id) {
				want = one[id]
			}
			if scaled[id] != want {
				t.Errorf("%s at %v: %d, want %d", id, scale, scaled[id], want)
			}
		}
	}
}

// TestRefusingIsCheap: at its limit a request costs two statements at most, and no hash, however much it brings along.
func TestRefusingIsCheap(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		huge := strings.Repeat("p", 64<<10)
		for name, ask := range map[string]func(ctx context.Context, password string) error{
			"sign in": func(ctx context.Context, password string) error {
				_, err := st.s.Authenticate(ctx, auth.SignIn{Email: member, Password: password})
				return err
			},
			"forgot": func(ctx context.Context, _ string) error {
				_, err := st.s.ForgotPassword(ctx, auth.MailRequest{Email: member})
				return err
			},
			"dead link": func(ctx context.Context, password string) error {
				return st.s.ResetPassword(ctx, auth.Visitor{}, models.NewToken(), password)
			},
		} {
			ctx := models.WithOrigin(context.Background(), models.Origin{Address: "192.0.2.1"})
			for range 62 {
				_ = ask(ctx, "wrong-password")
			}
			hashes := st.s.Hashes()
			for _, password := range []string{"wrong-password", huge} {
				counted, statements := modelstest.Count(ctx)
				if err := ask(counted, password); name != "forgot" && err == nil || statements.Load() > 2 || st.s.Hashes() != hashes {
					t.Errorf("%s with %d bytes: %v after %d statements and %d hashes", name, len(password), err, statements.Load(), st.s.Hashes()-hashes)
				}
			}
		}
	})
}
