package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// noteCalls are the methods about notes, each with all that it asks for.
func (st *site) noteCalls() map[string]func(auth.Operator) error {
	ctx := context.Background()
	target := st.row("target@example.test").ID
	note := models.MemberNote{MemberID: target, Body: "a note"}
	if err := st.db.CreateMemberNote(ctx, &note); err != nil {
		st.t.Fatal(err)
	}
	return map[string]func(auth.Operator) error{
		"MemberNotes":   func(op auth.Operator) error { _, err := st.s.MemberNotes(ctx, op, target, models.Place{}); return err },
		"MemberNote":    func(op auth.Operator) error { _, err := st.s.MemberNote(ctx, op, target, note.ID); return err },
		"AddMemberNote": func(op auth.Operator) error { return st.s.AddMemberNote(ctx, op, target, "a note") },
		"RemoveMemberNote": func(op auth.Operator) error {
			return st.s.RemoveMemberNote(ctx, op, target, note.ID, auth.Act{Reason: "They asked for it"})
		},
	}
}

// notesOf are the notes about somebody, as an operator reads them.
func (st *site) notesOf(op auth.Operator, email string) []auth.MemberNote {
	st.t.Helper()
	page, err := st.s.MemberNotes(context.Background(), op, st.row(email).ID, models.Place{})
	if err != nil {
		st.t.Fatal(err)
	}
	return page.Rows
}

// TestMemberNotes (D-21): operators write notes with their name and the time; the audit log keeps that, and not a word of the note.
func TestMemberNotes(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx, support := context.Background(), st.operatorWith("support@example.test", auth.RoleSupport)
		target := st.person("target@example.test")
		const canary = "canary: called about a lost phone"
		if err := st.s.AddMemberNote(ctx, support, target.ID, " "+canary+"\r\nand again "); err != nil {
			t.Fatal(err)
		}
		notes := st.notesOf(support, "target@example.test")
		if len(notes) != 1 || notes[0].Body != canary+"\nand again" || notes[0].Author != "support@example.test" || notes[0].CreatedAt.IsZero() {
			t.Fatalf("%+v", notes)
		}
		for typed := range map[string]bool{"": true, "  \r\n ": true, strings.Repeat("é", 2001): true, "a\x00b": true, "\xff": true} {
			var invalid auth.Invalid
			if err := st.s.AddMemberNote(ctx, support, target.ID, typed); !errors.As(err, &invalid) || invalid["note"] == "" {
				t.Errorf("%.10q: %v", typed, err)
			}
		}
		if err := st.s.AddMemberNote(ctx, support, target.ID, strings.Repeat("é", 2000)); err != nil {
			t.Errorf("the longest: %v", err)
		}
		if err := st.s.AddMemberNote(ctx, support, models.NewID(), "a note"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("about nobody: %v", err)
		}
		id := notes[0].ID
		if err := st.s.RemoveMemberNote(ctx, support, target.ID, id, auth.Act{Reason: "It was about somebody else"}); err != nil {
			t.Fatal(err)
		}
		for _, action := range []models.Action{auth.AuditMemberNote, auth.AuditMemberRemoveNote} {
			rows := st.audit(action)
			if len(rows) == 0 || rows[0].SubjectID != target.ID || rows[0].ActorID != support.ID || strings.Contains(fmt.Sprintf("%+v", rows), "canary") {
				t.Errorf("%s: %+v", action, rows)
			}
		}
		if left := st.notesOf(support, "target@example.test"); len(left) != 1 {
			t.Errorf("%d notes stay", len(left))
		}
	})
}

// TestMemberNotes_Who (D-01, D-02): auditors read, support and administrators write; the author or an administrator removes; nobody
// reads or writes about themselves, and support not about operators.
func TestMemberNotes_Who(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		ops := map[auth.Role]auth.Operator{}
		for _, role := range auth.Roles {
			ops[role] = st.operatorWith(string(role)+"@example.test", role)
		}
		other := st.operatorWith("other@example.test", auth.RoleSupport)
		target := st.person("target@example.test")
		refused := func(what string, err error) {
			t.Helper()
			var forbidden auth.Forbidden
			if !errors.As(err, &forbidden) {
				t.Errorf("%s: %v", what, err)
			}
		}
		refused("an auditor writes", st.s.AddMemberNote(ctx, ops[auth.RoleAuditor], target.ID, "a note"))
		for _, role := range []auth.Role{auth.RoleSupport, auth.RoleAdministrator} {
			if err := st.s.AddMemberNote(ctx, ops[role], target.ID, "by "+string(role)); err != nil {
				t.Errorf("%s writes: %v", role, err)
			}
		}
		ids := map[string]string{}
		for _, n := range st.notesOf(ops[auth.RoleAuditor], "target@example.test") {
			ids[n.Body] = n.ID
		}
		act := auth.Act{Reason: "It was about somebody else"}
		refused("another's note", st.s.RemoveMemberNote(ctx, other, target.ID, ids["by support"], act))
		refused("the administrator's note", st.s.RemoveMemberNote(ctx, ops[auth.RoleSupport], target.ID, ids["by administrator"], act))
		if err := st.s.RemoveMemberNote(ctx, ops[auth.RoleAdministrator], target.ID, ids["by support"], act); err != nil {
			t.Errorf("an administrator removes: %v", err)
		}
		for role, op := range ops {
			_, err := st.s.MemberNotes(ctx, op, op.ID, models.Place{})
			refused(string(role)+" reads about themselves", err)
			refused(string(role)+" writes about themselves", st.s.AddMemberNote(ctx, op, op.ID, "a note"))
		}
		refused("support about an operator", st.s.AddMemberNote(ctx, other, ops[auth.RoleAuditor].ID, "a note"))
		if err := st.s.AddMemberNote(ctx, ops[auth.RoleAdministrator], other.ID, "a note"); err != nil {
			t.Errorf("an administrator about an operator: %v", err)
		}
		if rows := st.audit(auth.AuditMemberRemoveNote); len(rows) != 3 {
			t.Errorf("%d rows of removals", len(rows))
		}
	})
}

// TestMemberNotes_RemoveRace: of many who remove a note at once one does.
func TestMemberNotes_RemoveRace(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		ctx, admin := context.Background(), st.operatorWith("root@example.test", auth.RoleAdministrator)
		target := st.person("target@example.test")
		if err := st.s.AddMemberNote(ctx, admin, target.ID, "a note"); err != nil {
			t.Fatal(err)
		}
		id := st.notesOf(admin, "target@example.test")[0].ID
		won, lost := modelstest.Race(20, func(int) error {
			return st.s.RemoveMemberNote(ctx, admin, target.ID, id, auth.Act{Reason: "It was about somebody else"})
		})
		for _, err := range lost {
			if !errors.Is(err, auth.ErrChanged) {
				t.Errorf("who came second: %v", err)
			}
		}
		if rows := st.audit(auth.AuditMemberRemoveNote); won != 1 || len(rows) != 1 {
			t.Errorf("%d won, %d rows", won, len(rows))
		}
	})
}
