package views

import (
	"maps"
	"slices"
)

// input is one field. Its id is its name, so a name is used once on a page.
type input struct {
	Name, Label  string
	Type         string // "text" when empty
	Autocomplete string
	Value        string // never a password
	Hint         string
	Error        string
	Optional     bool
}

func (i input) kind() string {
	if i.Type == "" {
		return "text"
	}
	return i.Type
}

// describedBy names the hint and the error for aria-describedby.
func (i input) describedBy() string {
	switch {
	case i.Hint != "" && i.Error != "":
		return i.Name + "-hint " + i.Name + "-error"
	case i.Hint != "":
		return i.Name + "-hint"
	case i.Error != "":
		return i.Name + "-error"
	}
	return ""
}

// option is one choice of a selectField.
type option struct{ Value, Label string }

type summaryLine struct{ Field, Sentence string }

// summaryLines puts the sentence about the whole form first, then the fields in the order of the form, then whatever
// a rule named that the form does not show: nothing a rule says is lost.
func summaryLines(errs Errors, order []string) []summaryLine {
	var lines []summaryLine
	if errs[""] != "" {
		lines = append(lines, summaryLine{"", errs[""]})
	}
	for _, name := range order {
		if errs[name] != "" {
			lines = append(lines, summaryLine{name, errs[name]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(errs)) {
		if name != "" && !slices.Contains(order, name) {
			lines = append(lines, summaryLine{"", errs[name]})
		}
	}
	return lines
}

// namesFields tells whether a line leads to a field: only then has the summary a heading.
func namesFields(lines []summaryLine) bool {
	return slices.ContainsFunc(lines, func(l summaryLine) bool { return l.Field != "" })
}

// only and without split the errors of a page with two forms.
func only(errs Errors, field string) Errors {
	if errs[field] == "" {
		return nil
	}
	return Errors{field: errs[field]}
}

func without(errs Errors, field string) Errors {
	rest := maps.Clone(errs)
	delete(rest, field)
	return rest
}
