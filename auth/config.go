package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"latchkey/models"
	"latchkey/views"
)

// Config holds every choice of this package. A zero value means the default named beside it.
type Config struct {
	DB          *models.DB
	Keys        *models.KeyRing // nil: those of DB
	BaseURL     string          // links in mails start with it; https makes cookies Secure
	ProductName string          // refused as a password; views.BrandName
	Production  bool            // where operators need a second factor unless RequireMFA says otherwise
	Variables   []string        // of the environment that were set: what they decide is not changed at the pages of operators

	// Sessions.
	SessionIdle, SessionAbsolute   time.Duration // 2 h, 24 h
	RememberIdle, RememberAbsolute time.Duration // 720 h, 1440 h
	SessionTouch                   time.Duration // 5 min: last seen is written no more often
	PendingLoginTTL                time.Duration // 10 min
	PendingVerifyTTL               time.Duration // 24 h
	ReauthWindow                   time.Duration // 10 min
	KnownBrowserTTL                time.Duration // 2160 h
	BrowserCookieTTL               time.Duration // 9600 h
	CookieDomain                   string        // the session cookie for subdomains too
	MaxSessions                    int           // of one person at a time; 0: as many as they like

	// Notices.
	AlarmTTL          time.Duration // 168 h: "This was not me"
	NewBrowserCheck   bool          // a new browser must also type a mailed code, where the account has no second factor
	ViewStartNotice   bool          // a member is mailed when an operator begins to view as them, not only afterwards
	NoNewDeviceNotice bool          // nobody is told of a sign-in from a new browser

	// Place names where a network address is, for mails and pages. It has 50 ms; nil, or an error: nothing is said.
	Place func(ctx context.Context, address string) (string, error)

	// Sign-up.
	SignUp        string        // open, closed, invite or domains:a.example,b.example; open
	Unverified    string        // block or banner; block
	VerifyLinkTTL time.Duration // 24 h
	VerifyCodeTTL time.Duration // 30 min
	UnverifiedTTL time.Duration // 168 h
	CodeTries     int           // 5, not scaled

	// Second factors.
	TOTPMax       int           // 5 authenticators for a person
	TOTPEnrolTTL  time.Duration // 10 min to confirm a new authenticator
	RecoveryCodes int           // 10 in a set
	TrustTTL      time.Duration // 720 h that a browser may skip the second step
	ShownOnceTTL  time.Duration // 10 min that new recovery codes wait to be saved

	// Passwords.
	PasswordMin, PasswordMax int           // 8, 128 characters
	ResetTTL                 time.Duration // 60 min
	UnlockTTL                time.Duration // 24 h
	BreachURL                string        // empty: no look-up
	BreachMinCount           int           // 1
	BreachAtLogin            string        // off, warn or force; warn
	Client                   *http.Client  // for BreachURL; http.DefaultClient
	ArgonMemory, ArgonTime   uint32        // 19456 KiB, 2
	ArgonThreads             uint8         // 1
	HashSlots, HashQueue     int           // all processors but one, 16 times GOMAXPROCS
	HashWait                 time.Duration // 5 s
	NoPasswordReset          bool          // nobody asks for a reset by mail: only operators send links

	// Sign-in by mail.
	NoLoginLink      bool          // none: its routes do not exist
	LoginLinkBinding string        // where a link has its button: confirm (anywhere) or strict (the browser that asked); confirm
	LoginLinkTTL     time.Duration // 10 min, the code too

	// Passkeys. They are bound to the host of BaseURL, and there are none where that is an IP address.
	NoPasskeys              bool
	PasskeyMax              int           // 20 for each account
	PasskeyChallengeTTL     time.Duration // 5 min
	PasskeyOrigins          []string      // pages that may use them, beside BaseURL: "https://app.example"
	PasskeyBackupFlagChange string        // accept or refuse a key that turns out to be synced, or not to be; accept
	PasskeySignCount        string        // refuse or warn when a key that is not synced counts backwards; refuse

	FactorRecovery     string        // delayed, or off: how to get back in without any factor; delayed
	FactorRecoveryWait time.Duration // 168 h; reminders come at four and six sevenths of it

	RequireMFA string        // who must have a second factor: off, admins or all; admins in production, else off
	MFAGrace   time.Duration // how long members may do without once they must; 7 days. Administrators may not

	TriesOfNetwork   int // 5 wrong passwords for an address in 15 minutes, then its network waits
	TriesOfStrangers int // 20 in an hour, then unknown browsers wait
	TriesToLock      int // 100 in a day lock the account for them

	NoViewAs        bool // operators do not see the place as a member does
	NoViewAsChanges bool // those who do change nothing

	RateLimitScale float64               // multiplies every count; 1
	AuditKeep      time.Duration         // 400 days; negative: for ever
	MailsKeep      time.Duration         // 720 h: how far the log of mails goes back
	Registerer     prometheus.Registerer // nil: counters are kept but shown nowhere

	// ActivityWords names events of others, by action, for /account/activity; what has no words is not listed there.
	ActivityWords map[models.Action]ActivityWords

	// Hooks run inside the transaction of the change; an error undoes it. The tx is also in
	// tx.Context(). Nil hooks do nothing.
	OnSignUp          func(ctx context.Context, tx *models.Tx, userID string) error
	OnVerified        func(ctx context.Context, tx *models.Tx, userID string) error
	OnPasswordChanged func(ctx context.Context, tx *models.Tx, userID string) error
	OnDeleted         func(ctx context.Context, tx *models.Tx, userID string) error

	// What the keeper of other programs must hear of. ctx carries the transaction.
	SessionEnded    func(ctx context.Context, sessionID string) error
	SessionReplaced func(ctx context.Context, old, replacement string) error // the same person, signed in again
	AccountDisabled func(ctx context.Context, userID string) error
	RevokeAccount   func(ctx context.Context, userID string) error

	// What pages ask of it. Nil: nothing is shown.
	ReturnClient func(ctx context.Context, returnTo string) *views.ClientStrip
	AppCount     func(ctx context.Context, userID string) (int, error)
}

