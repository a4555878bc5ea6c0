package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestContexts (T-1306): the context of a request is its own: it has the deadline of every request, ends with it, and
// what it held stays what it was when the connection carries the next one. Many requests at once and then a stop leave
// nothing behind; CI runs this under the race detector. That no handler passes on Fiber's own context, which is
// recycled, TestHouseRules finds in the source.
func TestContexts(t *testing.T) {
	const visitors, requests = 16, 120
	h, d := testHouse(t), doors{app: freePort(t)}
	type seen struct {
		ctx      context.Context
		at, name string
	}
	var mu sync.Mutex
	var kept []seen
	h.web.Get("/planted/:name", func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		deadline, has := ctx.Deadline()
		if left := time.Until(deadline); !has || left > requestTime || left < requestTime-10*time.Second || ctx.Err() != nil {
			t.Errorf("a request begins with %s left (%v)", left, ctx.Err())
		}
		mu.Lock()
		kept = append(kept, seen{ctx, models.OriginOf(ctx).RequestID, c.Params("name")})
		mu.Unlock()
		return c.SendString(c.Params("name") + " " + models.OriginOf(ctx).RequestID)
	})
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- h.run(ctx, d) }()
	base := "http://" + d.app.Addr().String()
	waitFor(t, func() bool { return statusAt(base+"/readyz") == http.StatusOK })

	_, lost := modelstest.Race(visitors, func(i int) error {
		client := http.Client{Transport: &http.Transport{}, Timeout: patience} // one connection each
		for n := range requests {
			path := []string{"/planted/" + fmt.Sprint(i, "-", n), "/login", "/healthz", "/notes"}[n%4]
			answer, err := client.Get(base + path)
			if err != nil {
				return err
			}
			if body := bodyOf(t, answer); answer.StatusCode != http.StatusOK || n%4 == 0 && body != fmt.Sprint(i, "-", n, " ", answer.Header.Get("X-Request-Id")) {
				return fmt.Errorf("%s: %d %.100q", path, answer.StatusCode, body)
			}
			if err := answer.Body.Close(); err != nil {
				return err
			}
		}
		client.CloseIdleConnections()
		return nil
	})
	stop()
	if err := <-stopped; err != nil || len(lost) > 0 {
		t.Errorf("stopped with %v; lost %v", err, lost)
	}
	if len(kept) != visitors*requests/4 {
		t.Errorf("%d requests were seen", len(kept))
	}
	ids := map[string]bool{}
	for _, one := range kept {
		if one.ctx.Err() == nil || models.OriginOf(one.ctx).RequestID != one.at || ids[one.at] {
			t.Fatalf("the context of request %s (%s) now says %s, %v", one.at, one.name, models.OriginOf(one.ctx).RequestID, one.ctx.Err())
		}
		ids[one.at] = true
	}
}

// TestDeadlineEndsStatements (T-1306): a handler that has no time left is told so by the database, although it would
// wait longer by itself, and the visitor that the site is busy.
func TestDeadlineEndsStatements(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, databaseURL string) {
		h := testHouse(t, func(c *Config) { c.DatabaseURL = Secret(databaseURL) })
		u, err := h.people.CreateUser(t.Context(), auth.NewUser{Email: "ada@example.test", Password: "correct horse battery 9", Name: "Ada", Verified: true})
		if err != nil {
			t.Fatal(err)
		}
		h.web.Get("/planted", func(c *fiber.Ctx) error {
			ctx, cancel := context.WithTimeout(c.UserContext(), 200*time.Millisecond) // what is left of its time
			defer cancel()
			return h.db.SetUserName(ctx, u.ID, "Late")
		})
		conn, err := modelstest.SQL(t, h.db).Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		take := map[string]string{"sqlite": "BEGIN IMMEDIATE", "postgres": "BEGIN; LOCK TABLE users"}[h.db.Dialect()]
		if _, err := conn.ExecContext(t.Context(), take); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		status := h.send(t, get("/planted")).StatusCode
		if took := time.Since(began); status != http.StatusServiceUnavailable || took > 3*time.Second {
			t.Errorf("%d after %s", status, took)
		}
		if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
		if again, err := h.db.UserByID(t.Context(), u.ID); err != nil || again.Name != "Ada" {
			t.Errorf("the name is %q (%v)", again.Name, err)
		}
	})
}
