package views

import (
	"context"
	"io"
	"time"

	"github.com/a-h/templ"
)

// Sample is one page in one state, with everything around it. The theme is taken from the context it is drawn in.
type Sample struct {
	Name       string // unique, fit for a path: "login-rejected"
	TokenPage  bool   // its address holds a token
	OtherWords bool   // differs from another sample in words alone: the browser of the tests looks at that one
	Page       templ.Component
}

// SampleByName finds one of Samples.
func SampleByName(name string) (Sample, bool) {
	for _, s := range Samples() {
		if s.Name == name {
			return s, true
		}
	}
	return Sample{}, false
}

// Samples returns every page in every state: for /dev/ui and for the tests.
func Samples() []Sample {
	var all []Sample
	all = append(all, signInSamples()...)
	all = append(all, tokenSamples()...)
	all = append(all, accountSamples()...)
	all = append(all, factorSamples()...)
	all = append(all, productSamples()...)
	all = append(all, searchSamples()...)
	all = append(all, adminSamples()...)
	all = append(all, oauthSamples()...)      // oauth
	all = append(all, oauthAdminSamples()...) // oauth
	return append(all, errorSamples()...)
}

// sampleNow is when all samples take place.
var sampleNow = time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC)

var sampleSettings = Settings{
	PasswordMin: 8, RememberIdle: 30 * 24 * time.Hour, CodeTTL: 30 * time.Minute, ResetTTL: time.Hour, LinkTTL: 10 * time.Minute,
	AlarmTTL: 7 * 24 * time.Hour, TrustTTL: 30 * 24 * time.Hour, ShownOnceTTL: 10 * time.Minute, MailsKeep: 30 * 24 * time.Hour, Passkeys: true, FactorRecovery: true,
}

// in surrounds a page: path is where it would be, flash and banner what it says above.
func (p Page) in(page templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		around := p
		around.Address = func() string { return p.Path }
		around.Theme, around.Now, around.Version, around.Settings = PageOf(ctx).Theme, sampleNow, "v1.0.0", sampleSettings
		return page.Render(WithPage(ctx, &around), w)
	})
}

func guest(path string) Page { return Page{Path: path} }

func member(path string) Page {
	return Page{Path: path, SignedIn: true, Name: "Ada Osei", Email: "ada@example.test"}
}

var sampleClient = ClientStrip{Name: "Demo client", Host: "localhost:3001", Verified: true, Cancel: "/oauth/authorize/q7sample"}

const (
	sampleFlow  = "/oauth/authorize/q7sample"
	sampleToken = "c2FtcGxlLXRva2VuLWZvci10aGUtZ2FsbGVyeQ"
)

