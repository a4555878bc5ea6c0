package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/models"
)

// noteCursor names a note's place in a URL: its time in microseconds and its id.
func noteCursor(n models.Note) string {
	return strconv.FormatInt(n.CreatedAt.UnixMicro(), 36) + "." + n.ID
}

// parseNoteCursor reads a place; "" is no place. What noteCursor did not make is a 400: a forged place
// could only show the visitor's own notes, but nobody should build on its form.
func parseNoteCursor(text string) (*models.NoteCursor, error) {
	if text == "" {
		return nil, nil
	}
	stamp, id, found := strings.Cut(text, ".")
	micros, err := strconv.ParseInt(stamp, 36, 64)
	if !found || err != nil || len(id) != len(models.NewID()) || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return nil, fiber.ErrBadRequest
	}
	place := models.NoteCursor{CreatedAt: time.UnixMicro(micros).UTC(), ID: id}
	if noteCursor(models.Note{CreatedAt: place.CreatedAt, ID: id}) != text {
		return nil, fiber.ErrBadRequest // another spelling of a number
	}
	return &place, nil
}
