package auth

import (
	"slices"
	"time"

	"latchkey/models"
)

const day = 24 * time.Hour

// settingRules are the choices of Config that operators see. All but those that are only shown can be changed while the
// program runs.
var settingRules = slices.Concat(accountSettings, passwordSettings, sessionSettings, factorSettings, limitSettings, noticeSettings, retentionSettings, operatorSettings)

type (
	setting = models.SettingRule[Config]
	choice  = models.SettingChoice
)

var accountSettings = []setting{
	{
		Name: "sign-up", Group: models.SettingsAccounts, Label: "New accounts", Variable: "SIGNUP",
		Sentence: "Who may create an account.", Begins: "Accounts that wait for their address to be confirmed can still be confirmed.",
		Kind:  models.Choose(choice{Value: "open", Label: "Everybody"}, choice{Value: "invite", Label: "By invitation"}, choice{Value: "closed", Label: "Nobody"}),
		Field: func(c *Config) any { return &c.SignUp },
	},
	{
		Name: "unconfirmed", Group: models.SettingsAccounts, Label: "Before an address is confirmed",
		Sentence: "Whether somebody may sign in whose address is not proven yet.", Begins: "It also holds for open sessions, from their next page.",
		Kind:  models.Choose(choice{Value: UnverifiedBlock, Label: "They wait"}, choice{Value: UnverifiedBanner, Label: "They sign in, with a reminder"}),
		Field: func(c *Config) any { return &c.Unverified },
	},
	{
		Name: "verify-link", Group: models.SettingsAccounts, Label: "Confirmation links work for",
		Sentence: "How long the link works that confirms an address.", Begins: "Links that were sent keep their end.",
		Kind: models.Lasting(time.Hour, 7*day), Field: func(c *Config) any { return &c.VerifyLinkTTL },
	},
	{
		Name: "verify-code", Group: models.SettingsAccounts, Label: "Confirmation codes work for",
		Sentence: "How long the code works that confirms an address.", Begins: "Codes that were sent keep their end.",
		Kind: models.Lasting(5*time.Minute, day), Field: func(c *Config) any { return &c.VerifyCodeTTL },
	},
	{
		Name: "login-link", Group: models.SettingsAccounts, Label: "Sign-in by email",
		Sentence: "Whether a mailed link or code signs in.", Begins: "Links on their way stop working when it is off.",
		Kind: models.SwitchOff(), Field: func(c *Config) any { return &c.NoLoginLink },
	},
	{
		Name: "login-link-time", Group: models.SettingsAccounts, Label: "Sign-in links work for",
		Sentence: "How long a mailed link or code signs in.", Begins: "Links that were sent keep their end.",
		Kind: models.Lasting(5*time.Minute, time.Hour), Field: func(c *Config) any { return &c.LoginLinkTTL },
	},
	{
		Name: "login-link-browser", Group: models.SettingsAccounts, Label: "Sign-in links work in",
		Sentence: "In which browser a mailed link signs in.", Begins: "Links on their way follow it, too.",
		Kind:  models.Choose(choice{Value: BindingConfirm, Label: "Any browser"}, choice{Value: BindingStrict, Label: "The browser that asked"}),
		Field: func(c *Config) any { return &c.LoginLinkBinding },
	},
}

var passwordSettings = []setting{
	{
		Name: "password-least", Group: models.SettingsPasswords, Label: "Shortest password",
		Sentence: "How many characters a new password has at least.", Begins: "Passwords that exist stay as they are.",
		Kind: models.Whole(8, 64), Field: func(c *Config) any { return &c.PasswordMin },
	},
	{
		Name: "password-most", Group: models.SettingsPasswords, Label: "Longest password", Sentence: "How many characters a password has at most.",
		Kind: models.Shown(), Field: func(c *Config) any { return &c.PasswordMax },
	},
	{
		Name: "password-reset", Group: models.SettingsPasswords, Label: "Reset by email",
		Sentence: "Whether somebody who forgot their password gets a link for a new one.", Begins: "Links that people asked for stop working when it is off. Those that operators send work.",
		Kind: models.SwitchOff(), Field: func(c *Config) any { return &c.NoPasswordReset },
	},
	{
		Name: "password-reset-time", Group: models.SettingsPasswords, Label: "Reset links work for",
		Sentence: "How long the link works that leads to a new password.", Begins: "Links that were sent keep their end.",
		Kind: models.Lasting(10*time.Minute, day), Field: func(c *Config) any { return &c.ResetTTL },
	},
	{
		Name: "password-stolen", Group: models.SettingsPasswords, Label: "Stolen passwords at sign-in",
		Sentence: "What happens when somebody signs in with a password found in a public list.", Begins: "Open sessions stay: it is asked at the next sign-in.",
		Kind:  models.Choose(choice{Value: BreachOff, Label: "Nothing"}, choice{Value: BreachWarn, Label: "They are told"}, choice{Value: BreachForce, Label: "They choose another"}),
		Field: func(c *Config) any { return &c.BreachAtLogin },
	},
	{
		Name: "hash-memory", Group: models.SettingsPasswords, Label: "Memory for a hash, in KiB", Sentence: "What it costs to check one password.",
		Kind: models.Shown(), Field: func(c *Config) any { return &c.ArgonMemory },
	},
}

