package main

import (
	"context"
	"strings"
	"testing"
)

// TestReturnClientFaultIsLogged: without its client a sign-in page may lose the way back to it, and somebody has to hear
// why.
func TestReturnClientFaultIsLogged(t *testing.T) {
	h, log := testHouse(t), &logged{}
	h.logTo(log)
	ctx, cut := context.WithCancel(t.Context())
	if h.returnClient(ctx, "/oauth/authorize/unknown") != nil || log.String() != "" {
		t.Errorf("nothing waits there; the log says %q", log)
	}
	cut()
	if h.returnClient(ctx, "/oauth/authorize/unknown") != nil || !strings.Contains(log.String(), "canceled") {
		t.Errorf("the database is away; the log says %q", log)
	}
}
