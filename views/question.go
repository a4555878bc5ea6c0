package views

import (
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// question is what an operator is asked before an act.
type question struct {
	Words        questionWords
	Action, Back string          // where the answer goes, and where the way back leads
	About        string          // what the act is done to; empty: the words say it
	Head         templ.Component // says it instead, where it takes more
	Asks         []string        // the fields of its children, in their order
	Reasons      []option        // the usual ones; nil: no reason is asked
	Typed        input           // the field that keeps from a slip; without a name there is none
	Changed      bool            // since it was asked before
	Form         ReasonForm
}

// questionWords is how an act is called, and what it says before it is done.
type questionWords struct {
	Heading, Button string
	Does            []string // what happens
	Stays           string   // what does not change, and whether it can be undone
	Keep            string   // the way back, which says what stays
	Danger          bool     // it takes something away
}

// ReasonForm is what every question takes: why, and the state it was decided on. Forms that ask more embed it.
type ReasonForm struct {
	Version string `form:"version"`
	Usual   string `form:"usual"` // one of the usual reasons; may be empty
	Reason  string `form:"reason"`
	Errors  Errors `form:"-"`
}

// WholeReason is what the two fields about the reason say together.
func (f *ReasonForm) WholeReason() string {
	switch {
	case f.Usual == "":
		return f.Reason
	case f.Reason == "":
		return f.Usual
	}
	return f.Usual + ": " + f.Reason
}

// Reject keeps what was wrong with the answer, for when it is asked again.
func (f *ReasonForm) Reject(errs Errors) { f.Errors = errs }

// fields are all of the form in the order of the page, as the summary of errors names them.
func (q question) fields() []string {
	fields := append(slices.Clone(q.Asks), "usual", "reason")
	if q.Typed.Name != "" {
		fields = append(fields, q.Typed.Name)
	}
	return fields
}

// usually are reasons to choose from, each long enough to stand alone.
func usually(reasons ...string) []option {
	options := []option{{"", "Another reason"}}
	for _, reason := range reasons {
		options = append(options, option{reason, reason})
	}
	return options
}

// The usual reasons, by what an act is about.
var (
	memberReasons  = usually("The member asked for it", "Signs of a stolen account", "Breaks the terms of use", "Correction of a mistake")
	bulkReasons    = usually("Accounts made by a machine", "Signs of stolen passwords", "Breaks the terms of use", "Correction of a mistake")
	jobReasons     = usually("The cause of the fault is gone", "It is not needed any more", "Planned work on the system", "It has to be done sooner")
	mailReasons    = usually("The member asked for it", "The address does not exist", "The mailbox works again", "Complaint about our mails")
	noteReasons    = usually("Written to the wrong member", "It is not true any more", "The member asked for it", "It says more than it should")
	reviewReasons  = usually("Looked into, nothing was wrong", "Known, somebody works on it", "Expected after a planned change")
	sessionReasons = usually("Signs of stolen accounts", "Signs of an automated attack", "A lost or shared computer")
	settingReasons = usually("Decided by whoever owns it", "Answer to an incident", "Correction of a mistake", "A trial, to be put back")
	viewReasons    = usually("The member asked for help", "To see a fault they reported", "To check what they see")
	stopReasons    = usually("The member asked for it", "It runs for no good reason", "The question is answered")
	addReasons     = usually("They asked for an account", "Ordered for a colleague", "A test of the system")
)

// LastChange is the last thing that was done to what a question is about: what, by whom and when.
type LastChange struct {
	What, Who string
	At        time.Time
	Event     string // the id of its row in the audit log
}

// opened is when the question was first asked, as its form keeps it.
func (p *Page) opened() string {
	if p.Opened.IsZero() {
		return strconv.FormatInt(p.now().UnixMicro(), 10)
	}
	return strconv.FormatInt(p.Opened.UnixMicro(), 10)
}

// lastChange is nil where nobody can tell.
func (p *Page) lastChange() *LastChange {
	if p.Changed == nil {
		return nil
	}
	return p.Changed()
}
