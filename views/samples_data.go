package views

import (
	"context"
	"fmt"
	"time"
)

var sampleAccounts = []DemoAccount{
	{Email: "member@example.test", Password: "demo-Latchkey-2026", Note: "An ordinary member"},
	{Email: "admin@example.test", Password: "demo-Latchkey-2026", Note: "An administrator"},
	{Email: "locked@example.test", Password: "demo-Latchkey-2026", Note: "Locked after too many wrong passwords"},
	{Email: "unverified@example.test", Password: "demo-Latchkey-2026", Note: "Has not confirmed the address yet"},
}

func sampleSessions() []SessionRow {
	return []SessionRow{
		{ID: "S1", Browser: "Firefox", System: "Linux", Address: "203.0.113.7", Method: "Password", Began: sampleNow.Add(-50 * time.Minute), LastSeen: sampleNow, Current: true},
		{ID: "S2", Browser: "Safari", System: "iOS", Address: "198.51.100.24", Method: "Password", Began: sampleNow.AddDate(0, 0, -9), LastSeen: sampleNow.Add(-5 * time.Hour)},
		{ID: "S3", Address: "2001:db8:85a3:8d3:1319:8a2e:370:7348", Began: sampleNow.AddDate(0, -1, 0), LastSeen: sampleNow.AddDate(0, 0, -12)},
	}
}

func sampleNotes() []NoteRow {
	return []NoteRow{
		{ID: "n1", Title: "Paint for the hall door", Body: "Dark green, satin. Ask whether the brass plate comes off first.", Created: sampleNow.Add(-12 * time.Minute)},
		{ID: "n2", Title: "Spare key", Body: "With Ama on the second floor until Sunday.", Created: sampleNow.Add(-26 * time.Hour)},
		{ID: "n3", Title: "Locksmith, Thursday", Created: sampleNow.AddDate(0, 0, -6)},
		{ID: "n4", Title: "A-title-without-any-space-that-has-to-break-somewhere-or-it-would-leave-its-card", Body: "First line\nSecond line", Created: sampleNow.AddDate(0, -3, 0)},
	}
}

func sampleMails() []DevMail {
	var all []DevMail
	for i, s := range MailSamples() {
		mail, err := s.Mail(context.Background())
		if err != nil {
			continue // the same call fails its own test
		}
		all = append(all, DevMail{
			ID: fmt.Sprintf("m%d", i+1), To: "ada@example.test", Subject: mail.Subject, Text: mail.Text, HTML: mail.HTML,
			Links: s.links, Code: s.code, SentAt: sampleNow.Add(-time.Duration(i+1) * time.Minute),
		})
	}
	return all
}

// MailSample is one mail with made-up data.
type MailSample struct {
	Name  string // unique, fit for a path
	Mail  func(context.Context) (MailContent, error)
	links []string
	code  string
}

// MailSampleByName draws one of MailSamples; theme is "light", "dark" or "" for the reader's.
func MailSampleByName(ctx context.Context, name, theme string) (MailContent, bool, error) {
	for _, s := range MailSamples() {
		if s.Name == name {
			mail, err := s.Mail(withMailTheme(ctx, theme))
			return mail, true, err
		}
	}
	return MailContent{}, false, nil
}

// MailSamples returns every mail.
func MailSamples() []MailSample {
	const base = "http://localhost:3000"
	verify, reset, unlock := base+"/verify-email/"+sampleToken, base+"/password/reset/"+sampleToken, base+"/login/unlock/"+sampleToken
	where := SecurityContext{When: sampleNow, Browser: "Firefox", System: "Linux", Address: "203.0.113.7"}
	return []MailSample{
		{"verify-email", func(ctx context.Context) (MailContent, error) {
			return MailVerifyEmail(ctx, MailVerifyEmailData{Link: verify, Code: "482913", LinkTTL: 24 * time.Hour, CodeTTL: 30 * time.Minute, ErasedIn: 7 * 24 * time.Hour})
		}, []string{verify}, "482913"},
		{"account-exists", func(ctx context.Context) (MailContent, error) {
			return MailAccountExists(ctx, MailAccountExistsData{SignInURL: base + "/login", ResetURL: base + "/password/forgot"})
		}, []string{base + "/login", base + "/password/forgot"}, ""},
		{"password-reset", func(ctx context.Context) (MailContent, error) {
			return MailPasswordReset(ctx, MailPasswordResetData{Link: reset, LinkTTL: time.Hour})
		}, []string{reset}, ""},
		{"password-reset-first", func(ctx context.Context) (MailContent, error) {
			return MailPasswordReset(ctx, MailPasswordResetData{Link: reset, LinkTTL: time.Hour, Passwordless: true})
		}, []string{reset}, ""},
		{"password-changed", func(ctx context.Context) (MailContent, error) {
			return MailPasswordChanged(ctx, MailPasswordChangedData{ResetURL: base + "/password/forgot", SecurityContext: where})
		}, []string{base + "/password/forgot"}, ""},
		{"account-guarded", func(ctx context.Context) (MailContent, error) {
			return MailAccountGuarded(ctx, MailAlarmData{Link: unlock, LinkTTL: 24 * time.Hour, Tries: 20, SecurityContext: where})
		}, []string{unlock}, ""},
		{"session-guessed", func(ctx context.Context) (MailContent, error) {
			return MailSessionGuessed(ctx, MailAlarmData{Link: unlock, LinkTTL: 24 * time.Hour, Tries: 10, SecurityContext: where})
		}, []string{unlock}, ""},
		{"account-locked", func(ctx context.Context) (MailContent, error) {
			return MailAccountLocked(ctx, MailAlarmData{Link: unlock, LinkTTL: 24 * time.Hour, Tries: 100, SecurityContext: where})
		}, []string{unlock}, ""},
	}
}
