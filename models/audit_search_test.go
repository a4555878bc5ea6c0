package models_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestAuditSearch (D-25): whatever is asked together, the list is what a look at every row says, page by page in both
// directions; and an export reads the same.
func TestAuditSearch(t *testing.T) {
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		rows := manyEvents(t, db, clock, 400)
		random := rand.New(rand.NewPCG(1, 2))
		found := 0
		for range 250 {
			f := randomFilter(random, rows)
			var want []string
			for _, e := range rows {
				if matches(f, e) {
					want = append(want, e.ID)
				}
			}
			found += len(want)
			if got := paged(t, db, f); !slices.Equal(got, want) {
				t.Fatalf("%+v\nfinds %d events, not %d", f, len(got), len(want))
			}
			var exported []string
			err := db.AuditEach(t.Context(), f, func(block []models.AuditEvent) error {
				for _, e := range block {
					exported = append(exported, e.ID)
				}
				return nil
			})
			if err != nil || !slices.Equal(exported, want) {
				t.Fatalf("%+v\nexports %d events, not %d: %v", f, len(exported), len(want), err)
			}
		}
		if found < 1000 {
			t.Errorf("the filters found %d events: they ask too much", found)
		}
	})
}

// manyEvents writes rows with few different values, some at one time, and gives them back as they were stored, the newest first.
func manyEvents(t *testing.T, db *models.DB, clock *modelstest.Clock, n int) []models.AuditEvent {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	pickAction := func(of ...models.Action) models.Action { return of[random.IntN(len(of))] }
	for range n {
		e := models.AuditEvent{
			Action:  pickAction("auth.sign_in", "auth.sign_in", "auth.sign_out", "session.end", "admin.user.disable", "oauth.consent.grant", "app.note.delete"),
			Outcome: pick("", "", models.OutcomeFailure, models.OutcomeRefused), ActorKind: pick("person", "operator", "system"),
			ActorID: pick("", "A", "B", "O"), SubjectID: pick("", "A", "B"), EffectiveID: pick("", "", "A"), TargetID: pick("", "", "B", "T"), ClientID: pick("", "C", "D"),
			Address: pick("", "192.0.2.1", "192.0.2.77", "192.0.20.1", "198.51.100.9", "2001:db8::1", "2001:db8:0:1::5", "2001:db9::1"), RequestID: pick("", "R", "S"), BatchID: pick("", "", "N"),
		}
		if err := db.Audit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if random.IntN(3) > 0 {
			clock.Add(time.Minute)
		}
	}
	all, err := db.AuditEvents(t.Context(), models.AuditQuery{})
	if err != nil || len(all) != n {
		t.Fatalf("%d rows, %v", len(all), err)
	}
	return all
}

func randomFilter(random *rand.Rand, rows []models.AuditEvent) (f models.AuditFilter) {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	for range 1 + random.IntN(3) {
		switch random.IntN(10) {
		case 0:
			f.People = [][]string{{"A"}, {"A", "B"}, {"O", "T"}, {}}[random.IntN(4)]
			f.Role = models.AuditRole(pick("", "actor", "effective", "target"))
		case 1:
			f.Actions = []models.Action{models.Action(pick("auth.sign_in", "session.end", "auth.made_up"))}
		case 2:
			f.Families = []string{pick("auth", "admin", "app"), "oauth"}
		case 3:
			f.Outcome = pick(models.OutcomeSuccess, models.OutcomeFailure, models.OutcomeRefused)
		case 4:
			f.Operators = true
		case 5:
			f.ViewedAs = true
		case 6:
			f.ClientID = "C"
		case 7:
			f.Network = netip.MustParsePrefix(pick("192.0.2.1/32", "192.0.2.0/24", "192.0.0.0/19", "2001:db8::/64", "2001:db8::/32", "2001:db8::1/128", "0.0.0.0/0", "::/0"))
		case 8:
			f.RequestID, f.BatchID = pick("", "R"), pick("", "N")
		case 9:
			f.From, f.To = rows[random.IntN(len(rows))].CreatedAt, rows[random.IntN(len(rows))].CreatedAt
		}
	}
	return f
}

// matches is what a filter means, without an index.
func matches(f models.AuditFilter, e models.AuditEvent) bool {
	parts := map[models.AuditRole][]string{
		models.AuditInAnyRole: {e.ActorID, e.EffectiveID, e.SubjectID, e.TargetID}, models.AuditAsActor: {e.ActorID},
		models.AuditAsEffective: {e.EffectiveID}, models.AuditAsTarget: {e.SubjectID, e.TargetID},
	}[f.Role]
	family, _, _ := strings.Cut(string(e.Action), ".")
	address, _ := netip.ParseAddr(e.Address)
	switch {
	case f.People != nil && !slices.ContainsFunc(parts, func(id string) bool { return slices.Contains(f.People, id) }):
	case len(f.Actions)+len(f.Families) > 0 && !slices.Contains(f.Actions, e.Action) && !slices.Contains(f.Families, family):
	case f.Outcome != "" && f.Outcome != e.Outcome, f.ClientID != "" && f.ClientID != e.ClientID:
	case f.RequestID != "" && f.RequestID != e.RequestID, f.BatchID != "" && f.BatchID != e.BatchID:
	case f.Operators && e.ActorKind != "operator" && family != "admin", f.ViewedAs && e.EffectiveID == "":
	case f.Network.IsValid() && !f.Network.Contains(address):
	case !f.From.IsZero() && e.CreatedAt.Before(f.From), !f.To.IsZero() && !e.CreatedAt.Before(f.To):
	default:
		return true
	}
	return false
}

// paged walks a list to its end in pages of seven, and back.
func paged(t *testing.T, db *models.DB, f models.AuditFilter) (down []string) {
	t.Helper()
	var place *models.Cursor
	for {
		page, err := db.AuditOlder(t.Context(), f, place, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			down, place = append(down, e.ID), new(e.Cursor())
		}
		if len(page) < 7 {
			break
		}
	}
	var up []string
	for place != nil {
		page, err := db.AuditNewer(t.Context(), f, *place, 7)
		if err != nil {
			t.Fatal(err)
		}
		place = nil
		for _, e := range page {
			up, place = append(up, e.ID), new(e.Cursor())
		}
	}
	slices.Reverse(up)
	if len(down) > 0 && !slices.Equal(up, down[:len(down)-1]) {
		t.Fatalf("%+v\n%d events on the way back, %d on the way down", f, len(up), len(down))
	}
	return down
}

// TestAuditSearch_WideNetwork: a range that would be a walk through the log is refused.
func TestAuditSearch_WideNetwork(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		var events []models.AuditEvent
		for i := range 65 {
			events = append(events, models.AuditEvent{Action: "app.test", ActorKind: "system", Address: fmt.Sprintf("192.0.2.%d", i)})
		}
		if err := db.InTx(t.Context(), func(tx *models.Tx) error { return tx.Audit(t.Context(), events...) }); err != nil {
			t.Fatal(err)
		}
		for network, want := range map[string]error{"192.0.2.0/24": models.ErrWideNetwork, "192.0.2.0/26": nil, "192.0.0.0/8": models.ErrWideNetwork, "10.0.0.0/8": nil} {
			_, err := db.AuditOlder(t.Context(), models.AuditFilter{Network: netip.MustParsePrefix(network)}, nil, 5)
			if !errors.Is(err, want) {
				t.Errorf("%s: %v", network, err)
			}
		}
	})
}
