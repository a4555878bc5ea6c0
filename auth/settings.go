package auth

import (
	"time"

	"latchkey/models"
)

const day = 24 * time.Hour

type choice = models.SettingChoice

// settingRules are the choices of Config that operators see. Those with bounds they may change while the program runs.
var settingRules = []models.SettingRule[Config]{
	{
		Name: "sign-up", Group: models.SettingsAccounts, Label: "New accounts", Variable: "SIGNUP",
		Sentence: "Who may create an account.", Begins: "Accounts that wait for their address to be confirmed can still be confirmed.",
		Kind:  models.Choose(choice{Value: "open", Label: "Everybody"}, choice{Value: "invite", Label: "By invitation"}, choice{Value: "closed", Label: "Nobody"}),
		Field: func(c *Config) any { return &c.SignUp },
	},
	{
		Name: "session-idle", Group: models.SettingsSessions, Label: "Idle sessions end after",
		Sentence: "How long a session lives without a page.", Begins: "Open sessions follow when they are next used.",
		Kind: models.Lasting(5*time.Minute, 30*day), Field: func(c *Config) any { return &c.SessionIdle },
	},
	{
		Name: "session-absolute", Group: models.SettingsSessions, Label: "Sessions end after",
		Sentence: "How long a session lives at most, however much it is used.", Begins: "Sessions that are open keep their end.",
		Kind: models.Lasting(time.Hour, 90*day), Field: func(c *Config) any { return &c.SessionAbsolute },
	},
	{
		Name: "second-step", Group: models.SettingsFactors, Label: "Second step required of", Variable: "REQUIRE_MFA",
		Sentence: "Who must have an authenticator app or a passkey.",
		Kind:     models.Choose(choice{Value: RequireMFAOff, Label: "Nobody"}, choice{Value: RequireMFAAdmins, Label: "Operators"}, choice{Value: RequireMFAAll, Label: "Everybody"}),
		Field:    func(c *Config) any { return &c.RequireMFA },
	},
	{
		Name: "recovery-codes", Group: models.SettingsFactors, Label: "Recovery codes in a set",
		Sentence: "How many recovery codes somebody gets at once.", Begins: "Sets that were made keep their number.",
		Kind: models.Whole(5, 20), Field: func(c *Config) any { return &c.RecoveryCodes },
	},
}
