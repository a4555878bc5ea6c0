// Package apptest is a browser for tests, without scripts: it reads the real page, fills in the real form
// and follows where it leads, so a test cannot post what a person could not.
package apptest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Browser keeps cookies and the page it is on.
type Browser struct {
	t      *testing.T
	client *http.Client

	URL    *url.URL // of the page, after redirects
	Status int
	Header http.Header
	Body   string
	doc    *html.Node
}

// New opens a browser with no cookies.
func New(t *testing.T) *Browser {
	t.Helper()
	return NewOver(t, nil)
}

// NewOver opens one that sends its requests over a transport of the test's own; nil is the usual one.
func NewOver(t *testing.T, transport http.RoundTripper) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{t: t, client: &http.Client{Jar: jar, Transport: transport}}
}

// Visit opens an address, absolute or on the site of the present page.
func (b *Browser) Visit(address string) *Browser {
	b.t.Helper()
	b.send(b.request(http.MethodGet, address, nil))
	return b
}

// Click follows the link with this text.
func (b *Browser) Click(text string) *Browser {
	b.t.Helper()
	for _, link := range all(b.doc, "a") {
		if strings.Contains(words(link), text) {
			return b.Visit(attr(link, "href"))
		}
	}
	b.t.Fatalf("%s has no link %q:\n%s", b.URL, text, b.Text())
	return b
}

// Cookies are those it would send to the site of the present page.
func (b *Browser) Cookies() []*http.Cookie { return b.client.Jar.Cookies(b.URL) }

// Field is what a test types into a form. An empty list unticks a box; several values tick several.
type Field struct {
	Name   string
	Values []string
}

// Set fills in one field.
func Set(name string, values ...string) Field { return Field{name, values} }

