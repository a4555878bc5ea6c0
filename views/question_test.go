package views

import (
	"slices"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// TestReasonsToChooseFrom (D-04): wherever a reason is asked, usual ones are offered beside the text, each good enough alone.
func TestReasonsToChooseFrom(t *testing.T) {
	asked := 0
	check(t, func(_ Sample, _ string, doc *html.Node) (problems []string) {
		for _, form := range all(doc, "form") {
			if !slices.ContainsFunc(all(form, "textarea"), func(n *html.Node) bool { return attr(n, "name") == "reason" }) {
				continue
			}
			asked++
			problems = append(problems, usualProblems(form)...)
		}
		return problems
	}, `<form><textarea name="reason"></textarea></form>`, `<form><select name="usual"><option value="">x</option><option value="Why">Why</option></select><textarea name="reason"></textarea></form>`)
	if asked < 40 {
		t.Errorf("only %d forms ask for a reason", asked)
	}
}

func usualProblems(form *html.Node) (problems []string) {
	choices := slices.DeleteFunc(all(form, "select"), func(n *html.Node) bool { return attr(n, "name") != "usual" })
	if len(choices) != 1 {
		return []string{"a reason is asked without usual ones"}
	}
	for i, o := range all(choices[0], "option") {
		if length := utf8.RuneCountInString(attr(o, "value")); i > 0 && (length < 10 || length > 60) {
			problems = append(problems, "a usual reason of another length: "+attr(o, "value"))
		}
	}
	return problems
}

func TestWholeReason(t *testing.T) {
	for want, form := range map[string]ReasonForm{
		"": {}, "Told us by phone": {Reason: "Told us by phone"}, "The member asked for it": {Usual: "The member asked for it"},
		"The member asked for it: by phone": {Usual: "The member asked for it", Reason: "by phone"},
	} {
		if got := form.WholeReason(); got != want {
			t.Errorf("%+v says %q", form, got)
		}
	}
}