func signInSamples() []Sample {
	unverified := sampleClient
	unverified.Verified, unverified.Name, unverified.Host = false, "Weekly planner for very busy people and their teams", "planner.a-rather-long-company-name.example"
	login, signup, code := guest("/login"), guest("/signup"), guest("/login/link/code")
	return []Sample{
		{Name: "login", Page: login.in(Login(LoginForm{}))},
		{Name: "login-rejected", Page: login.in(Login(LoginForm{Email: "ada@example.test", Errors: Errors{"": "Email address or password is wrong."}}))},
		{Name: "login-empty", Page: login.in(Login(LoginForm{Errors: Errors{"password": "Enter your password.", "email": "Enter your email address, like name@example.test."}}))},
		{Name: "login-too-many", Page: login.in(Login(LoginForm{Email: "ada@example.test", Errors: Errors{"": "Too many tries. Try again in 14 minutes."}}))},
		{Name: "login-last-used", Page: login.in(Login(LoginForm{LastUsed: "password"}))},
		{Name: "login-passkey-rejected", Page: login.in(Login(LoginForm{Passkey: "That passkey did not work. Try another way."}))},
		{Name: "login-passkey-too-many", Page: login.in(Login(LoginForm{Passkey: "Too many tries. Wait 14 minutes or use another way."}))},
		{Name: "login-switched-off", Page: login.in(Login(LoginForm{Passkey: AccountOff}))},
		{Name: "login-for-app", Page: login.in(Login(LoginForm{ReturnTo: sampleFlow, Client: &sampleClient}))},
		{Name: "login-other-account", Page: login.in(Login(LoginForm{ReturnTo: sampleFlow, Client: &unverified, SwitchFrom: "ada@example.test"}))},
		{Name: "login-without-reset", Page: login.in(Login(LoginForm{NoReset: true}))},
		{Name: "login-without-link", Page: login.in(Login(LoginForm{NoLink: true}))},
		{Name: "link-request", Page: guest("/login/link").in(LinkRequest(LinkRequestForm{}))},
		{Name: "link-request-rejected", Page: guest("/login/link").in(LinkRequest(LinkRequestForm{Email: "ada", Errors: Errors{"email": "Enter an email address, like name@example.test."}}))},
		{Name: "link-request-too-many", Page: guest("/login/link").in(LinkRequest(LinkRequestForm{Email: "ada@example.test", Errors: Errors{"": "Too many tries. Wait 14 minutes or use another way."}}))},
		{Name: "link-request-for-app", Page: guest("/login/link").in(LinkRequest(LinkRequestForm{ReturnTo: sampleFlow, Client: &sampleClient}))},
		{Name: "login-code", Page: Page{Path: "/login/link/code", Dev: true}.in(LoginCode(LoginCodeForm{Email: "ada@example.test"}))},
		{Name: "login-code-nothing-open", Page: code.in(LoginCode(LoginCodeForm{}))},
		{Name: "login-code-rejected", Page: code.in(LoginCode(LoginCodeForm{Email: "ada@example.test", Errors: Errors{"code": "That code is not right or has expired."}}))},
		{Name: "login-code-too-many", Page: code.in(LoginCode(LoginCodeForm{Email: "ada@example.test", Errors: Errors{"": "Too many tries. Wait 14 minutes or use another way."}}))},
		{Name: "login-code-for-app", Page: code.in(LoginCode(LoginCodeForm{Email: "ada@example.test", ReturnTo: sampleFlow, Client: &sampleClient}))},
		{Name: "login-after-reset", Page: Page{Path: "/login", Flash: FlashPasswordReset}.in(Login(LoginForm{}))},
		{Name: "signup", Page: signup.in(Signup(SignupForm{}))},
		{Name: "signup-rejected", Page: signup.in(Signup(SignupForm{Email: "ada@example", Name: "Ada Osei", Errors: Errors{"password": "Use at least 8 characters.", "email": "Enter an email address, like name@example.test."}}))},
		{Name: "signup-for-app", Page: signup.in(Signup(SignupForm{ReturnTo: sampleFlow, Client: &sampleClient}))},
		{Name: "signup-passkey-rejected", Page: signup.in(Signup(SignupForm{Email: "ada@example.test", Passkey: "That passkey did not work. Try another way."}))},
		{Name: "signup-closed", Page: signup.in(Signup(SignupForm{Closed: "New accounts are by invitation."}))},
		{Name: "verify-email", Page: guest("/verify-email").in(VerifyEmail(VerifyEmailForm{Email: "ada@example.test"}))},
		{Name: "verify-email-rejected", Page: guest("/verify-email").in(VerifyEmail(VerifyEmailForm{Email: "ada@example.test", Errors: Errors{"code": "That code is not right or has expired."}}))},
		{Name: "verify-email-resent", Page: Page{Path: "/verify-email", Flash: FlashCodeSent, Dev: true}.in(VerifyEmail(VerifyEmailForm{Email: "ada@example.test", WaitSeconds: 58}))},
		{Name: "forgot-password", Page: guest("/password/forgot").in(ForgotPassword(ForgotPasswordForm{}))},
		{Name: "forgot-password-rejected", Page: guest("/password/forgot").in(ForgotPassword(ForgotPasswordForm{Email: "ada", Errors: Errors{"email": "Enter an email address, like name@example.test."}}))},
		{Name: "forgot-password-sent", Page: Page{Path: "/password/forgot", Dev: true}.in(ForgotPassword(ForgotPasswordForm{Sent: true}))},
		{Name: "forgot-password-wrong-code", Page: guest("/password/reset").in(ForgotPassword(ForgotPasswordForm{Sent: true, Errors: Errors{"code": "That code is not right or has expired."}}))},
		{Name: "forced-password", Page: guest("/password/new").in(ForcedPassword(ForcedPasswordForm{Email: "ada@example.test"}))},
		{Name: "forced-password-rejected", Page: guest("/password/new").in(ForcedPassword(ForcedPasswordForm{Email: "ada@example.test", Errors: Errors{"password": "Choose another password than the old one."}}))},
		{Name: "forced-password-for-app", Page: guest("/password/new").in(ForcedPassword(ForcedPasswordForm{Email: "ada@example.test", Client: &sampleClient}))},
		{Name: "reauth", Page: member("/reauth").in(Reauth(ReauthForm{Why: "To set a password, confirm it is you.", Email: "ada@example.test", ReturnTo: "/account/password"}))},
		{Name: "reauth-rejected", Page: member("/reauth").in(Reauth(ReauthForm{Why: "To set a password, confirm it is you.", Email: "ada@example.test", Errors: Errors{"password": "That is not right."}}))},
	}
}

