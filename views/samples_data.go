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
	{Email: "totp@example.test", Password: "demo-Latchkey-2026", Note: "Signing in asks for a code, too", TOTPKey: sampleKey, Code: "482913"},
	{Email: "unverified@example.test", Password: "demo-Latchkey-2026", Note: "Has not confirmed the address yet"},
}

func sampleSessions() []SessionRow {
	return []SessionRow{
		{ID: "S1", Browser: "Firefox", System: "Linux", Address: "203.0.113.7", Method: "Password", Began: sampleNow.Add(-50 * time.Minute), LastSeen: sampleNow, Current: true},
		{ID: "S2", Browser: "Safari", System: "iOS", Address: "198.51.100.24", Place: "Kumasi", Method: "Password", Began: sampleNow.AddDate(0, 0, -9), LastSeen: sampleNow.Add(-5 * time.Hour)},
		{ID: "S3", Address: "2001:db8:85a3:8d3:1319:8a2e:370:7348", Began: sampleNow.AddDate(0, -1, 0), LastSeen: sampleNow.AddDate(0, 0, -12)},
	}
}

func sampleActivity() []ActivityRow {
	here := ActivityRow{When: sampleNow.Add(-time.Minute), What: "Signed in", Method: "Password", Browser: "Firefox", System: "Linux", Address: "203.0.113.7", MayReport: true}
	row := func(id string, days int, change func(*ActivityRow)) ActivityRow {
		r := here
		r.ID, r.When = id, here.When.AddDate(0, 0, -days)
		change(&r)
		return r
	}
	return []ActivityRow{
		row("A1", 0, func(r *ActivityRow) { r.NewBrowser, r.Place = true, "Accra" }),
		row("A2", 1, func(r *ActivityRow) {
			r.What, r.Why, r.Address = "Sign-in refused", "Wrong password", "2001:db8:85a3:8d3:1319:8a2e:370:7348"
			r.Browser, r.System = "", ""
		}),
		row("A3", 2, func(r *ActivityRow) { r.What, r.Method = "Password changed", "" }),
		row("A4", 3, func(r *ActivityRow) {
			r.What, r.Method, r.Address, r.ByOperator, r.MayReport = "Session ended", "", "", true, false
		}),
		row("A5", 30, func(r *ActivityRow) {
			r.What, r.Why, r.Method, r.MayReport = "Session ended", "Ended by a change of the password", "", false
		}),
	}
}

func sampleLinks() []OpenLinkRow {
	return []OpenLinkRow{
		{ID: "L1", Purpose: "Sign in", Browser: "Safari", System: "iPhone", Address: "198.51.100.24", Asked: sampleNow.Add(-2 * time.Minute), Until: sampleNow.Add(8 * time.Minute)},
		{ID: "L2", Purpose: "Choose a new password", Address: "2001:db8:85a3:8d3:1319:8a2e:370:7348", Asked: sampleNow.Add(-40 * time.Minute), Until: sampleNow.Add(20 * time.Minute)},
	}
}

