package views

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryMailHasBothParts(t *testing.T) {
	for _, s := range MailSamples() {
		mail, err := s.Mail(context.Background())
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		for _, problem := range mailProblems(mail, s.links, s.code) {
			t.Errorf("%s: %s", s.Name, problem)
		}
	}
	good, _ := MailSamples()[0].Mail(context.Background())
	for name, bad := range map[string]MailContent{
		"long subject":    {strings.Repeat("x", 51), good.Text, good.HTML},
		"code in subject": {"482913", good.Text, good.HTML},
		"no text":         {good.Subject, "", good.HTML},
		"no html":         {good.Subject, good.Text, ""},
		"picture":         {good.Subject, good.Text, good.HTML + `<img src="https://x.example/p.gif">`},
		"other link":      {good.Subject, good.Text, strings.ReplaceAll(good.HTML, "/verify-email/", "/elsewhere/")},
	} {
		if len(mailProblems(bad, MailSamples()[0].links, MailSamples()[0].code)) == 0 {
			t.Errorf("%s would pass", name)
		}
	}
}

var mailLink = regexp.MustCompile(`http://localhost:3000[\w/.-]*`)

func mailProblems(mail MailContent, links []string, code string) (problems []string) {
	say := func(ok bool, problem string) {
		if !ok {
			problems = append(problems, problem)
		}
	}
	say(mail.Subject != "" && len(mail.Subject) <= 50, "the subject has not 1 to 50 characters")
	say(mail.Text != "" && !strings.Contains(mail.Text, "<"), "the plain part is empty or holds markup")
	say(code == "" || !strings.Contains(mail.Subject, code), "the code is in the subject")
	for part, content := range map[string]string{"plain": mail.Text, "HTML": mail.HTML} {
		say(strings.Contains(content, code), "no code in the "+part+" part")
		found := mailLink.FindAllString(content, -1)
		slices.Sort(found)
		want := slices.Sorted(slices.Values(links))
		say(slices.Equal(slices.Compact(found), want), "the links of the "+part+" part are others")
	}
	say(!regexp.MustCompile(`(?i)<img|<script|url\(|<link|src=`).MatchString(mail.HTML), "something remote or running in the HTML part")
	say(strings.Contains(mail.HTML, "prefers-color-scheme: dark"), "no dark colours")
	return problems
}

// The names of a person or an app are never in a mail: whoever signs up could write on our paper.
func TestSecurityMailsSayWhenAndWhere(t *testing.T) {
	for _, name := range []string{"password-changed", "new-sign-in", "account-guarded", "session-guessed", "account-locked"} {
		mail, known, err := MailSampleByName(context.Background(), name, "")
		if !known || err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, want := range []string{"23 Nov 2026, 08:30 UTC", "Firefox on Linux", "203.0.113.7", "If it was not you", "This was not me", "/account/not-me/"} {
			if !strings.Contains(mail.Text, want) || !strings.Contains(mail.HTML, want) {
				t.Errorf("%s does not say %q in both parts", name, want)
			}
		}
	}
}

func TestMailThemesForTheGallery(t *testing.T) {
	dark, _, _ := MailSampleByName(context.Background(), "verify-email", "dark")
	light, _, _ := MailSampleByName(context.Background(), "verify-email", "light")
	if !strings.Contains(dark.HTML, "@media screen") || strings.Contains(light.HTML, "@media") {
		t.Error("the theme asked for is not the theme drawn")
	}
}
