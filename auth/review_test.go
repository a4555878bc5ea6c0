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
)

// reviewCalls are the ways to what needs a person, each as an operator would go it.
func (st *site) reviewCalls() map[string]func(auth.Operator) error {
	ctx := context.Background()
	return map[string]func(auth.Operator) error{
		"Review": func(op auth.Operator) error {
			_, err := st.s.Review(ctx, op, auth.ReviewQuery{State: models.ReviewOpen})
			return err
		},
		"ReviewItem": func(op auth.Operator) error { _, _, err := st.s.ReviewItem(ctx, op, models.NewID()); return err },
		"SetReviewAside": func(op auth.Operator) error {
			return st.s.SetReviewAside(ctx, op, models.NewID(), auth.ReviewDecision{Reason: "It was a drill"})
		},
	}
}

// review looks for what needs a person, as the house does every minute.
func (st *site) review(kind string) []models.ReviewItem {
	st.t.Helper()
	for _, finder := range st.s.ReviewFinders() {
		if err := st.db.RefreshReview(st.t.Context(), finder); err != nil {
			st.t.Fatal(err)
		}
	}
	list, err := st.db.ReviewOlder(st.t.Context(), models.ReviewOpen, nil, 100)
	if err != nil {
		st.t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(item models.ReviewItem) bool { return item.Kind != kind })
}

// locked puts lockouts into the log, each so long after the one before.
func (st *site) locked(n int, address string, apart time.Duration) {
	st.t.Helper()
	for range n {
		st.clock.Add(apart)
		ctx := models.WithOrigin(st.t.Context(), models.Origin{Address: address})
		if err := st.db.Audit(ctx, models.AuditEvent{Action: auth.AuditLock, ActorKind: "system"}); err != nil {
			st.t.Fatal(err)
		}
	}
}

// TestReview_Lockouts (D-16): lockouts that come together need a person, those of every day do not.
func TestReview_Lockouts(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.locked(4, "203.0.113.7", time.Minute)
		st.locked(6, "203.0.113.8", 20*time.Minute)
		if found := st.review(auth.ReviewLockouts); len(found) > 0 {
			t.Fatalf("no burst, and %+v", found)
		}
		st.locked(2, "203.0.113.9", time.Minute)
		st.locked(5, "2001:db8:7::1", 5*time.Minute)
		found := st.review(auth.ReviewLockouts)
		if len(found) != 1 || found[0].Subject != "2001:db8:7::/64" || found[0].Times != 5 {
			t.Fatalf("a burst from one address: %+v", found)
		}
		for i := range 20 {
			st.locked(1, fmt.Sprintf("198.51.100.%d", i), time.Minute)
		}
		found = st.review(auth.ReviewLockouts)
		if len(found) != 2 || found[0].Subject != "" || found[0].Times < 20 {
			t.Fatalf("a burst from many addresses: %+v", found)
		}
	})
}

// TestReview_OperatorsWithoutFactor (D-16): it goes by itself when they add one, and when they are no operator any more.
func TestReview_OperatorsWithoutFactor(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		st.person("member@example.test")
		adds, leaves := st.operatorWith("adds@example.test", auth.RoleSupport), st.operatorWith("leaves@example.test", auth.RoleAuditor)
		if found := st.review(auth.ReviewOperators); len(found) != 2 {
			t.Fatalf("two without: %+v", found)
		}
		st.giveAuthenticator(adds.ID)
		if found := st.review(auth.ReviewOperators); len(found) != 1 || found[0].Subject != leaves.ID {
			t.Fatalf("one without: %+v", found)
		}
		st.exec("UPDATE users SET role = '' WHERE email = 'leaves@example.test'")
		if found := st.review(auth.ReviewOperators); len(found) != 0 {
			t.Fatalf("none without: %+v", found)
		}
	}, func(c *auth.Config) { c.RequireMFA = auth.RequireMFAAdmins })
}

