package auth_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// operatorWith signs somebody in who has a role.
func (st *site) operatorWith(email string, role auth.Role) auth.Operator {
	st.t.Helper()
	st.person(email)
	st.exec(fmt.Sprintf("UPDATE users SET role = '%s' WHERE email = '%s'", role, email))
	return auth.OperatorOf(st.actor(st.browser().mustSignIn(email)))
}

// actOn is an act decided on the state as it is now, with all that any act asks for.
func (st *site) actOn(op auth.Operator, act, email string, change ...func(*auth.Act)) error {
	st.t.Helper()
	decided := st.decided(email)
	for _, f := range change {
		f(&decided)
	}
	return st.s.ActOnMember(context.Background(), op, act, st.row(email).ID, decided)
}

func (st *site) decided(email string) auth.Act {
	st.t.Helper()
	record, err := st.s.Member(context.Background(), auth.CommandLine(), st.row(email).ID)
	if err != nil {
		st.t.Fatal(err)
	}
	version, err := record.Version()
	if err != nil {
		st.t.Fatal(err)
	}
	return auth.Act{Reason: "They asked for it by phone", Version: version, Typed: email, Name: "Another Name", Role: auth.RoleAuditor, Target: st.aTarget(email)}
}

// aTarget is a session of the person, or else an app, or nothing.
func (st *site) aTarget(email string) string {
	ctx, id := context.Background(), st.row(email).ID
	if sessions, err := st.db.SessionsOf(ctx, id); err == nil && len(sessions) > 0 {
		return sessions[0].ID
	}
	if apps, err := st.db.AuthenticatorsOf(ctx, id); err == nil && len(apps) > 0 {
		return auth.FactorApp + ":" + apps[0].ID
	}
	return ""
}

// readyFor brings a person into a state that offers an act.
func (st *site) readyFor(act, email string) {
	st.t.Helper()
	ctx := context.Background()
	p := st.person(email)
	var err error
	switch act {
	case "unlock":
		err = st.s.LockUser(ctx, p.ID)
	case "resend_verification", "verify":
		st.exec("UPDATE users SET email_verified_at = NULL WHERE id = '" + p.ID + "'")
	case "end_session", "end_sessions":
		st.browser().mustSignIn(email)
	case "lift_reset":
		err = st.db.RefusePassword(ctx, p.ID)
	case "remove_factor", "reset_factors", "grant_role":
		st.addApp(email)
	case "unsuspend":
		err = st.s.DisableUser(ctx, p.ID, "test", nil)
	case "revoke_role":
		err = st.db.SetUserRole(ctx, p.ID, "", string(auth.RoleAuditor))
	}
	if err != nil {
		st.t.Fatal(err)
	}
}

// addApp gives somebody an authenticator app that nobody has.
func (st *site) addApp(email string) {
	st.t.Helper()
	row := models.Authenticator{ID: models.NewID(), UserID: st.row(email).ID, Name: "Phone", Secret: []byte{1}, CreatedAt: st.db.Now()}
	if err := st.db.CreateAuthenticator(context.Background(), &row); err != nil {
		st.t.Fatal(err)
	}
}

