package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"latchkey/models/modelstest"
)

// outage takes the database away from a request after so many of its statements: what would have come next, a
// COMMIT included, fails.
type outage struct {
	mu     sync.Mutex
	left   int // statements until then; -1: the database stays
	begun  int // statements of the request
	missed int // of those, the ones that failed because of it
	stop   context.CancelFunc
}

type outageKey struct{}

// observe counts a statement of a request that has an outage, and takes the database away when it is time.
func (o *outage) observe(ctx context.Context, _ string, _ int64, _ time.Duration, err error) {
	if ctx.Value(outageKey{}) == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.begun++
	if err != nil && ctx.Err() != nil {
		o.missed++
	}
	if o.begun == o.left {
		o.stop()
	}
}

// begin arms the outage for the next request.
func (o *outage) begin(after int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.left, o.begun, o.missed = after, 0, 0
}

// over disarms it, and tells how many statements it cost.
func (o *outage) over() (missed int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.left = -1
	return o.missed
}

// around gives each request a context that the outage can end.
func (o *outage) around(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	const userContext = "__local_user_context__" // where Fiber keeps it
	return func(c *fasthttp.RequestCtx) {
		ctx, stop := context.WithCancel(context.WithValue(context.Background(), outageKey{}, o))
		defer stop()
		o.mu.Lock()
		o.stop = stop
		if o.left == 0 {
			stop()
		}
		o.mu.Unlock()
		c.SetUserValue(userContext, ctx)
		next(c)
	}
}

// newObservedSweep is a sweep whose statements are told to the test. Its log is not shown: it will be full of faults.
func newObservedSweep(t *testing.T, observe func(context.Context, string, int64, time.Duration, error), databaseURL string) *sweep {
	t.Helper()
	return newSweepIn(t, func(ctx context.Context, config Config) (*house, error) {
		h := &house{config: config, log: newLog(io.Discard, "text", slog.LevelError), metrics: newMetrics()}
		var err error
		if h.db, err = openDatabase(ctx, config, observe); err != nil {
			return nil, err
		}
		return h, h.furnish()
	}, databaseURL)
}

// newFaultySweep is a sweep whose requests can lose their database.
func newFaultySweep(t *testing.T, databaseURL string) (*sweep, *outage) {
	t.Helper()
	o := &outage{left: -1}
	s := newObservedSweep(t, o.observe, databaseURL)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &fasthttp.Server{Handler: o.around(s.web.Handler()), NoDefaultServerHeader: true}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		delete(listeners, s.house)
		_ = server.Shutdown()
	})
	listeners[s.house] = listener.Addr().String()
	return s, o
}

// failing sends a request in the way of which the n-th thing fails, and tells whether anything did.
type failing func(n int, send func() reply) (answer reply, hit bool)

// TestEveryStatementFailsOnce (T-1001): each request loses its database before its first statement, after it, after
// the second … and before its COMMIT. The answer never calls that a success; the tables are as before or as after a
// success, nothing between; and with the database back the same request works.
func TestEveryStatementFailsOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time, and none of it is about races")
	}
	modelstest.URLs(t, func(t *testing.T, databaseURL string) {
		s, o := newFaultySweep(t, databaseURL)
		for _, j := range everyJourney() {
			t.Run(j.name, func(t *testing.T) {
				s.failEach(t, j, func(n int, send func() reply) (reply, bool) {
					o.begin(n - 1)
					answer := send()
					return answer, o.over() > 0 || n == 1
				})
			})
		}
	})
}

// TestEveryWriteFailsOnce (T-1001): each write of each request fails alone, and what follows it would work. Whoever
// overlooked that would tell of a success that is none, or leave half of one. On SQLite, where a transaction goes on
// after a statement that failed.
func TestEveryWriteFailsOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time, and none of it is about races")
	}
	hit := false
	s := newObservedSweep(t, func(_ context.Context, _ string, _ int64, _ time.Duration, err error) {
		hit = hit || err != nil && strings.Contains(err.Error(), "planted")
	}, modelstest.SQLiteURL(t))
	s.plantWriteFaults(t)
	for _, j := range everyJourney() {
		t.Run(j.name, func(t *testing.T) {
			s.failEach(t, j, func(n int, send func() reply) (reply, bool) {
				hit = false
				s.failWrite(t, n)
				defer s.failWrite(t, 0)
				answer := send()
				return answer, hit
			})
		})
	}
}