func tokenSamples() []Sample {
	verify, reset := guest("/verify-email/"+sampleToken), guest("/password/reset/"+sampleToken)
	other := VerifyLinkForm{Token: sampleToken, Email: "ada@example.test", OtherBrowser: true}
	wrong, weak := other, other
	wrong.Errors = Errors{"password": "That is not the password chosen for this account."}
	weak.Errors = Errors{"new_password": "This password is too easy to guess."}
	keyed := other
	keyed.NoPassword = true
	signIn := guest("/login/link/" + sampleToken)
	here := LoginLinkForm{Token: sampleToken, Email: "a…@example.test", Asked: sampleNow.Add(-2 * time.Minute), Browser: "Firefox", System: "Linux", Address: "203.0.113.7"}
	forApp, elsewhere, switching := here, here, here
	forApp.Client, elsewhere.OtherBrowser, switching.SwitchFrom = &sampleClient, true, "grace@example.test"
	strict, unknown := elsewhere, elsewhere
	strict.NoButton, unknown.Browser, unknown.System, unknown.Address = true, "", "", ""
	refused := strict
	refused.Errors = Errors{"": "Open this link in the browser where you asked for it, or type the code there."}
	return []Sample{
		{Name: "login-link", TokenPage: true, Page: signIn.in(LoginLink(here))},
		{Name: "login-link-for-app", TokenPage: true, Page: signIn.in(LoginLink(forApp))},
		{Name: "login-link-other-account", TokenPage: true, Page: signIn.in(LoginLink(switching))},
		{Name: "login-link-other-browser", TokenPage: true, Page: signIn.in(LoginLink(elsewhere))},
		{Name: "login-link-other-browser-unknown", TokenPage: true, Page: signIn.in(LoginLink(unknown))},
		{Name: "login-link-strict", TokenPage: true, Page: signIn.in(LoginLink(strict))},
		{Name: "login-link-strict-rejected", TokenPage: true, Page: signIn.in(LoginLink(refused))},
		{Name: "switched-off", TokenPage: true, Page: signIn.in(SwitchedOff())},
		{Name: "verify-link-passkey-elsewhere", TokenPage: true, Page: verify.in(VerifyLink(keyed))},
		{Name: "verify-link", TokenPage: true, Page: verify.in(VerifyLink(VerifyLinkForm{Token: sampleToken, Email: "ada@example.test"}))},
		{Name: "verify-link-for-app", TokenPage: true, Page: verify.in(VerifyLink(VerifyLinkForm{Token: sampleToken, Email: "ada@example.test", Client: &sampleClient}))},
		{Name: "verify-link-other-browser", TokenPage: true, Page: verify.in(VerifyLink(other))},
		{Name: "verify-link-wrong-password", TokenPage: true, Page: verify.in(VerifyLink(wrong))},
		{Name: "verify-link-weak-password", TokenPage: true, Page: verify.in(VerifyLink(weak))},
		{Name: "reset-password", TokenPage: true, Page: reset.in(ResetPassword(ResetPasswordForm{Token: sampleToken, Email: "ada@example.test"}))},
		{Name: "reset-password-rejected", TokenPage: true, Page: reset.in(ResetPassword(ResetPasswordForm{Token: sampleToken, Email: "ada@example.test", Errors: Errors{"password": "This password is too easy to guess."}}))},
		{Name: "unlock", TokenPage: true, Page: guest("/login/unlock/" + sampleToken).in(Unlock(UnlockForm{Token: sampleToken, Email: "ada@example.test"}))},
		{Name: "not-me", TokenPage: true, Page: guest("/account/not-me/" + sampleToken).in(NotMe(NotMePage{Token: sampleToken, Email: "ada@example.test", Since: sampleNow.Add(-time.Hour)}))},
		{Name: "not-me-without-reset", TokenPage: true, Page: guest("/account/not-me/" + sampleToken).in(NotMe(NotMePage{Token: sampleToken, Email: "a.rather.long.address.of.somebody@department.example.test", Since: sampleNow, NoReset: true}))},
		{Name: "setup", TokenPage: true, Page: guest("/setup/" + sampleToken).in(SetUp(SetUpForm{Token: sampleToken}))},
		{Name: "setup-rejected", TokenPage: true, Page: guest("/setup/" + sampleToken).in(SetUp(SetUpForm{Token: sampleToken, Email: "ada", Errors: Errors{"email": "Enter an email address, like name@example.test.", "password": "This password is too easy to guess."}}))},
		{Name: "dead-link", TokenPage: true, Page: reset.in(DeadLink(DeadLinkPage{Again: "/password/forgot", AgainLabel: "Ask for a new link"}))},
	}
}