// TestRoleActionTable (D-02): every act by every role gives what the table of admin.md says, asked of the rule itself; who
// may not leaves a row that says so, and nothing else.
func TestRoleActionTable(t *testing.T) {
	help := []auth.Role{auth.RoleSupport, auth.RoleAdministrator}
	only := []auth.Role{auth.RoleAdministrator}
	want := map[string][]auth.Role{
		"unlock": help, "resend_verification": help, "send_reset": help, "end_session": help, "end_sessions": help,
		"verify": only, "force_reset": only, "lift_reset": only, "remove_factor": only, "reset_factors": only, "suspend": only, "unsuspend": only,
		"rename": only, "grant_role": only, "revoke_role": only,
	}
	each(t, func(t *testing.T, st *site) {
		operators := map[auth.Role]auth.Operator{"": st.operatorWith("none@example.test", "")}
		for _, role := range auth.Roles {
			operators[role] = st.operatorWith(string(role)+"@example.test", role)
		}
		for _, act := range auth.MemberActs {
			if _, decided := want[act.Name]; !decided {
				t.Errorf("nobody has decided who may %s", act.Name)
			}
			for role, op := range operators {
				email := strings.ReplaceAll(act.Name, "_", "-") + "-" + string(role) + "@example.test"
				st.readyFor(act.Name, email)
				before, may := modelstest.Digest(t, st.raw()), slices.Contains(want[act.Name], role)
				err := st.actOn(op, act.Name, email)
				var forbidden auth.Forbidden
				if may && err != nil || !may && !errors.As(err, &forbidden) {
					t.Errorf("%s by %q: %v", act.Name, role, err)
				}
				if !may {
					st.inert(act.Name+" by "+string(role), before)
				}
				rows := withSubject(st.audit(act.Event()), st.row(email).ID)
				if len(rows) != 1 || (rows[0].Outcome == models.OutcomeRefused) == may {
					t.Errorf("%s by %q: rows %+v", act.Name, role, rows)
				}
			}
		}
	})
}

