package oauthserver

import (
	"context"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestKeysNeverWaitForEachOther: when the keys are due to be read again, a request that waits for a free
// connection does not hold up those that have one, which would never give theirs back.
func TestKeysNeverWaitForEachOther(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, address string) {
		pool := 1 // SQLite's one writer
		if strings.HasPrefix(address, "postgres") {
			pool = 2
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			query := u.Query()
			query.Set("pool_max_conns", "2")
			u.RawQuery = query.Encode()
			address = u.String()
		}
		db, clock := modelstest.OpenURL(t, address)
		raceForKeys(t, newWorld(t, db, clock, nil).ready(), pool)
	})
}

func raceForKeys(t *testing.T, w *world, pool int) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	inside, read, done := make(chan struct{}, pool), make(chan struct{}), make(chan error, pool+1)
	for range pool {
		go func() {
			done <- w.db.InTx(ctx, func(tx *models.Tx) error {
				if _, err := tx.OAuthClients(tx.Context()); err != nil { // it has its connection
					return err
				}
				inside <- struct{}{}
				<-read
				_, err := w.s.keys(tx.Context(), keyReload)
				return err
			})
		}()
	}
	for range pool {
		<-inside
	}
	go func() {
		_, err := w.s.keys(ctx, keyReload)
		done <- err
	}()
	for began := time.Now(); time.Since(began) < 100*time.Millisecond && w.s.engine.keys.mu.TryLock(); runtime.Gosched() {
		w.s.engine.keys.mu.Unlock() // until the reader outside holds it, if it ever does
	}
	close(read)
	for range pool + 1 {
		if err := <-done; err != nil {
			t.Errorf("waited in vain: %v", strings.TrimSpace(err.Error()))
		}
	}
}

// TestForgottenKeysStayForgotten: keys that were read before a rotation are not kept after it.
func TestForgottenKeysStayForgotten(t *testing.T) {
	w := aReady(t)
	old, err := w.s.keys(context.Background(), 0)
	w.must(err)
	generation := w.s.engine.keys.generation
	w.s.forgetKeys()
	w.s.engine.keys.keep(old[:1], generation, w.s.now())
	if now, err := w.s.keys(context.Background(), keyReload); err != nil || len(now) != len(old) {
		t.Errorf("%d keys of %d: %v", len(now), len(old), err)
	}
}
