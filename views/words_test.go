package views

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// glossary lists what pages and mails never say, and what they say instead (ui.md §7).
var glossary = map[*regexp.Regexp]string{
	words(`log[ -]?(in|ins|out|on|off)`, `sign[ -]?up`, `signed up`, `register(ed)?`): "sign in, sign out, create an account",
	words(`e-mail`, `mail address(es)?`):                                              "email address",
	words(`credentials?`, `2fa`, `mfa`, `otp`, `totp`, `tokens?`, `passcode`):         "password, passkey, authenticator app, code",
	words(`devices?`): "session, browser",
	words(`applications?`, `relying part(y|ies)`):                                                "app, client",
	words(`kill`, `terminate`, `ban`, `banned`, `block`, `blocked`, `destroy`):                   "end, revoke, remove, delete, disable, suspend, lock",
	words(`users?`, `superuser`):                                                                 "member, operator, you",
	words(`please`, `sorry`, `oops`, `successfully`, `invalid`, `click here`, `simply`, `click`): "nothing",
	words(`authorize[ds]?`, `recognize[ds]?`, `colors?`, `favorites?`, `canceled`, `organize`):   "the British spelling",
}

func words(list ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(` + strings.Join(list, "|") + `)\b`)
}

const longestSentence = 20 // words

func TestWords(t *testing.T) {
	check(t, func(_ Sample, _ string, doc *html.Node) (problems []string) {
		operators := forOperators(doc)
		for _, said := range spoken(doc) {
			if operators {
				said = oauthTokens.ReplaceAllString(said, "WORD")
			}
			problems = append(problems, misspoken(said)...)
		}
		return problems
	}, `<p>Please log in.</p>`, `<p>An invalid token.</p>`, `<button aria-label="Register">x</button>`, `<p>Log out of this device</p>`,
		`<p>`+strings.Repeat("word ", 21)+`</p>`, `<p>Authorized apps</p>`)

	for _, s := range MailSamples() {
		mail, err := s.Mail(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range append(spoken(parse(t, mail.HTML)), mail.Subject, withoutAddresses(mail.Text)) {
			for _, problem := range misspoken(said) {
				t.Errorf("mail %s: %s", s.Name, problem)
			}
		}
	}
	for id, message := range flashMessages {
		said := message.Sentence
		if strings.HasPrefix(id, "found-") { // on operators' pages
			said = oauthTokens.ReplaceAllString(said, "WORD")
		}
		for _, problem := range misspoken(said) {
			t.Errorf("flash %s: %s", id, problem)
		}
	}
}

// oauthTokens are what clients are given. They are no factor, and operators know them by that name.
var oauthTokens = words(`tokens?`)

// forOperators tells whether a page is one of the operator's area: its navigation has groups.
func forOperators(doc *html.Node) bool {
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == adminGroupID(1) {
			return true
		}
	}
	return false
}

// misspoken names the forbidden words and the long sentences of a text.
func misspoken(said string) (problems []string) {
	for pattern, instead := range glossary {
		if word := pattern.FindString(said); word != "" {
			problems = append(problems, fmt.Sprintf("%q in %q: say %s", word, said, instead))
		}
	}
	for _, paragraph := range strings.Split(said, "\n") {
		for _, sentence := range regexp.MustCompile(`[.?!:] `).Split(paragraph, -1) {
			if n := len(strings.Fields(sentence)); n > longestSentence {
				problems = append(problems, fmt.Sprintf("%d words: %q", n, sentence))
			}
		}
	}
	return problems
}

// spoken is what a page says, block by block: its text and its labels, without code and addresses.
func spoken(doc *html.Node) (said []string) {
	blocks := map[string]bool{"p": true, "h1": true, "h2": true, "h3": true, "li": true, "dt": true, "dd": true, "label": true, "legend": true, "button": true, "a": true, "summary": true, "th": true, "td": true, "title": true, "caption": true}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, key := range []string{"aria-label", "placeholder", "title", "alt"} {
			if value := attr(n, key); value != "" {
				said = append(said, value)
			}
		}
		if blocks[n.Data] {
			said = append(said, withoutAddresses(ownText(n, blocks)))
		}
	}
	return said
}

// ownText leaves out code, and blocks inside the block, which speak for themselves (links stay in their sentence).
func ownText(n *html.Node, blocks map[string]bool) string {
	var b strings.Builder
	for c := range n.ChildNodes() {
		switch {
		case c.Type == html.TextNode:
			b.WriteString(c.Data)
		case c.Data == "code" || c.Data == "pre" || blocks[c.Data] && c.Data != "a":
			b.WriteString(" ")
		case c.Type == html.ElementNode:
			b.WriteString(ownText(c, blocks))
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func withoutAddresses(s string) string {
	return regexp.MustCompile(`https?://\S+|\S+@\S+`).ReplaceAllString(s, "ADDRESS")
}
