package views

import (
	"context"
	"time"
)

const (
	sampleKey     = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	sampleOTPAuth = "otpauth://totp/Latchkey:ada@example.test?issuer=Latchkey&secret=" + sampleKey
)

var sampleCodes = []string{
	"a1b2c-3d4e5", "f6g7h-8j9k0", "m1n2p-3q4r5", "s6t7v-8w9x0", "y1z2a-3b4c5", "d6e7f-8g9h0", "j1k2m-3n4p5", "q6r7s-8t9v0", "w1x2y-3z4a5", "b6c7d-8e9f0",
}

func sampleAuthenticators() []AuthenticatorRow {
	return []AuthenticatorRow{
		{ID: "T1", Name: "Work phone", Added: sampleNow.AddDate(0, -5, 0), LastUsed: sampleNow.Add(-26 * time.Hour)},
		{ID: "T2", Name: "A-tablet-whose-name-has-no-space-and-is-quite-long-for-a-row", Added: sampleNow.AddDate(0, 0, -3)},
	}
}

func sampleTrusted() []TrustedBrowserRow {
	return []TrustedBrowserRow{
		{ID: "B1", Browser: "Firefox", System: "Linux", Address: "203.0.113.7", Since: sampleNow.AddDate(0, 0, -6), Until: sampleNow.AddDate(0, 0, 24), Current: true},
		{ID: "B2", Name: "Kitchen tablet", Browser: "Safari", System: "iOS", Address: "2001:db8:85a3:8d3:1319:8a2e:370:7348", Since: sampleNow.AddDate(0, 0, -20), Until: sampleNow.AddDate(0, 0, 10)},
	}
}

