package auth_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// mailCalls are the methods about the log of mails, each with all that it asks for.
func (st *site) mailCalls() map[string]func(auth.Operator) error {
	ctx, act := context.Background(), auth.Act{Reason: "They asked for it by phone"}
	id := st.loggedMail("target@example.test", models.MailFailed)
	return map[string]func(auth.Operator) error{
		"Mails":            func(op auth.Operator) error { _, err := st.s.Mails(ctx, op, auth.MailQuery{}); return err },
		"Mail":             func(op auth.Operator) error { _, err := st.s.Mail(ctx, op, id); return err },
		"RetryMail":        func(op auth.Operator) error { return st.s.RetryMail(ctx, op, id, act) },
		"StoppedAddresses": func(op auth.Operator) error { _, err := st.s.StoppedAddresses(ctx, op, models.Place{}); return err },
		"MailAddress":      func(op auth.Operator) error { _, err := st.s.MailAddress(ctx, op, "a@example.test"); return err },
		"StopMail":         func(op auth.Operator) error { return st.s.StopMail(ctx, op, "a@example.test", act) },
		"AllowMail":        func(op auth.Operator) error { return st.s.AllowMail(ctx, op, "a@example.test", act) },
		"SendTestMail":     func(op auth.Operator) error { _, err := st.s.SendTestMail(ctx, op); return err },
	}
}

// loggedMail is the id of a mail to somebody, whose last try ended in a state.
func (st *site) loggedMail(to, state string) string {
	st.t.Helper()
	id, ctx := models.NewID(), context.Background()
	err := st.db.InTx(ctx, func(tx *models.Tx) error {
		return tx.SendMail(ctx, models.Mail{Key: id, Kind: "password_reset", To: to, Subject: "s", Text: "t", HTML: "h"})
	})
	if err == nil && state != models.MailWaiting {
		err = st.db.LogMailTry(ctx, id, models.MailTry{State: state, Answer: "451 later", Tries: 1})
	}
	if err != nil {
		st.t.Fatal(err)
	}
	st.exec("UPDATE river_job SET state = 'retryable', attempt = 1, scheduled_at = '2999-01-01' WHERE id = (SELECT job_id FROM mail_log WHERE id = '" + id + "')")
	return id
}

func (st *site) mailAct(op auth.Operator, id string) auth.Act {
	st.t.Helper()
	m, err := st.s.Mail(context.Background(), op, id)
	if err != nil {
		st.t.Fatal(err)
	}
	version, err := m.Version()
	if err != nil {
		st.t.Fatal(err)
	}
	return auth.Act{Reason: "The mail server works again", Version: version}
}

func (st *site) addressAct(op auth.Operator, address string) auth.Act {
	st.t.Helper()
	a, err := st.s.MailAddress(context.Background(), op, address)
	if err != nil {
		st.t.Fatal(err)
	}
	version, err := a.Version()
	if err != nil {
		st.t.Fatal(err)
	}
	return auth.Act{Reason: "They asked for it by phone", Version: version}
}

// TestMailActs_Roles (D-01, D-41): every operator reads the log of mails, administrators alone act; nobody stops their own address.
func TestMailActs_Roles(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		ctx := context.Background()
		admin := st.operatorWith("administrator@example.test", auth.RoleAdministrator)
		st.person("target@example.test")
		for _, role := range auth.Roles {
			op, may := admin, role == auth.RoleAdministrator
			if !may {
				op = st.operatorWith(string(role)+"@example.test", role)
			}
			id, address := st.loggedMail("target@example.test", models.MailGivenUp), string(role)+"-stopped@example.test"
			if _, err := st.s.Mails(ctx, op, auth.MailQuery{}); err != nil {
				t.Errorf("%s reads: %v", role, err)
			}
			_, test := st.s.SendTestMail(ctx, op)
			for what, err := range map[models.Action]error{
				auth.AuditMailRetry: st.s.RetryMail(ctx, op, id, st.mailAct(op, id)),
				auth.AuditMailStop:  st.s.StopMail(ctx, op, address, st.addressAct(op, address)),
				auth.AuditMailTest:  test,
			} {
				var forbidden auth.Forbidden
				if may && err != nil || !may && !errors.As(err, &forbidden) {
					t.Errorf("%s by %s: %v", what, role, err)
				}
			}
		}
		for _, action := range []models.Action{auth.AuditMailRetry, auth.AuditMailStop, auth.AuditMailTest} {
			rows := st.audit(action)
			refused := slices.DeleteFunc(slices.Clone(rows), func(e models.AuditEvent) bool { return e.Outcome != models.OutcomeRefused })
			if len(rows) != 3 || len(refused) != 2 {
				t.Errorf("%s: %d rows, %d of them refused", action, len(rows), len(refused))
			}
		}
		var forbidden auth.Forbidden
		if err := st.s.StopMail(ctx, admin, "administrator@example.test", st.addressAct(admin, "administrator@example.test")); !errors.As(err, &forbidden) {
			t.Errorf("their own address: %v", err)
		}
	})
}

