package oauthserver

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestTokenSizeFirst: how long something is gets looked at before what it says: nothing large is parsed.
func TestTokenSizeFirst(t *testing.T) {
	w := aReady(t)
	good := w.signInAt("ada", "app", "openid").id
	if _, err := w.s.verifyIDTokenHint(context.Background(), good); err != nil {
		t.Fatalf("the genuine one: %v", err)
	}
	for name, raw := range map[string]string{
		"one byte too long": strings.Repeat("A", maxJWTPart+1) + ".e30.AA", "a million dots": strings.Repeat(".", 1_000_000),
		"a million signs of padding": "e30" + strings.Repeat("=", 1_000_000) + ".e30.AA", "deep": strings.Repeat("W1tb", 300_000) + ".e30.AA",
		"five parts": good + ".AA.AA",
	} {
		// The least of five: a busy machine makes one slow, and others allocate meanwhile.
		took, grown := time.Hour, uint64(1<<40)
		for range 5 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			_, err := w.s.verifyIDTokenHint(context.Background(), raw)
			took = min(took, time.Since(began))
			runtime.ReadMemStats(&after)
			grown = min(grown, after.TotalAlloc-before.TotalAlloc)
			if !errors.Is(err, errBadHint) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if took > 50*time.Millisecond || grown > 1<<20 {
			t.Errorf("%s: %v and %d bytes", name, took, grown)
		}
	}
}
