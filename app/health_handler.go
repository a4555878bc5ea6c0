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

// showReady says whether requests should come here: started, not stopping, and the database answers.
func (h *house) showReady(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	ctx, cancel := context.WithTimeout(c.UserContext(), 2*time.Second)
	defer cancel()
	if !h.ready.Load() || h.db.Ping(ctx) != nil {
		return c.Status(fiber.StatusServiceUnavailable).SendString("not ready\n")
	}
	return c.SendString("ready\n")
}