// TestServiceChecksOperator (D-02): every method that takes an operator asks whether they still are one.
func TestServiceChecksOperator(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		target := st.person("target@example.test")
		demoted := st.operatorWith("demoted@example.test", auth.RoleAdministrator)
		st.exec("UPDATE users SET role = '' WHERE email = 'demoted@example.test'")
		b := st.browser()
		st.person("gone@example.test")
		st.exec("UPDATE users SET role = 'administrator' WHERE email = 'gone@example.test'")
		b.mustSignIn("gone@example.test")
		gone := auth.OperatorOf(st.actor(b))
		b.post("/logout")
		calls := map[string]func(auth.Operator) error{
			"ActOnMember": func(op auth.Operator) error { return st.actOn(op, "suspend", "target@example.test") },
			"AddMember": func(op auth.Operator) error {
				_, err := st.s.AddMember(ctx, op, auth.NewUser{Email: "new@example.test", Reason: "They asked for it"})
				return err
			},
			"CountMembers": func(op auth.Operator) error { _, err := st.s.CountMembers(ctx, op, ""); return err },
			"PreviewBatch": func(op auth.Operator) error {
				_, err := st.s.PreviewBatch(ctx, op, auth.BulkAsk{Act: "suspend", Members: []string{target.ID}})
				return err
			},
			"StartBatch": func(op auth.Operator) error {
				return st.s.StartBatch(ctx, op, "B", auth.Act{Reason: "They asked for it"})
			},
			"MoveBatch": func(op auth.Operator) error {
				return st.s.MoveBatch(ctx, op, "pause", "B", auth.Act{Reason: "They asked for it"})
			},
			"UndoBatch":    func(op auth.Operator) error { _, err := st.s.UndoBatch(ctx, op, "B"); return err },
			"Batch":        func(op auth.Operator) error { _, err := st.s.Batch(ctx, op, "B"); return err },
			"Batches":      func(op auth.Operator) error { _, err := st.s.Batches(ctx, op, models.Place{}); return err },
			"BatchLines":   func(op auth.Operator) error { _, err := st.s.BatchLines(ctx, op, "B", 0, 1, "done"); return err },
			"ExportBatch":  func(op auth.Operator) error { _, err := st.s.ExportBatch(ctx, op, "B", "csv"); return err },
			"MemberCounts": func(op auth.Operator) error { _, err := st.s.MemberCounts(ctx, op); return err },
			"ExportMembers": func(op auth.Operator) error {
				_, err := st.s.ExportMembers(ctx, op, auth.MemberQuery{}, "csv")
				return err
			},
			"ChooseList": func(op auth.Operator) error {
				return st.s.ChooseList(ctx, op, models.ListChoice{List: "members", PerPage: 25})
			},
			"ListChoice":  func(op auth.Operator) error { _, err := st.s.ListChoice(ctx, op, "members"); return err },
			"Member":      func(op auth.Operator) error { _, err := st.s.Member(ctx, op, target.ID); return err },
			"MemberID":    func(op auth.Operator) error { _, err := st.s.MemberID(ctx, op, "target@example.test"); return err },
			"MemberNames": func(op auth.Operator) error { _, err := st.s.MemberNames(ctx, op, []string{target.ID}); return err },
			"MayActOn": func(op auth.Operator) error {
				_, err := st.s.MayActOn(ctx, op, auth.RightRevokeAccess, target.ID)
				return err
			},
			"MemberFactors":  func(op auth.Operator) error { _, err := st.s.MemberFactors(ctx, op, target.ID); return err },
			"MemberSessions": func(op auth.Operator) error { _, err := st.s.MemberSessions(ctx, op, target.ID); return err },
			"Members":        func(op auth.Operator) error { _, err := st.s.Members(ctx, op, auth.MemberQuery{}); return err },
			"Find":           func(op auth.Operator) error { _, err := st.s.Find(ctx, op, "target@example.test"); return err },
			"StartView": func(op auth.Operator) error {
				_, _, err := st.s.StartView(ctx, op, target.ID, auth.ViewStart{Reason: "They asked for it", PublicReason: auth.PublicReasons[0]})
				return err
			},
			"ViewRecord": func(op auth.Operator) error { _, _, err := st.s.ViewRecord(ctx, op, models.NewID()); return err },
			"OperatorDays": func(op auth.Operator) error {
				_, err := st.s.OperatorDays(ctx, op, 1, everyFigure)
				return err
			},
			"StopOthersView": func(op auth.Operator) error {
				return st.s.StopOthersView(ctx, op, models.NewID(), auth.Act{Reason: "They asked for it"})
			},
			"OperatorOverview": func(op auth.Operator) error {
				_, err := st.s.OperatorOverview(ctx, op, auth.OperatorOverviewQuery{Days: 1, Acts: 1})
				return err
			},
			"AllSessions":  func(op auth.Operator) error { _, err := st.s.AllSessions(ctx, op, auth.SessionQuery{}); return err },
			"SessionsFrom": func(op auth.Operator) error { _, err := st.s.SessionsFrom(ctx, op, "192.0.2.1"); return err },
			"EndSessionsFrom": func(op auth.Operator) error {
				return st.s.EndSessionsFrom(ctx, op, "192.0.2.1", auth.Act{Reason: "They asked for it"})
			},
			"Operate": func(op auth.Operator) error {
				return st.s.Operate(ctx, op, auth.RightOperate, auth.AuditMailStop, "They asked for it", func(*models.Tx, auth.Operator, *models.AuditEvent) error { return nil })
			},
			"Operating": func(op auth.Operator) error { _, err := st.s.Operating(ctx, op, auth.RightOperate); return err },
			"KeepsOperatorIn": func(op auth.Operator) error {
				return st.s.KeepsOperatorIn(ctx, op, "second-step", auth.RequireMFAOff)
			},
			"NoteMemberView": func(op auth.Operator) error { return st.s.NoteMemberView(ctx, op, target.ID) },
		}
		maps.Copy(calls, st.mailCalls())
		maps.Copy(calls, st.noteCalls())
		maps.Copy(calls, st.auditCalls())
		maps.Copy(calls, st.reviewCalls())
		everyMethodTaking(t, reflect.TypeFor[auth.Operator](), calls, "NoteRefused") // which only writes down
		before := modelstest.Digest(t, st.raw())
		for name, call := range calls {
			var forbidden auth.Forbidden
			for who, op := range map[string]auth.Operator{"demoted": demoted, "nobody": {}} {
				if err := call(op); !errors.As(err, &forbidden) {
					t.Errorf("%s by somebody %s: %v", name, who, err)
				}
			}
			if err := call(gone); !errors.Is(err, auth.ErrSignedOut) {
				t.Errorf("%s by somebody who signed out: %v", name, err)
			}
		}
		st.inert("what operators do", before)
	})
}

