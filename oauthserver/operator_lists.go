package oauthserver

import (
	"slices"

	"latchkey/models"
)

// Place says which piece of a list is wanted: at most Limit rows on one side of a place that an earlier piece named, or from
// the top.
type Place struct {
	Newer, Older string // at most one of them
	Limit        int
}

// piece reads one piece of a list that is ordered by time and id, and names the places of its neighbours. name is what they
// are sealed for: a place of one list is none of another.
func piece[T any](db *models.DB, at Place, name string, placeOf func(T) models.Cursor,
	after func(*models.Cursor, int) ([]T, error), before func(models.Cursor, int) ([]T, error),
) (rows []T, newer, older string, err error) {
	var place models.Cursor
	up, err := db.OpenCursor(name, at.Newer, &place)
	if err != nil {
		return nil, "", "", err
	}
	down, err := db.OpenCursor(name, at.Older, &place)
	if err != nil {
		return nil, "", "", err
	}
	switch {
	case up:
		rows, err = before(place, at.Limit+1)
	case down:
		rows, err = after(&place, at.Limit+1)
	default:
		rows, err = after(nil, at.Limit+1)
	}
	more := len(rows) > at.Limit
	rows = rows[:min(len(rows), at.Limit)]
	if up {
		slices.Reverse(rows)
	}
	if err != nil || len(rows) == 0 {
		return rows, "", "", err
	}
	if up && more || down {
		if newer, err = db.SealCursor(name, placeOf(rows[0])); err != nil {
			return nil, "", "", err
		}
	}
	if more || up {
		older, err = db.SealCursor(name, placeOf(rows[len(rows)-1]))
	}
	return rows, newer, older, err
}
