package models

import "slices"

// Place says which page of a list is wanted: at most Limit rows on one side of a place that an earlier page named, or from the
// top.
type Place struct {
	Newer, Older string // at most one of them
	Limit        int
}

// ListPage is one page of a list, in its order, and the places of its neighbours; empty: there is none.
type ListPage[T any] struct {
	Rows         []T
	Newer, Older string
}

// ReadPage reads one page of a list that is ordered by some key. list is what its places are sealed for: a place of one list is
// none of another. placeOf names the place of a row; after reads rows on the far side of a place (nil: from the top), before
// those on the near side, the nearest first. Errors: ErrNoCursor, also of two places at once.
func ReadPage[T, P any](db *DB, at Place, list string, placeOf func(T) P,
	after func(than *P, limit int) ([]T, error), before func(than P, limit int) ([]T, error),
) (page ListPage[T], err error) {
	if at.Newer != "" && at.Older != "" {
		return page, ErrNoCursor
	}
	var place P
	up, err := db.OpenCursor(list, at.Newer, &place)
	if err != nil {
		return page, err
	}
	down, err := db.OpenCursor(list, at.Older, &place)
	if err != nil {
		return page, err
	}
	var rows []T
	switch {
	case up:
		rows, err = before(place, at.Limit+1)
	case down:
		rows, err = after(&place, at.Limit+1)
	default:
		rows, err = after(nil, at.Limit+1)
	}
	more := len(rows) > at.Limit
	page.Rows = rows[:min(len(rows), at.Limit)]
	if up {
		slices.Reverse(page.Rows)
	}
	if err != nil || len(page.Rows) == 0 {
		return page, err
	}
	if up && more || down {
		if page.Newer, err = db.SealCursor(list, placeOf(page.Rows[0])); err != nil {
			return page, err
		}
	}
	if more || up {
		page.Older, err = db.SealCursor(list, placeOf(page.Rows[len(page.Rows)-1]))
	}
	return page, err
}

// ListBlock is how many rows are read at once where all of a list are.
const ListBlock = 1000

// eachBlock walks a list from its top to its end, each block from the last row of the one before.
func eachBlock[T, P any](placeOf func(T) P, after func(than *P) ([]T, error), each func([]T) error) error {
	var place *P
	for {
		block, err := after(place)
		if err != nil || len(block) == 0 {
			return err
		}
		if err := each(block); err != nil {
			return err
		}
		last := placeOf(block[len(block)-1])
		place = &last
	}
}