// The values of Unverified, BreachAtLogin and LoginLinkBinding.
const (
	UnverifiedBlock  = "block"
	UnverifiedBanner = "banner"

	BreachOff   = "off"
	BreachWarn  = "warn"
	BreachForce = "force"

	BindingConfirm = "confirm"
	BindingStrict  = "strict"
)

// The values of PasskeyBackupFlagChange and PasskeySignCount.
const (
	PasskeyAccept = "accept"
	PasskeyRefuse = "refuse"
	PasskeyWarn   = "warn"
)

func (c *Config) fillDefaults() {
	if c.Keys == nil && c.DB != nil {
		c.Keys = c.DB.Keys()
	}
	if c.Client == nil {
		c.Client = http.DefaultClient
	}
	orDefault(&c.ProductName, views.BrandName)
	orDefault(&c.SessionIdle, 2*time.Hour)
	orDefault(&c.SessionAbsolute, 24*time.Hour)
	orDefault(&c.RememberIdle, 720*time.Hour)
	orDefault(&c.RememberAbsolute, 1440*time.Hour)
	orDefault(&c.SessionTouch, 5*time.Minute)
	orDefault(&c.PendingLoginTTL, 10*time.Minute)
	orDefault(&c.PendingVerifyTTL, 24*time.Hour)
	orDefault(&c.ReauthWindow, 10*time.Minute)
	orDefault(&c.KnownBrowserTTL, 2160*time.Hour)
	orDefault(&c.BrowserCookieTTL, 9600*time.Hour)
	orDefault(&c.AlarmTTL, 168*time.Hour)
	orDefault(&c.SignUp, "open")
	orDefault(&c.Unverified, UnverifiedBlock)
	orDefault(&c.VerifyLinkTTL, 24*time.Hour)
	orDefault(&c.VerifyCodeTTL, 30*time.Minute)
	orDefault(&c.UnverifiedTTL, 168*time.Hour)
	orDefault(&c.CodeTries, 5)
	orDefault(&c.TOTPMax, 5)
	orDefault(&c.TOTPEnrolTTL, 10*time.Minute)
	orDefault(&c.RecoveryCodes, 10)
	orDefault(&c.TrustTTL, 720*time.Hour)
	orDefault(&c.ShownOnceTTL, 10*time.Minute)
	orDefault(&c.PasswordMin, 8)
	orDefault(&c.PasswordMax, 128)
	orDefault(&c.ResetTTL, time.Hour)
	orDefault(&c.UnlockTTL, 24*time.Hour)
	orDefault(&c.BreachMinCount, 1)
	orDefault(&c.BreachAtLogin, BreachWarn)
	orDefault(&c.LoginLinkBinding, BindingConfirm)
	orDefault(&c.LoginLinkTTL, 10*time.Minute)
	orDefault(&c.ArgonMemory, 19456)
	orDefault(&c.ArgonTime, 2)
	orDefault(&c.ArgonThreads, 1)
	orDefault(&c.HashSlots, max(1, runtime.GOMAXPROCS(0)-1))
	orDefault(&c.HashQueue, 16*runtime.GOMAXPROCS(0))
	orDefault(&c.HashWait, 5*time.Second)
	orDefault(&c.PasskeyMax, 20)
	orDefault(&c.PasskeyChallengeTTL, 5*time.Minute)
	orDefault(&c.PasskeyBackupFlagChange, PasskeyAccept)
	orDefault(&c.PasskeySignCount, PasskeyRefuse)
	orDefault(&c.FactorRecovery, FactorRecoveryDelayed)
	orDefault(&c.FactorRecoveryWait, 7*24*time.Hour)
	if c.Production {
		orDefault(&c.RequireMFA, RequireMFAAdmins)
	}
	orDefault(&c.RequireMFA, RequireMFAOff)
	orDefault(&c.MFAGrace, 7*24*time.Hour)
	orDefault(&c.TriesOfNetwork, limitPair.Hits)
	orDefault(&c.TriesOfStrangers, limitStrangers.Hits)
	orDefault(&c.TriesToLock, limitLock.Hits)
	orDefault(&c.RateLimitScale, 1)
	orDefault(&c.AuditKeep, 400*24*time.Hour)
	orDefault(&c.MailsKeep, 720*time.Hour)
}