func samplePasskeys() []PasskeyRow {
	return []PasskeyRow{
		{ID: "P1", Name: "Everyday key", Provider: "Bitwarden", Synced: true, Alone: true, Added: sampleNow.AddDate(0, -3, 0), LastUsed: sampleNow.Add(-5 * time.Hour)},
		{ID: "P2", Name: "YubiKey 5 NFC", Provider: "YubiKey 5 NFC", Added: sampleNow.AddDate(0, 0, -9)},
		{ID: "P3", Name: "A-name-without-any-space-that-has-to-break-somewhere-on-narrow", Synced: true, Elsewhere: true, Added: sampleNow.AddDate(-1, 0, 0), LastUsed: sampleNow.AddDate(0, -11, 0)},
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
	notMe := base + "/account/not-me/" + sampleToken
	bare := SecurityContext{When: sampleNow, Browser: "Firefox", System: "Linux", Address: "203.0.113.7"}
	where := bare
	where.NotMe, where.NotMeTTL = notMe, 7*24*time.Hour
	newSignIn := where
	newSignIn.Place, newSignIn.Method = "Accra", "Password"
	signIn := base + "/login/link/" + sampleToken
	key := MailPasskeyData{Name: "Bitwarden", PasskeysURL: base + passkeysPath, SecurityContext: where}
	copied := key
	copied.Refused = true
	return append([]MailSample{
		{"verify-email", func(ctx context.Context) (MailContent, error) {
			return MailVerifyEmail(ctx, MailVerifyEmailData{Link: verify, Code: "482913", LinkTTL: 24 * time.Hour, CodeTTL: 30 * time.Minute, ErasedIn: 7 * 24 * time.Hour})
		}, []string{verify}, "482913"},
		{"account-exists", func(ctx context.Context) (MailContent, error) {
			return MailAccountExists(ctx, MailAccountExistsData{SignInURL: base + "/login", ResetURL: base + "/password/forgot"})
		}, []string{base + "/login", base + "/password/forgot"}, ""},
		{"password-reset", func(ctx context.Context) (MailContent, error) {
			return MailPasswordReset(ctx, MailPasswordResetData{Link: reset, Code: "607318", TTL: time.Hour})
		}, []string{reset}, "607318"},
		{"password-reset-first", func(ctx context.Context) (MailContent, error) {
			return MailPasswordReset(ctx, MailPasswordResetData{Link: reset, Code: "607318", TTL: time.Hour, Passwordless: true})
		}, []string{reset}, "607318"},
		{"sign-in-link", func(ctx context.Context) (MailContent, error) {
			return MailSignInLink(ctx, MailSignInLinkData{Link: signIn, Code: "350792", TTL: 10 * time.Minute, SecurityContext: bare})
		}, []string{signIn}, "350792"},
		{"sign-in-code", func(ctx context.Context) (MailContent, error) {
			return MailSignInCode(ctx, MailSignInCodeData{Code: "350792", TTL: 10 * time.Minute, SecurityContext: bare})
		}, nil, "350792"},
		{"password-changed", func(ctx context.Context) (MailContent, error) {
			return MailPasswordChanged(ctx, where)
		}, []string{notMe}, ""},
		{"new-sign-in", func(ctx context.Context) (MailContent, error) {
			return MailNewSignIn(ctx, newSignIn)
		}, []string{notMe}, ""},
		{"secured-by-owner", func(ctx context.Context) (MailContent, error) {
			return MailSecuredByOwner(ctx, MailSecuredByOwnerData{Since: sampleNow.Add(-time.Hour), Authenticators: 1, RecoveryCodes: 10, Browsers: 2, SecurityContext: bare})
		}, nil, ""},
		{"secured-by-owner-without-reset", func(ctx context.Context) (MailContent, error) {
			return MailSecuredByOwner(ctx, MailSecuredByOwnerData{Since: sampleNow.Add(-time.Hour), NoReset: true, SecurityContext: bare})
		}, nil, ""},
		{"password-reset-secured", func(ctx context.Context) (MailContent, error) {
			return MailPasswordReset(ctx, MailPasswordResetData{Link: reset, TTL: time.Hour, Secured: true})
		}, []string{reset}, ""},
		{"passkey-added", func(ctx context.Context) (MailContent, error) { return MailPasskeyAdded(ctx, key) }, []string{key.PasskeysURL, notMe}, ""},
		{"passkey-removed", func(ctx context.Context) (MailContent, error) { return MailPasskeyRemoved(ctx, key) }, []string{key.PasskeysURL, notMe}, ""},
		{"passkey-suspicious", func(ctx context.Context) (MailContent, error) { return MailPasskeySuspicious(ctx, copied) }, []string{key.PasskeysURL, notMe}, ""},
		{"account-guarded", func(ctx context.Context) (MailContent, error) {
			return MailAccountGuarded(ctx, MailAlarmData{Link: unlock, LinkTTL: 24 * time.Hour, Tries: 20, SecurityContext: where})
		}, []string{unlock, notMe}, ""},
		{"session-guessed", func(ctx context.Context) (MailContent, error) {
			return MailSessionGuessed(ctx, MailAlarmData{Link: unlock, LinkTTL: 24 * time.Hour, Tries: 10, SecurityContext: where})
		}, []string{unlock, notMe}, ""},
		{"account-locked", func(ctx context.Context) (MailContent, error) {
			return MailAccountLocked(ctx, MailAlarmData{Link: unlock, LinkTTL: 24 * time.Hour, Tries: 100, SecurityContext: where})
		}, []string{unlock, notMe}, ""},
	}, append(factorMailSamples(base, where), operatorMailSamples(base, where)...)...)
}
