package views

import (
	"net/url"
	"time"
)

const allSessionsPath = adminPath + "/sessions"

// AllSessionsPage lists where people are signed in, everybody, and who views as whom.
type AllSessionsPage struct {
	Form         SessionsForm
	Rows         []AllSessionsRow
	Newer, Older string // hrefs of the neighbour pages; empty: there is none
	Shape        ListShape
	MayEnd       bool
}

// SessionList is the list of everybody's sessions.
var SessionList = List{Name: "sessions", columns: []option{{"browser", "Browser"}, {"address", "Address"}, {"started", "Started"}, {"last-seen", "Last seen"}, {"ends", "Ends"}}}

// SessionsForm is GET /admin/sessions.
type SessionsForm struct {
	Member, Address, Kind, Strength string
	From, To                        string // days
	Errors                          Errors
}

// AllSessionsRow is one session with whose it is.
type AllSessionsRow struct {
	SessionRow
	MemberID, Member string
	Strength         string // the level of assurance: "aal2"; empty for a view
	View, Operator   string // the view that it is of, and who views; empty: the member's own
	Ends             time.Time
}

var (
	sessionKinds     = []option{{"", "All"}, {"person", "Members' own"}, {"view-as", "Views as a member"}}
	sessionStrengths = []option{{"", "Any"}, {"aal1", "One step"}, {"aal2", "Two steps"}, {"phr", "Passkey"}}
)

// path is where the session is looked at.
func (r AllSessionsRow) path() string {
	if r.View != "" {
		return viewPath(r.View)
	}
	return memberPath(r.MemberID) + "/sessions"
}

// query is the filter as addresses write it.
func (f SessionsForm) query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"member": f.Member, "address": f.Address, "kind": f.Kind, "strength": f.Strength, "from": f.From, "to": f.To} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

func (f SessionsForm) filtered() bool { return len(f.query()) > 0 }

// rare tells whether a filter is set that is usually folded away.
func (f SessionsForm) rare() bool { return f.Strength+f.From+f.To != "" || len(f.Errors) > 0 }

// chips are the active filters.
func (f SessionsForm) chips() []filterChip {
	return chipsOf(allSessionsPath, f.query(), filterWords{"member", "Of " + f.Member}, filterWords{"address", "From " + f.Address}, filterWords{"kind", labelOf(sessionKinds, f.Kind)},
		filterWords{"strength", labelOf(sessionStrengths, f.Strength)}, filterWords{"from", "Started from " + f.From}, filterWords{"to", "Started until " + f.To})
}