func factorSamples() []Sample {
	step, recovery, totp := guest("/login/code"), guest("/login/recovery"), member("/account/totp")
	codes, trusted := member("/account/recovery-codes"), member("/account/trusted-browsers")
	justOn := codes
	justOn.Flash = FlashTwoStepOn
	tooLong := "A name that goes on and on until it is far too long for the row that it stands in"
	five := append(append(sampleAuthenticators(), sampleAuthenticators()...), sampleAuthenticators()[0])
	for i := range five {
		five[i].ID = string(rune('A' + i))
	}
	return []Sample{
		{Name: "second-step", Page: step.in(SecondStep(SecondStepForm{Factors: Factors{App: true}, Email: "ada@example.test"}))},
		{Name: "second-step-rejected", Page: step.in(SecondStep(SecondStepForm{Factors: Factors{App: true}, Email: "ada@example.test", Trust: true, Errors: Errors{"code": "That code is not right. 4 tries left."}}))},
		{Name: "second-step-too-many", Page: step.in(SecondStep(SecondStepForm{Factors: Factors{App: true}, Email: "ada@example.test", Errors: Errors{"": "Too many tries. Wait 15 minutes or use another way."}}))},
		{Name: "second-step-for-app", Page: step.in(SecondStep(SecondStepForm{Factors: Factors{App: true}, Email: "a.rather.long.address.of.somebody@department.example.test", Client: &sampleClient}))},
		{Name: "second-step-mail", Page: step.in(SecondStep(SecondStepForm{ByMail: true, Email: "ada@example.test"}))},
		{Name: "second-step-mail-rejected", Page: step.in(SecondStep(SecondStepForm{ByMail: true, Email: "ada@example.test", Errors: Errors{"code": "That code is not right."}}))},
		{Name: "second-step-passkey", Page: step.in(SecondStep(SecondStepForm{Factors: Factors{App: true, Passkey: true}, Email: "ada@example.test"}))},
		{Name: "second-step-passkey-rejected", Page: step.in(SecondStep(SecondStepForm{Factors: Factors{Passkey: true}, ByPasskey: true, Email: "ada@example.test", Errors: Errors{"": "That passkey did not work. Try another way."}}))},
		{Name: "reauth-passkey", Page: member("/reauth").in(Reauth(ReauthForm{Why: "To change your passkeys, confirm it is you.", Email: "ada@example.test", Factors: Factors{Passkey: true}}))},
		{Name: "reauth-passkey-rejected", Page: member("/reauth").in(Reauth(ReauthForm{Why: "To change your passkeys, confirm it is you.", Email: "ada@example.test", Factors: Factors{App: true, Passkey: true}, Errors: Errors{"": "That passkey did not work. Try another way."}}))},
		{Name: "factor-recovery", Page: recovery.in(FactorRecovery(FactorRecoveryForm{Email: "ada@example.test", Wait: 7 * 24 * time.Hour}))},
		{Name: "factor-recovery-code", Page: recovery.in(FactorRecovery(FactorRecoveryForm{Email: "ada@example.test", Wait: 7 * 24 * time.Hour, CodeSent: true}))},
		{Name: "factor-recovery-rejected", Page: recovery.in(FactorRecovery(FactorRecoveryForm{Email: "ada@example.test", Wait: 7 * 24 * time.Hour, CodeSent: true, Errors: Errors{"code": "That code is not right."}}))},
		{Name: "factor-recovery-too-many", Page: recovery.in(FactorRecovery(FactorRecoveryForm{Email: "ada@example.test", Wait: 7 * 24 * time.Hour, CodeSent: true, Errors: Errors{"": "This was begun too often in the last 30 days. Write to us."}}))},
		{Name: "factor-recovery-runs", Page: recovery.in(FactorRecovery(FactorRecoveryForm{Email: "a.rather.long.address.of.somebody@department.example.test", At: sampleNow.AddDate(0, 0, 7), Client: &sampleClient}))},
		{Name: "factor-recovery-refused", Page: recovery.in(FactorRecovery(FactorRecoveryForm{Email: "ada@example.test", Refused: "Sign in with your password to begin. An email alone is not enough."}))},
		{Name: "factor-recovery-stop", TokenPage: true, Page: guest("/login/recovery/stop/" + sampleToken).in(FactorRecoveryStop(FactorRecoveryLinkPage{Token: sampleToken, Email: "ada@example.test", At: sampleNow.AddDate(0, 0, 7)}))},
		{Name: "factor-removal", TokenPage: true, Page: guest("/login/recovery/finish/" + sampleToken).in(FactorRemoval(FactorRecoveryLinkPage{Token: sampleToken, Email: "ada@example.test"}))},
		{Name: "secure-account-wanted", Page: member("/account/secure").in(SecureAccount(SecureAccountPage{ReturnTo: "/dashboard"}))},
		{Name: "secure-account", Page: member("/account/secure").in(SecureAccount(SecureAccountPage{Due: sampleNow, Owed: true, ReturnTo: "/dashboard"}))},
		{Name: "secure-account-soon", Page: member("/account/secure").in(SecureAccount(SecureAccountPage{Due: sampleNow.AddDate(0, 0, 5), ReturnTo: "/dashboard"}))},
		{Name: "reauth-by-mail", Page: member("/reauth").in(Reauth(ReauthForm{Why: "To set a password, confirm it is you.", Email: "ada@example.test", ByMail: true}))},
		{Name: "reauth-by-mail-sent", Page: member("/reauth").in(Reauth(ReauthForm{Why: "To set a password, confirm it is you.", Email: "ada@example.test", ByMail: true, Sent: true}))},
		{Name: "reauth-by-mail-rejected", Page: member("/reauth").in(Reauth(ReauthForm{Why: "To set a password, confirm it is you.", Email: "ada@example.test", ByMail: true, Sent: true, Errors: Errors{"code": "That code is not right."}}))},
		{Name: "reauth-app-wants-passkey", Page: member("/reauth").in(Reauth(ReauthForm{Why: "To go on to the app, confirm it is you.", Email: "ada@example.test", ReturnTo: sampleFlow, Client: &sampleClient, Level: "phr", Missing: true}))},
		{Name: "reauth-app-wants-second-step", Page: member("/reauth").in(Reauth(ReauthForm{Why: "To go on to the app, confirm it is you.", Email: "ada@example.test", ReturnTo: sampleFlow, Client: &sampleClient, Level: "aal2", Missing: true}))},
		{Name: "reauth-code", Page: member("/reauth").in(Reauth(ReauthForm{Why: "To change your authenticator apps, confirm it is you.", Email: "ada@example.test", Factors: Factors{App: true}}))},
		{Name: "reauth-code-rejected", Page: member("/reauth").in(Reauth(ReauthForm{Why: "To change your authenticator apps, confirm it is you.", Email: "ada@example.test", Factors: Factors{App: true}, Errors: Errors{"code": "That code is not right."}}))},
		{Name: "authenticators-none", Page: totp.in(Authenticators(AuthenticatorsPage{Key: sampleKey, Address: sampleOTPAuth}))},
		{Name: "authenticators", Page: totp.in(Authenticators(AuthenticatorsPage{Key: sampleKey, Address: sampleOTPAuth, Rows: sampleAuthenticators()}))},
		{Name: "authenticators-rejected", Page: totp.in(Authenticators(AuthenticatorsPage{Key: sampleKey, Address: sampleOTPAuth, Name: "My phone", Errors: Errors{"code": "That code is not right. Check the clock of your phone."}}))},
		{Name: "authenticators-full", Page: totp.in(Authenticators(AuthenticatorsPage{Rows: five, Errors: Errors{"": "There is room for 5 authenticators. Remove one first."}}))},
		{Name: "remove-authenticator", Page: member("/account/totp/disable").in(RemoveAuthenticator(RemoveAuthenticatorForm{ID: "T1", Name: "Work phone", Last: true}))},
		{Name: "remove-authenticator-of-two", Page: member("/account/totp/disable").in(RemoveAuthenticator(RemoveAuthenticatorForm{ID: "T1", Name: "Work phone"}))},
		{Name: "recovery-codes-new", Page: justOn.in(RecoveryCodes(RecoveryCodesPage{Codes: sampleCodes, Left: 10, Ready: true}))},
		{Name: "recovery-codes", Page: codes.in(RecoveryCodes(RecoveryCodesPage{Left: 7, Ready: true}))},
		{Name: "recovery-codes-few", Page: codes.in(RecoveryCodes(RecoveryCodesPage{Left: 2, Ready: true}))},
		{Name: "recovery-codes-used-up", Page: codes.in(RecoveryCodes(RecoveryCodesPage{Ready: true}))},
		{Name: "recovery-codes-none", Page: codes.in(RecoveryCodes(RecoveryCodesPage{}))},
		{Name: "trusted-browsers", Page: trusted.in(TrustedBrowsers(TrustedBrowsersPage{Rows: sampleTrusted()}))},
		{Name: "trusted-browsers-none", Page: trusted.in(TrustedBrowsers(TrustedBrowsersPage{}))},
		{Name: "trusted-browsers-rejected", Page: trusted.in(TrustedBrowsers(TrustedBrowsersPage{Rows: sampleTrusted(), Renamed: "B2", Name: tooLong, Errors: Errors{"name": "Use at most 60 characters."}}))},
	}
}

