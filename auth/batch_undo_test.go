package auth_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// ran is a batch of an act on some people, done.
func (st *site) ran(op auth.Operator, act string, ids ...string) auth.BatchRecord {
	st.t.Helper()
	b := st.preview(op, auth.BulkAsk{Act: act, Members: ids})
	st.start(op, b)
	st.work(b.ID)
	st.wantBatch(op, b.ID, models.BatchDone, 0, len(ids), 0, 0, 0)
	st.clock.Add(time.Minute)
	return b
}

// undoing is the batch that takes another back, as it is shown.
func (st *site) undoing(op auth.Operator, b auth.BatchRecord) string {
	st.t.Helper()
	undo, err := st.s.UndoBatch(context.Background(), op, b.ID)
	st.must(err)
	st.work(undo)
	return undo
}

// byHand does acts of the command line, one after another.
func (st *site) byHand(id string, acts ...string) {
	st.t.Helper()
	for _, act := range acts {
		st.must(st.s.ActOnMember(context.Background(), auth.CommandLine(), act, id, auth.Act{}))
		st.clock.Add(time.Second)
	}
}

// wantChanged looks at how many are left alone by a batch, and why.
func (st *site) wantChanged(op auth.Operator, id string, want map[string]string) {
	st.t.Helper()
	lines, err := st.s.BatchLines(context.Background(), op, id, 0, 100, models.BatchMemberChanged)
	st.must(err)
	got := map[string]string{}
	for _, line := range lines {
		got[line.MemberID] = line.Why
	}
	if b := st.batch(op, id); fmt.Sprint(got) != fmt.Sprint(want) || b.Changed != len(want) {
		st.t.Errorf("changed since: %d, %v, want %v", b.Changed, got, want)
	}
}

func (st *site) suspension(id string) (suspended bool, until *time.Time) {
	st.t.Helper()
	u, err := st.db.UserByID(context.Background(), id)
	st.must(err)
	return u.DisabledAt != nil, u.DisabledUntil
}

// TestBulkUndoLeavesWhatChanged (D-14): taking suspensions back lifts those that stand as the batch left them, and no other: not
// what somebody did anew after it, before the preview or after.
func TestBulkUndoLeavesWhatChanged(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		ids := st.crowd(6)
		b := st.ran(admin, "suspend", ids...)
		st.byHand(ids[1], "unsuspend", "suspend")
		st.byHand(ids[2], "unsuspend")
		st.must(st.s.ActOnMember(context.Background(), auth.CommandLine(), "rename", ids[4], auth.Act{Name: "Another name"}))
		undo := st.undoing(admin, b)
		st.wantBatch(admin, undo, models.BatchReady, 4, 0, 0, 0, 0)
		st.wantChanged(admin, undo, map[string]string{ids[1]: auth.WhyAnew, ids[2]: auth.WhyOver})
		st.byHand(ids[3], "unsuspend", "suspend")
		st.byHand(ids[5], "unsuspend")
		st.start(admin, st.batch(admin, undo))
		st.work(undo)
		st.wantBatch(admin, undo, models.BatchDone, 0, 2, 0, 0, 0)
		st.wantChanged(admin, undo, map[string]string{ids[1]: auth.WhyAnew, ids[2]: auth.WhyOver, ids[3]: auth.WhyAnew, ids[5]: auth.WhyOver})
		for i, want := range []bool{false, true, false, true, false, false} {
			if suspended, _ := st.suspension(ids[i]); suspended != want {
				t.Errorf("member %d: suspended %v", i, suspended)
			}
		}
	})
}

// TestBulkUndoOfLifting (D-14): suspensions come back with the end that they had, where nobody decided anew about them and that end
// is to come.
func TestBulkUndoOfLifting(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		ids := st.crowd(5)
		far, soon := st.db.Now().Add(240*time.Hour).Truncate(time.Second), st.db.Now().Add(time.Hour).Truncate(time.Second)
		for i, until := range []*time.Time{nil, &far, nil, nil, &soon} {
			st.must(st.s.DisableUser(context.Background(), ids[i], "by hand", until))
		}
		st.clock.Add(time.Minute)
		b := st.ran(admin, "unsuspend", ids...)
		st.byHand(ids[2], "suspend", "unsuspend")
		st.byHand(ids[3], "suspend")
		st.clock.Add(time.Hour)
		admin = auth.OperatorOf(st.actor(st.browser().mustSignIn("admin@example.test")))
		undo := st.undoing(admin, b)
		st.wantBatch(admin, undo, models.BatchReady, 2, 0, 1, 0, 0)
		st.wantChanged(admin, undo, map[string]string{ids[2]: auth.WhyAnew, ids[3]: auth.WhyOver})
		st.start(admin, st.batch(admin, undo))
		st.work(undo)
		st.wantBatch(admin, undo, models.BatchDone, 0, 2, 1, 0, 0)
		for i, want := range []bool{true, true, false, true, false} {
			suspended, until := st.suspension(ids[i])
			if suspended != want || i == 0 && until != nil || i == 1 && (until == nil || !until.Equal(far)) {
				t.Errorf("member %d: suspended %v until %v", i, suspended, until)
			}
		}
	})
}

// TestBulkUndoOfRefusedPasswords (D-14): a password is accepted again where the batch's refusal stands, and not where its owner has
// chosen another, or an operator has refused it anew.
func TestBulkUndoOfRefusedPasswords(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		var ids []string
		for _, email := range []string{"still@example.test", "chose@example.test", "anew@example.test"} {
			ids = append(ids, st.person(email).ID)
		}
		b := st.ran(admin, "force_reset", ids...)
		st.browser().post(st.link("chose@example.test", "password_reset"), "password", otherPassword)
		st.byHand(ids[2], "lift_reset", "force_reset")
		undo := st.undoing(admin, b)
		st.wantBatch(admin, undo, models.BatchReady, 1, 0, 0, 0, 0)
		st.wantChanged(admin, undo, map[string]string{ids[1]: auth.WhyOver, ids[2]: auth.WhyAnew})
		st.start(admin, st.batch(admin, undo))
		st.work(undo)
		st.wantBatch(admin, undo, models.BatchDone, 0, 1, 0, 0, 0)
		if st.row("still@example.test").PasswordHash == "" || st.row("anew@example.test").PasswordHash != "" {
			t.Error("a password is accepted that the batch did not refuse, or the other way round")
		}
	})
}