var sessionSettings = []setting{
	{
		Name: "session-idle", Group: models.SettingsSessions, Label: "Idle sessions end after",
		Sentence: "How long a session lives without a page.", Begins: "No session ends now: each follows when it is next used.",
		Kind: models.Lasting(5*time.Minute, 30*day), Field: func(c *Config) any { return &c.SessionIdle },
	},
	{
		Name: "session-absolute", Group: models.SettingsSessions, Label: "Sessions end after",
		Sentence: "How long a session lives at most, however much it is used.", Begins: "No session ends now: those that are open keep their end.",
		Kind: models.Lasting(time.Hour, 90*day), Field: func(c *Config) any { return &c.SessionAbsolute },
	},
	{
		Name: "remember-idle", Group: models.SettingsSessions, Label: "Idle sessions end after, if kept",
		Sentence: "The same for who asked to stay signed in.", Begins: "No session ends now: each follows when it is next used.",
		Kind: models.Lasting(day, 365*day), Field: func(c *Config) any { return &c.RememberIdle },
	},
	{
		Name: "remember-absolute", Group: models.SettingsSessions, Label: "Sessions end after, if kept",
		Sentence: "The same for who asked to stay signed in.", Begins: "No session ends now: those that are open keep their end.",
		Kind: models.Lasting(day, 365*day), Field: func(c *Config) any { return &c.RememberAbsolute },
	},
	{
		Name: "sessions-most", Group: models.SettingsSessions, Label: "Sessions of one person",
		Sentence: "How many somebody has at once; 0 is as many as they like.", Begins: "No session ends now: the oldest of somebody ends when a new one begins.",
		Kind: models.Whole(0, 100), Field: func(c *Config) any { return &c.MaxSessions },
	},
	{
		Name: "fresh-proof", Group: models.SettingsSessions, Label: "A proof of identity is fresh for",
		Sentence: "How long after it nobody is asked again, before a change that matters.", Begins: "Proofs that were given count by the new time.",
		Kind: models.Lasting(2*time.Minute, time.Hour), Field: func(c *Config) any { return &c.ReauthWindow },
	},
	{
		Name: "browser-check", Group: models.SettingsSessions, Label: "A code in a new browser",
		Sentence: "Whether a new browser must type a mailed code, where the account has no second step.", Begins: "Open sessions stay: it is asked at the next sign-in.",
		Kind: models.Switch(), Field: func(c *Config) any { return &c.NewBrowserCheck },
	},
}

var factorSettings = []setting{
	{
		Name: "second-step", Group: models.SettingsFactors, Label: "Second step required of", Variable: "REQUIRE_MFA",
		Sentence: "Who must have an authenticator app or a passkey.",
		Kind:     models.Choose(choice{Value: RequireMFAOff, Label: "Nobody"}, choice{Value: RequireMFAAdmins, Label: "Operators"}, choice{Value: RequireMFAAll, Label: "Everybody"}),
		Field:    func(c *Config) any { return &c.RequireMFA },
	},
	{
		Name: "second-step-grace", Group: models.SettingsFactors, Label: "Time to add a second step",
		Sentence: "How long members may do without one that is required; operators have no time.", Begins: "Who was told a day keeps it.",
		Kind: models.Lasting(0, 90*day), Field: func(c *Config) any { return &c.MFAGrace },
	},
	{
		Name: "browser-trust", Group: models.SettingsFactors, Label: "Browsers are trusted for",
		Sentence: "How long a browser skips the second step, once somebody asked for it.", Begins: "Browsers that are trusted keep their end.",
		Kind: models.Lasting(day, 90*day), Field: func(c *Config) any { return &c.TrustTTL },
	},
	{
		Name: "recovery", Group: models.SettingsFactors, Label: "A lost second step",
		Sentence: "How somebody gets back in who has lost it.", Begins: "A removal that runs waits while it is off.",
		Kind:  models.Choose(choice{Value: FactorRecoveryDelayed, Label: "By mail, after a wait"}, choice{Value: FactorRecoveryOff, Label: "An operator helps"}),
		Field: func(c *Config) any { return &c.FactorRecovery },
	},
	{
		Name: "recovery-wait", Group: models.SettingsFactors, Label: "Wait before a second step is removed",
		Sentence: "How long its owner has to stop it.", Begins: "A removal that runs keeps its day.",
		Kind: models.Lasting(2*day, 30*day), Field: func(c *Config) any { return &c.FactorRecoveryWait },
	},
	{
		Name: "recovery-codes", Group: models.SettingsFactors, Label: "Recovery codes in a set",
		Sentence: "How many recovery codes somebody gets at once.", Begins: "Sets that were made keep their number.",
		Kind: models.Whole(5, 20), Field: func(c *Config) any { return &c.RecoveryCodes },
	},
	{
		Name: "authenticators-most", Group: models.SettingsFactors, Label: "Authenticator apps of one person",
		Sentence: "How many somebody may add.", Begins: "Those that were added stay.",
		Kind: models.Whole(1, 20), Field: func(c *Config) any { return &c.TOTPMax },
	},
	{
		Name: "passkeys-most", Group: models.SettingsFactors, Label: "Passkeys of one person",
		Sentence: "How many somebody may add.", Begins: "Those that were added stay.",
		Kind: models.Whole(1, 100), Field: func(c *Config) any { return &c.PasskeyMax },
	},
	{
		Name: "passkey-copied", Group: models.SettingsFactors, Label: "A passkey that may be a copy",
		Sentence: "What happens when a passkey that is not synced counts backwards.", Begins: "It holds when a passkey is next used.",
		Kind:  models.Choose(choice{Value: PasskeyRefuse, Label: "It is refused"}, choice{Value: PasskeyWarn, Label: "Its owner is told"}),
		Field: func(c *Config) any { return &c.PasskeySignCount },
	},
	{
		Name: "passkey-synced", Group: models.SettingsFactors, Label: "A passkey that becomes synced",
		Sentence: "What happens when a passkey turns out to be synced, or no longer.", Begins: "It holds when a passkey is next used.",
		Kind:  models.Choose(choice{Value: PasskeyAccept, Label: "It is accepted"}, choice{Value: PasskeyRefuse, Label: "It is refused"}),
		Field: func(c *Config) any { return &c.PasskeyBackupFlagChange },
	},
}

