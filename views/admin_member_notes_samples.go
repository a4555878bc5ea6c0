package views

import (
	"strings"
	"time"
)

// memberNoteSamples are the notes on a record, and the question before one goes.
func memberNoteSamples() []Sample {
	at, head := operatorOn(memberNotesPath("M1")), sampleHead()
	rows := []MemberNoteRow{
		{ID: "N1", Body: "Called about a lost phone.\nProved who she is by the invoice of March.", Author: "grace@example.test", Written: sampleNow.Add(-time.Hour), MayRemove: true},
		{ID: "N2", Body: strings.Repeat("Averylongwordwithoutanyspaceinit", 6), Written: sampleNow.AddDate(0, -2, 0)},
	}
	page := MemberNotesPage{MemberHead: head, Rows: rows, Older: memberNotesPath("M1") + "?older=c2FtcGxl", MayAdd: true}
	rejected := page
	rejected.Form = MemberNoteForm{Errors: Errors{"note": "Write the note first"}}
	ask := operatorOn(rows[0].removePath("M1"))
	return []Sample{
		{Name: "member-notes", Page: at.in(MemberNotes(page))},
		{Name: "member-notes-rejected", Page: at.in(MemberNotes(rejected))},
		{Name: "member-notes-none", Page: at.in(MemberNotes(MemberNotesPage{MemberHead: head})), OtherWords: true},
		{Name: "note-remove", Page: ask.in(RemoveNote(RemoveNotePage{Member: head, Note: rows[0]}))},
		{Name: "note-remove-rejected", Page: ask.in(RemoveNote(RemoveNotePage{Member: head, Note: rows[1], Form: ReasonForm{Reason: "Why", Errors: Errors{"reason": "Say why in at least 10 characters"}}})), OtherWords: true},
	}
}
