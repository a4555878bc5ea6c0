package main

import (
	"testing"

	"latchkey/auth"
	"latchkey/models"
)

// aBatch is one that suspends somebody new, brought into a state.
func (s *sweep) aBatch(t *testing.T, email, state string) models.Batch {
	t.Helper()
	now := s.clock.Now()
	b := models.Batch{ID: models.NewID(), Act: "suspend", State: models.BatchReady, OperatorID: s.idOf(t, "admin@example.test"), CreatedAt: now}
	s.must(t, s.db.InTx(t.Context(), func(tx *models.Tx) error { return tx.CreateBatch(t.Context(), &b) }))
	member := models.BatchMember{BatchID: b.ID, Position: 1, MemberID: s.idOf(t, s.newPerson(t, email)), State: models.BatchMemberWaiting}
	if state == models.BatchDone {
		member.State = models.BatchMemberDone
	}
	s.must(t, s.db.AddToBatch(t.Context(), []models.BatchMember{member}))
	s.must(t, s.db.CountBatch(t.Context(), b.ID))
	if state != models.BatchReady {
		s.must(t, s.db.MoveBatch(t.Context(), b.ID, models.BatchReady, state))
	}
	return b
}

// batchVersion is what the question about a batch carries.
func (s *sweep) batchVersion(t *testing.T, id string) string {
	t.Helper()
	b, err := s.db.BatchByID(t.Context(), id)
	s.must(t, err)
	version, err := auth.BatchRecord{Batch: b}.Version()
	s.must(t, err)
	return version
}

// batchPlaces are addresses of a batch that is not started.
func (s *sweep) batchPlaces(t *testing.T, places map[string]string) {
	t.Helper()
	path := "/admin/batches/" + s.aBatch(t, "batch-"+models.NewID()+"@example.test", models.BatchReady).ID
	for _, act := range []string{"", "/failures.csv", "/failures.ndjson", "/undo", "/start", "/pause", "/resume", "/cancel"} {
		places["/admin/batches/{id}"+act] = path + act
	}
}

// batchForms are the forms about acts on many members.
func (s *sweep) batchForms(t *testing.T, admin *actor, forms map[string]filled, places map[string]string) {
	t.Helper()
	ticked := s.idOf(t, s.newPerson(t, "act-bulk@example.test"))
	forms["POST /admin/users/bulk"] = filled{by: admin, form: fields("act", "suspend", "member", ticked, "query", "state=active"), want: "record", changes: "batch_members batches"}
	undo := s.aBatch(t, "act-bulk-undo@example.test", models.BatchDone)
	places["/admin/batches/{id}/undo"] = "/admin/batches/" + undo.ID + "/undo"
	forms["POST /admin/batches/{id}/undo"] = filled{by: admin, form: fields(), want: "record", changes: "batches river_job"}
	for act, c := range map[string]struct{ state, changes string }{
		"start": {models.BatchReady, "batches river_job"}, "pause": {models.BatchRunning, "batches"}, "resume": {models.BatchPaused, "batches river_job"}, "cancel": {models.BatchRunning, "batches"},
	} {
		b := s.aBatch(t, "act-bulk-"+act+"@example.test", c.state)
		places["/admin/batches/{id}/"+act] = "/admin/batches/" + b.ID + "/" + act
		forms["POST /admin/batches/{id}/"+act] = filled{by: admin, form: fields("reason", "Accounts made by a machine", "version", s.batchVersion(t, b.ID)), want: "record", changes: c.changes}
	}
}
