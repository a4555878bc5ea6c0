package views

import (
	"cmp"
	"slices"
)

const (
	clientsPath  = adminPath + "/clients"
	consentsPath = adminPath + "/consents"
	keysPath     = adminPath + "/keys"
	tokensPath   = adminPath + "/tokens"

	findTokenPath = tokensPath + "/find"
)

func consentPath(id string) string { return consentsPath + "/" + id }

func tokenPath(id string) string { return tokensPath + "/" + id }

func accessTokenPath(family, id string) string { return tokenPath(family) + "/access/" + id }

// tokenStates are the links of the filter.
var tokenStates = []option{{"", "All"}, {"active", "Active"}, {"over", "Run out"}, {"revoked", "Revoked"}, {"reused", "Reuse detected"}}

// TokenState tells whether a value is one of the filter's.
func TokenState(value string) bool { return label(tokenStates, value) != "" }

// familyStates is what the states of a family of tokens are called.
var familyStates = []option{{"active", "Active"}, {"used up", "Used up"}, {"expired", "Expired"}, {"revoked", "Revoked"}, {"reused", "Reuse detected"}}

// familyKinds is what the kinds of a family of tokens are called.
var familyKinds = []option{{"refresh", "With a refresh token"}, {"access", "Access token only"}, {"own", "Acts for itself"}}

// familyEnds says why a family of tokens ended before its time.
var familyEnds = []option{
	{"refresh_reuse", "A refresh token was used again after it was replaced"}, {"code_replay", "A code was used a second time"},
	{"operator", "An operator revoked it"}, {"app_revoked", "What the member allowed was revoked"}, {"family_ended", "The member revoked it"},
	{"token_revoked", "The client revoked it"}, {"client_disabled", "The client was disabled"}, {"too_many_families", "The member had too many sign-ins at this client"},
	{"session_ended", "The session it began in ended"}, {"account_disabled", "The account was suspended"}, {"account_revoked", "All access to the account was revoked"},
	{"account_deleted", "The account was deleted"},
}

// familyEndWords is the sentence of an end, or its word where there is none.
func familyEndWords(reason string) string { return cmp.Or(label(familyEnds, reason), reason) }

func clientPath(id string) string { return clientsPath + "/" + id }

// clientKinds is what the kinds of clients are called.
var clientKinds = []option{
	{"web", "Web app"}, {"native", "Installed app"}, {"browser", "Browser app"}, {"service", "Service"}, {"resource_server", "API"},
}

// clientKindSentences say which kind to choose.
var clientKindSentences = map[string]string{
	"web":             "Runs on a server, which keeps a secret. Members sign in with it.",
	"native":          "Runs on the computer or phone of a member, and keeps no secret.",
	"browser":         "Runs in the browser of a member alone, and keeps no secret.",
	"service":         "Acts for itself, without a member.",
	"resource_server": "Only asks whether an access it was shown still holds.",
}

// clientProofs is what the ways to prove a client are called.
var clientProofs = []option{
	{"client_secret_basic", "Secret in a header"}, {"client_secret_post", "Secret in the form"}, {"none", "No secret"},
}

// clientGrants is what a client may do by each grant.
var clientGrants = []option{
	{"authorization_code", "Signs members in"}, {"refresh_token", "Refreshes its access"}, {"client_credentials", "Acts for itself"},
}

// clientOrigins is who made a client.
var clientOrigins = []option{{"admin", "Operator"}, {"cli", "Command line"}}

// clientStates are the links of the filter.
var clientStates = []option{{"", "All"}, {"enabled", "Enabled"}, {"disabled", "Disabled"}}

// clientWants are what a list of clients may be narrowed to, to look after them.
var clientWants = []option{{"unverified", "Not verified"}, {"unused", "Unused for 90 days"}, {"old-secret", "Secret older than a year"}}

// ClientState, ClientWant and the like tell whether a value is one of the filter's.
func ClientState(value string) bool { return label(clientStates, value) != "" }

// ClientWant tells whether a value is one of the filter's.
func ClientWant(value string) bool { return label(clientWants, value) != "" }

// ClientKind tells whether a value is one of the filter's.
func ClientKind(value string) bool { return label(clientKinds, value) != "" }

// ClientProof tells whether a value is one of the filter's.
func ClientProof(value string) bool { return label(clientProofs, value) != "" }

// ClientGrant tells whether a value is one of the filter's.
func ClientGrant(value string) bool { return label(clientGrants, value) != "" }

// ClientOrigin tells whether a value is one of the filter's.
func ClientOrigin(value string) bool { return label(clientOrigins, value) != "" }

// scopeOptions are the scopes to choose from, as clients name them. One that is chosen and not among them was there once.
func scopeOptions(scopes []string, chosen string) (options []option) {
	if chosen != "" && !slices.Contains(scopes, chosen) {
		scopes = append(slices.Clone(scopes), chosen)
	}
	for _, name := range scopes {
		options = append(options, option{name, name})
	}
	return options
}

// label is what a value of a list is called; empty for none of it.
func label(options []option, value string) string {
	i := slices.IndexFunc(options, func(o option) bool { return o.Value == value })
	if i < 0 {
		return ""
	}
	return options[i].Label
}

// orAny puts the choice of no filter before others.
func orAny(options []option) []option { return append([]option{{"", "Any"}}, options...) }

