package views

import (
	"slices"
	"strings"
)

// actGroups are the headings of the menu of acts, danger last.
var actGroups = []string{"Help", "Access", "Account"}

// memberActWords is how an act is called and what it says before it is done.
type memberActWords struct {
	Group, Heading, Button string
	Does                   []string // what happens; the counts come after it
	Counts                 bool     // it ends sessions and revokes apps
	Stays                  string   // what does not change, and whether it can be undone
	Keep                   string   // the way back, which says what stays
	Danger                 bool
}

// sessionAccess is what ends with a session besides itself.
const sessionAccess = "Apps lose the access that was to last as long as the session. What they hold beyond it stays."

var actWords = map[string]memberActWords{
	"unlock":              {Group: "Help", Heading: "Unlock this account?", Button: "Unlock account", Does: []string{"The lock and the count of wrong passwords are cleared."}, Stays: "The password stays. It locks again after many wrong ones.", Keep: "Keep locked"},
	"resend_verification": {Group: "Help", Heading: "Send a new confirmation email?", Button: "Send confirmation email", Does: []string{"A new link and code go to the address. Older ones stop working."}, Stays: "Nothing else changes.", Keep: "Do not send"},
	"send_reset":          {Group: "Help", Heading: "Send a link to choose a new password?", Button: "Send reset link", Does: []string{"An email with the link goes to the address. You do not see it."}, Stays: "The password stays until they choose another.", Keep: "Do not send"},
	"end_session":         {Group: "", Heading: "End this session?", Button: "End session", Does: []string{"The browser is signed out at its next page.", sessionAccess}, Stays: "Other sessions stay. The member can sign in again.", Keep: "Keep session", Danger: true},
	"end_sessions":        {Group: "Access", Heading: "End all sessions?", Button: "End sessions", Does: []string{"The member is signed out everywhere.", sessionAccess}, Counts: true, Stays: "The member can sign in again. This cannot be undone.", Keep: "Keep sessions", Danger: true},
	"verify":              {Group: "Help", Heading: "Confirm this address for the member?", Button: "Confirm address", Does: []string{"The address counts as proven. Say below how you checked that it is theirs."}, Stays: "Nothing else changes. This cannot be undone.", Keep: "Leave unconfirmed"},
	"force_reset":         {Group: "Access", Heading: "Require a new password?", Button: "Require new password", Does: []string{"The password is refused, and an email asks the member to choose another."}, Counts: true, Stays: "Passkeys and apps for codes stay. You can accept the password again.", Keep: "Keep password", Danger: true},
	"lift_reset":          {Group: "Access", Heading: "Accept the password again?", Button: "Accept password", Does: []string{"The member can sign in with the password from before."}, Stays: "Ended sessions stay ended.", Keep: "Keep refused"},
	"remove_factor":       {Group: "", Heading: "Remove this second step?", Button: "Remove second step", Does: []string{"It stops proving who the member is. They get an email about it."}, Stays: "Their other second steps stay. They can add this one again.", Keep: "Keep it", Danger: true},
	"reset_factors":       {Group: "Access", Heading: "Remove every second step?", Button: "Remove every second step", Does: []string{"All passkeys, authenticator apps, recovery codes and trusted browsers go."}, Counts: true, Stays: "The password stays. This cannot be undone: the member adds new ones.", Keep: "Keep second steps", Danger: true},
	"suspend":             {Group: "Account", Heading: "Suspend this member?", Button: "Suspend member", Does: []string{"Nobody can sign in to the account, and apps lose access at once. The member gets an email."}, Counts: true, Stays: "Nothing is deleted. You can lift it at any time; ended sessions stay ended.", Keep: "Keep active", Danger: true},
	"unsuspend":           {Group: "Account", Heading: "Lift the suspension?", Button: "Lift suspension", Does: []string{"The member can sign in again and gets an email."}, Stays: "Ended sessions and revoked apps stay so.", Keep: "Keep suspended"},
	"rename":              {Group: "Account", Heading: "Change the name?", Button: "Change name", Does: []string{"Apps that may see the name see the new one."}, Stays: "The email address stays.", Keep: "Keep the name"},
	"grant_role":          {Group: "Account", Heading: "Give this member a role?", Button: "Give role", Does: []string{"They can open the operator area. They and all administrators get an email."}, Stays: "You can take the role away again.", Keep: "Leave as it is", Danger: true},
	"revoke_role":         {Group: "Account", Heading: "Take the role away?", Button: "Take role away", Does: []string{"The operator area closes for them at once, and whatever they view as a member. They and all administrators get an email."}, Counts: true, Stays: "Their account stays as a member's. They can sign in again.", Keep: "Keep role", Danger: true},
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

// usualReasons are offered first; each is long enough to stand alone.
var usualReasons = []option{
	{"", "Another reason"},
	{"The member asked for it", "The member asked for it"},
	{"Signs of a stolen account", "Signs of a stolen account"},
	{"Breaks the terms of use", "Breaks the terms of use"},
	{"Correction of a mistake", "Correction of a mistake"},
}
