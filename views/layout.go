package views

import (
	"net/url"

	"github.com/a-h/templ"
)

// titleFragment wraps the <title> of every page, so that a fragment brings its title along.
const titleFragment = "page-title"

// htmxConfig switches htmx's own style sheet off (ours has the indicator) and names the extension of app.js that
// hands it the Trusted Types policy. The timeout is in milliseconds.
const htmxConfig = `{"includeIndicatorCSS":false,"defaultTimeout":15000,"history":true,"extensions":"latchkey"}`

// titleOf is the title of a page with a form: screen readers say it first, so it says that something is wrong.
func titleOf(title string, errs Errors) string {
	if len(errs) > 0 {
		return "Error: " + title
	}
	return title
}

func themeAttributes(theme string) templ.Attributes {
	if theme == "light" || theme == "dark" {
		return templ.Attributes{"data-theme": theme}
	}
	return templ.Attributes{}
}

func colorScheme(theme string) string {
	if theme == "light" || theme == "dark" {
		return theme
	}
	return "light dark"
}

// withReturnTo links to a page of the sign-in flow that ends where this one would have.
func withReturnTo(path, returnTo string) templ.SafeURL {
	if returnTo == "" {
		return templ.SafeURL(path)
	}
	return templ.SafeURL(path + "?return_to=" + url.QueryEscape(returnTo))
}
