//go:build race

package modelstest

// watched tells that the race detector is on.
const watched = true
