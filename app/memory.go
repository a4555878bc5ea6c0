package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"
)

// memoryLimit is soft, in bytes: above it garbage is swept more often, nothing is refused.
const memoryLimit = 160 << 20

// spendMemory lets garbage wait. The program's own heap is some ten megabytes, and at Go's default it would be
// swept dozens of times a second under load: a third of the time of a page. The limit holds where it grows all the
// same, by 19 MiB for every password that is being hashed. GOGC and GOMEMLIMIT of the environment win.
func spendMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// giveMemoryBack returns to the machine what a busy moment left behind: the runtime keeps it until its next
// sweep, which a quiet program hardly ever needs. It costs a few milliseconds.
func giveMemoryBack(ctx context.Context) error {
	return every(ctx, 30*time.Second, debug.FreeOSMemory)
}
