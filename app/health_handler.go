package main

import (
	"context"
	"fmt"
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
	if !h.ready.Load() {
		return notReady(c)
	}
	if err := h.databaseReady(ctx); err != nil {
		h.log.WarnContext(ctx, "not ready", "error", err)
		return notReady(c)
	}
	return c.SendString("ready\n")
}

func notReady(c *fiber.Ctx) error {
	return c.Status(fiber.StatusServiceUnavailable).SendString("not ready\n")
}

// databaseReady looks for pending migrations until there are none: that opens a connection of its own, and
// the schema of a running program does not go back.
func (h *house) databaseReady(ctx context.Context) error {
	if err := h.db.Ping(ctx); err != nil {
		return fmt.Errorf("ask the database: %w", err)
	}
	if h.migrated.Load() {
		return nil
	}
	if err := h.checkMigrated(ctx); err != nil {
		return err
	}
	h.migrated.Store(true)
	return nil
}