func accountSamples() []Sample {
	overview := AccountPage{
		Name: "Ada Osei", Email: "ada@example.test", Verified: true, HasPassword: true,
		PasswordChanged: sampleNow.AddDate(0, -4, 0), Authenticators: 2, RecoveryCodes: 3, Passkeys: 2, Sessions: 3, Apps: 2, MemberSince: sampleNow.AddDate(-1, -2, -9),
	}
	fresh := AccountPage{Email: "a.rather.long.address.of.somebody@department.example.test", Sessions: 1, MemberSince: sampleNow}
	bannered := member("/account")
	bannered.Banner, bannered.BannerPath, bannered.BannerLabel = "Your email address is not confirmed yet.", "/verify-email", "Send again"
	cancelled := member("/account/sessions")
	cancelled.Flash = FlashLinkCancelled
	saved := member("/account/profile")
	saved.Flash = FlashProfileSaved
	return []Sample{
		{Name: "account", Page: member("/account").in(Account(overview))},
		{Name: "account-passkey-only", Page: member("/account").in(Account(AccountPage{Email: "ada@example.test", Verified: true, Passkeys: 1, RecoveryCodes: 10, Sessions: 1, MemberSince: sampleNow}))},
		{Name: "account-new", Page: bannered.in(Account(fresh))},
		{Name: "profile", Page: saved.in(Profile(ProfileForm{Name: "Ada Osei", Email: "ada@example.test"}))},
		{Name: "profile-rejected", Page: member("/account/profile").in(Profile(ProfileForm{Name: "Ada", Email: "ada@example.test", Errors: Errors{"name": "Use at most 100 characters."}}))},
		{Name: "change-password", Page: member("/account/password").in(ChangePassword(ChangePasswordForm{HasPassword: true, Email: "ada@example.test"}))},
		{Name: "change-password-rejected", Page: member("/account/password").in(ChangePassword(ChangePasswordForm{HasPassword: true, Email: "ada@example.test", EndApps: true, Errors: Errors{"current_password": "That is not your current password.", "password": "This password is too easy to guess."}}))},
		{Name: "set-password", Page: member("/account/password").in(ChangePassword(ChangePasswordForm{Email: "ada@example.test"}))},
		{Name: "passkeys", Page: member(passkeysPath).in(Passkeys(PasskeysPage{Rows: samplePasskeys()}))},
		{Name: "passkeys-none", Page: member(passkeysPath).in(Passkeys(PasskeysPage{}))},
		{Name: "passkeys-full", Page: member(passkeysPath).in(Passkeys(PasskeysPage{Rows: samplePasskeys(), Full: true}))},
		{Name: "passkeys-rejected", Page: member(passkeysPath).in(Passkeys(PasskeysPage{Rows: samplePasskeys()[:1], Form: PasskeyForm{Name: "Everyday key", Errors: Errors{"": "This account already has that passkey."}}}))},
		{Name: "passkeys-too-many", Page: member(passkeysPath).in(Passkeys(PasskeysPage{Form: PasskeyForm{Errors: Errors{"": "Too many tries. Wait 14 minutes or use another way."}}}))},
		{Name: "passkey-rename", Page: member(passkeysPath + "/P1/rename").in(RenamePasskey(RenamePasskeyForm{ID: "P1", Name: "Everyday key"}))},
		{Name: "passkey-rename-rejected", Page: member(passkeysPath + "/P1/rename").in(RenamePasskey(RenamePasskeyForm{ID: "P1", Errors: Errors{"name": "Use 1 to 60 characters, without control characters."}}))},
		{Name: "passkey-remove", Page: member(passkeysPath + "/P1/remove").in(RemovePasskey(RemovePasskeyPage{ID: "P1", Name: "Everyday key"}))},
		{Name: "passkey-remove-last", Page: member(passkeysPath + "/P1/remove").in(RemovePasskey(RemovePasskeyPage{ID: "P1", Name: "Everyday key", Errors: Errors{"": "Add another way to sign in first."}}))},
		{Name: "sessions", Page: member("/account/sessions").in(Sessions(SessionsPage{Rows: sampleSessions()}))},
		{Name: "activity", Page: member("/account/activity").in(Activity(ActivityPage{Rows: sampleActivity(), Older: "/account/activity?older=a5"}))},
		{Name: "activity-filtered", Page: member("/account/activity").in(Activity(ActivityPage{Kind: "sign-in", Days: 30, Rows: sampleActivity()[:2], Newer: "/account/activity?days=30&kind=sign-in&newer=a1"}))},
		{Name: "activity-none", Page: member("/account/activity").in(Activity(ActivityPage{}))},
		{Name: "activity-none-of-this", Page: member("/account/activity").in(Activity(ActivityPage{Kind: "password", Days: 7}))},
		{Name: "sessions-open-links", Page: cancelled.in(Sessions(SessionsPage{Rows: sampleSessions(), Links: sampleLinks()}))},
		{Name: "sessions-only-this", Page: member("/account/sessions").in(Sessions(SessionsPage{Rows: sampleSessions()[:1]}))},
	}
}

