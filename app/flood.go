package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/time/rate"

	"latchkey/auth"
	"latchkey/models"
)

// flood is a limit in the memory of this node: it guards the machine, not the accounts. Every network has a
// bucket that fills at a steady rate.
type flood struct {
	name      string
	perSecond float64
	burst     int

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
	swept   time.Time
}

// floods are L-30 of the limits: all pages, and what is sent by forms.
type floods struct{ pages, forms *flood }

const (
	floodPages = "L-30 pages"
	floodForms = "L-30 forms"
)

func newFloods(scale float64) floods {
	return floods{pages: newFlood(floodPages, 50, 100, scale), forms: newFlood(floodForms, 10, 20, scale)}
}

func newFlood(name string, perSecond float64, burst int, scale float64) *flood {
	return &flood{name: name, perSecond: perSecond * scale, burst: max(1, int(float64(burst)*scale)), buckets: map[string]*rate.Limiter{}}
}

func (f *flood) String() string {
	return fmt.Sprintf("%g a second, burst %d", f.perSecond, f.burst)
}

// tooFast is the error of a request that came too soon after others.
type tooFast struct{ seconds int }

func (tooFast) Error() string { return "too many requests" }

// limit refuses a request of a network whose bucket is empty.
func (h *house) limit(f *flood) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if !f.allow(auth.Network(models.OriginOf(c.UserContext()).Address), time.Now()) {
			h.metrics.floods.Inc()
			return tooFast{seconds: 1}
		}
		return c.Next()
	}
}

func (f *flood) allow(network string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sweep(now)
	bucket := f.buckets[network]
	if bucket == nil {
		bucket = rate.NewLimiter(rate.Limit(f.perSecond), f.burst)
		f.buckets[network] = bucket
	}
	return bucket.AllowN(now, 1)
}

// sweep forgets full buckets once a minute: a network that comes back starts with a full one anyway.
func (f *flood) sweep(now time.Time) {
	if now.Sub(f.swept) < time.Minute {
		return
	}
	f.swept = now
	for network, bucket := range f.buckets {
		if bucket.TokensAt(now) >= float64(f.burst) {
			delete(f.buckets, network)
		}
	}
}

// formsOnly applies a limit to what changes something.
func formsOnly(limit fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if !isForms(c.Method(), c.Path()) {
			return c.Next()
		}
		return limit(c)
	}
}

// isForms leaves the theme out: people try the three buttons in quick turn.
func isForms(method, path string) bool { return method == fiber.MethodPost && path != "/theme" }
