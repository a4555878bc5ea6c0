package models

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// SettingRule is one choice of a Config C as operators read it, and where it stands in it.
type SettingRule[C any] struct {
	Name     string // in addresses and in the audit log: "session-idle"
	Group    string
	Label    string
	Sentence string // what it does
	Begins   string // when a change shows; empty: at once
	Kind     SettingKind
	Variable string // of the environment, which can decide it, too

	Field func(*C) any // a pointer to a time.Duration, an int, a bool or a string
}

// SettingKind is what a setting may be. Values are texts: "on", "2h0m0s", "5" or one of the choices.
type SettingKind struct {
	Word        string // one of the kinds below
	Least, Most int64  // of a duration in nanoseconds
	Choices     []SettingChoice
	opposite    bool // the field says the opposite: NoLoginLink
}

// SettingChoice is a value with what operators read.
type SettingChoice struct{ Value, Label string }

// The kinds of settings.
const (
	SettingShown    = "shown" // to be read: a change needs another start
	SettingSwitch   = "switch"
	SettingLasting  = "duration"
	SettingWhole    = "number"
	SettingChoosing = "choice"
)

// The groups of settings.
const (
	SettingsAccounts  = "Accounts and sign-in"
	SettingsPasswords = "Passwords"
	SettingsSessions  = "Sessions"
	SettingsFactors   = "Second step and passkeys"
	SettingsLimits    = "Limits"
	SettingsNotices   = "Notices"
	SettingsRetention = "Deletion and retention"
	SettingsClients   = "New clients"
	SettingsLifetimes = "Token lifetimes"
	SettingsOperators = "Operators"
	SettingsMachine   = "This program"
)

// SettingGroups are all of them, in the order of the page.
var SettingGroups = []string{
	SettingsAccounts, SettingsPasswords, SettingsSessions, SettingsFactors, SettingsLimits, SettingsNotices, SettingsRetention,
	SettingsClients, SettingsLifetimes, SettingsOperators, SettingsMachine,
}

const (
	settingOn  = "on"
	settingOff = "off"
)

// Switch is on or off.
func Switch() SettingKind { return SettingKind{Word: SettingSwitch} }

// SwitchOff is on or off, where the field says that it is off.
func SwitchOff() SettingKind { return SettingKind{Word: SettingSwitch, opposite: true} }

// Lasting is a length of time within bounds.
func Lasting(least, most time.Duration) SettingKind {
	return SettingKind{Word: SettingLasting, Least: int64(least), Most: int64(most)}
}

// Whole is a number within bounds.
func Whole(least, most int) SettingKind {
	return SettingKind{Word: SettingWhole, Least: int64(least), Most: int64(most)}
}

// Choose is one of a few words.
func Choose(choices ...SettingChoice) SettingKind {
	return SettingKind{Word: SettingChoosing, Choices: choices}
}

// Shown is only read here.
func Shown() SettingKind { return SettingKind{Word: SettingShown} }

// Check gives the one spelling of a value, or a sentence on what is wrong with it.
func (k SettingKind) Check(value string) (spelled, sentence string) {
	switch k.Word {
	case SettingSwitch:
		if value == settingOn || value == settingOff {
			return value, ""
		}
		return "", "Choose on or off"
	case SettingChoosing:
		if slices.ContainsFunc(k.Choices, func(c SettingChoice) bool { return c.Value == value }) {
			return value, ""
		}
		return "", "Choose one of the values offered"
	case SettingLasting:
		d, err := time.ParseDuration(value)
		return k.within(int64(d), d.String(), err)
	case SettingWhole:
		n, err := strconv.Atoi(value)
		return k.within(int64(n), strconv.Itoa(n), err)
	}
	return "", "This is not changed here"
}

func (k SettingKind) within(n int64, spelled string, err error) (string, string) {
	if err != nil || n < k.Least || n > k.Most {
		return "", fmt.Sprintf("Choose from %s to %s", k.inWords(k.Least), k.inWords(k.Most))
	}
	return spelled, ""
}

// Bounds is what a value may be, in words; empty: it is one of those offered.
func (k SettingKind) Bounds() string {
	if k.Word != SettingLasting && k.Word != SettingWhole {
		return ""
	}
	return fmt.Sprintf("From %s to %s.", k.inWords(k.Least), k.inWords(k.Most))
}

// Offered are the values to choose from, where they are few.
func (k SettingKind) Offered() []SettingChoice {
	if k.Word == SettingSwitch {
		return []SettingChoice{{settingOn, "On"}, {settingOff, "Off"}}
	}
	return k.Choices
}

func (k SettingKind) inWords(n int64) string {
	if k.Word == SettingLasting {
		return LengthInWords(time.Duration(n))
	}
	return strconv.FormatInt(n, 10)
}

// Say is a value in words.
func (k SettingKind) Say(value string) string {
	for _, choice := range k.Choices {
		if choice.Value == value {
			return choice.Label
		}
	}
	if d, err := time.ParseDuration(value); err == nil && k.Word != SettingWhole {
		return LengthInWords(d)
	}
	switch value {
	case settingOn:
		return "On"
	case settingOff:
		return "Off"
	case "":
		return "None"
	}
	return value
}

// LengthInWords is a length of time in the largest unit that leaves no rest: "2 hours".
func LengthInWords(d time.Duration) string {
	n, unit := LengthParts(d)
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// LengthUnits are the units of a length of time, the largest first.
var LengthUnits = []struct {
	Name string
	Size time.Duration
}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}}

// LengthParts is a length of time as a number of the largest unit that leaves no rest.
func LengthParts(d time.Duration) (n int64, unit string) {
	for _, u := range LengthUnits {
		if d%u.Size == 0 && d != 0 {
			return int64(d / u.Size), u.Name
		}
	}
	return int64(d / time.Second), "second"
}

// LengthOf is the value of a setting that says so many of a unit. What is no length is no value.
func LengthOf(amount, unit string) string {
	n, err := strconv.ParseInt(amount, 10, 32)
	for _, u := range LengthUnits {
		if u.Name == unit && err == nil && n <= int64(longest/u.Size) {
			return (time.Duration(n) * u.Size).String()
		}
	}
	return "no length"
}

// longest is far from where a duration would overflow, and longer than anything lasts.
const longest = 100 * 365 * 24 * time.Hour

// read is the value of a field.
func (r SettingRule[C]) read(c *C) string {
	switch at := r.Field(c).(type) {
	case *time.Duration:
		return at.String()
	case *int:
		return strconv.Itoa(*at)
	case *bool:
		if *at != r.Kind.opposite {
			return settingOn
		}
		return settingOff
	case *string:
		return *at
	default: // only shown
		return fmt.Sprint(reflect.ValueOf(at).Elem())
	}
}

// put sets the field to a value that Check has spelled.
func (r SettingRule[C]) put(c *C, spelled string) error {
	var err error
	switch at := r.Field(c).(type) {
	case *time.Duration:
		*at, err = time.ParseDuration(spelled)
	case *int:
		*at, err = strconv.Atoi(spelled)
	case *bool:
		*at = (spelled == settingOn) != r.Kind.opposite
	case *string:
		*at = spelled
	default:
		err = fmt.Errorf("setting %s: a %T cannot be set", r.Name, at)
	}
	return err
}