func orDefault[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}

// check names everything that is wrong, at once.
func (c *Config) check() error {
	var errs []error
	if c.DB == nil {
		errs = append(errs, errors.New("DB is missing"))
	}
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		errs = append(errs, fmt.Errorf("BaseURL %q is no http address", c.BaseURL))
	}
	if _, err := parseSignUp(c.SignUp); err != nil {
		errs = append(errs, err)
	}
	if c.Unverified != UnverifiedBlock && c.Unverified != UnverifiedBanner {
		errs = append(errs, fmt.Errorf("Unverified %q is neither block nor banner", c.Unverified))
	}
	if c.BreachAtLogin != BreachOff && c.BreachAtLogin != BreachWarn && c.BreachAtLogin != BreachForce {
		errs = append(errs, fmt.Errorf("BreachAtLogin %q is none of off, warn, force", c.BreachAtLogin))
	}
	if c.LoginLinkBinding != BindingConfirm && c.LoginLinkBinding != BindingStrict {
		errs = append(errs, fmt.Errorf("LoginLinkBinding %q is neither confirm nor strict", c.LoginLinkBinding))
	}
	for _, origin := range c.PasskeyOrigins {
		if u, err := url.Parse(origin); err != nil || u.Host == "" || origin != u.Scheme+"://"+u.Host || u.Scheme != "http" && u.Scheme != "https" {
			errs = append(errs, fmt.Errorf("PasskeyOrigins: %q is no origin", origin))
		}
	}
	if c.PasskeyBackupFlagChange != PasskeyAccept && c.PasskeyBackupFlagChange != PasskeyRefuse {
		errs = append(errs, fmt.Errorf("PasskeyBackupFlagChange %q is neither accept nor refuse", c.PasskeyBackupFlagChange))
	}
	if c.PasskeySignCount != PasskeyRefuse && c.PasskeySignCount != PasskeyWarn {
		errs = append(errs, fmt.Errorf("PasskeySignCount %q is neither refuse nor warn", c.PasskeySignCount))
	}
	if c.FactorRecovery != FactorRecoveryDelayed && c.FactorRecovery != FactorRecoveryOff {
		errs = append(errs, fmt.Errorf("FactorRecovery %q is neither delayed nor off", c.FactorRecovery))
	}
	if c.RequireMFA != RequireMFAOff && c.RequireMFA != RequireMFAAdmins && c.RequireMFA != RequireMFAAll {
		errs = append(errs, fmt.Errorf("RequireMFA %q is none of off, admins, all", c.RequireMFA))
	}
	if c.RateLimitScale < 0 {
		errs = append(errs, errors.New("RateLimitScale is negative"))
	}
	if c.MaxSessions < 0 {
		errs = append(errs, errors.New("MaxSessions is negative"))
	}
	return errors.Join(errs...)
}

func (c *Config) https() bool { return strings.HasPrefix(c.BaseURL, "https://") }