var limitSettings = []setting{
	{
		Name: "tries-network", Group: models.SettingsLimits, Label: "Wrong passwords from one network",
		Sentence: "How many for one address pass in 15 minutes before that network waits.", Begins: "What was counted so far counts on.",
		Kind: models.Whole(3, 50), Field: func(c *Config) any { return &c.TriesOfNetwork },
	},
	{
		Name: "tries-strangers", Group: models.SettingsLimits, Label: "Wrong passwords from strangers",
		Sentence: "How many for one address pass in an hour before unknown browsers wait.", Begins: "What was counted so far counts on.",
		Kind: models.Whole(5, 200), Field: func(c *Config) any { return &c.TriesOfStrangers },
	},
	{
		Name: "tries-lock", Group: models.SettingsLimits, Label: "Wrong passwords before the lock",
		Sentence: "How many in a day lock the account for unknown browsers.", Begins: "Locked accounts stay locked.",
		Kind: models.Whole(20, 1000), Field: func(c *Config) any { return &c.TriesToLock },
	},
}

var noticeSettings = []setting{
	{
		Name: "new-browser-notice", Group: models.SettingsNotices, Label: "Mail about a new browser",
		Sentence: "Whether somebody is told of a sign-in from a browser that is new.", Begins: "Mails that wait to be sent still go out.",
		Kind: models.SwitchOff(), Field: func(c *Config) any { return &c.NoNewDeviceNotice },
	},
	{
		Name: "view-as-start", Group: models.SettingsNotices, Label: "Mail when a view as member begins",
		Sentence: "Whether a member is told when an operator begins to view as them; the mail afterwards is always sent.", Begins: "Views that are open are told of when they end.",
		Kind: models.Switch(), Field: func(c *Config) any { return &c.ViewStartNotice },
	},
	{
		Name: "alarm-time", Group: models.SettingsNotices, Label: "\"This was not me\" works for",
		Sentence: "How long after an event its owner can undo it and close the account.", Begins: "Links that were sent keep their end.",
		Kind: models.Lasting(day, 30*day), Field: func(c *Config) any { return &c.AlarmTTL },
	},
}

var retentionSettings = []setting{
	{
		Name: "unconfirmed-keep", Group: models.SettingsRetention, Label: "Unconfirmed accounts are kept for",
		Sentence: "How long an account waits for its address to be confirmed.",
		Kind:     models.Lasting(day, 90*day), Field: func(c *Config) any { return &c.UnverifiedTTL },
	},
	{
		Name: "mails-keep", Group: models.SettingsRetention, Label: "The log of mails is kept for",
		Sentence: "How long it says which mail went where, and when.",
		Kind:     models.Lasting(day, 365*day), Field: func(c *Config) any { return &c.MailsKeep },
	},
	{
		Name: "audit-keep", Group: models.SettingsRetention, Label: "The audit log is kept for",
		Sentence: "How long a row stays. Older ones go with their seal.",
		Kind:     models.Lasting(90*day, 3650*day), Field: func(c *Config) any { return &c.AuditKeep },
	},
}

var operatorSettings = []setting{
	{
		Name: "view-as", Group: models.SettingsOperators, Label: "Viewing as a member",
		Sentence: "Whether operators see the place as a member does.", Begins: "Views that are open end with their next page.",
		Kind: models.SwitchOff(), Field: func(c *Config) any { return &c.NoViewAs },
	},
	{
		Name: "view-as-changes", Group: models.SettingsOperators, Label: "Viewing with changes",
		Sentence: "Whether administrators may change something while they view.", Begins: "Views with changes that are open end with their next page.",
		Kind: models.SwitchOff(), Field: func(c *Config) any { return &c.NoViewAsChanges },
	},
}
