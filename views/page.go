package views

import (
	"context"
	"time"
)

// Page is what surrounds every page, and what several of them say. Middleware puts it in the context once per request.
type Page struct {
	SignedIn bool
	Name     string // of the person signed in; may be empty
	Email    string
	Role     string // of an operator: "administrator"; empty: a member

	Review int // how much needs a person, for operators; over ReviewMost: more than that

	Viewing *Viewing // an operator views as this member; nil: nobody does

	Theme  string // "light", "dark" or "" for the system's
	Flash  string // a message id of flash.go; unknown ids show nothing
	Banner string // a sentence shown on every page until its cause is gone, such as an unconfirmed address

	BannerPath, BannerLabel string // where the cause can be removed, and the words of that link; may be empty

	Path       string    // path of this request, without its query
	FormTarget string    // origin or private scheme that form-action allows beside 'self'; for middleware, not drawn
	Secure     bool      // BASE_URL is https: cookies carry Secure and their name a prefix
	Dev        bool      // the /dev pages exist
	Version    string    // of the program, in the footer; may be empty
	Now        time.Time // what "2 hours ago" counts from; zero is the clock

	Settings Settings

	// Address is where this page can be asked for again, with its query; nil or an empty answer: nowhere. Only what
	// draws a page asks, so that other answers do not pay for it.
	Address func() string

	// Opened is when the question on this page was first asked; zero: now.
	Opened time.Time

	// Changed is what was done meanwhile to what a question is about; nil where nobody can tell. Only what says that something changed
	// asks it.
	Changed func() *LastChange
}

// Viewing is what every page says while an operator views as a member.
type Viewing struct {
	Email string // of the member
	Ends  time.Time
}

// Settings are what pages say of how sign-in is set up.
type Settings struct {
	PasswordMin                              int // characters
	RememberIdle, CodeTTL, ResetTTL, LinkTTL time.Duration
	TrustTTL, ShownOnceTTL                   time.Duration
	AlarmTTL                                 time.Duration // "This was not me"
	MailsKeep                                time.Duration // how far the log of mails goes back
	Passkeys                                 bool          // there are passkeys here
	FactorRecovery                           bool          // a lost second step can be removed after a wait
}

type pageKey struct{}

// WithPage returns a context in which PageOf finds p.
func WithPage(ctx context.Context, p *Page) context.Context {
	return context.WithValue(ctx, pageKey{}, p)
}

// PageOf returns the page of ctx, or an empty one: never nil.
func PageOf(ctx context.Context) *Page {
	if p, ok := ctx.Value(pageKey{}).(*Page); ok && p != nil {
		return p
	}
	return &Page{}
}

// address is where to come back to; may be empty.
func (p *Page) address() string {
	if p.Address == nil {
		return ""
	}
	return p.Address()
}

// now is the moment relative times count from.
func (p *Page) now() time.Time {
	if p.Now.IsZero() {
		return time.Now()
	}
	return p.Now
}

// Errors maps a field name to the sentence shown beside it; "" is about the form as a whole.
type Errors = map[string]string
