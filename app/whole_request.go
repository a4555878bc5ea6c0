package main

import (
	"bytes"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// onceOnly are the headers that must not come twice: two parts of the program, or a proxy and we, could read
// different ones.
var onceOnly = map[string]bool{
	"host": true, "content-length": true, "transfer-encoding": true, "content-type": true, "authorization": true, "dpop": true,
}

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
	seen, hosts := map[string]bool{}, 0
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
		if !ok || onceOnly[name] && seen[name] {
			return false
		}
		seen[name] = true
		switch {
		case name == "host":
			hosts++
		case name == "transfer-encoding" && !strings.EqualFold(value, "chunked"):
			return false
		}
	}
	return hosts == 1 && !(seen["content-length"] && seen["transfer-encoding"])
}

// headerLine reads "Name: value". A name of other than token characters covers folded lines and the blank
// before a colon; a control character in the value covers NUL and a lone carriage return.
func headerLine(line []byte) (name, value string, ok bool) {
	before, after, found := bytes.Cut(line, []byte(":"))
	if !found || len(before) == 0 {
		return "", "", false
	}
	for _, b := range before {
		if !isTokenByte(b) {
			return "", "", false
		}
	}
	for _, b := range after {
		if b < 0x20 && b != '\t' || b == 0x7F {
			return "", "", false
		}
	}
	return strings.ToLower(string(before)), strings.TrimSpace(string(after)), true
}

func isTokenByte(b byte) bool {
	switch {
	case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9':
		return true
	}
	return strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}