// TestNoActionOnSelfOrLastAdmin (D-02): nobody acts on their own account, nobody below administrator on an operator, and the last
// administrator stays.
func TestNoActionOnSelfOrLastAdmin(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin, support := st.operatorWith("admin@example.test", auth.RoleAdministrator), st.operatorWith("support@example.test", auth.RoleSupport)
		before := modelstest.Digest(t, st.raw())
		wantForbidden := func(what string, err error, sentence string) {
			t.Helper()
			var forbidden auth.Forbidden
			if !errors.As(err, &forbidden) || !strings.Contains(forbidden.Sentence, sentence) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for _, act := range auth.MemberActs {
			wantForbidden(act.Name+" on oneself", st.actOn(admin, act.Name, "admin@example.test"), "own account")
		}
		wantForbidden("support on an operator", st.actOn(support, "send_reset", "admin@example.test"), "Only administrators")
		for _, act := range []string{"suspend", "revoke_role"} {
			wantForbidden(act+" the last one", st.actOn(auth.CommandLine(), act, "admin@example.test"), "last administrator")
		}
		st.inert("acts that nobody may do", before)
		if rows := withReason(st.audit(auth.AuditMemberSuspend), "last_administrator"); len(rows) != 1 || rows[0].ActorKind != "system" || rows[0].Outcome != models.OutcomeRefused {
			t.Errorf("the try at the last one: %+v", rows)
		}
	})
}

// TestLastAdministratorRace (T-1607): two administrators who take the role from each other at once, or suspend each other, or one
// of both, leave one who can act.
func TestLastAdministratorRace(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		pairs := [][2]string{{"revoke_role", "revoke_role"}, {"suspend", "suspend"}, {"suspend", "revoke_role"}}
		for round := range 12 {
			acts := pairs[round%len(pairs)]
			one, other := fmt.Sprintf("one%d@example.test", round), fmt.Sprintf("other%d@example.test", round)
			a, b := st.operatorWith(one, auth.RoleAdministrator), st.operatorWith(other, auth.RoleAdministrator)
			onOther, onOne := st.decided(other), st.decided(one)
			var wg sync.WaitGroup
			for _, act := range []func() error{
				func() error {
					return st.s.ActOnMember(context.Background(), a, acts[0], st.row(other).ID, onOther)
				},
				func() error { return st.s.ActOnMember(context.Background(), b, acts[1], st.row(one).ID, onOne) },
			} {
				wg.Go(func() { _ = act() }) // one of them is refused
			}
			wg.Wait()
			if n := st.number("SELECT count(*) FROM users WHERE role = 'administrator' AND disabled_at IS NULL"); n != 1 {
				t.Fatalf("%v: %d administrators are left", acts, n)
			}
			st.exec("UPDATE users SET role = ''")
		}
	})
}

// TestActOnMemberRace: of fifty who do the same act at once, one does it; the others hear that it has changed. An act that leaves the
// state as it is (a mail, the same name once more) has no second who comes too late; of fifty who add the same member, one does.
func TestActOnMemberRace(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		for _, act := range auth.MemberActs {
			if act.Name == "resend_verification" || act.Name == "send_reset" || act.Name == "rename" {
				continue // these may be done again and again
			}
			email := strings.ReplaceAll(act.Name, "_", "-") + "@example.test"
			st.readyFor(act.Name, email)
			decided, id := st.decided(email), st.row(email).ID
			outcomes := make([]error, 50)
			var wg sync.WaitGroup
			for i := range outcomes {
				wg.Go(func() { outcomes[i] = st.s.ActOnMember(context.Background(), admin, act.Name, id, decided) })
			}
			wg.Wait()
			won := 0
			for _, err := range outcomes {
				if err == nil {
					won++
				} else if !errors.Is(err, auth.ErrChanged) {
					t.Errorf("%s: %v", act.Name, err)
				}
			}
			if won != 1 {
				t.Errorf("%s: %d won", act.Name, won)
			}
		}
		won, lost := modelstest.Race(50, func(int) error {
			_, err := st.s.AddMember(context.Background(), admin, auth.NewUser{Email: "added@example.test", Reason: "They asked for it"})
			return err
		})
		for _, err := range lost {
			if !errors.As(err, &auth.Invalid{}) {
				t.Errorf("adding: %v", err)
			}
		}
		if won != 1 || len(st.delivered("added@example.test", "password_reset")) != 1 {
			t.Errorf("adding: %d won", won)
		}
	})
}

