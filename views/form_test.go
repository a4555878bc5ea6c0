package views

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

// contractNames are the fields that each address takes, | between those of which one is there; a form may send fewer of
// them only where the page says so.
var contractNames = map[string][]string{
	"/signup": {"email", "password", "name"}, "/verify-email": {"code"}, "/login": {"email", "password", "remember"},
	"/reauth": {"password|code|credential"}, "/login/code/passkey": {"credential"}, "/password/forgot": {"email"}, "/account/profile": {"name"}, "/notes": {"title", "body"},
	"/theme": {"theme"}, "/password/new": {"password"}, "/account/password": {"password"}, "/login/code": {"code", "trust"}, "/account/totp": {"code"},
}

func TestEveryFormWorksWithoutJavaScript(t *testing.T) {
	check(t, completeForms,
		`<form id="a" method="post" action="/x"><button>Go</button></form>`,
		`<form method="post" action="/x" novalidate><button>Go</button></form>`,
		`<form id="a" action="/x" novalidate><button>Go</button></form>`,
		`<form id="a" method="post" action="https://x" novalidate><button>Go</button></form>`,
		`<form id="a" method="post" action="/x" novalidate></form>`,
		`<form id="a" method="post" action="/notes" novalidate><input name="title"><button>Go</button></form>`,
		`<form id="a" method="post" action="/x" hx-post="/y" hx-swap="outerHTML" hx-sync="drop" novalidate><button>Go</button></form>`,
		`<form id="a" method="post" action="/x" hx-post="/x" hx-swap="outerHTML" novalidate><button>Go</button></form>`,
		`<form id="a" method="get" action="/x" novalidate><button>Go</button></form>`,
		`<form id="a" method="get" role="search" action="/x" hx-get="/x" novalidate><button>Go</button></form>`,
		`<a href="#">x</a>`,
	)
}

func completeForms(s Sample, _ string, doc *html.Node) (problems []string) {
	for _, form := range all(doc, "form") {
		say := func(problem string) {
			problems = append(problems, fmt.Sprintf("form %q: %s", attr(form, "id"), problem))
		}
		action := attr(form, "action")
		if attr(form, "id") == "" || !has(form, "novalidate") {
			say("needs an id and novalidate")
		}
		// It changes nothing: it searches, or leads to the question about what was typed.
		looks := attr(form, "method") == "get" && (attr(form, "role") == "search" || strings.HasSuffix(action, "/change"))
		if attr(form, "method") != "post" && !looks || !strings.HasPrefix(action, "/") {
			say("method " + attr(form, "method") + ", action " + action)
		}
		if !slices.ContainsFunc(all(form, "button"), func(b *html.Node) bool { return attr(b, "type") != "button" && !has(b, "disabled") }) {
			say("nothing sends it")
		}
		get, replaces := attr(form, "hx-get"), attr(form, "hx-replace-url") == "true"
		beside := get == action+"?list=on" && !replaces // what it finds is shown beside the page, whose address stays
		if get != "" && (!beside && !(get == action && replaces) || attr(form, "hx-sync") != "replace") {
			say("its htmx attributes differ from those of a search")
		}
		if post := attr(form, "hx-post"); post != "" && (post != action || attr(form, "hx-sync") != "drop" || attr(form, "hx-swap") != "outerHTML") {
			say("its htmx attributes differ from the recipe")
		}
		names := fieldNames(form)
		for _, want := range contractNames[action] {
			demo := s.Name == "dev" || s.Name == "dev-empty"                    // signs in with one press, so it has no box to tick
			mailed := attr(form, "id") == "second-step-mail" && want == "trust" // no second step that a browser could skip
			either := func(name string) bool { return slices.Contains(strings.Split(want, "|"), name) }
			if !slices.ContainsFunc(names, either) && !(demo && want == "remember") && !mailed {
				say("no field " + want)
			}
		}
	}
	for _, link := range all(doc, "a") {
		if href := attr(link, "href"); (href == "" || href == "#") && attr(link, "aria-disabled") != "true" {
			problems = append(problems, "a link without an address: "+text(link))
		}
	}
	return problems
}

