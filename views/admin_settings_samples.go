package views

import "time"

// settingSamples are the pages of settings.
func settingSamples() []Sample {
	at, one := operatorOn(settingsPath), operatorOn(settingPath("session-idle"))
	by := AuditParty{Label: "a.rather.long.address.of.somebody@department.example.test", Member: "M3"}
	idle := SettingRow{Name: "session-idle", Label: "Idle sessions end after", Sentence: "How long a session lives without a page.", Begins: "Open sessions follow when they are next used.", Value: "4 hours", Default: "2 hours", Source: "here", Record: true}
	idle.Changed = &SettingChange{Version: "3", Value: "4 hours", By: by, At: sampleNow.Add(-3 * time.Hour)}
	accounts := SettingRow{Name: "sign-up", Label: "New accounts", Sentence: "Who may create an account.", Value: "By invitation", Default: "Everybody", Source: "environment", Variable: "SIGNUP", Record: true}
	key := SettingRow{Name: "secret-key", Label: "Secret key", Sentence: "Encrypts what must be read back.", Value: "Set", Default: "Not set", Source: "environment", Variable: "SECRET_KEY"}
	step := SettingRow{Name: "second-step", Label: "Second step required of", Sentence: "Who must have an authenticator app or a passkey.", Value: "Operators", Default: "Operators", Source: "default", Variable: "REQUIRE_MFA", Record: true}
	changes := []SettingChange{
		{Version: "3", Value: "4 hours", By: by, At: sampleNow.Add(-3 * time.Hour), Reason: "The office keeps its screens open over lunch", Now: true},
		{Version: "2", Value: "1 hour", By: AuditParty{Label: "The command line"}, At: sampleNow.AddDate(0, -1, 0), Reason: "As it was before", PutBack: true},
		{Version: "0", Value: "2 hours", IsDefault: true},
	}
	page := SettingPage{SettingRow: idle, Kind: "duration", Bounds: "From 5 minutes to 30 days.", Changes: changes, Older: settingPath("session-idle") + "?older=c2FtcGxl", MayChange: true, Form: SettingForm{Amount: "4", Unit: "hour"}}
	rejected := page
	rejected.Form = SettingForm{ReasonForm: ReasonForm{Errors: Errors{"amount": "Choose from 5 minutes to 30 days"}}, Amount: "1", Unit: "minute"}
	choice := SettingPage{SettingRow: step, Kind: "choice", Choices: []SettingOption{{"off", "Nobody"}, {"admins", "Operators"}, {"all", "Everybody"}}, MayChange: true, Form: SettingForm{Value: "admins"}}
	number := SettingPage{SettingRow: SettingRow{Name: "lock", Label: "Wrong passwords before the lock", Sentence: "How many guesses lock an account for strangers.", Value: "100", Default: "100", Source: "default", Record: true}, Kind: "number", Bounds: "From 10 to 1000.", MayChange: true, Form: SettingForm{Amount: "100"}}
	question := SettingQuestionPage{Name: "second-step", Label: step.Label, Begins: "Nobody is asked before their next page.", Act: "change", From: "Operators", To: "Everybody", Effects: []string{"34 members have no second step."}, Form: SettingForm{ReasonForm: ReasonForm{Version: "v1"}, Value: "all"}}
	refused := question
	refused.Form.Errors, refused.Changed = Errors{"": "You have no second step yourself, so this would lock you out. Add one first.", "reason": "Say why in at least 10 characters"}, true
	return []Sample{
		{Name: "settings", Page: at.in(AllSettings(SettingsPage{Groups: []SettingGroup{{"Accounts and sign-in", []SettingRow{accounts}}, {"Sessions", []SettingRow{idle, step}}, {"This program", []SettingRow{key}}}}))},
		{Name: "setting", Page: one.in(Setting(page))},
		{Name: "setting-rejected", Page: one.in(Setting(rejected))},
		{Name: "setting-environment", Page: operatorOn(settingPath("sign-up")).in(Setting(SettingPage{SettingRow: accounts, Kind: "choice", MayChange: true}))},
		{Name: "setting-choice", Page: operatorOn(settingPath("second-step")).in(Setting(choice)), OtherWords: true},
		{Name: "setting-number", Page: operatorOn(settingPath("lock")).in(Setting(number)), OtherWords: true},
		{Name: "setting-change", Page: operatorOn(settingPath("second-step") + "/change").in(SettingQuestion(question))},
		{Name: "setting-change-refused", Page: operatorOn(settingPath("second-step") + "/change").in(SettingQuestion(refused))},
		{Name: "setting-revert", Page: operatorOn(settingPath("session-idle") + "/revert/0").in(SettingQuestion(SettingQuestionPage{Name: "session-idle", Label: idle.Label, Act: "revert/0", From: "4 hours", To: "2 hours", Form: SettingForm{ReasonForm: ReasonForm{Version: "v1"}}})), OtherWords: true},
	}
}