func productSamples() []Sample {
	devHome := guest("/")
	devHome.Dev = true
	added := member("/notes")
	added.Flash = FlashNoteAdded
	return []Sample{
		{Name: "home", Page: guest("/").in(Home(HomePage{}))},
		{Name: "home-development", Page: devHome.in(Home(HomePage{Dev: true, DemoClientURL: "http://localhost:3001", DemoAccounts: sampleAccounts}))},
		{Name: "home-signed-in", Page: member("/").in(Home(HomePage{}))},
		{Name: "dashboard", Page: member("/dashboard").in(Dashboard(DashboardPage{Name: "Ada", Notes: sampleNotes()[:3]}))},
		{Name: "dashboard-new", Page: Page{Path: "/dashboard", SignedIn: true, Email: "ada@example.test", Flash: FlashEmailConfirmed, Dev: true}.in(Dashboard(DashboardPage{}))},
		{Name: "dashboard-proven", Page: Page{Path: "/dashboard", SignedIn: true, Email: "ada@example.test", Flash: FlashAddressProven}.in(Dashboard(DashboardPage{}))},
		{Name: "notes", Page: added.in(Notes(NotesPage{Rows: sampleNotes(), Older: "/notes?after=n4"}))},
		{Name: "notes-second-page", Page: member("/notes").in(Notes(NotesPage{Rows: sampleNotes()[2:], Newer: "/notes"}))},
		{Name: "notes-none", Page: member("/notes").in(Notes(NotesPage{}))},
		{Name: "notes-rejected", Page: member("/notes").in(Notes(NotesPage{Rows: sampleNotes()[:2], Form: NoteForm{Body: "Milk, bread, and the blue paint.", Errors: Errors{"title": "Give the note a title."}}}))},
		{Name: "dev", Page: Page{Path: "/dev", Dev: true}.in(Dev(DevPage{Accounts: sampleAccounts, MailCount: 2, Clients: []DevClient{{ID: "demo-client", Name: "Demo client", URL: "http://localhost:3001"}}}))},
		{Name: "dev-empty", Page: Page{Path: "/dev", Dev: true}.in(Dev(DevPage{Accounts: sampleAccounts}))},
		{Name: "dev-mail", Page: Page{Path: "/dev/mail", Dev: true}.in(DevMails(DevMailPage{Mails: sampleMails()}))},
		{Name: "dev-mail-none", Page: Page{Path: "/dev/mail", Dev: true}.in(DevMails(DevMailPage{}))},
	}
}

func errorSamples() []Sample {
	var all []Sample
	for _, s := range []struct {
		name   string
		status int
	}{
		{"error-400", 400}, {"error-403", 403}, {"error-404", 404}, {"error-405", 405}, {"error-410", 410}, {"error-413", 413},
		{"error-415", 415}, {"error-422", 422}, {"error-429", 429}, {"error-500", 500}, {"error-503", 503},
	} {
		page := ErrorFor(s.status, "01JD9W7Q3M8E")
		if s.status == 429 {
			page.RetryAfter = 840
		}
		all = append(all, Sample{Name: s.name, Page: guest("/missing").in(Error(page))})
	}
	return append(all, Sample{Name: "error-404-signed-in", Page: member("/missing").in(Error(ErrorFor(404, "01JD9W7Q3M8E")))})
}
