package models

import (
	"database/sql/driver"
	"encoding/json"
)

// List is a list kept as a JSON array in a text column; an empty one is stored as [] and read as nil.
type List[T any] []T

// Strings is a list of texts.
type Strings = List[string]

// Value implements driver.Valuer.
func (l List[T]) Value() (driver.Value, error) {
	if len(l) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal([]T(l))
	return string(text), err
}

// Scan implements sql.Scanner.
func (l *List[T]) Scan(stored any) error {
	*l = nil
	text, err := plainBytes(stored)
	if err != nil || len(text) == 0 {
		return err
	}
	return json.Unmarshal(text, (*[]T)(l))
}