func factorMailSamples(base string, where SecurityContext) []MailSample {
	data := MailFactorData{Name: "Work phone", AccountURL: base + "/account", SecurityContext: where}
	recovery := MailFactorRecoveryData{At: sampleNow.AddDate(0, 0, 7), StopURL: base + "/login/recovery/stop/" + sampleToken}
	ended := MailFactorRecoveryEndData{AccountURL: base + "/account", SecurityContext: where}
	return []MailSample{
		{"authenticator-added", func(ctx context.Context) (MailContent, error) { return MailTOTPAdded(ctx, data) }, []string{data.AccountURL, where.NotMe}, ""},
		{"authenticator-removed", func(ctx context.Context) (MailContent, error) { return MailTOTPRemoved(ctx, data) }, []string{data.AccountURL, where.NotMe}, ""},
		{"recovery-codes-created", func(ctx context.Context) (MailContent, error) { return MailRecoveryCodesCreated(ctx, data) }, []string{data.AccountURL, where.NotMe}, ""},
		{"recovery-code-used", func(ctx context.Context) (MailContent, error) {
			return MailRecoveryCodeUsed(ctx, MailRecoveryCodeUsedData{Left: 3, CodesURL: base + "/account/recovery-codes", SecurityContext: where})
		}, []string{base + "/account/recovery-codes", where.NotMe}, ""},
		{"second-factor-failures", func(ctx context.Context) (MailContent, error) {
			return MailSecondFactorFailures(ctx, MailSecondFactorFailuresData{Tries: 10, ResetURL: base + "/password/forgot", SecurityContext: where})
		}, []string{base + "/password/forgot", where.NotMe}, ""},
		{"factor-recovery-started", func(ctx context.Context) (MailContent, error) {
			started := recovery
			started.SecurityContext = where
			return MailFactorRecoveryStarted(ctx, started)
		}, []string{recovery.StopURL, where.NotMe}, ""},
		{"factor-recovery-reminder", func(ctx context.Context) (MailContent, error) { return MailFactorRecoveryReminder(ctx, recovery) }, []string{recovery.StopURL}, ""},
		{"factor-recovery-ready", func(ctx context.Context) (MailContent, error) {
			ready := recovery
			ready.Link, ready.LinkTTL = base+"/login/recovery/finish/"+sampleToken, 72*time.Hour
			return MailFactorRecoveryReady(ctx, ready)
		}, []string{base + "/login/recovery/finish/" + sampleToken, recovery.StopURL}, ""},
		{"factor-recovery-stopped", func(ctx context.Context) (MailContent, error) { return MailFactorRecoveryStopped(ctx, ended) }, []string{ended.AccountURL, where.NotMe}, ""},
		{"factor-recovery-done", func(ctx context.Context) (MailContent, error) { return MailFactorRecoveryDone(ctx, ended) }, []string{ended.AccountURL, where.NotMe}, ""},
	}
}
