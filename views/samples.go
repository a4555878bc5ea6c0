package views

import "github.com/a-h/templ"

// Sample is one page in one state, with everything around it. The theme is taken from the context it is drawn in.
type Sample struct {
	Name string
	Page templ.Component
}

// Samples returns every page in every state.
func Samples() []Sample { return nil }
