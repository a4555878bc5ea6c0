package views

import (
	"strings"
	"testing"
	"time"
)

// What pages and mails say follows the settings: every sample says the defaults, and here every number is another.
func TestWordsFollowTheSettings(t *testing.T) {
	around := Page{Settings: Settings{
		PasswordMin: 12, RememberIdle: 14 * 24 * time.Hour, CodeTTL: 10 * time.Minute, ResetTTL: 2 * time.Hour,
		AlarmTTL: 3 * 24 * time.Hour, LinkTTL: 20 * time.Minute,
	}}
	ctx := WithPage(t.Context(), &around)
	var pages strings.Builder
	for name, form := range everyForm {
		if err := form(nil).Render(ctx, &pages); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if err := VerifyEmail(VerifyEmailForm{Email: "ada@example.test"}).Render(ctx, &pages); err != nil {
		t.Fatal(err)
	}
	if err := Activity(ActivityPage{}).Render(ctx, &pages); err != nil {
		t.Fatal(err)
	}
	for sentence, times := range map[string]int{
		"say so within 3 days.":   1,
		"At least 12 characters.": 6, "Keep me signed in for 14 days": 1, "It works for 10 minutes.": 2, "Its link and its code work for 2 hours.": 1,
		"Its link and its code work for 20 minutes.": 1,
	} {
		if got := strings.Count(pages.String(), sentence); got != times {
			t.Errorf("%q is said %d times, want %d", sentence, got, times)
		}
	}

	var mails strings.Builder
	for _, draw := range []func() (MailContent, error){
		func() (MailContent, error) {
			return MailVerifyEmail(ctx, MailVerifyEmailData{LinkTTL: 3 * time.Hour, CodeTTL: 10 * time.Minute, ErasedIn: 3 * 24 * time.Hour})
		},
		func() (MailContent, error) {
			return MailPasswordReset(ctx, MailPasswordResetData{Code: "607318", TTL: 15 * time.Minute})
		},
		func() (MailContent, error) {
			return MailSignInLink(ctx, MailSignInLinkData{TTL: 25 * time.Minute})
		},
		func() (MailContent, error) {
			return MailAccountGuarded(ctx, MailAlarmData{LinkTTL: 4 * time.Hour, Tries: 40})
		},
		func() (MailContent, error) {
			return MailSessionGuessed(ctx, MailAlarmData{LinkTTL: 5 * time.Hour, Tries: 1})
		},
		func() (MailContent, error) {
			return MailAccountLocked(ctx, MailAlarmData{LinkTTL: 6 * time.Hour, Tries: 200})
		},
	} {
		mail, err := draw()
		if err != nil {
			t.Fatal(err)
		}
		mails.WriteString(mail.Text)
	}
	for _, sentence := range []string{
		"It works for 10 minutes.", "The link works for 3 hours", "erased after 3 days", "Link and code work for 15 minutes.", "Link and code work for 25 minutes.", "The link works for 4 hours",
		"tried 40 wrong passwords", "The link works for 5 hours", "typed 1 wrong password within", "The link works for 6 hours", "tried 200 wrong passwords",
	} {
		if !strings.Contains(mails.String(), sentence) {
			t.Errorf("no mail says %q", sentence)
		}
	}
}

func TestLasting(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Second: "1 second", 90 * time.Second: "90 seconds", 150 * time.Second: "150 seconds", 30 * time.Minute: "30 minutes", time.Hour: "60 minutes",
		150 * time.Minute: "150 minutes", 24 * time.Hour: "24 hours", 36 * time.Hour: "36 hours", 48 * time.Hour: "2 days", 168 * time.Hour: "7 days", 720 * time.Hour: "30 days",
	} {
		if got := lasting(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
