package views

import (
	"net/url"
	"time"
)

// MembersPage lists people for operators.
type MembersPage struct {
	Form         MembersForm
	Counts       []MemberCount
	Rows         []MemberRow
	Newer, Older string // hrefs of the neighbour pages; empty: there is none
	Shape        ListShape
	Partial      bool // the search matches too many to be looked through
	MayAdd       bool
	MayBulk      bool
	Bulk         Errors // of an act on many
	MayExport    bool
}

// MembersForm is what GET /admin/users is asked for.
type MembersForm struct {
	Query                string // the start of an address, a domain, a word of the name, or an id
	State                string // one of memberStates; empty: all
	Role, Factor         string
	Review               string // "open": something about them needs a person
	Client, ClientName   string // whom they use or used // oauth
	JoinedFrom, JoinedTo string // days, as date fields give them
	SeenFrom, SeenTo     string
	Errors               Errors
}

// MemberRow is one person.
type MemberRow struct {
	ID, Name, Email       string
	Role                  string   // empty: a member
	States                []string // badges: "Suspended", "Locked"
	Apps, Passkeys, Codes int
	Sessions              int
	LastSeen              time.Time // zero: never
	Joined                time.Time
}

// The choices of the filter.
var (
	memberStates = []option{
		{"", "All"}, {"active", "Active"}, {"unverified", "Not confirmed"}, {"locked", "Locked"}, {"suspended", "Suspended"}, {"reset-required", "Reset required"}, {"operator", "Operators"},
	}
	memberRoles   = []option{{"", "Any"}, {"auditor", "Auditor"}, {"support", "Support"}, {"administrator", "Administrator"}}
	memberFactors = []option{{"", "Any"}, {"none", "No second step"}, {"app", "Authenticator app"}, {"passkey", "Passkey"}, {"codes-low", "Few recovery codes left"}}
	memberReviews = []option{{"", "Any"}, {"open", "Needs review"}}
	memberSorts   = []option{{"joined", "Newest"}, {"seen", "Last seen"}, {"address", "Address"}}
)

// MemberList is the list of members.
var MemberList = List{Name: "members", columns: []option{{"state", "State"}, {"second-step", "Second step"}, {"sessions", "Sessions"}, {"joined", "Joined"}}, sorts: memberSorts}

// Selection is this filter in an address.
func (f MembersForm) Selection() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{
		"q": f.Query, "state": f.State, "role": f.Role, "factor": f.Factor, "review": f.Review,
		"client":      f.Client, // oauth
		"joined_from": f.JoinedFrom, "joined_to": f.JoinedTo, "seen_from": f.SeenFrom, "seen_to": f.SeenTo,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

func (f MembersForm) filtered() bool { return len(f.Selection()) > 0 }

// rare tells whether a filter is set that is usually folded away.
func (f MembersForm) rare() bool {
	rest := f.Selection()
	rest.Del("q")
	rest.Del("state")
	return len(rest)+len(f.Errors) > 0
}

// chips are the active filters.
func (f MembersForm) chips() []filterChip {
	return chipsOf(membersPath, f.Selection(),
		filterWords{"q", "Starts with " + f.Query}, filterWords{"state", labelOf(memberStates, f.State)}, filterWords{"role", labelOf(memberRoles, f.Role)}, filterWords{"factor", labelOf(memberFactors, f.Factor)},
		filterWords{"review", labelOf(memberReviews, f.Review)},
		filterWords{"client", f.clientChip()}, // oauth
		filterWords{"joined_from", "Joined from " + f.JoinedFrom}, filterWords{"joined_to", "Joined until " + f.JoinedTo}, filterWords{"seen_from", "Seen from " + f.SeenFrom}, filterWords{"seen_to", "Seen until " + f.SeenTo})
}

// factorWords are what proves who somebody is, besides a password.
func (r MemberRow) factorWords() string {
	switch {
	case r.Apps > 0 && r.Passkeys > 0:
		return count(r.Apps, "app") + ", " + count(r.Passkeys, "passkey")
	case r.Apps > 0:
		return count(r.Apps, "app")
	}
	return count(r.Passkeys, "passkey")
}

// codesLeft says so where few recovery codes are left.
func (r MemberRow) codesLeft() string {
	if r.Apps+r.Passkeys == 0 || r.Codes > 3 {
		return ""
	}
	return count(r.Codes, "recovery code") + " left"
}

func memberPath(id string) string { return membersPath + "/" + id }

// shape is how the list is drawn: a filter has one order.
func (p MembersPage) shape() ListShape {
	if p.Form.filtered() {
		return p.Shape.fixed()
	}
	return p.Shape
}
