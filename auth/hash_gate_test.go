package auth_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models/modelstest"
)

// TestHashGate (T-1801): five hundred sign-ins at one moment, at the cost of production, are hashed a few at a time; the
// queue fills, the rest is turned away at once, and who hangs up while waiting is not hashed at all.
func TestHashGate(t *testing.T) {
	db, clock := modelstest.OpenWithClock(t)
	const all, queue = 500, 24
	st := newSite(t, db, clock, func(c *auth.Config) {
		c.ArgonMemory, c.ArgonTime, c.HashSlots, c.HashQueue = 0, 0, 0, queue // the defaults
		c.HashWait, c.RateLimitScale = time.Hour, 1e6
	})
	st.person(member)
	release := st.s.FillHashGate()
	if slots := st.s.HashSlots(); slots > runtime.GOMAXPROCS(0) {
		t.Errorf("%d hashes at a time on %d processors", slots, runtime.GOMAXPROCS(0))
	}
	before := st.s.Hashes()

	// Nobody is served yet: exactly the queue waits, and the rest is told so without waiting.
	var (
		group         sync.WaitGroup
		mutex         sync.Mutex
		refusals      []time.Duration
		served, hung  atomic.Int64
		leave, hangUp = context.WithCancel(context.Background())
	)
	for i := range all {
		group.Go(func() {
			ctx := context.Background()
			if i%2 == 0 {
				ctx = leave
			}
			began := time.Now()
			_, err := st.s.Authenticate(ctx, auth.SignIn{Email: member, Password: goodPassword})
			took := time.Since(began)
			switch {
			case err == nil:
				served.Add(1)
			case errors.Is(err, auth.ErrBusy):
				mutex.Lock()
				refusals = append(refusals, took)
				mutex.Unlock()
			case errors.Is(err, context.Canceled):
				hung.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	refused := func() int {
		mutex.Lock()
		defer mutex.Unlock()
		return len(refusals)
	}
	for until := time.Now().Add(20 * time.Second); refused() < all-queue && time.Now().Before(until); {
		runtime.Gosched()
	}
	if n := st.s.HashesWaiting(); n != queue {
		t.Errorf("%d wait, the queue holds %d", n, queue)
	}
	if refused() != all-queue {
		t.Fatalf("%d of %d are turned away, %d may wait", refused(), all, queue)
	}
	slices.Sort(refusals)
	if slow := refusals[len(refusals)*9/10]; slow > 50*time.Millisecond {
		t.Errorf("nine of ten are turned away within %s", slow)
	}
	p := st.browser().signIn(member)
	wantPage(t, p, 503, "Busy, try again in a moment")
	if p.header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q", p.header.Get("Retry-After"))
	}
	hangUp()
	release()
	group.Wait()
	if served.Load()+hung.Load() != queue || st.s.Hashes()-before != served.Load() {
		t.Errorf("%d served and %d left of %d, after %d hashes", served.Load(), hung.Load(), queue, st.s.Hashes()-before)
	}
	if n := st.number("SELECT COALESCE(SUM(hits), 0) FROM attempts"); n != 0 {
		t.Errorf("%d tries are counted against somebody", n)
	}
}

// TestHashGate_PreparesMeanwhile: while all processors hash, as many sign-ins as they are count their try and look the
// person up, and wait with that for the hash; no other is let in.
func TestHashGate_PreparesMeanwhile(t *testing.T) {
	db, clock := modelstest.OpenWithClock(t)
	st := newSite(t, db, clock, func(c *auth.Config) { c.HashSlots = 1 })
	st.person(member)
	before := st.s.Hashes()
	release := st.s.HoldHashes()
	const all = 5
	var group sync.WaitGroup
	for range all {
		group.Go(func() {
			if _, err := st.s.Authenticate(context.Background(), auth.SignIn{Email: member, Password: goodPassword}); err != nil {
				t.Error(err)
			}
		})
	}
	tries := func() int { return st.number("SELECT COALESCE(MAX(hits), 0) FROM attempts") }
	for until := time.Now().Add(20 * time.Second); (tries() < 2 || st.s.HashesWaiting() < all-2) && time.Now().Before(until); {
		time.Sleep(time.Millisecond)
	}
	if n, waiting, hashes := tries(), st.s.HashesWaiting(), st.s.Hashes()-before; n != 2 || waiting != all-2 || hashes != 0 {
		t.Errorf("%d tries are counted, %d wait at the gate, %d hashes", n, waiting, hashes)
	}
	release()
	group.Wait()
	if hashes := st.s.Hashes() - before; hashes != all {
		t.Errorf("%d hashes for %d sign-ins", hashes, all)
	}
}
