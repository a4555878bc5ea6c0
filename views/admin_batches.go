package views

import (
	"strings"
	"time"
)

const batchesPath = adminPath + "/batches"

// BatchesPage lists acts on many members.
type BatchesPage struct {
	Rows         []BatchRow
	Newer, Older string // hrefs of the neighbour pages; empty: there is none
	Shape        ListShape
}

// BatchList is the list of acts on many members.
var BatchList = List{Name: "batches"}

// BatchRow is one act on many members.
type BatchRow struct {
	ID, Act, State, Reason               string
	UndoOf                               string // the batch it takes back
	By                                   AuditParty
	Made, Finished                       time.Time // Finished zero: it is not over
	Waiting, Done, Same, Refused, Failed int
	Changed                              int // since the batch that it takes back
}

// BatchPage is one with what it would do, does or has done.
type BatchPage struct {
	BatchRow
	Examples  []BatchLine // of those it is or will be done to
	Problems  []BatchLine // of those it was not done to, and why
	Undo      string      // the act that would take it back; empty: none
	UndoneBy  string      // the batch that takes it back
	MayAct    bool
	MayExport bool
}

// BatchLine is a member of a batch.
type BatchLine struct {
	Member AuditParty
	Email  string
	State  string
	Why    string // of batchReasons
}

// BatchActPage asks before a batch starts, rests, goes on or ends.
type BatchActPage struct {
	Act     string
	Batch   BatchRow
	Changed bool
	Form    ReasonForm
}

// bulkActs are what can be done to many, danger last.
var bulkActs = []option{
	{"", "Choose what to do"}, {"resend_verification", "Send a new confirmation email"}, {"verify", "Confirm the addresses"}, {"end_sessions", "End all sessions"},
	{"force_reset", "Require a new password"}, {"unsuspend", "Lift the suspensions"}, {"suspend", "Suspend"},
}

// batchActWords is what an act on many is called, and what it does to each.
var batchActWords = map[string]struct{ Title, Button, Does, Stays string }{
	"suspend":             {"Suspend members", "Suspend", "Nobody can sign in to the accounts, and apps lose access. Each member gets an email.", "Nothing is deleted. You can take it back for a day."},
	"unsuspend":           {"Lift suspensions", "Lift suspension of", "The members can sign in again and get an email.", "Ended sessions stay ended."},
	"verify":              {"Confirm addresses", "Confirm addresses of", "The addresses count as proven. Say below how you checked them.", "This cannot be undone."},
	"resend_verification": {"Send confirmation emails", "Send emails to", "A new link and code go to each address. Older ones stop working.", "Nothing else changes. An address that got many lately gets none."},
	"force_reset":         {"Require new passwords", "Require new passwords of", "The passwords are refused, sessions end, and an email asks each member to choose another.", "Passkeys and apps for codes stay. You can take it back for a day."},
	"lift_reset":          {"Accept passwords again", "Accept passwords of", "The members can sign in with the passwords from before.", "Ended sessions stay ended."},
	"end_sessions":        {"End sessions", "End sessions of", "The members are signed out everywhere.", "They can sign in again. This cannot be undone."},
}

// batchMoveWords are the questions about a batch that has begun.
var batchMoveWords = map[string]questionWords{
	"pause":  {Heading: "Pause this batch?", Button: "Pause batch", Does: []string{"It rests within moments: a few members more may be done."}, Stays: "What is done stays done. You can resume it.", Keep: "Keep running"},
	"resume": {Heading: "Resume this batch?", Button: "Resume batch", Does: []string{"It goes on where it stands, as the operator who started it."}, Stays: "Each member is checked again before anything is done.", Keep: "Keep paused"},
	"cancel": {Heading: "Cancel this batch?", Button: "Cancel batch", Does: []string{"Nothing more is done by it."}, Stays: "What is done stays done. A cancelled batch cannot go on.", Keep: "Keep batch", Danger: true},
}

var batchStates = map[string]string{
	"collecting": "Collecting", "too-many": "Too many", "ready": "Not started", "running": "Running", "paused": "Paused", "cancelled": "Cancelled", "done": "Done",
}

// batchReasons say why something was not done to a member.
var batchReasons = map[string]string{
	"self": "This is your own account", "operator": "Only administrators act on operators", "role": "The role did not reach any more", "last_administrator": "The last administrator stays",
	"changed": "It had changed since the preview", "mailbox": "Too many emails went to this address lately", "gone": "The account is gone", "fault": "A fault of the program; its log has it",
	"over": "What the batch did does not stand any more", "anew": "It was taken back and done anew since",
}

func (r BatchRow) path() string { return batchesPath + "/" + r.ID }

func (r BatchRow) title() string { return batchActWords[r.Act].Title }

func (r BatchRow) total() int { return r.Waiting + r.Done + r.Same + r.Changed + r.Refused + r.Failed }

// settled is how many of those are through to whom it was to be done.
func (r BatchRow) settled() int { return r.Done + r.Failed }

// begun tells whether anything can have been done.
func (r BatchRow) begun() bool {
	return r.State == "running" || r.State == "paused" || r.State == "done" || r.settled() > 0
}

// moves tells whether the page is worth asking for again.
func (r BatchRow) moves() bool { return r.State == "collecting" || r.State == "running" }

func (r BatchRow) progress() string {
	return strings.Join([]string{"Done with", grouped(r.settled()), "of", grouped(r.settled() + r.Waiting)}, " ")
}

// startLabel names the act, and how many it is done to.
func (r BatchRow) startLabel() string {
	return batchActWords[r.Act].Button + " " + groupedCount(r.Waiting, "member")
}

func batchActWordsOf(p BatchActPage) questionWords {
	if p.Act != "start" {
		return batchMoveWords[p.Act]
	}
	words := batchActWords[p.Batch.Act]
	does := []string{words.Does, "It is done to " + groupedCount(p.Batch.Waiting, "member") + ", one after another."}
	if p.Batch.UndoOf != "" {
		does = append(does, "Who has changed since the batch stays as they are.")
	}
	if p.Batch.UndoOf != "" && p.Batch.Act == "suspend" {
		does = append(does, "Each suspension gets the end that it had.")
	}
	return questionWords{
		Heading: words.Title + "?", Button: p.Batch.startLabel(), Does: does, Stays: words.Stays, Keep: "Do not start",
		Danger: p.Batch.Act == "suspend" || p.Batch.Act == "force_reset" || p.Batch.Act == "end_sessions",
	}
}

func groupedCount(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}