func fieldNames(form *html.Node) (names []string) {
	for n := range form.Descendants() {
		if name := attr(n, "name"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// everyForm draws each page with a form, with the given errors, by the id of the form, the first word.
var everyForm = map[string]func(Errors) templ.Component{
	"signup":          func(e Errors) templ.Component { return Signup(SignupForm{Errors: e}) },
	"login":           func(e Errors) templ.Component { return Login(LoginForm{Errors: e}) },
	"verify-email":    func(e Errors) templ.Component { return VerifyEmail(VerifyEmailForm{Errors: e}) },
	"reauth":          func(e Errors) templ.Component { return Reauth(ReauthForm{Errors: e}) },
	"forgot-password": func(e Errors) templ.Component { return ForgotPassword(ForgotPasswordForm{Errors: e}) },
	"reset-code":      func(e Errors) templ.Component { return ForgotPassword(ForgotPasswordForm{Sent: true, Errors: e}) },
	"link-request":    func(e Errors) templ.Component { return LinkRequest(LinkRequestForm{Errors: e}) },
	"login-code":      func(e Errors) templ.Component { return LoginCode(LoginCodeForm{Errors: e}) },
	"reset-password":  func(e Errors) templ.Component { return ResetPassword(ResetPasswordForm{Errors: e}) },
	"forced-password": func(e Errors) templ.Component { return ForcedPassword(ForcedPasswordForm{Errors: e}) },
	"profile":         func(e Errors) templ.Component { return Profile(ProfileForm{Errors: e}) },
	"change-password": func(e Errors) templ.Component {
		return ChangePassword(ChangePasswordForm{HasPassword: true, Errors: e})
	},
	"confirm":      func(e Errors) templ.Component { return VerifyLink(VerifyLinkForm{OtherBrowser: true, Errors: e}) },
	"new-password": func(e Errors) templ.Component { return VerifyLink(VerifyLinkForm{OtherBrowser: true, Errors: e}) },
	"new-member":   func(e Errors) templ.Component { return NewMember(NewMemberForm{ReasonForm: ReasonForm{Errors: e}}) },
	"act": func(e Errors) templ.Component {
		return MemberAct(MemberActPage{Act: "suspend", NeedsReason: true, NeedsTyped: true, Form: MemberActForm{ReasonForm: ReasonForm{Errors: e}}})
	},
	"client": func(e Errors) templ.Component { // oauth
		return ClientEdit(ClientFormPage{Part: "new", Form: ClientForm{ReasonForm: ReasonForm{Errors: e}, Kind: "web"}}) // oauth
	}, // oauth
	"act on a client": func(e Errors) templ.Component { // oauth
		return OAuthAct(OAuthActPage{Act: "rotate-secret", Overlap: true, Type: "Demo client", Form: OAuthActForm{ReasonForm: ReasonForm{Errors: e}}}) // oauth
	}, // oauth
	"note": func(e Errors) templ.Component { return Notes(NotesPage{Form: NoteForm{Errors: e}}) },
}

func TestErrorSummaryFollowsFieldOrder(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(everyForm)) {
		id, _, _ := strings.Cut(name, " ")
		fields := textFields(formByID(parse(t, source(t, everyForm[name](nil))), id))
		errs := Errors{}
		for _, field := range fields {
			errs[field] = "Look at " + field + "."
		}
		doc := parse(t, source(t, everyForm[name](errs)))
		if got := summaryLinks(formByID(doc, id)); !slices.Equal(got, fields) {
			t.Errorf("%s: the summary leads to %v, the form has %v", name, got, fields)
		}
		if title := text(first(doc, "title")); !strings.HasPrefix(title, "Error: ") {
			t.Errorf("%s: the title of a rejected form is %q", name, title)
		}
	}
}

func TestSummaryLosesNothing(t *testing.T) {
	doc := parse(t, source(t, Login(LoginForm{Errors: Errors{"": "Whole form.", "unheard-of": "A rule for no field."}})))
	for _, want := range []string{"Whole form.", "A rule for no field."} {
		if !strings.Contains(text(formByID(doc, "login")), want) {
			t.Errorf("the summary lost %q", want)
		}
	}
}

func TestRejectedFormsKeepWhatWasTyped(t *testing.T) {
	page := source(t, Signup(SignupForm{Email: "kept@example.test", Name: "Kept", Password: "never drawn", Errors: Errors{"password": "No."}}))
	if !strings.Contains(page, "kept@example.test") || !strings.Contains(page, `value="Kept"`) {
		t.Error("what was typed is gone")
	}
	if strings.Contains(page, "never drawn") {
		t.Error("the password is on the page")
	}
}

func formByID(doc *html.Node, id string) *html.Node {
	for _, form := range all(doc, "form") {
		if attr(form, "id") == id {
			return form
		}
	}
	return nil
}

// textFields are the names of the fields a person types into, in their order.
func textFields(form *html.Node) (names []string) {
	for n := range form.Descendants() {
		if (n.Data == "input" || n.Data == "textarea") && attr(n, "id") != "" && attr(n, "type") != "checkbox" {
			names = append(names, attr(n, "name"))
		}
	}
	return names
}

func summaryLinks(form *html.Node) (names []string) {
	for n := range form.Descendants() {
		if n.Data == "div" && attr(n, "aria-label") == "Problems" {
			for _, link := range all(n, "a") {
				names = append(names, strings.TrimPrefix(attr(link, "href"), "#"))
			}
		}
	}
	return names
}

// Fiber's parser takes the Go name of an untagged field, so a visitor could fill what only the server may say.
func TestFormStructsTakeOnlyTheirFields(t *testing.T) {
	forms := []any{
		SignupForm{}, VerifyEmailForm{}, VerifyLinkForm{}, LoginForm{}, ReauthForm{}, ForgotPasswordForm{}, ResetPasswordForm{},
		ForcedPasswordForm{}, UnlockForm{}, ProfileForm{}, ChangePasswordForm{}, NoteForm{},
	}
	name := regexp.MustCompile(`^(-|[a-z_]+)$`)
	for _, form := range forms {
		for f := range structFields(form) {
			if !name.MatchString(f.Tag.Get("form")) {
				t.Errorf("%T.%s has no form tag", form, f.Name)
			}
		}
	}
}

func structFields(v any) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			if !yield(typ.Field(i)) {
				return
			}
		}
	}
}
