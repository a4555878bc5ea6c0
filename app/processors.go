package main

import (
	"os"
	"runtime"
)

// shareProcessors lets pages run beside password hashes. Go lets a computation go on for ten milliseconds before it
// gives another goroutine its processor, so a page behind a hash would wait that long, however many processors are busy
// with hashes. With one more for each hash, the system shares out the time instead, in far smaller parts. GOMAXPROCS of
// the environment wins.
func shareProcessors() {
	if os.Getenv("GOMAXPROCS") != "" {
		return
	}
	own := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(own + max(1, own-1)) // auth hashes on all but one
}
