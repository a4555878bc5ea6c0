package main

import (
	"context"
	"fmt"
	"io"

	"latchkey/views"
)

// greet says where to look and how to sign in, in at most ten lines. Without demo data it is one line of the log, and the
// link that makes the first administrator while there is none.
func (h *house) greet(ctx context.Context, w io.Writer) error {
	h.log.Info("ready", "address", h.config.Addr, "base_url", h.config.BaseURL, "database", h.db.Dialect(), "version", version)
	if !h.config.demo() {
		return h.offerSetup(ctx, w)
	}
	base := h.config.BaseURL
	fmt.Fprintf(w, "\n%s is ready: %s\n\n", views.BrandName, base)
	fmt.Fprintf(w, "  Demo client  %s  a third-party app that uses it\n", h.config.demoClientURL()) // oauth
	fmt.Fprintf(w, "  Mailbox      %s/dev/mail\n", base)
	fmt.Fprintf(w, "  Everything   %s/dev\n", base)
	fmt.Fprintf(w, "  Sign in      %s with %s\n\n", demoPeople[0].email, demoPassword)
	return nil
}

// offerSetup goes to the output and not to the log, which is kept and read by more people.
func (h *house) offerSetup(ctx context.Context, w io.Writer) error {
	link, err := h.people.NewSetupLink(ctx)
	if err != nil || link == "" {
		return err
	}
	fmt.Fprintf(w, "\n%s has no administrator yet. Within 24 hours, become one here:\n\n  %s\n\n", views.BrandName, link)
	return nil
}