// Submit fills in the form whose button has this text, and presses it. What the test does not set is sent as
// the page has it: hidden fields, ticked boxes, typed values.
func (b *Browser) Submit(button string, fields ...Field) *Browser {
	b.t.Helper()
	form, pressed := b.formWith(button)
	values := formValues(form)
	for _, field := range fields {
		if !hasField(form, field.Name) {
			b.t.Fatalf("the form of %q on %s has no field %q", button, b.URL, field.Name)
		}
		values.Del(field.Name)
		for _, value := range field.Values {
			values.Add(field.Name, value)
		}
	}
	if name := attr(pressed, "name"); name != "" {
		values.Set(name, attr(pressed, "value"))
	}
	if strings.EqualFold(attr(form, "method"), http.MethodPost) {
		r := b.request(http.MethodPost, attr(form, "action"), strings.NewReader(values.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		// What every browser says of a form of the page it is on.
		r.Header.Set("Origin", b.URL.Scheme+"://"+b.URL.Host)
		b.send(r)
		return b
	}
	return b.Visit(attr(form, "action") + "?" + values.Encode())
}

// Answer is what a script of the page gets. It leads nowhere by itself.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Fetch sends one request as htmx does, with this target ("form#login"); form is the body of a POST. The page
// stays as it is.
func (b *Browser) Fetch(method, address, target, form string) Answer {
	b.t.Helper()
	r := b.request(method, address, strings.NewReader(form))
	r.Header.Set("HX-Request", "true")
	kind := "partial"
	if target == "body" {
		kind = "full"
	}
	r.Header.Set("HX-Request-Type", kind)
	r.Header.Set("HX-Target", target)
	r.Header.Set("HX-Current-URL", b.URL.String())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := *b.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return Answer{answer.StatusCode, answer.Header, string(body)}
}

// Sees fails the test unless the page has all of these words.
func (b *Browser) Sees(wanted ...string) *Browser {
	b.t.Helper()
	for _, text := range wanted {
		if !strings.Contains(b.Text(), text) {
			b.t.Fatalf("%s (%d) does not say %q:\n%s", b.URL, b.Status, text, b.Text())
		}
	}
	return b
}

// SeesNot fails the test if the page has any of these words.
func (b *Browser) SeesNot(unwanted ...string) *Browser {
	b.t.Helper()
	for _, text := range unwanted {
		if strings.Contains(b.Text(), text) {
			b.t.Fatalf("%s says %q", b.URL, text)
		}
	}
	return b
}

// Has tells whether the page has a form with a field of this name.
func (b *Browser) Has(name string) bool {
	return slices.ContainsFunc(all(b.doc, "form"), func(form *html.Node) bool { return hasField(form, name) })
}

// Value is what the page has in a field; "" when it has none.
func (b *Browser) Value(name string) string {
	for _, input := range all(b.doc, "input") {
		if attr(input, "name") == name {
			return attr(input, "value")
		}
	}
	return ""
}

// Title is the page's, as its tab shows it.
func (b *Browser) Title() string {
	for _, title := range all(b.doc, "title") {
		return words(title)
	}
	return ""
}

// Text is the page's words, with single spaces.
func (b *Browser) Text() string { return words(b.doc) }

func (b *Browser) request(method, address string, body io.Reader) *http.Request {
	b.t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.URL != nil {
		target = b.URL.ResolveReference(target)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, target.String(), body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0")
	return r
}

func (b *Browser) send(r *http.Request) {
	b.t.Helper()
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.URL, b.Status, b.Header, b.Body = answer.Request.URL, answer.StatusCode, answer.Header, string(body)
	if b.doc, err = html.Parse(strings.NewReader(b.Body)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *Browser) formWith(button string) (form, pressed *html.Node) {
	b.t.Helper()
	var seen []string
	for _, form := range all(b.doc, "form") {
		for _, candidate := range all(form, "button") {
			text := words(candidate)
			if strings.HasPrefix(text, button) {
				return form, candidate
			}
			seen = append(seen, fmt.Sprintf("%q", text))
		}
	}
	b.t.Fatalf("%s (%d) has no button %q, only %s:\n%s", b.URL, b.Status, button, strings.Join(seen, ", "), b.Text())
	return nil, nil
}

// formValues is what a browser would send of an untouched form.
func formValues(form *html.Node) url.Values {
	values := url.Values{}
	for _, input := range all(form, "input") {
		kind := attr(input, "type")
		box := kind == "checkbox" || kind == "radio"
		if attr(input, "name") == "" || kind == "submit" || box && !has(input, "checked") {
			continue
		}
		value := attr(input, "value")
		if box && !has(input, "value") {
			value = "on"
		}
		values.Add(attr(input, "name"), value)
	}
	for _, area := range all(form, "textarea") {
		values.Add(attr(area, "name"), raw(area))
	}
	for _, choice := range all(form, "select") {
		values.Add(attr(choice, "name"), chosen(choice))
	}
	return values
}

// raw is the text of an element as it stands there.
func raw(node *html.Node) string {
	var text strings.Builder
	for child := range node.Descendants() {
		if child.Type == html.TextNode {
			text.WriteString(child.Data)
		}
	}
	return text.String()
}

// chosen is the value that a select would send: of the option that is selected, or of the first.
func chosen(choice *html.Node) string {
	options := all(choice, "option")
	for _, option := range options {
		if has(option, "selected") {
			return attr(option, "value")
		}
	}
	if len(options) == 0 {
		return ""
	}
	return attr(options[0], "value")
}

func hasField(form *html.Node, name string) bool {
	for _, tag := range []string{"input", "textarea", "select"} {
		for _, field := range all(form, tag) {
			if attr(field, "name") == name {
				return true
			}
		}
	}
	return false
}

func all(node *html.Node, tag string) (found []*html.Node) {
	for child := range node.Descendants() {
		if child.Type == html.ElementNode && child.Data == tag {
			found = append(found, child)
		}
	}
	return found
}

func attr(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(node *html.Node, name string) bool {
	return slices.ContainsFunc(node.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func words(node *html.Node) string {
	var text strings.Builder
	for child := range node.Descendants() {
		if child.Type == html.TextNode && child.Parent.Data != "script" && child.Parent.Data != "style" {
			text.WriteString(child.Data + " ")
		}
	}
	return strings.Join(strings.Fields(text.String()), " ")
}
