package views

import (
	"context"
	"strings"
	"time"
)

// MailSuspendedData is what the mail about a suspension says.
type MailSuspendedData struct {
	Until time.Time // zero: until somebody lifts it
}

// MailSuspended says that an operator switched the account off. The reason is not in it: it is the operators' own note.
func MailSuspended(ctx context.Context, d MailSuspendedData) (MailContent, error) {
	happened := "An operator suspended your " + BrandName + " account. Your sessions have ended, and apps have lost access."
	ends := "It stays suspended until an operator lifts it."
	if !d.Until.IsZero() {
		ends = "The suspension ends by itself on " + exact(d.Until) + "."
	}
	return letter{
		Subject: "Your account is suspended", Heading: "Your account is suspended",
		Before: []string{happened, ends}, After: []string{"Nothing in your account was deleted. If you think this is a mistake, write to " + brandSupport + "."},
	}.content(ctx)
}

// MailUnsuspendedData is what the mail about the end of a suspension says.
type MailUnsuspendedData struct{ SignInURL string }

// MailUnsuspended says that the account works again.
func MailUnsuspended(ctx context.Context, d MailUnsuspendedData) (MailContent, error) {
	return letter{
		Subject: "Your account works again", Heading: "Your account works again",
		Before: []string{"An operator lifted the suspension of your " + BrandName + " account.", "Apps that had access must ask you again."},
		Acts:   []mailAct{{"Sign in", d.SignInURL}},
	}.content(ctx)
}

// MailFactorsReset says that an operator removed every second step.
func MailFactorsReset(ctx context.Context, d MailFactorData) (MailContent, error) {
	return letter{
		Subject: "Your second step was removed", Heading: "Your second step was removed",
		Before: []string{
			"An operator removed the passkeys, authenticator apps and recovery codes of your " + BrandName + " account. All sessions have ended.",
			"Sign in as before and add a new second step. If you did not ask an operator for this, tell us at once.",
		},
		Acts: []mailAct{{"Look at your account", d.AccountURL}}, Context: &d.SecurityContext,
	}.content(ctx)
}

// MailRoleChangedData is what the mail about an operator's role says.
type MailRoleChangedData struct {
	Member   string // address of whose role it is
	Role     string // "administrator"; empty: none any more
	By       string // address of who changed it; empty: a command on the server
	ToMember bool   // this one goes to the member
	AdminURL string
}

// MailRoleChanged says that somebody became an operator, or is none any more: to them, and to every administrator.
func MailRoleChanged(ctx context.Context, d MailRoleChangedData) (MailContent, error) {
	whose, is := d.Member+" is", "no longer an operator"
	if d.ToMember {
		whose = "You are"
	}
	if d.Role != "" {
		is = "now " + withArticle(d.Role)
	}
	by := "A command on the server changed it."
	if d.By != "" {
		by = d.By + " changed it."
	}
	return letter{
		Subject: "An operator role changed", Heading: "An operator role changed",
		Before: []string{whose + " " + is + " of " + BrandName + ".", by, "If that should not be, look at the members who are operators at once."},
		Acts:   []mailAct{{"Look at the operator area", d.AdminURL}},
	}.content(ctx)
}

// withArticle is "an auditor", "a support".
func withArticle(role string) string {
	switch role {
	case "support":
		return "a support operator"
	case "auditor", "administrator":
		return "an " + role
	}
	return "a " + role
}

// MailAccountViewedData is what the mail after a view says.
type MailAccountViewedData struct {
	Role        string // of the operator
	Reason      string // for the member
	Started     time.Time
	Length      time.Duration
	Changes     bool // they could change what the member can
	ActivityURL string
}

// MailAccountViewed says that an operator looked at the place as the member sees it.
func MailAccountViewed(ctx context.Context, d MailAccountViewedData) (MailContent, error) {
	could := "They could look, and change nothing."
	if d.Changes {
		could = "They could also change what you can change. Your activity lists what they did."
	}
	return letter{
		Subject: "An operator viewed your account", Heading: "An operator viewed your account",
		Before: []string{
			withArticleCapital(d.Role) + " saw " + BrandName + " as you see it, from " + exact(d.Started) + " for " + minutes(d.Length) + ". The reason: " + d.Reason + ".",
			could, "They could not reach your password, your second step, your sessions or your apps.",
		},
		Acts: []mailAct{{"See your activity", d.ActivityURL}},
	}.content(ctx)
}

// MailViewStartedData is what the mail at the beginning of a view says.
type MailViewStartedData struct {
	Role        string // of the operator
	Reason      string // for the member
	Started     time.Time
	Longest     time.Duration // that it can take
	Changes     bool          // they can change what the member can
	ActivityURL string
}

// MailViewStarted says that an operator sees the place as the member does, from now on.
func MailViewStarted(ctx context.Context, d MailViewStartedData) (MailContent, error) {
	can := "They can look, and change nothing."
	if d.Changes {
		can = "They can also change what you can change. Your activity will list what they do."
	}
	return letter{
		Subject: "An operator is viewing your account", Heading: "An operator is viewing your account",
		Before: []string{
			withArticleCapital(d.Role) + " sees " + BrandName + " as you see it, from " + exact(d.Started) + " for at most " + minutes(d.Longest) + ". The reason: " + d.Reason + ".",
			can, "They cannot reach your password, your second step, your sessions or your apps. Another email tells you when it is over.",
		},
		Acts: []mailAct{{"See your activity", d.ActivityURL}},
	}.content(ctx)
}

func withArticleCapital(role string) string {
	words := withArticle(role)
	return strings.ToUpper(words[:1]) + words[1:]
}

// minutes is a length in whole minutes, at least one.
func minutes(d time.Duration) string {
	return count(max(1, int((d+time.Minute-1)/time.Minute)), "minute")
}

// MailTestData is what a test mail says.
type MailTestData struct{ AdminURL string }

// MailTest proves to an operator that mails arrive.
func MailTest(ctx context.Context, d MailTestData) (MailContent, error) {
	return letter{
		Subject: "A test from " + BrandName, Heading: "Mails arrive",
		Before: []string{"You asked for this test in the operator area of " + BrandName + ". What the mail server said stands in the log of mails."},
		Acts:   []mailAct{{"Read the answer", d.AdminURL}},
	}.content(ctx)
}
