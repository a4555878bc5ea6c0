package models

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Cursor is a place between two rows of a list that is ordered by time and id, the newest first.
type Cursor struct {
	CreatedAt time.Time
	ID        string
}

// ErrNoCursor is what ParseCursor says of anything that Cursor.String did not make.
var ErrNoCursor = errors.New("no place in a list")

// String names the place in a URL: its time in microseconds and its id.
func (c Cursor) String() string {
	return strconv.FormatInt(c.CreatedAt.UnixMicro(), 36) + "." + c.ID
}

// ParseCursor reads a place; "" is no place. Each place has one name. Errors: ErrNoCursor.
func ParseCursor(text string) (*Cursor, error) {
	if text == "" {
		return nil, nil
	}
	stamp, id, found := strings.Cut(text, ".")
	micros, err := strconv.ParseInt(stamp, 36, 64)
	if !found || err != nil || len(id) != len(NewID()) || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return nil, ErrNoCursor
	}
	place := Cursor{CreatedAt: time.UnixMicro(micros).UTC(), ID: id}
	if place.String() != text {
		return nil, ErrNoCursor // another spelling of a number
	}
	return &place, nil
}

// older narrows a list to what comes after a place, the newest first; a nil place is the top.
func older(list *gorm.DB, than *Cursor, limit int) *gorm.DB {
	if than != nil {
		list = list.Where("(created_at, id) < (?, ?)", than.CreatedAt, than.ID)
	}
	return list.Order("created_at DESC, id DESC").Limit(limit)
}

// newer narrows a list to what comes before a place, the nearest to it first.
func newer(list *gorm.DB, than Cursor, limit int) *gorm.DB {
	return list.Where("(created_at, id) > (?, ?)", than.CreatedAt, than.ID).Order("created_at, id").Limit(limit)
}
