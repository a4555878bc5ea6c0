package auth_test

import (
	"context"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/models"
)

// viewing begins a view, and gives its id.
func (st *site) viewing(op auth.Operator, email string, writes bool) string {
	st.t.Helper()
	decided := auth.ViewStart{Reason: "They asked for it by phone", PublicReason: auth.PublicReasons[0], Writes: writes, Version: st.decided(email).Version}
	if _, _, err := st.s.StartView(context.Background(), op, st.row(email).ID, decided); err != nil {
		st.t.Fatal(err)
	}
	open, err := st.db.OpenMemberView(context.Background(), st.row(email).ID)
	if err != nil {
		st.t.Fatal(err)
	}
	return open.ID
}

// running tells whether a view has no end yet.
func (st *site) running(view string) bool {
	st.t.Helper()
	v, err := st.db.MemberViewByID(context.Background(), view)
	if err != nil {
		st.t.Fatal(err)
	}
	return v.EndedAt == nil
}

// TestRevokeRoleEndsAtOnce (D-24.20, D-30): with a role its sessions and views end, in the same act and with rows of who did it. A
// lesser role ends the views that it does not reach, and a suspension all.
func TestRevokeRoleEndsAtOnce(t *testing.T) {
	for act, kept := range map[string]int{"revoke_role": 0, "suspend": 0, "grant_role": 2} {
		t.Run(act, func(t *testing.T) {
			each(t, func(t *testing.T, st *site) {
				admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
				other := st.operatorWith("other@example.test", auth.RoleAdministrator)
				elsewhere := st.browser().mustSignIn("other@example.test")
				st.addApp("other@example.test")
				st.person(member)
				view := st.viewing(other, member, true)
				if err := st.actOn(admin, act, "other@example.test"); err != nil {
					t.Fatal(err)
				}
				if n := st.number("SELECT count(*) FROM sessions WHERE user_id = '" + other.ID + "'"); n != kept || elsewhere.signedIn() != (kept > 0) {
					t.Errorf("%d sessions are left", n)
				}
				if ended := withReason(st.audit(auth.AuditSessionEnd), "operator"); len(ended) != 2-kept {
					t.Errorf("rows of sessions: %+v", ended)
				}
				if st.running(view) {
					t.Error("the view runs on")
				}
				rows := st.audit(auth.AuditViewStop)
				if len(rows) != 1 || rows[0].ActorID != admin.ID || rows[0].SubjectID != st.row(member).ID || rows[0].Meta["operator"] != other.ID || rows[0].TargetID != view || rows[0].Meta[auth.MetaActorRole] != "administrator" {
					t.Errorf("rows of the view: %+v", rows)
				}
				if mails := st.delivered(member, "account_viewed"); len(mails) != 1 {
					t.Errorf("%d mails about the view", len(mails))
				}
			})
		})
	}
}

// TestActsLeaveOtherViews: an act that takes nothing from an operator ends no view of theirs.
func TestActsLeaveOtherViews(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin, other := st.operatorWith("admin@example.test", auth.RoleAdministrator), st.operatorWith("other@example.test", auth.RoleSupport)
		st.person(member)
		view := st.viewing(other, member, false)
		if err := st.actOn(admin, "rename", "other@example.test"); err != nil || !st.running(view) {
			t.Errorf("after a new name: %v, running %t", err, st.running(view))
		}
	})
}

// TestRoleMails (auth.md §21): who gets a role, or loses one, hears of it, and so does every administrator, each once.
func TestRoleMails(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		st.operatorWith("second@example.test", auth.RoleAdministrator)
		st.operatorWith("support@example.test", auth.RoleSupport)
		st.readyFor("grant_role", member)
		for i, act := range []string{"grant_role", "revoke_role"} {
			if err := st.actOn(admin, act, member, func(a *auth.Act) { a.Role = auth.RoleAdministrator }); err != nil {
				t.Fatal(err)
			}
			for email, want := range map[string]int{member: 1, "admin@example.test": 1, "second@example.test": 1, "support@example.test": 0} {
				if n := len(st.delivered(email, "operator_role")); n != want*(i+1) {
					t.Errorf("%s: %d mails to %s", act, n, email)
				}
			}
		}
		if text := st.lastMail("second@example.test", "operator_role").Text; !strings.Contains(text, member+" is no longer an operator") || !strings.Contains(text, "admin@example.test changed it") {
			t.Errorf("to an administrator: %s", text)
		}
		if text := st.lastMail(member, "operator_role").Text; !strings.Contains(text, "You are no longer an operator") {
			t.Errorf("to the member: %s", text)
		}
	})
}

// TestFactorMails (D-24.6, .7): the member hears of each factor that an operator took, trusted browsers too, without where the
// operator sits, and can say that nobody asked for it.
func TestFactorMails(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		two := st.twoStep(member)
		wantRedirect(t, two.halfway(member).post("/login/code", "code", two.code(0), "trust", "on"), "/dashboard")
		id := st.row(member).ID
		trusted, err := st.db.TrustedBrowsersOf(context.Background(), id)
		if err != nil || len(trusted) != 1 {
			t.Fatalf("%d browsers are trusted: %v", len(trusted), err)
		}
		if err := st.actOn(admin, "remove_factor", member, func(a *auth.Act) { a.Target = auth.FactorBrowser + ":" + trusted[0].ID }); err != nil {
			t.Fatal(err)
		}
		mail := st.lastMail(member, "browser_untrusted")
		if !strings.Contains(mail.Text, "An operator removed “") || strings.Contains(mail.Text, "192.0.2.") {
			t.Errorf("about a browser: %s", mail.Text)
		}
		if rows := st.audit(auth.AuditMemberRemoveFactor); len(rows) != 1 || rows[0].Changes["trusted_browser"].Old == nil {
			t.Errorf("the row: %+v", rows)
		}
		if err := st.actOn(admin, "reset_factors", member); err != nil {
			t.Fatal(err)
		}
		if rows := st.audit(auth.AuditMemberResetFactors); len(rows) != 1 || rows[0].Changes["authenticators"] != (models.Change{Old: 1.0, New: 0.0}) {
			t.Errorf("the row: %+v", rows)
		}
		link := st.notMe(member, "factors_reset")
		wantRedirect(t, st.browser().post(link), "/login")
		if u := st.row(member); u.PasswordHash != "" || !u.MustChangePassword {
			t.Error("“This was not me” of the mail did not close the account")
		}
		if n := len(st.delivered(member, "secured_by_owner")); n != 1 {
			t.Errorf("%d mails that the account is secured", n)
		}
	})
}