var oauthActs = map[string]questionWords{
	"verify":        {Heading: "Vouch for this client?", Button: "Verify client", Does: []string{"Its consent page says that you verified it, and members may have their answer remembered."}, Stays: "It may do no more than before. You can take it back.", Keep: "Leave unverified"},
	"unverify":      {Heading: "Stop vouching for this client?", Button: "Remove verification", Does: []string{"Its consent page warns that nobody verified it."}, Stays: "What members allowed stays. You can verify it again.", Keep: "Keep verified"},
	"rotate-secret": {Heading: "Make a new secret?", Button: "Rotate secret", Does: []string{"The new secret is shown once, to you. The old one ends when you say below."}, Stays: "Sign-ins and consents stay. An ended secret cannot come back.", Keep: "Keep the secret"},
	"end-secret":    {Heading: "End the old secret now?", Button: "End old secret", Does: []string{"A server that still uses the old secret is refused at once."}, Stays: "The new secret works on. This cannot be undone.", Keep: "Let it run out", Danger: true},
	"disable":       {Heading: "Disable this client?", Button: "Disable client", Does: []string{"It stops everywhere at once, and all that it was given ends."}, Stays: "Consents stay and do nothing. Enabled again, it begins anew: what ended stays ended.", Keep: "Keep enabled", Danger: true},
	"enable":        {Heading: "Enable this client?", Button: "Enable client", Does: []string{"Members can sign in with it again."}, Stays: "Nothing that ended comes back.", Keep: "Keep disabled"},
	"delete":        {Heading: "Delete this client?", Button: "Delete client", Does: []string{"The client, its secrets and all consents to it are deleted for good."}, Stays: "The audit log stays. This cannot be undone.", Keep: "Keep client", Danger: true},

	"revoke-consent": {Heading: "Revoke this access?", Button: "Revoke access", Does: []string{"The client loses what this member allowed, at once."}, Stays: "The member can allow it again. What ended stays ended.", Keep: "Keep access", Danger: true},

	"revoke-token":  {Heading: "Revoke this access token?", Button: "Revoke token", Does: []string{"The client can no longer use this token, at once."}, Stays: "The sign-in goes on: with a refresh token the client gets another one.", Keep: "Keep token", Danger: true},
	"revoke-family": {Heading: "Revoke this sign-in?", Button: "Revoke sign-in", Does: []string{"Every token of it stops working, at once."}, Stays: "What was allowed stays allowed. What ended stays ended.", Keep: "Keep sign-in", Danger: true},
	"revoke-app":    {Heading: "Revoke every sign-in of this member at this client?", Button: "Revoke all of this member here", Does: []string{"Every token that the client has for this member stops working, at once."}, Stays: "What the member allowed stays allowed, so they may not be asked again. What ended stays ended.", Keep: "Keep sign-ins", Danger: true},
	"revoke-tokens": {Heading: "Revoke every token of this client?", Button: "Revoke all tokens", Does: []string{"Every token of this client stops working at once, for all members and for itself."}, Stays: "The client stays enabled and may ask anew. Consents stay. What ended stays ended.", Keep: "Keep tokens", Danger: true},

	"announce-keys": {Heading: "Announce new keys?", Button: "Announce keys", Does: []string{"New keys are published now and sign in ten minutes, when clients have read them."}, Stays: "The keys of now stay published for 48 hours after that.", Keep: "Keep the keys"},
	"rotate-keys":   {Heading: "Rotate the keys now?", Button: "Rotate keys", Does: []string{"New keys sign at once. A client that has not read them yet refuses sign-ins for five minutes."}, Stays: "The keys of now stay published for 48 hours.", Keep: "Keep the keys", Danger: true},
	"activate-key":  {Heading: "Let this key sign now?", Button: "Activate key", Does: []string{"It signs at once. A client that has not read it yet refuses sign-ins for five minutes."}, Stays: "The key that signs now stays published for 48 hours.", Keep: "Wait for its time"},
	"retire-key":    {Heading: "Stop publishing this key?", Button: "Retire key", Does: []string{"What it signed can no longer be checked by clients that read the keys again."}, Stays: "Other keys stay. This cannot be undone.", Keep: "Keep it published", Danger: true},
	"revoke-key":    {Heading: "Revoke this key?", Button: "Revoke key", Does: []string{"Nothing it signed counts any more. If it signs now, a new key takes its place at once."}, Stays: "Clients may believe it for five minutes more: so long they keep what they read.", Keep: "Keep the key", Danger: true},
}

// oauthActGroups are the headings of the menus of acts on clients and sign-ins, and what stands under each; danger last.
var oauthActGroups = []struct {
	heading string
	acts    []string
}{
	{"Help", []string{"verify", "unverify", "rotate-secret", "enable"}},
	{"Access", []string{"revoke-tokens", "revoke-family", "revoke-app"}},
	{"Client", []string{"disable", "delete"}},
}

// oauthMenu sorts acts into their groups, in the order given.
func oauthMenu(acts []string, address func(act string) string) (groups []menuGroup) {
	for _, one := range oauthActGroups {
		group := menuGroup{Heading: one.heading}
		for _, act := range acts {
			if slices.Contains(one.acts, act) {
				group.Links = append(group.Links, menuAct{"do-" + act, address(act), oauthActs[act].Button})
			}
		}
		if len(group.Links) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

func (h ClientHead) menu() []menuGroup {
	return oauthMenu(h.Acts, func(act string) string { return clientPath(h.ID) + "/" + act })
}

func (p TokenPage) menu() []menuGroup { return oauthMenu(p.Acts, p.actPathOf) }

// oauthReasons are the usual ones.
var oauthReasons = usually("Its owner asked for it", "Planned change or rotation", "Signs of abuse or a leak", "Correction of a mistake")

// overlaps are how long an old secret may go on.
var overlaps = []option{{"0h", "At once"}, {"24h", "In 24 hours"}, {"168h", "In 7 days"}}

// hasScope is the one place that says a list is empty.
func orNone(list []string) []string {
	if len(list) == 0 {
		return []string{"None"}
	}
	return list
}
