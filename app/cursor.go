package main

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/models"
)

// noteCursor names a note's place in a URL.
func noteCursor(n models.Note) string { return n.Cursor().String() }

// parseNoteCursor reads a place; "" is no place. What noteCursor did not make is a 400: a forged place
// could only show the visitor's own notes, but nobody should build on its form.
func parseNoteCursor(text string) (*models.Cursor, error) {
	place, err := models.ParseCursor(text)
	if err != nil {
		return nil, fiber.ErrBadRequest
	}
	return place, nil
}