// TestMailRetry (D-41): a mail that failed is tried at once, as itself; a reason is asked, a decision on what is gone is refused, and
// of many who ask at once one wins.
func TestMailRetry(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		ctx, admin := context.Background(), st.operatorWith("root@example.test", auth.RoleAdministrator)
		st.person("target@example.test")
		id := st.loggedMail("target@example.test", models.MailGivenUp)
		act := st.mailAct(admin, id)
		var invalid auth.Invalid
		if err := st.s.RetryMail(ctx, admin, id, auth.Act{Version: act.Version}); !errors.As(err, &invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if err := st.s.RetryMail(ctx, admin, id, auth.Act{Reason: act.Reason, Version: "another"}); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("of another state: %v", err)
		}
		won, lost := modelstest.Race(20, func(int) error { return st.s.RetryMail(ctx, admin, id, act) })
		for _, err := range lost {
			if !errors.Is(err, auth.ErrChanged) {
				t.Errorf("who came second: %v", err)
			}
		}
		if won != 1 || len(st.audit(auth.AuditMailRetry)) != 1 {
			t.Errorf("%d won, %d rows", won, len(st.audit(auth.AuditMailRetry)))
		}
		m, err := st.s.Mail(ctx, admin, id)
		if err != nil || m.State != models.MailWaiting || m.Job == nil || m.Job.State != models.JobsWaiting {
			t.Errorf("%+v, %v", m, err)
		}
		sent := st.loggedMail("target@example.test", models.MailSent)
		if err := st.s.RetryMail(ctx, admin, sent, st.mailAct(admin, sent)); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("one that was sent: %v", err)
		}
		gone := st.loggedMail("target@example.test", models.MailGivenUp)
		decided := st.mailAct(admin, gone)
		st.exec("DELETE FROM river_job WHERE id = (SELECT job_id FROM mail_log WHERE id = '" + gone + "')")
		if err := st.s.RetryMail(ctx, admin, gone, decided); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("one whose job is gone: %v", err)
		}
	})
}

// TestMailStop (D-41): an address is stopped once, however many ask at once, and allowed once; the audit log keeps who, why and
// about whom, and of the address what its owner would recognise.
func TestMailStop(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		ctx, admin := context.Background(), st.operatorWith("root@example.test", auth.RoleAdministrator)
		target := st.person("target@example.test")
		stop := st.addressAct(admin, "Target@Example.Test")
		won, lost := modelstest.Race(20, func(int) error { return st.s.StopMail(ctx, admin, "Target@Example.Test", stop) })
		if won != 1 || slices.ContainsFunc(lost, func(err error) bool { return !errors.Is(err, auth.ErrChanged) }) {
			t.Errorf("stopped by %d: %v", won, lost)
		}
		if a, err := st.s.MailAddress(ctx, admin, "target@example.test"); err != nil || a.Stopped == nil || a.Stopped.StoppedBy != admin.ID || a.Stopped.Reason != stop.Reason {
			t.Errorf("%+v, %v", a, err)
		}
		if err := st.s.StopMail(ctx, admin, "target@example.test", stop); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("again: %v", err)
		}
		allow := st.addressAct(admin, "target@example.test")
		won, lost = modelstest.Race(20, func(int) error { return st.s.AllowMail(ctx, admin, "target@example.test", allow) })
		if won != 1 || slices.ContainsFunc(lost, func(err error) bool { return !errors.Is(err, auth.ErrChanged) }) {
			t.Errorf("allowed by %d: %v", won, lost)
		}
		for _, action := range []models.Action{auth.AuditMailStop, auth.AuditMailAllow} {
			rows := st.audit(action)
			if len(rows) != 1 || rows[0].SubjectID != target.ID || rows[0].Reason == "" || strings.Contains(fmt.Sprint(rows[0].Meta), "target@") {
				t.Errorf("%s: %+v", action, rows)
			}
		}
	})
}

// TestMailStop_AndAllowAtOnce: two operators who stop and allow one address at once end in one state, with a row for each act that was done.
func TestMailStop_AndAllowAtOnce(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		ctx, admin := context.Background(), st.operatorWith("root@example.test", auth.RoleAdministrator)
		const address = "both@example.test"
		for range 5 {
			stop := st.addressAct(admin, address)
			var wait sync.WaitGroup
			for _, act := range []func(context.Context, auth.Operator, string, auth.Act) error{st.s.StopMail, st.s.AllowMail} {
				wait.Go(func() {
					if err := act(ctx, admin, address, stop); err != nil && !errors.Is(err, auth.ErrChanged) {
						t.Error(err)
					}
				})
			}
			wait.Wait()
		}
		a, err := st.s.MailAddress(ctx, admin, address)
		if done := len(st.audit(auth.AuditMailStop)) - len(st.audit(auth.AuditMailAllow)); err != nil || (a.Stopped != nil) != (done == 1) || done < 0 || done > 1 {
			t.Errorf("%+v after %d more stops than allows, %v", a.Stopped, done, err)
		}
	})
}

// TestMailKinds: the log can be filtered by every kind of mail that this package sends.
func TestMailKinds(t *testing.T) {
	tree, err := parser.ParseFile(token.NewFileSet(), "mails.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, decl := range tree.Decls {
		consts, is := decl.(*ast.GenDecl)
		if !is || consts.Tok != token.CONST {
			continue
		}
		for _, spec := range consts.Specs {
			literal := spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit)
			kind, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	if listed := slices.Sorted(slices.Values(auth.MailKinds)); len(kinds) < 20 || !slices.Equal(kinds, listed) {
		t.Errorf("sent: %v\nlisted: %v", kinds, listed)
	}
}
