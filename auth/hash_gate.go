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
// in. A bounded queue waits; the rest is told to come back, before any account is looked at, so that a flood
// costs neither memory nor anyone's counters.
type hashGate struct {
	slots   chan struct{}
	queue   int64
	wait    time.Duration
	waiting atomic.Int64
	runs    atomic.Int64 // hashes so far, decoys too
	waited  prometheus.Observer
}

func newHashGate(slots, queue int, wait time.Duration, waited prometheus.Observer) *hashGate {
	return &hashGate{slots: make(chan struct{}, slots), queue: int64(queue), wait: wait, waited: waited}
}

// enter waits for a slot. ErrBusy: the queue is full, or the wait took too long. The caller must call
// leave, and may call it again. A caller whose context ends is not served.
func (g *hashGate) enter(ctx context.Context) (leave func(), err error) {
	leave = sync.OnceFunc(func() { <-g.slots })
	select {
	case g.slots <- struct{}{}:
		g.waited.Observe(0)
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
	case g.slots <- struct{}{}:
		g.waited.Observe(time.Since(began).Seconds())
		return leave, nil
	case <-timer.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