// TestReasonRequired (D-04): an act that asks for a reason takes none under ten characters or over five hundred, and keeps what
// it was given; TestStaleConfirmIsRefused: what was decided on another state is not done.
func TestReasonRequired(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		for _, act := range auth.MemberActs {
			email := strings.ReplaceAll(act.Name, "_", "-") + "@example.test"
			st.readyFor(act.Name, email)
			before := modelstest.Digest(t, st.raw())
			for _, reason := range []string{"", "Too short", "   nine     ", strings.Repeat("x", 501)} {
				err := st.actOn(admin, act.Name, email, func(a *auth.Act) { a.Reason = reason })
				var invalid auth.Invalid
				if act.Reason && (!errors.As(err, &invalid) || invalid["reason"] == "") {
					t.Errorf("%s because %.20q: %v", act.Name, reason, err)
				}
				if !act.Reason {
					break
				}
				st.inert(act.Name, before)
			}
			if !act.Reason {
				continue
			}
			if err := st.actOn(admin, act.Name, email, func(a *auth.Act) { a.Reason = "  Ten chars. " }); err != nil {
				t.Errorf("%s: %v", act.Name, err)
			}
			if rows := withSubject(st.audit(act.Event()), st.row(email).ID); len(rows) != 1 || rows[0].Reason != "Ten chars." || rows[0].ActorID != admin.ID || rows[0].SessionID == "" {
				t.Errorf("%s: %+v", act.Name, rows)
			}
		}
	})
}

func TestStaleConfirmIsRefused(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		st.person(member)
		decided, id := st.decided(member), st.row(member).ID
		st.browser().mustSignIn(member)
		before := modelstest.Digest(t, st.raw())
		if err := st.s.ActOnMember(context.Background(), admin, "suspend", id, decided); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("with a session more than the page counted: %v", err)
		}
		if err := st.s.ActOnMember(context.Background(), admin, "suspend", id, auth.Act{Reason: decided.Reason}); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("without a version: %v", err)
		}
		st.inert("an act on another state", before)
		if err := st.actOn(admin, "suspend", member); err != nil {
			t.Fatal(err)
		}
		if n := st.number("SELECT count(*) FROM sessions WHERE user_id = '" + id + "'"); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

// TestTypedConfirmation (D-04): what cannot be undone also wants the address, as it is.
func TestTypedConfirmation(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		for _, act := range auth.MemberActs {
			if !act.Typed {
				continue
			}
			email := strings.ReplaceAll(act.Name, "_", "-") + "@example.test"
			st.readyFor(act.Name, email)
			for _, typed := range []string{"", "admin@example.test", strings.ToUpper(email)} {
				var invalid auth.Invalid
				if err := st.actOn(admin, act.Name, email, func(a *auth.Act) { a.Typed = typed }); !errors.As(err, &invalid) || invalid["typed"] == "" {
					t.Errorf("%s with %q: %v", act.Name, typed, err)
				}
			}
			if err := st.actOn(admin, act.Name, email); err != nil {
				t.Errorf("%s: %v", act.Name, err)
			}
		}
	})
}

