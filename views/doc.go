// Package views holds the HTML: every page, every mail and the components they are made of.
//
// A page component takes the one value it is about: Login(LoginForm), Notes(NotesPage). The struct stands beside the
// template that draws it and is also what a handler parses the form into. What surrounds every page (who is signed
// in, the theme, a notice) is a Page in the context, put there once per request with WithPage.
//
// Render sends the whole page, or the fragment htmx asked for; handlers do not know which. Fiber appears only in
// render.go and static.go. The package knows no tables, no sign-in rules and no OAuth: it imports static alone.
//
// Two files carry the brand: theme.css (colours) and brand.templ (name, mark, footer). email_colors.go repeats the
// colours for mail programs, and a test compares them; no other file names one.
package views
