package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const auditPath = adminPath + "/audit"

// shortAddress is the length of the longest IPv4 address: up to it, an address stays on one line.
const shortAddress = len("255.255.255.255")

// AuditPage lists the audit log for operators.
type AuditPage struct {
	Form         AuditForm
	Meant        []AuditParty // whom Form.Person names
	Families     []AuditFamily
	Views        []AuditView
	Rows         []AuditRow
	Newer, Older string // hrefs of the neighbour pages; empty: there is none
	Shape        ListShape
	MayExport    bool
}

// AuditList is the audit log, also what it says of one client.
var AuditList = List{Name: "audit", Rows: 50, columns: []option{{"when", "When"}, {"who", "Who"}, {"about", "About"}, {"outcome", "Outcome"}, {"address", "Address"}}}

// AuditForm is GET /admin/audit.
type AuditForm struct {
	Person, Part                    string
	Outcome                         string
	Operators, ViewedAs             bool
	Client, Address, Request, Batch string
	Days                            int
	From, To                        string   // days, as date fields give them
	What                            []string // families and actions
	Errors                          Errors
}

// AuditFamily is a family of actions, each of which can be asked for.
type AuditFamily struct {
	Name    string
	Actions []AuditAction
}

// AuditAction is one kind of event.
type AuditAction struct{ Name, Label string }

// AuditRow is one event in a list.
type AuditRow struct {
	ID, What, Code string // Code is the action: "auth.sign_in"
	Severity       string // a badge, where it asks for attention
	Outcome        string // a badge: "Failed"
	At             time.Time
	Who, As, About AuditParty // As: the member as whom an operator acted
	Address        string
}

// AuditParty is somebody or something in an event.
type AuditParty struct {
	Label  string // a name, or what kind of thing it is; empty: there is nobody
	Code   string // an id that is shown
	Member string // the id of a member who has a record
}

// The names of the fields are those of the address.
func (f AuditForm) query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{
		"person": f.Person, "part": f.Part, "outcome": f.Outcome, "client": f.Client, "address": f.Address, "request": f.Request, "batch": f.Batch, "from": f.From, "to": f.To,
		"operators": checked(f.Operators), "viewed_as": checked(f.ViewedAs),
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if f.Days > 0 {
		query.Set("days", strconv.Itoa(f.Days))
	}
	for _, what := range f.What {
		query.Set(AuditWhat+what, "on")
	}
	return query
}

// Query is the query of the address of this search.
func (f AuditForm) Query() string { return f.query().Encode() }

// AuditWhat is what the name of a check box for a family or an action begins with.
const AuditWhat = "what."

func checked(is bool) string {
	if is {
		return "on"
	}
	return ""
}

// auditAll is the list without a filter, also for who sees another first.
const auditAll = auditPath + "?all=on"

func auditHref(path string, query url.Values) string {
	if len(query) == 0 && path == auditPath {
		return auditAll
	}
	return pathWith(path, query)
}

// without is this list without some of its filters.
func (f AuditForm) without(names ...string) string {
	query := f.query()
	for _, name := range names {
		query.Del(name)
	}
	return auditHref(auditPath, query)
}

// within is this list, so many days back.
func (f AuditForm) within(days string) string {
	query := f.query()
	query.Del("from")
	query.Del("to")
	query.Del("days")
	if days != "" {
		query.Set("days", days)
	}
	return auditHref(auditPath, query)
}

func (f AuditForm) days() string {
	if f.Days == 0 {
		return ""
	}
	return strconv.Itoa(f.Days)
}

func (f AuditForm) filtered() bool { return len(f.query()) > 0 }

// rare tells whether a field is in use that is not shown until it is asked for.
func (f AuditForm) rare() bool {
	return f.Client != "" || f.Address != "" || f.Request != "" || f.Batch != "" || f.From != "" || f.To != "" || len(f.Errors) > 0
}

func (f AuditForm) asks(what string) bool { return slices.Contains(f.What, what) }

func (f AuditForm) asksIn(family AuditFamily) bool {
	return slices.ContainsFunc(family.Actions, func(a AuditAction) bool { return f.asks(a.Name) })
}

// chips are the filters in use.
func (p AuditPage) chips() (chips []filterChip) {
	f := p.Form
	add := func(label string, names ...string) { chips = append(chips, filterChip{label, f.without(names...)}) }
	if f.Person != "" {
		add(strings.TrimSpace(labelOf(auditParts, f.Part)+" "+f.Person), "person", "part")
	}
	for _, what := range f.What {
		add(p.called(what), AuditWhat+what)
	}
	if f.Outcome != "" {
		add(labelOf(auditOutcomes, f.Outcome), "outcome")
	}
	if f.Operators {
		add("Operator actions", "operators")
	}
	if f.ViewedAs {
		add("As a member", "viewed_as")
	}
	for _, typed := range []struct{ name, label, value string }{
		{"client", "Client", f.Client}, {"address", "Address", f.Address}, {"request", "Request", f.Request}, {"batch", "Batch", f.Batch}, {"from", "From", f.From}, {"to", "To", f.To},
	} {
		if typed.value != "" {
			add(typed.label+" "+typed.value, typed.name)
		}
	}
	if f.Days > 0 {
		add(labelOf(auditSpans, f.days()), "days")
	}
	return chips
}

// called is what a family or an action is called.
func (p AuditPage) called(what string) string {
	for _, family := range p.Families {
		if family.Name == what {
			return familyLabel(what)
		}
		for _, action := range family.Actions {
			if action.Name == what {
				return action.Label
			}
		}
	}
	return what
}

func labelOf(options []option, value string) string {
	for _, o := range options {
		if o.Value == value && value != "" {
			return o.Label
		}
	}
	return ""
}

var (
	auditParts    = []option{{"", "In any part"}, {"actor", "Who did it"}, {"effective", "As whom"}, {"target", "About"}}
	auditOutcomes = []option{{"", "Any outcome"}, {"success", "Succeeded"}, {"failure", "Failed"}, {"refused", "Refused"}}
	auditSpans    = []option{{"", "All"}, {"1", "24 hours"}, {"7", "7 days"}, {"30", "30 days"}}
)

// auditShortcuts are searches that come with the house.
var auditShortcuts = []struct {
	Label string
	Form  AuditForm
}{
	{"Failed sign-ins today", AuditForm{What: []string{"auth.sign_in"}, Outcome: "failure", Days: 1}},
	{"Operator actions this week", AuditForm{Operators: true, Days: 7}},
	{"As a member", AuditForm{ViewedAs: true}},
	{"Policy changes", AuditForm{What: []string{"admin.setting.change", "admin.setting.revert"}}},
	{"Refused", AuditForm{Outcome: "refused"}},
	{"Reuse detected", AuditForm{What: []string{"oauth.code.replay", "oauth.refresh.reuse"}}}, // oauth
}

// familyLabels is what families of actions are called.
var familyLabels = map[string]string{
	"auth": "Signing in", "session": "Sessions", "mfa": "Second step", "passkey": "Passkeys", "account": "Accounts", "admin": "Operators", "app": "The product",
	"oauth": "Clients and access", // oauth
}

func familyLabel(family string) string {
	if label := familyLabels[family]; label != "" {
		return label
	}
	return family
}

func auditEventPath(id string) string { return auditPath + "/" + id }
