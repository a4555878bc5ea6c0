package views

import "time"

// batchSamples are the list of acts on many, and one of them in each state.
func batchSamples() []Sample {
	by := AuditParty{Label: "Grace Adjei", Member: "M3"}
	ready := BatchRow{ID: "B1", Act: "suspend", State: "ready", By: by, Made: sampleNow.Add(-2 * time.Minute), Waiting: 12431, Same: 17, Refused: 2}
	running, done, undo := ready, ready, ready
	running.State, running.Reason, running.Waiting, running.Done, running.Failed = "running", "Accounts made by a machine", 8230, 4200, 1
	done.State, done.Reason, done.Waiting, done.Done, done.Failed, done.Finished = "done", "Accounts made by a machine", 0, 12428, 3, sampleNow
	undo.ID, undo.Act, undo.State, undo.UndoOf, undo.Waiting, undo.Same, undo.Refused = "B2", "unsuspend", "collecting", "B1", 0, 0, 0
	examples := []BatchLine{
		{Member: AuditParty{Label: "Ada Osei", Member: "M1"}, Email: "ada@example.test", State: "waiting"},
		{Member: AuditParty{Label: "a.rather.long.address.of.somebody@department.example.test", Member: "M2"}, Email: "a.rather.long.address.of.somebody@department.example.test", State: "waiting"},
	}
	problems := []BatchLine{
		{Member: AuditParty{Label: "Grace Adjei", Member: "M3"}, Email: "grace@example.test", State: "refused", Why: "self"},
		{Member: AuditParty{Label: "An account that is gone", Code: "M9"}, State: "failed", Why: "gone"},
	}
	at, one := operatorOn(batchesPath), operatorOn(ready.path())
	page := func(row BatchRow, change func(*BatchPage)) Sample {
		p := BatchPage{BatchRow: row, MayAct: true, MayExport: true}
		if change != nil {
			change(&p)
		}
		return Sample{Name: "batch-" + row.State, Page: one.in(Batch(p))}
	}
	paused, cancelled, tooMany, nobody := running, running, undo, ready
	paused.State, cancelled.State, tooMany.State, nobody.Waiting = "paused", "cancelled", "too-many", 0
	ask := func(act string, row BatchRow, form ReasonForm) Sample {
		form.Version = "v1"
		return Sample{Name: "batch-" + act + "-question", Page: one.in(BatchAct(BatchActPage{Act: act, Batch: row, Form: form, Changed: act == "resume"})), OtherWords: act != "start"}
	}
	none := page(nobody, nil)
	none.Name, none.OtherWords = "batch-nobody", true
	half, passwords := undo, ready
	passwords.Act = "force_reset"
	half.State, half.Waiting, half.Changed = "ready", 12411, 17
	back := page(half, func(p *BatchPage) {
		p.Problems = []BatchLine{{Member: examples[0].Member, State: "changed", Why: "anew"}, {Member: examples[1].Member, Email: examples[1].Email, State: "changed", Why: "over"}}
	})
	back.Name = "batch-undo"
	return []Sample{
		{Name: "batches", Page: at.in(Batches(BatchesPage{Shape: sampleShape(BatchList, batchesPath), Rows: []BatchRow{undo, ready, running, done}, Older: batchesPath + "?older=c2FtcGxl"}))},
		{Name: "batches-none", Page: at.in(Batches(BatchesPage{}))},
		page(ready, func(p *BatchPage) { p.Examples, p.Problems = examples, problems[:1] }),
		page(running, func(p *BatchPage) { p.Examples = examples }),
		page(done, func(p *BatchPage) { p.Problems, p.Undo = problems, "unsuspend" }),
		page(paused, nil), page(cancelled, func(p *BatchPage) { p.UndoneBy = "B2" }), page(undo, nil), page(tooMany, nil), none, back,
		ask("start", passwords, ReasonForm{Reason: "Why", Errors: Errors{"reason": "Say why in at least 10 characters"}}), ask("pause", running, ReasonForm{}), ask("resume", paused, ReasonForm{}), ask("cancel", running, ReasonForm{}),
	}
}
