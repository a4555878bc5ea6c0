package doctor

import (
	"sync"
	"time"
)

// Watch holds what was found last, so that a page need not wait for a mail server to answer.
type Watch struct {
	mu    sync.Mutex
	found []Finding
	at    time.Time
}

// Note keeps what was found at a moment.
func (w *Watch) Note(found []Finding, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found, w.at = found, at
}

// Last is what was found last and when; a zero time: nobody has looked yet.
func (w *Watch) Last() (found []Finding, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.found, w.at
}
