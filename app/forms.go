package main

import (
	"mime"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
)

// maxFields bounds the work of reading a form.
const maxFields = 200

// checkForm lets only one kind of body reach a page's handler: a form (application/x-www-form-urlencoded) in
// UTF-8 with each field once. Fiber would also bind JSON and XML to a form's struct.
func checkForm(c *fiber.Ctx) error {
	if c.Method() != fiber.MethodPost {
		return c.Next()
	}
	if len(headerValues(c, fiber.HeaderContentType)) > 1 {
		return fiber.ErrBadRequest
	}
	if !isForm(c.Get(fiber.HeaderContentType)) && len(c.Body()) > 0 {
		return fiber.ErrUnsupportedMediaType
	}
	body := string(c.Body())
	if strings.Count(body, "&") >= maxFields {
		return fiber.ErrBadRequest
	}
	if !oneOfEach(body) {
		return fiber.ErrBadRequest
	}
	return c.Next()
}

func isForm(contentType string) bool {
	kind, parameters, err := mime.ParseMediaType(contentType)
	charset := parameters["charset"]
	return err == nil && kind == fiber.MIMEApplicationForm && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// isText refuses what no field can hold: PostgreSQL stores neither broken UTF-8 nor NUL.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// checkQuery asks of an address what checkForm asks of a body.
func checkQuery(c *fiber.Ctx) error {
	if !oneOfEach(string(c.Request().URI().QueryString())) {
		return fiber.ErrBadRequest
	}
	return c.Next()
}

// oneOfEach tells whether an encoded form is whole text with no field twice: two parts of the program could read
// two different values.
func oneOfEach(encoded string) bool {
	fields, err := url.ParseQuery(encoded)
	if err != nil {
		return false
	}
	for name, values := range fields {
		if len(values) > 1 || !isText(name) || !isText(values[0]) {
			return false
		}
	}
	return true
}