// TestForceReset (D-24.5): the password is refused and all that was open ends; a new one by mail, or the operator's change of mind,
// gives the account back.
func TestForceReset(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		st.person(member)
		b := st.browser().mustSignIn(member)
		if err := st.actOn(admin, "force_reset", member); err != nil {
			t.Fatal(err)
		}
		if b.signedIn() {
			t.Error("the session is still open")
		}
		wantPage(t, st.browser().signIn(member), 422)
		if err := st.actOn(admin, "lift_reset", member); err != nil {
			t.Fatal(err)
		}
		st.browser().mustSignIn(member)
		if err := st.actOn(admin, "force_reset", member); err != nil {
			t.Fatal(err)
		}
		link := linkIn(t, st.lastMail(member, "password_reset"))
		wantRedirect(t, st.browser().post(link, "password", "another good secret 9"), "/login")
		if u := st.row(member); u.RefusedPasswordHash != "" || u.MustChangePassword {
			t.Errorf("after the new password: %+v", u)
		}
		if p := st.browser().signInWith(member, "another good secret 9"); p.status != 303 {
			t.Errorf("the new password: %d", p.status)
		}
		if err := st.actOn(admin, "lift_reset", member); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("lifting what is over: %v", err)
		}
	})
}

// TestSuspendUntil (D-24.9): a suspension ends by itself at the moment chosen, and not before.
func TestSuspendUntil(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		st.person(member)
		until, past := st.clock.Now().Add(time.Hour), st.clock.Now()
		var invalid auth.Invalid
		if err := st.actOn(admin, "suspend", member, func(a *auth.Act) { a.Until = &past }); !errors.As(err, &invalid) || invalid["until"] == "" {
			t.Errorf("until now: %v", err)
		}
		if err := st.actOn(admin, "suspend", member, func(a *auth.Act) { a.Until = &until }); err != nil {
			t.Fatal(err)
		}
		if mail := st.lastMail(member, "account_disabled"); !strings.Contains(mail.Text, "ends by itself") || strings.Contains(mail.Text, "by phone") {
			t.Errorf("the mail: %s", mail.Text)
		}
		wantPage(t, st.browser().signIn(member), 422)
		st.clock.Add(time.Hour)
		st.browser().mustSignIn(member)
	})
}

// TestAddMember (D-24.18): the account has no password, its owner sets one by the link, and keeps the name they were given.
func TestAddMember(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin := st.operatorWith("admin@example.test", auth.RoleAdministrator)
		ctx := context.Background()
		var invalid auth.Invalid
		if _, err := st.s.AddMember(ctx, admin, auth.NewUser{Email: "no address", Reason: "short"}); !errors.As(err, &invalid) || invalid["email"] == "" || invalid["reason"] == "" {
			t.Errorf("both mistakes: %v", err)
		}
		id, err := st.s.AddMember(ctx, admin, auth.NewUser{Email: member, Name: "Ada", Reason: "They asked for it"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := st.s.AddMember(ctx, admin, auth.NewUser{Email: member, Reason: "They asked again"}); !errors.As(err, &invalid) || invalid["email"] == "" {
			t.Errorf("twice: %v", err)
		}
		mail := st.lastMail(member, "password_reset")
		if !strings.Contains(mail.Subject, "Set a password") || !strings.Contains(mail.Text, "An operator made an account") {
			t.Errorf("the mail: %s\n%s", mail.Subject, mail.Text)
		}
		wantRedirect(t, st.browser().post(linkIn(t, mail), "password", goodPassword), "/login")
		if u := st.row(member); u.ID != id || u.Name != "Ada" || !u.Verified() {
			t.Errorf("the account: %+v", u)
		}
		st.browser().mustSignIn(member)
	})
}

// TestMemberView (D-05): the first look at a record in an hour is in the audit log.
func TestMemberView(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		admin, support := st.operatorWith("admin@example.test", auth.RoleAdministrator), st.operatorWith("support@example.test", auth.RoleSupport)
		id := st.person(member).ID
		look := func(op auth.Operator) {
			t.Helper()
			if err := st.s.NoteMemberView(context.Background(), op, id); err != nil {
				t.Fatal(err)
			}
		}
		look(admin)
		look(admin)
		look(support)
		st.clock.Add(59 * time.Minute)
		look(admin)
		if n := len(st.audit(auth.AuditMemberView)); n != 2 {
			t.Errorf("%d rows of two operators", n)
		}
		st.clock.Add(time.Minute)
		look(admin)
		if n := len(st.audit(auth.AuditMemberView)); n != 3 {
			t.Errorf("%d rows an hour later", n)
		}
	})
}
