package models

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Cursor is a place between two rows of a list that is ordered by time and id, the newest first.
type Cursor struct {
	CreatedAt time.Time
	ID        string
}

// ErrNoCursor is what is said of a place that SealCursor did not name for this list.
var ErrNoCursor = errors.New("no place in a list")

// older narrows a list to what comes after a place, the newest first; a nil place is the top.
func older(list *gorm.DB, than *Cursor, limit int) *gorm.DB {
	return olderBy(list, "created_at", "id", than, limit)
}

// newer narrows a list to what comes before a place, the nearest to it first.
func newer(list *gorm.DB, than Cursor, limit int) *gorm.DB {
	return newerBy(list, "created_at", "id", than, limit)
}

// olderBy is older for a list whose places are in other columns.
func olderBy(list *gorm.DB, at, id string, than *Cursor, limit int) *gorm.DB {
	if than != nil {
		list = list.Where("("+at+", "+id+") < (?, ?)", than.CreatedAt, than.ID)
	}
	return list.Order(at + " DESC, " + id + " DESC").Limit(limit)
}

// newerBy is newer for a list whose places are in other columns.
func newerBy(list *gorm.DB, at, id string, than Cursor, limit int) *gorm.DB {
	return list.Where("("+at+", "+id+") > (?, ?)", than.CreatedAt, than.ID).Order(at + ", " + id).Limit(limit)
}

// TermCursor is a place between two rows of a list that is ordered by a text and an id.
type TermCursor struct {
	Term string `json:"t"`
	Ref  string `json:"r"`
}

// SealCursor names a place in an address, under a key: nobody else can make one, and it is good for one list alone. list
// says which, with its filter and who looks at it.
func (db *DB) SealCursor(list string, place any) (string, error) {
	stated, err := json.Marshal(place)
	if err != nil {
		return "", fmt.Errorf("name a place: %w", err)
	}
	sealed := append(db.cursorMAC(list, stated), stated...)
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// cursorMax is longer than any name of a place.
const cursorMax = 1024

// OpenCursor reads into place what SealCursor named for the same list; "" is no place: found is false. Errors: ErrNoCursor.
func (db *DB) OpenCursor(list, text string, place any) (found bool, err error) {
	if text == "" {
		return false, nil
	}
	if len(text) > cursorMax {
		return false, ErrNoCursor
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(sealed) < cursorMACSize || base64.RawURLEncoding.EncodeToString(sealed) != text { // it skips line ends
		return false, ErrNoCursor
	}
	mac, stated := sealed[:cursorMACSize], sealed[cursorMACSize:]
	if !hmac.Equal(mac, db.cursorMAC(list, stated)) {
		return false, ErrNoCursor
	}
	if err := json.Unmarshal(stated, place); err != nil {
		return false, ErrNoCursor
	}
	return true, nil
}

const cursorMACSize = 16

func (db *DB) cursorMAC(list string, stated []byte) []byte {
	mac := hmac.New(sha256.New, db.cursors)
	fmt.Fprintf(mac, "%d:%s", len(list), list)
	mac.Write(stated)
	return mac.Sum(nil)[:cursorMACSize]
}
