package auth

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// deepestJSON is more levels than any answer of an authenticator has.
const deepestJSON = 16

// strictJSON tells whether a text is one JSON document that reads in one way only: no object has two members whose names
// differ in nothing but case, nothing follows it, and it is not nested without end. What checks a text and what uses it
// must not take it for two different ones.
func strictJSON(text string) bool {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if !strictValue(d, deepestJSON) {
		return false
	}
	_, err := d.Token()
	return errors.Is(err, io.EOF)
}

func strictValue(d *json.Decoder, levels int) bool {
	token, err := d.Token()
	if err != nil || levels == 0 {
		return false
	}
	switch token {
	case json.Delim('{'):
		return strictObject(d, levels-1)
	case json.Delim('['):
		for d.More() {
			if !strictValue(d, levels-1) {
				return false
			}
		}
		_, err = d.Token() // its end
	}
	return err == nil
}

func strictObject(d *json.Decoder, levels int) bool {
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		name, isText := token.(string)
		name = strings.ToLower(name)
		if err != nil || !isText || seen[name] || !strictValue(d, levels) {
			return false
		}
		seen[name] = true
	}
	_, err := d.Token() // its end
	return err == nil
}
