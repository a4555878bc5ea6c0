package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// TestOperatorActsAreAudited: each act writes one row with its operator, reason and what was changed, and together with
// the change or not at all.
func TestOperatorActsAreAudited(t *testing.T) {
	eachAct(t, func(t *testing.T, w *world, name string, act operatorAct) {
		by, do := act.ready(w, w.anAdministrator())
		w.clock.Add(time.Second)
		before := len(w.events(act.event))
		if err := do(by); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		rows := w.events(act.event)
		if len(rows) != before+1 {
			t.Fatalf("%s: %d rows, %d before", name, len(rows), before)
		}
		row := rows[0]
		if row.ActorKind != "operator" || row.ActorID != by.ID || row.SessionID != by.SessionID || row.Reason != by.Reason || row.Outcome != models.OutcomeSuccess {
			t.Errorf("%s: %+v", name, row)
		}
		if row.TargetKind == "" || len(row.Changes) == 0 && act.event != eventKeysRotate {
			t.Errorf("%s says nothing of what was changed: %+v", name, row)
		}
		if text := fmt.Sprint(row); strings.Contains(text, "lk_cs_") {
			t.Errorf("%s: a secret is in %s", name, text)
		}
	})
}

// TestOperatorActsAreRefused: without the right, as nobody, and with every other right, nothing changes and the try is a
// row.
func TestOperatorActsAreRefused(t *testing.T) {
	eachAct(t, func(t *testing.T, w *world, name string, act operatorAct) {
		allowed, do := act.ready(w, w.anAdministrator())
		others := slices.DeleteFunc([]string{RightRead, RightRevokeAccess, RightOperate}, func(right string) bool { return right == act.right })
		lesser := w.operatorWith(others...)
		lesser.Seen = allowed.Seen
		nobody := Operator{ID: allowed.ID, Reason: allowed.Reason, Seen: allowed.Seen}
		mute, late := allowed, allowed
		mute.May = nil
		late.Still = func(_ context.Context, right string) error {
			if right != act.right {
				t.Errorf("%s asks for %q", name, right)
			}
			return ErrRefused
		}
		for who, by := range map[string]Operator{"the zero operator": {}, "a lesser one": lesser, "of no kind": nobody, "without a table": mute, "one who lost it meanwhile": late} {
			w.clock.Add(time.Second)
			before, tries := w.everyValueBut("audit_events"), len(w.events(act.event))
			if err := do(by); !errors.Is(err, ErrRefused) {
				t.Errorf("%s by %s: %v", name, who, err)
			}
			if w.everyValueBut("audit_events") != before {
				t.Errorf("%s by %s changed something", name, who)
			}
			rows := w.events(act.event)
			if len(rows) != tries+1 || rows[0].Outcome != models.OutcomeRefused || rows[0].ActorID != by.ID || len(rows[0].Changes) > 0 {
				t.Errorf("%s by %s: %d rows before, now %d, the last %+v", name, who, tries, len(rows), rows[0])
			}
		}
	})
}

// TestReasonRequired: a person has to say why, in 10 to 500 characters; the command line may.
func TestReasonRequired(t *testing.T) {
	eachAct(t, func(t *testing.T, w *world, name string, act operatorAct) {
		by, do := act.ready(w, w.anAdministrator())
		before := w.everyValue()
		for _, reason := range []string{"", "too short", "  spaces  ", strings.Repeat("x", 501)} {
			by.Reason = reason
			var mistakes Invalid
			if err := do(by); !errors.As(err, &mistakes) || mistakes["reason"] == "" {
				t.Errorf("%s for %q: %v", name, reason, err)
			}
		}
		if w.everyValue() != before {
			t.Errorf("%s changed something", name)
		}
		w.clock.Add(time.Second)
		if err := do(System("cli", "")); err != nil {
			t.Fatalf("%s on the command line: %v", name, err)
		}
		if row := w.events(act.event)[0]; row.ActorKind != "system" || row.ActorID != "cli" || row.Reason != "" {
			t.Errorf("%s on the command line: %+v", name, row)
		}
	})
}

