package main

import (
	"fmt"
	"io"

	"latchkey/views"
)

// greet says where to look and how to sign in, in at most ten lines. Without demo data it is one line of the log.
func (h *house) greet(w io.Writer) {
	h.log.Info("ready", "address", h.config.Addr, "base_url", h.config.BaseURL, "database", h.db.Dialect(), "version", version)
	if !h.config.demo() {
		return
	}
	base := h.config.BaseURL
	fmt.Fprintf(w, "\n%s is ready: %s\n\n", views.BrandName, base)
	fmt.Fprintf(w, "  Demo client  %s  a third-party app that uses it\n", h.config.demoClientURL()) // oauth
	fmt.Fprintf(w, "  Mailbox      %s/dev/mail\n", base)
	fmt.Fprintf(w, "  Everything   %s/dev\n", base)
	fmt.Fprintf(w, "  Sign in      %s with %s\n\n", demoPeople[0].email, demoPassword)
}
