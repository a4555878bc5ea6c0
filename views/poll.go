package views

import "github.com/a-h/templ"

// PollHeader says that nobody asked: the page did so by itself, and its reader may be long gone. Anybody can send it: it
// may only ever let a session end sooner.
const PollHeader = "X-Poll"

// asksAgain makes an element fetch itself anew as long as it stands there, and say so each time.
func asksAgain(path, every string) templ.Attributes {
	return templ.Attributes{
		"hx-get": path, "hx-trigger": "every " + every, "hx-swap": "outerMorph ignoreTitle:true", "hx-headers": `{"` + PollHeader + `":"true"}`,
	}
}
