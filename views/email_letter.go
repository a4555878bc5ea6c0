package views

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// MailContent is one mail, both parts. Each part stands alone.
type MailContent struct{ Subject, Text, HTML string }

// SecurityContext says when and from where something was done.
type SecurityContext struct {
	When            time.Time
	Browser, System string // "Firefox", "Linux"; a browser we do not know goes unsaid
	Address         string
	Place           string // of the address; may be empty
	Method          string // how somebody signed in: "Password"; may be empty

	NotMe    string // the link for whom it was not; empty: the mail has none
	NotMeTTL time.Duration
}

// letter is what both parts of a mail are drawn from, so that neither says more than the other.
type letter struct {
	Subject string // at most 50 characters
	Heading string
	Before  []string // what happened
	Code    string
	Acts    []mailAct
	Context *SecurityContext
	After   []string // what to do if it was not you
}

type mailAct struct{ Label, URL string }

func (c SecurityContext) facts() [][2]string {
	facts := [][2]string{{"When", exact(c.When)}}
	if c.Browser != "" {
		facts = append(facts, [2]string{"Browser", browserOn(c.Browser, c.System)})
	}
	if c.Address != "" {
		facts = append(facts, [2]string{"Network address", c.Address})
	}
	if c.Place != "" {
		facts = append(facts, [2]string{"Place", "near " + c.Place})
	}
	if c.Method != "" {
		facts = append(facts, [2]string{"Signed in with", c.Method})
	}
	return facts
}

// notMe is the act that every security mail ends with, and what it does; nil: there is none.
func (l letter) notMe() *mailAct {
	if l.Context == nil || l.Context.NotMe == "" {
		return nil
	}
	return &mailAct{"This was not me", l.Context.NotMe}
}

func (c SecurityContext) notMeMeans() string {
	return "It ends every session and removes your password. It asks before it does so, and works for " + lasting(c.NotMeTTL) + "."
}

func (l letter) content(ctx context.Context) (MailContent, error) {
	var html strings.Builder
	if err := mailHTML(l).Render(ctx, &html); err != nil {
		return MailContent{}, fmt.Errorf("draw mail %q: %w", l.Subject, err)
	}
	return MailContent{Subject: l.Subject, Text: l.text(), HTML: html.String()}, nil
}

// text is the plain part: paragraphs with a blank line between them.
func (l letter) text() string {
	parts := append([]string{l.Heading}, l.Before...)
	if l.Code != "" {
		parts = append(parts, "    "+l.Code)
	}
	for _, act := range l.Acts {
		parts = append(parts, act.Label+":\n"+act.URL)
	}
	if l.Context != nil {
		var lines []string
		for _, fact := range l.Context.facts() {
			lines = append(lines, fact[0]+": "+fact[1])
		}
		parts = append(parts, strings.Join(lines, "\n"))
	}
	parts = append(parts, l.After...)
	if act := l.notMe(); act != nil {
		parts = append(parts, act.Label+":\n"+act.URL, l.Context.notMeMeans())
	}
	parts = append(parts, "--\n"+BrandName+"\nQuestions? Write to "+brandSupport+".")
	return strings.Join(parts, "\n\n") + "\n"
}
