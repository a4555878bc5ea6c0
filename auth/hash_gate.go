package auth

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// hashGate lets only as many password hashes run as there are processors, less one: each takes 19 MiB, more at
// once make all of them slower, and on the last processor everybody else's pages stay quick while many sign
// in. As many again are let in to count the try and look the person up meanwhile, so that one hash follows the other
// without a pause. A bounded queue waits; the rest is told to come back, before any account is looked at, so that a
// flood costs neither memory nor anyone's counters.
type hashGate struct {
	places  chan struct{} // of those let in: two for each processor
	hashing chan struct{} // of those who hash
	queue   int64
	wait    time.Duration
	waiting atomic.Int64
	runs    atomic.Int64           // hashes so far, decoys too
	waited  prometheus.ObserverVec // for a place, for a processor
}

func newHashGate(processors, queue int, wait time.Duration, waited prometheus.ObserverVec) *hashGate {
	return &hashGate{
		places: make(chan struct{}, 2*processors), hashing: make(chan struct{}, processors),
		queue: int64(queue), wait: wait, waited: waited,
	}
}

// run does the work of one hash. The caller was let in, so the wait for a processor is no longer than a hash or two.
func (g *hashGate) run(hash func()) {
	began := time.Now()
	g.hashing <- struct{}{}
	g.waited.WithLabelValues("processor").Observe(time.Since(began).Seconds())
	defer func() { <-g.hashing }()
	g.runs.Add(1)
	hash()
}

// enter waits for a place. ErrBusy: the queue is full, or the wait took too long. The caller must call
// leave, and may call it again. A caller whose context ends is not served.
func (g *hashGate) enter(ctx context.Context) (leave func(), err error) {
	leave = sync.OnceFunc(func() { <-g.places })
	select {
	case g.places <- struct{}{}:
		g.waited.WithLabelValues("place").Observe(0)
		return leave, nil
	default:
	}
	if g.waiting.Add(1) > g.queue {
		g.waiting.Add(-1)
		return nil, ErrBusy
	}
	defer g.waiting.Add(-1)
	began := time.Now()
	timer := time.NewTimer(g.wait)
	defer timer.Stop()
	select {
	case g.places <- struct{}{}:
		g.waited.WithLabelValues("place").Observe(time.Since(began).Seconds())
		return leave, nil
	case <-timer.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
