package auth_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// crowd makes people who have no password, and gives their ids.
func (st *site) crowd(n int) (ids []string) {
	st.t.Helper()
	for i := range n {
		u := models.User{Email: fmt.Sprintf("crowd%03d@example.test", i)}
		now := st.db.Now()
		u.EmailVerifiedAt = &now
		if err := st.db.CreateUser(context.Background(), &u); err != nil {
			st.t.Fatal(err)
		}
		ids = append(ids, u.ID)
	}
	return ids
}

func (st *site) preview(op auth.Operator, ask auth.BulkAsk) auth.BatchRecord {
	st.t.Helper()
	id, err := st.s.PreviewBatch(context.Background(), op, ask)
	if err != nil {
		st.t.Fatal(err)
	}
	st.work(id)
	return st.batch(op, id)
}

func (st *site) batch(op auth.Operator, id string) auth.BatchRecord {
	st.t.Helper()
	b, err := st.s.Batch(context.Background(), op, id)
	if err != nil {
		st.t.Fatal(err)
	}
	return b
}

// work is what a job does.
func (st *site) work(id string) {
	st.t.Helper()
	if more, err := st.s.WorkOnBatch(context.Background(), id); more || err != nil {
		st.t.Fatalf("more %v, %v", more, err)
	}
}

func (st *site) decidedOn(b auth.BatchRecord) auth.Act {
	st.t.Helper()
	version, err := b.Version()
	if err != nil {
		st.t.Fatal(err)
	}
	return auth.Act{Reason: "Accounts made by a machine", Version: version}
}

func (st *site) start(op auth.Operator, b auth.BatchRecord) {
	st.t.Helper()
	if err := st.s.StartBatch(context.Background(), op, b.ID, st.decidedOn(b)); err != nil {
		st.t.Fatal(err)
	}
}

func (st *site) move(op auth.Operator, move, id string) {
	st.t.Helper()
	if err := st.s.MoveBatch(context.Background(), op, move, id, st.decidedOn(st.batch(op, id))); err != nil {
		st.t.Fatalf("%s: %v", move, err)
	}
}

func (st *site) wantBatch(op auth.Operator, id, state string, waiting, done, same, refused, failed int) {
	st.t.Helper()
	b := st.batch(op, id)
	got, want := fmt.Sprint(b.State, b.Waiting, b.Done, b.Same, b.Refused, b.Failed), fmt.Sprint(state, waiting, done, same, refused, failed)
	if got != want {
		st.t.Errorf("the batch is %s, want %s", got, want)
	}
}

// TestBulkPreviewIsWhatRuns (D-14): whom the preview counted are those to whom it is done, by the rules of the single act and as
// the operator who started it; who came later is left alone, and what has changed since is told.
func TestBulkPreviewIsWhatRuns(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		admin, support := st.operatorWith("admin@example.test", auth.RoleAdministrator), st.operatorWith("support@example.test", auth.RoleSupport)
		ids := st.crowd(6)
		st.must(st.s.DisableUser(ctx, ids[0], "test", nil))
		before := modelstest.Digest(t, st.raw())
		var forbidden auth.Forbidden
		if _, err := st.s.PreviewBatch(ctx, support, auth.BulkAsk{Act: "suspend", Members: ids}); !errors.As(err, &forbidden) {
			t.Errorf("a preview by support: %v", err)
		}
		var invalid auth.Invalid
		for _, ask := range []auth.BulkAsk{{Act: "rename", Members: ids}, {Act: "suspend"}, {Act: "", All: true}, {Act: "suspend", All: true, Query: auth.MemberQuery{State: "locked", Factor: "app"}}, {Act: "suspend", Members: []string{"nobody"}}} {
			if _, err := st.s.PreviewBatch(ctx, admin, ask); !errors.As(err, &invalid) {
				t.Errorf("%+v: %v", ask, err)
			}
		}
		st.inert("a preview that is refused", before)

		b := st.preview(admin, auth.BulkAsk{Act: "suspend", All: true})
		st.wantBatch(admin, b.ID, models.BatchReady, 5, 0, 1, 2, 0) // 2: the two operators, oneself among them
		if n := st.number("SELECT count(*) FROM users WHERE disabled_at IS NOT NULL"); n != 1 {
			t.Errorf("%d are suspended before the start", n)
		}
		later := models.User{Email: "later@example.test"}
		st.must(st.db.CreateUser(ctx, &later))
		st.must(st.s.DisableUser(ctx, ids[1], "by hand", nil))
		st.must(st.db.SetUserRole(ctx, ids[2], "", string(auth.RoleAuditor)))
		st.exec("DELETE FROM users WHERE id = '" + ids[3] + "'")

		stale := st.decidedOn(b)
		stale.Version = "another"
		if err := st.s.StartBatch(ctx, admin, b.ID, stale); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("a start of another state: %v", err)
		}
		if err := st.s.StartBatch(ctx, support, b.ID, st.decidedOn(b)); !errors.As(err, &forbidden) {
			t.Errorf("a start by support: %v", err)
		}
		if err := st.s.StartBatch(ctx, admin, b.ID, auth.Act{Reason: "short"}); !errors.As(err, &invalid) {
			t.Errorf("a start without a reason: %v", err)
		}
		st.start(admin, b)
		st.work(b.ID)
		st.wantBatch(admin, b.ID, models.BatchDone, 0, 2, 1, 3, 2)
		if st.row("later@example.test").DisabledAt != nil {
			t.Error("who joined after the preview is suspended")
		}
		why := map[string]string{}
		lines, err := st.s.BatchLines(ctx, admin, b.ID, 0, 100, models.BatchMemberFailed, models.BatchMemberRefused)
		st.must(err)
		for _, line := range lines {
			why[line.MemberID] = line.Why
		}
		if why[ids[1]] != auth.WhyChanged || why[ids[2]] != "operator" || why[ids[3]] != auth.WhyGone || why[admin.ID] != "self" {
			t.Errorf("why not: %v", why)
		}
		for _, id := range ids[4:] {
			rows := withSubject(st.audit(auth.AuditMemberSuspend), id)
			if len(rows) != 1 || rows[0].BatchID != b.ID || rows[0].ActorID != admin.ID || rows[0].SessionID == "" || rows[0].Reason != "Accounts made by a machine" {
				t.Errorf("rows about %s: %+v", id, rows)
			}
		}
		for _, action := range []models.Action{auth.AuditBulkPreview, auth.AuditBulkStart, auth.AuditBulkFinish} {
			rows := slices.DeleteFunc(st.audit(action), func(e models.AuditEvent) bool { return e.Outcome == models.OutcomeRefused })
			if len(rows) != 1 || rows[0].BatchID != b.ID || rows[0].ActorID != admin.ID {
				t.Errorf("%s: %+v", action, rows)
			}
		}
		before = modelstest.Digest(t, st.raw())
		st.work(b.ID)
		st.inert("work on what is done", before)
	})
}

