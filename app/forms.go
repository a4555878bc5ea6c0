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
// UTF-8 in which no field comes twice. Fiber would also bind JSON and XML to a form's struct, and a doubled
// field would let two parts of the program see two different values.
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
	fields, err := url.ParseQuery(body)
	if err != nil {
		return fiber.ErrBadRequest
	}
	for name, values := range fields {
		if len(values) > 1 || !isText(name) || !isText(values[0]) {
			return fiber.ErrBadRequest
		}
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

// checkQuery refuses addresses with broken text, and fields that come twice, which two parts of the program
// could read differently.
func checkQuery(c *fiber.Ctx) error {
	query, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return fiber.ErrBadRequest
	}
	for name, values := range query {
		if len(values) > 1 || !isText(name) || !isText(values[0]) {
			return fiber.ErrBadRequest
		}
	}
	return c.Next()
}