// TestReview_OperatorsOfDevelopment (D-16): a fresh start for development needs nobody; production does, whatever it asks for.
func TestReview_OperatorsOfDevelopment(t *testing.T) {
	for production, want := range map[bool]int{false: 0, true: 1} {
		each(t, func(t *testing.T, st *site) {
			st.operatorWith("admin@example.test", auth.RoleAdministrator)
			if found := st.review(auth.ReviewOperators); len(found) != want {
				t.Errorf("production %t: %+v", production, found)
			}
		}, func(c *auth.Config) { c.Production, c.RequireMFA = production, auth.RequireMFAOff })
	}
}

// TestReview_WhoSetsAside (D-16): support what support can cure, administrators everything, auditors nothing; each with a reason
// and a row, once for each state, and never what another has decided meanwhile.
func TestReview_WhoSetsAside(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		operators := map[auth.Role]auth.Operator{"": st.operatorWith("none@example.test", "")}
		for _, role := range auth.Roles {
			operators[role] = st.operatorWith(string(role)+"@example.test", role)
		}
		may := map[string][]auth.Role{
			auth.ReviewLockouts:  {auth.RoleSupport, auth.RoleAdministrator},
			"token_reuse":        {auth.RoleSupport, auth.RoleAdministrator}, // oauth
			auth.ReviewOperators: {auth.RoleAdministrator}, "audit_broken": {auth.RoleAdministrator},
		}
		for kind, roles := range may {
			for role, op := range operators {
				item := st.reviewed(kind, string(role))
				err := st.s.SetReviewAside(t.Context(), op, item.ID, st.asideNow(item, "1d"))
				var forbidden auth.Forbidden
				if allowed := slices.Contains(roles, role); allowed && err != nil || !allowed && !errors.As(err, &forbidden) {
					t.Errorf("%s by %q: %v", kind, role, err)
				}
			}
		}
		item, admin := st.reviewed("jobs_given_up", "mail"), operators[auth.RoleAdministrator]
		var invalid auth.Invalid
		if err := st.s.SetReviewAside(t.Context(), admin, item.ID, auth.ReviewDecision{Reason: "no", Snooze: "2y"}); !errors.As(err, &invalid) || invalid["reason"] == "" || invalid["snooze"] == "" {
			t.Errorf("without a reason: %v", err)
		}
		decision := st.asideNow(item, "")
		if err := st.s.SetReviewAside(t.Context(), admin, item.ID, decision); err != nil {
			t.Fatal(err)
		}
		if err := st.s.SetReviewAside(t.Context(), admin, item.ID, decision); !errors.Is(err, auth.ErrChanged) {
			t.Errorf("decided on a state that is gone: %v", err)
		}
		rows := st.audit(auth.AuditReviewAcknowledge)
		if len(rows) != 1 || rows[0].TargetID != item.ID || rows[0].Reason != decision.Reason || rows[0].ActorID != admin.ID || rows[0].Meta["kind"] != "jobs_given_up" {
			t.Errorf("rows %+v", rows)
		}
	})
}

// reviewed is something that needs a person.
func (st *site) reviewed(kind, subject string) models.ReviewItem {
	st.t.Helper()
	err := st.db.RefreshReview(st.t.Context(), models.ReviewFinder{Kind: kind, Keep: time.Hour, Find: func(context.Context) ([]models.ReviewFinding, error) {
		return []models.ReviewFinding{{Subject: subject, Severity: models.SeverityAlert}}, nil
	}})
	if err != nil {
		st.t.Fatal(err)
	}
	list, err := st.db.ReviewOlder(st.t.Context(), models.ReviewOpen, nil, 100)
	if err != nil {
		st.t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(item models.ReviewItem) bool { return item.Kind == kind && item.Subject == subject })
	if i < 0 {
		st.t.Fatalf("%s %q is not open", kind, subject)
	}
	return list[i]
}

// asideNow is a decision on an item as it is.
func (st *site) asideNow(item models.ReviewItem, snooze string) auth.ReviewDecision {
	st.t.Helper()
	version, err := item.Version()
	if err != nil {
		st.t.Fatal(err)
	}
	return auth.ReviewDecision{Reason: "It was a drill, announced before", Version: version, Snooze: snooze}
}