// TestBulkCancelAndUndo (D-14): a batch rests, goes on and ends where it is told to, after the block under way; what was done
// can be taken back for a day, once; and it ends by itself when who started it has lost the role.
func TestBulkCancelAndUndo(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		admin, other := st.operatorWith("admin@example.test", auth.RoleAdministrator), st.operatorWith("other@example.test", auth.RoleAdministrator)
		st.crowd(420)
		suspended := func(want int) {
			t.Helper()
			if n := st.number("SELECT count(*) FROM users WHERE disabled_at IS NOT NULL"); n != want {
				t.Errorf("%d are suspended, want %d", n, want)
			}
		}
		block := func(id string) {
			t.Helper()
			st.must(st.s.RunBlock(ctx, id))
		}
		b := st.preview(admin, auth.BulkAsk{Act: "suspend", All: true, Query: auth.MemberQuery{Term: "crowd"}})
		st.start(admin, b)
		block(b.ID)
		st.move(other, "pause", b.ID)
		st.work(b.ID)
		suspended(200)
		st.move(other, "resume", b.ID)
		block(b.ID)
		st.move(other, "cancel", b.ID)
		st.work(b.ID)
		suspended(400)
		st.wantBatch(admin, b.ID, models.BatchCancelled, 20, 400, 0, 0, 0)
		if err := st.s.MoveBatch(ctx, admin, "resume", b.ID, st.decidedOn(st.batch(admin, b.ID))); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("resuming what was cancelled: %v", err)
		}

		undo, err := st.s.UndoBatch(ctx, admin, b.ID)
		st.must(err)
		if _, err := st.s.UndoBatch(ctx, other, b.ID); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("undoing twice: %v", err)
		}
		st.work(undo)
		suspended(400)
		st.wantBatch(admin, undo, models.BatchReady, 400, 0, 0, 0, 0)
		st.start(admin, st.batch(admin, undo))
		st.work(undo)
		suspended(0)
		if rows := st.audit(auth.AuditBulkUndo); len(rows) != 1 || rows[0].BatchID != b.ID || rows[0].TargetID != undo {
			t.Errorf("the undoing: %+v", rows)
		}

		again := st.preview(admin, auth.BulkAsk{Act: "suspend", All: true, Query: auth.MemberQuery{Term: "crowd"}})
		st.start(admin, again)
		block(again.ID)
		st.exec("UPDATE users SET role = '' WHERE id = '" + admin.ID + "'")
		st.work(again.ID)
		suspended(200)
		if rows := st.audit(auth.AuditBulkFinish); rows[0].Outcome != models.OutcomeRefused && rows[len(rows)-1].Outcome != models.OutcomeRefused {
			t.Errorf("the end of it: %+v", rows)
		}
		st.wantBatch(other, again.ID, models.BatchCancelled, 220, 200, 0, 0, 0)
		st.clock.Add(24*time.Hour + time.Second)
		fresh := auth.OperatorOf(st.actor(st.browser().mustSignIn("other@example.test")))
		if _, err := st.s.UndoBatch(ctx, fresh, again.ID); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("undoing after a day: %v", err)
		}
	})
}

// TestBulkActs: every act that can be done on many is one of MemberActs that needs nothing typed, and what takes it back is, too.
func TestBulkActs(t *testing.T) {
	for _, name := range auth.BulkActs {
		at := slices.IndexFunc(auth.MemberActs, func(m auth.MemberAct) bool { return m.Name == name })
		if at < 0 || auth.MemberActs[at].Typed {
			t.Errorf("%s is no act for many", name)
		}
	}
}

func (st *site) must(err error) {
	st.t.Helper()
	if err != nil {
		st.t.Fatal(err)
	}
}
