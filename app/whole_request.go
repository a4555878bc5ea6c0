package main

import (
	"bytes"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// onceOnly are the headers that must not come twice: two parts of the program, or a proxy and we, could read
// different ones.
var onceOnly = []string{"host", "content-length", "transfer-encoding", "content-type", "authorization", "dpop"}

// wholeRequest refuses a request whose end or meaning is in doubt (RFC 9112 §6.3, §11.2): the server below
// would take what follows for another request. It reads the header lines as they came and closes the connection
// of what it refuses, so nothing behind it runs.
func wholeRequest(c *fiber.Ctx) error {
	header := &c.Request().Header
	if !soundTarget(header.RequestURI()) || !soundHeaders(header.RawHeaders()) {
		c.Context().SetConnectionClose()
		return fiber.ErrBadRequest
	}
	return c.Next()
}

// soundTarget is one word: with a blank or a control character in it, programs disagree on where it ends.
func soundTarget(target []byte) bool {
	return !bytes.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r == 0x7F })
}

func soundHeaders(raw []byte) bool {
	var seen [8]bool // by place in onceOnly
	has := func(name string) bool { return seen[slices.Index(onceOnly, name)] }
	for len(raw) > 0 {
		end := bytes.IndexByte(raw, '\n')
		if end < 1 || raw[end-1] != '\r' {
			return false // a bare line feed, or no end at all
		}
		line := raw[:end-1]
		raw = raw[end+1:]
		if len(line) == 0 {
			break
		}
		name, value, ok := headerLine(line)
		if !ok {
			return false
		}
		once := slices.IndexFunc(onceOnly, func(known string) bool { return strings.EqualFold(string(name), known) })
		if once < 0 {
			continue
		}
		if seen[once] || onceOnly[once] == "transfer-encoding" && !strings.EqualFold(string(value), "chunked") {
			return false
		}
		seen[once] = true
	}
	return has("host") && !(has("content-length") && has("transfer-encoding"))
}

// headerLine reads "Name: value". A name of other than token characters covers folded lines and the blank
// before a colon; a control character in the value covers NUL and a lone carriage return.
func headerLine(line []byte) (name, value []byte, ok bool) {
	before, after, found := bytes.Cut(line, []byte(":"))
	if !found || len(before) == 0 {
		return nil, nil, false
	}
	for _, b := range before {
		if !isTokenByte(b) {
			return nil, nil, false
		}
	}
	for _, b := range after {
		if b < 0x20 && b != '\t' || b == 0x7F {
			return nil, nil, false
		}
	}
	return before, bytes.TrimSpace(after), true
}

func isTokenByte(b byte) bool {
	switch {
	case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9':
		return true
	}
	return strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}
