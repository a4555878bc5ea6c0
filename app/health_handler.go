package main

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
)

// showHealth says that the process lives.
func showHealth(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendString("ok\n")
}

// showReady says whether requests should come here: started, not stopping, and the database answers with the
// schema this program was built for.
func (h *house) showReady(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	ctx, cancel := context.WithTimeout(c.UserContext(), 2*time.Second)
	defer cancel()
	if !h.ready.Load() || !h.databaseReady(ctx) {
		return c.Status(fiber.StatusServiceUnavailable).SendString("not ready\n")
	}
	return c.SendString("ready\n")
}

// databaseReady looks for pending migrations until there are none: that opens a connection of its own, and
// the schema of a running program does not go back.
func (h *house) databaseReady(ctx context.Context) bool {
	if h.db.Ping(ctx) != nil {
		return false
	}
	if !h.migrated.Load() {
		pending, err := h.db.PendingMigrations(ctx)
		h.migrated.Store(err == nil && pending == 0)
	}
	return h.migrated.Load()
}