// failEach sends the request of a journey with the first thing failing, then the second, … until nothing does. What a
// fault left untouched is sent again with the next.
func (s *sweep) failEach(t *testing.T, j journey, f failing) {
	t.Helper()
	var send func() reply
	left := map[int]string{} // what faults left that left something
	for n := 1; n < 60; n++ {
		if send == nil {
			send = j.prepare(t, s, n)
		}
		before := s.picture(t)
		answer, hit := f(n, send)
		change := before.until(s.picture(t))
		if !failed(answer) {
			if hit {
				t.Fatalf("fault %d was overlooked: %d to %q, changed %q", n, answer.status, answer.place(), change)
			}
			checkLeft(t, left, change)
			return
		}
		if change != "" && change != j.counted {
			left[n], send = change, nil
		}
	}
	t.Error("did not end")
}

// plantWriteFaults makes every table able to refuse a write: the one at which the planted number comes down to nought.
// FAIL, unlike ABORT, keeps the count, so that only that one is refused.
func (s *sweep) plantWriteFaults(t *testing.T) {
	t.Helper()
	statements := []string{"CREATE TABLE planted (left INTEGER NOT NULL)", "INSERT INTO planted VALUES (0)"}
	tables := append(slices.Collect(maps.Keys(modelstest.Digest(t, s.pool))), "attempts", "audit_events") // which a digest leaves out
	for _, table := range tables {
		for _, write := range []string{"INSERT", "UPDATE", "DELETE"} {
			statements = append(statements, fmt.Sprintf(`CREATE TRIGGER plant_%[1]s_%[2]s BEFORE %[2]s ON %[1]s BEGIN
				UPDATE planted SET left = left - 1;
				SELECT RAISE(FAIL, 'planted') FROM planted WHERE left = 0;
			END`, table, write))
		}
	}
	for _, statement := range statements {
		if _, err := s.pool.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// checkLeft: a request that failed after it had done its work did all of it.
func checkLeft(t *testing.T, left map[int]string, success string) {
	t.Helper()
	for n, change := range left {
		if change != success {
			t.Errorf("fault %d left %s, a success leaves %s", n, change, success)
		}
	}
}

// failed tells whether an answer says that something went wrong on our side.
func failed(answer reply) bool {
	return answer.status >= 500 || strings.Contains(answer.place(), "error=server_error") || strings.Contains(answer.place(), "error=temporarily_unavailable")
}

// picture is what the tables hold: their digests, and how many rows there are, ended ones apart.
type picture struct {
	tables modelstest.Tables
	rows   map[string]int
}

func (s *sweep) picture(t *testing.T) picture {
	t.Helper()
	p := picture{modelstest.Digest(t, s.pool), map[string]int{}}
	delete(p.tables, "planted") // the test's own
	count := func(name, what, table string) {
		var n int
		if err := s.pool.QueryRowContext(t.Context(), "SELECT count("+what+") FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		p.rows[name] = n
	}
	for table := range p.tables {
		count(table, "*", table)
	}
	for column, table := range map[string]string{
		"used_at": "mail_tokens", "revoked_at": "oauth_grants", "done_at": "oauth_interactions", "email_verified_at": "users",
	} {
		count(table+"."+column, column, table)
	}
	return p
}

// until says which tables changed and by how many rows; nothing when none did.
func (p picture) until(later picture) string {
	parts := p.tables.Changed(later.tables)
	for _, name := range slices.Sorted(maps.Keys(p.rows)) {
		if n := later.rows[name] - p.rows[name]; n != 0 {
			parts = append(parts, fmt.Sprintf("%s%+d", name, n))
		}
	}
	return strings.Join(parts, " ")
}

// failWrite makes the n-th write from now on fail; 0: none.
func (s *sweep) failWrite(t *testing.T, n int) {
	t.Helper()
	if _, err := s.pool.ExecContext(t.Context(), "UPDATE planted SET left = ?", n); err != nil {
		t.Fatal(err)
	}
}
