package views

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
)

// pollHeader says that the page asked again by itself.
const pollHeader = "X-Poll"

// asksAgain makes an element fetch itself anew as long as it stands there, and say each time that nobody asked.
func asksAgain(path, every string) templ.Attributes {
	return templ.Attributes{
		"hx-get": path, "hx-trigger": "every " + every, "hx-swap": "outerMorph ignoreTitle:true", "hx-headers": `{"` + pollHeader + `":"true"}`,
	}
}

// Polled tells whether a page asked again by itself, so that its reader may be long gone. Anybody can send the mark: it may only
// ever let a session end sooner.
func Polled(c *fiber.Ctx) bool { return c.Get(pollHeader) != "" }
