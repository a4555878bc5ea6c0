package views

import (
	"slices"
	"strings"
)

// actGroups are the headings of the menu of acts, danger last.
var actGroups = []string{"Help", "Access", "Account"}

// memberActWords is an act on a member: its question, and where it stands.
type memberActWords struct {
	questionWords
	Group  string // its heading in the menu; empty: it stands beside what it is about
	Counts bool   // it ends sessions and revokes apps
}

// sessionAccess is what ends with a session besides itself.
const sessionAccess = "Apps lose the access that was to last as long as the session. What they hold beyond it stays."

var actWords = map[string]memberActWords{
	"unlock":              {questionWords: questionWords{Heading: "Unlock this account?", Button: "Unlock account", Does: []string{"The lock and the count of wrong passwords are cleared."}, Stays: "The password stays. It locks again after many wrong ones.", Keep: "Keep locked"}, Group: "Help"},
	"resend_verification": {questionWords: questionWords{Heading: "Send a new confirmation email?", Button: "Send confirmation email", Does: []string{"A new link and code go to the address. Older ones stop working."}, Stays: "Nothing else changes.", Keep: "Do not send"}, Group: "Help"},
	"send_reset":          {questionWords: questionWords{Heading: "Send a link to choose a new password?", Button: "Send reset link", Does: []string{"An email with the link goes to the address. You do not see it."}, Stays: "The password stays until they choose another.", Keep: "Do not send"}, Group: "Help"},
	"end_session":         {questionWords: questionWords{Heading: "End this session?", Button: "End session", Does: []string{"The browser is signed out at its next page.", sessionAccess}, Stays: "Other sessions stay. The member can sign in again.", Keep: "Keep session", Danger: true}},
	"end_sessions":        {questionWords: questionWords{Heading: "End all sessions?", Button: "End sessions", Does: []string{"The member is signed out everywhere.", sessionAccess}, Stays: "The member can sign in again. This cannot be undone.", Keep: "Keep sessions", Danger: true}, Group: "Access", Counts: true},
	"verify":              {questionWords: questionWords{Heading: "Confirm this address for the member?", Button: "Confirm address", Does: []string{"The address counts as proven. Say below how you checked that it is theirs."}, Stays: "Nothing else changes. This cannot be undone.", Keep: "Leave unconfirmed"}, Group: "Help"},
	"force_reset":         {questionWords: questionWords{Heading: "Require a new password?", Button: "Require new password", Does: []string{"The password is refused, and an email asks the member to choose another."}, Stays: "Passkeys and apps for codes stay. You can accept the password again.", Keep: "Keep password", Danger: true}, Group: "Access", Counts: true},
	"lift_reset":          {questionWords: questionWords{Heading: "Accept the password again?", Button: "Accept password", Does: []string{"The member can sign in with the password from before."}, Stays: "Ended sessions stay ended.", Keep: "Keep refused"}, Group: "Access"},
	"remove_factor":       {questionWords: questionWords{Heading: "Remove this second step?", Button: "Remove second step", Does: []string{"It stops proving who the member is. They get an email about it."}, Stays: "Their other second steps stay. They can add this one again.", Keep: "Keep it", Danger: true}},
	"reset_factors":       {questionWords: questionWords{Heading: "Remove every second step?", Button: "Remove every second step", Does: []string{"All passkeys, authenticator apps, recovery codes and trusted browsers go."}, Stays: "The password stays. This cannot be undone: the member adds new ones.", Keep: "Keep second steps", Danger: true}, Group: "Access", Counts: true},
	"suspend":             {questionWords: questionWords{Heading: "Suspend this member?", Button: "Suspend member", Does: []string{"Nobody can sign in to the account, and apps lose access at once. The member gets an email."}, Stays: "Nothing is deleted. You can lift it at any time; ended sessions stay ended.", Keep: "Keep active", Danger: true}, Group: "Account", Counts: true},
	"unsuspend":           {questionWords: questionWords{Heading: "Lift the suspension?", Button: "Lift suspension", Does: []string{"The member can sign in again and gets an email."}, Stays: "Ended sessions and revoked apps stay so.", Keep: "Keep suspended"}, Group: "Account"},
	"rename":              {questionWords: questionWords{Heading: "Change the name?", Button: "Change name", Does: []string{"Apps that may see the name see the new one."}, Stays: "The email address stays.", Keep: "Keep the name"}, Group: "Account"},
	"grant_role":          {questionWords: questionWords{Heading: "Give this member a role?", Button: "Give role", Does: []string{"They can open the operator area. They and all administrators get an email."}, Stays: "You can take the role away again.", Keep: "Leave as it is", Danger: true}, Group: "Account"},
	"revoke_role":         {questionWords: questionWords{Heading: "Take the role away?", Button: "Take role away", Does: []string{"The operator area closes for them at once, and whatever they view as a member. They and all administrators get an email."}, Stays: "Their account stays as a member's. They can sign in again.", Keep: "Keep role", Danger: true}, Group: "Account", Counts: true},
}

// question asks about the act, with the counts as they are now.
func (p MemberActPage) question() question {
	words := actWords[p.Act]
	q := question{
		Words: words.questionWords, Action: actPath(p.Member.ID, p.Act), Back: memberPath(p.Member.ID), Head: whoAbout(p.Member.shown(), p.Member.secondLine(), p.About),
		Asks: []string{"until", "name", "role"}, Changed: p.Changed, Form: p.Form.ReasonForm,
	}
	q.Words.Does = words.does(p)
	if p.NeedsReason {
		q.Reasons = memberReasons
	}
	if p.NeedsTyped {
		q.Typed = input{Name: "typed", Label: "Type their email address to confirm", Autocomplete: "off", Value: p.Form.Typed, Error: p.Form.Errors["typed"]}
	}
	return q
}

// does are the sentences about what happens, with the counts as they are now.
func (w memberActWords) does(p MemberActPage) []string {
	sentences := slices.Clone(w.Does)
	if !w.Counts {
		return sentences
	}
	ends := "Ends " + count(p.Sessions, "session")
	if p.Act != "end_sessions" && p.Act != "revoke_role" {
		ends += " and revokes " + count(p.Apps, "app")
	}
	if p.Act == "reset_factors" {
		sentences = append(sentences, "Removes "+count(p.Authenticators, "authenticator app")+" and "+count(p.Passkeys, "passkey")+".")
	}
	return append(sentences, ends+".")
}

// secondLine is the address, where the name stands first.
func (h MemberHead) secondLine() string {
	if h.Name == "" {
		return ""
	}
	return h.Email
}

func actPath(member, act string) string {
	return memberPath(member) + "/" + strings.ReplaceAll(act, "_", "-")
}

func actLinkID(act, target string) string { return act + "-" + strings.ReplaceAll(target, ":", "-") }

// menu are the acts that are offered, by group. To see the place as the member does is a help to them.
func (h MemberHead) menu() (groups []menuGroup) {
	for _, heading := range actGroups {
		group := menuGroup{Heading: heading}
		for _, link := range h.Acts {
			if actWords[link.Act].Group == heading {
				group.Links = append(group.Links, menuAct{"do-" + link.Act, actPath(h.ID, link.Act), actWords[link.Act].Button})
			}
		}
		if heading == "Help" && h.MayView {
			group.Links = append(group.Links, menuAct{"do-view-as", viewAsPath(h.ID), "View as member"})
		}
		if len(group.Links) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

var roleChoices = []option{
	{"auditor", "Auditor: reads, exports and checks the audit log"},
	{"support", "Support: reads, and helps members"},
	{"administrator", "Administrator: everything"},
}