// TestStaleActIsRefused: what was decided on a state that is no more is not done.
func TestStaleActIsRefused(t *testing.T) {
	eachAct(t, func(t *testing.T, w *world, name string, act operatorAct) {
		by, do := act.ready(w, w.anAdministrator())
		if by.Seen == "" {
			return // a new client has no state
		}
		for _, seen := range []string{"", "0123456789abcdef01234567"} {
			stale := by
			stale.Seen = seen
			before := w.everyValue()
			if err := do(stale); !errors.Is(err, ErrChanged) || w.everyValue() != before {
				t.Errorf("%s on %q: %v", name, seen, err)
			}
		}
		if err := do(by); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
}

// TestTypedBeforeWhatCannotBeUndone: disabling and deleting a client, revoking all its tokens and revoking a key need its name in the operator's own
// hand.
func TestTypedBeforeWhatCannotBeUndone(t *testing.T) {
	eachAct(t, func(t *testing.T, w *world, name string, act operatorAct) {
		final := slices.Contains([]string{"disable", "delete", "revoke key", "revoke tokens"}, name)
		by, do := act.ready(w, w.anAdministrator())
		mute := by
		mute.Typed = "app2"
		before := w.everyValue()
		err := do(mute)
		var mistakes Invalid
		if errors.As(err, &mistakes) != final || final && (mistakes["typed"] == "" || w.everyValue() != before) {
			t.Errorf("%s: %v", name, err)
		}
		if final {
			w.must(do(by))
		}
	})
}

// TestClientVersionMoves: every change of a client, and what would end with it, makes the page that was drawn before stale.
func TestClientVersionMoves(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx, by := context.Background(), w.anAdministrator()
		edit, stop := w.seen(by, "app")
		got := w.signInAt("ada", "app", allScopes)
		if again, moved := w.seen(by, "app"); again.Seen != edit.Seen || moved.Seen == stop.Seen {
			t.Error("a sign-in makes an edit stale, or does not make stopping it so")
		}
		if err := w.s.DisableClient(ctx, stop, "app"); !errors.Is(err, ErrChanged) {
			t.Errorf("stopped on an old count: %v", err)
		}
		if !w.alive("app", got.access) {
			t.Error("a stale act ended something")
		}
		versions := map[string]bool{edit.Seen: true}
		for _, change := range []func() error{
			func() error { return w.s.UnverifyClient(ctx, byTest, "app") },
			func() error { _, err := w.s.RotateSecret(ctx, byTest, "app", 0); return err },
			func() error { return w.s.DisableClient(ctx, byTest, "app") },
			func() error { return w.s.EnableClient(ctx, byTest, "app") },
		} {
			w.clock.Add(1e9)
			w.must(change())
			now, _ := w.seen(by, "app")
			versions[now.Seen] = true
		}
		if len(versions) != 5 {
			t.Errorf("%d versions", len(versions))
		}
		if got := []int{about(0), about(99), about(101), about(999), about(1049), about(10_001)}; fmt.Sprint(got) != "[0 99 100 990 1000 10000]" {
			t.Errorf("about: %v", got)
		}
	})
}

// TestOperatorRights: the lists and records are closed without the right to read.
func TestOperatorRights(t *testing.T) {
	w := aReady(t)
	ctx, id, got := context.Background(), w.aConsent("ada", "app"), w.signInAt("ada", "app", allScopes)
	family := w.onlyGrant().ID
	looks := map[string]func(by Operator) error{
		"clients": func(by Operator) error {
			_, err := w.s.Clients(ctx, by, ClientFilter{}, models.Place{Limit: 25})
			return err
		},
		"client": func(by Operator) error { _, err := w.s.OpenClient(ctx, by, "app"); return err },
		"consents": func(by Operator) error {
			_, err := w.s.Consents(ctx, by, ConsentFilter{}, models.Place{Limit: 25})
			return err
		},
		"consent": func(by Operator) error { _, err := w.s.OpenConsent(ctx, by, id); return err },
		"families": func(by Operator) error {
			_, err := w.s.Families(ctx, by, FamilyFilter{}, models.Place{Limit: 25})
			return err
		},
		"family": func(by Operator) error { _, err := w.s.OpenFamily(ctx, by, family); return err },
		"access tokens": func(by Operator) error {
			_, err := w.s.FamilyTokens(ctx, by, family, models.Place{Limit: 25})
			return err
		},
		"app":  func(by Operator) error { _, err := w.s.OpenApp(ctx, by, family); return err },
		"find": func(by Operator) error { _, err := w.s.FindToken(ctx, by, got.access); return err },
		"keys": func(by Operator) error { _, err := w.s.Keys(ctx, by); return err },
	}
	for _, name := range slices.Sorted(maps.Keys(looks)) {
		for who, by := range map[string]Operator{"nobody": {}, "one who may only act": w.operatorWith(RightOperate, RightRevokeAccess)} {
			if err := looks[name](by); !errors.Is(err, ErrRefused) {
				t.Errorf("%s for %s: %v", name, who, err)
			}
		}
		if err := looks[name](w.operatorWith(RightRead)); err != nil {
			t.Errorf("%s for one who may read: %v", name, err)
		}
	}
}
