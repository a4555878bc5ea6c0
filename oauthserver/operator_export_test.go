package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/models"
)

// TestExportIsForAuditors (D-12): a download begins for who has the right and still has it; each try leaves a row.
func TestExportIsForAuditors(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		late := w.operatorWith(RightAudit)
		late.Still = func(context.Context, string) error { return ErrRefused }
		exports := map[models.Action]func(by Operator) error{
			eventClientsExport:  func(by Operator) error { _, err := w.s.ExportClients(ctx, by, ClientFilter{}, "csv"); return err },
			eventConsentsExport: func(by Operator) error { _, err := w.s.ExportConsents(ctx, by, ConsentFilter{}, "csv"); return err },
		}
		for event, begin := range exports {
			for who, by := range map[string]Operator{"nobody": {}, "who only reads": w.operatorWith(RightRead, RightOperate), "who lost it": late} {
				if err := begin(by); !errors.Is(err, ErrRefused) {
					t.Errorf("%s by %s: %v", event, who, err)
				}
			}
			if err := begin(w.operatorWith(RightAudit)); err != nil {
				t.Error(err)
			}
			outcomes := map[string]int{}
			for _, row := range w.events(event) {
				outcomes[row.Outcome]++
			}
			if outcomes[models.OutcomeRefused] != 3 || outcomes[models.OutcomeSuccess] != 1 {
				t.Errorf("%s left %v", event, outcomes)
			}
		}
	})
}

// TestExportReadsAll (D-12): a download goes on after a block, and ends with the last row; a fault on the way is passed on.
func TestExportReadsAll(t *testing.T) {
	eachReady(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		const more = models.ListBlock + 7
		w.must(w.db.InTx(ctx, func(tx *models.Tx) error {
			for i := range more {
				client := models.OAuthClient{ID: fmt.Sprint("many-", i), Kind: "service", Provenance: "cli", CreatedAt: w.s.now(), UpdatedAt: w.s.now()}
				if err := tx.CreateOAuthClient(ctx, &client); err != nil {
					return err
				}
			}
			return nil
		}))
		x, err := w.s.ExportClients(ctx, w.operatorWith(RightAudit), ClientFilter{Origin: "cli", Kind: "service"}, "csv")
		w.must(err)
		seen, blocks := map[string]bool{}, 0
		w.must(x.Each(ctx, func(list []models.OAuthClient) error {
			blocks++
			for _, client := range list {
				seen[client.ID] = true
			}
			return nil
		}))
		if len(seen) != more || blocks != 2 {
			t.Errorf("%d of %d in %d blocks", len(seen), more, blocks)
		}
		fault := errors.New("the reader is gone")
		if err := x.Each(ctx, func([]models.OAuthClient) error { return fault }); !errors.Is(err, fault) {
			t.Errorf("a fault on the way: %v", err)
		}
		w.clock.Add(time.Second)
		if _, err := x.Done(ctx, 1000, fault); err != nil {
			t.Fatal(err)
		}
		last := w.events(eventClientsExport)[0]
		if last.Outcome != models.OutcomeFailure || fmt.Sprint(last.Meta["rows"], last.Meta["state"], last.Meta["kind"], last.Meta["origin"]) != "1000cut shortservicecli" {
			t.Errorf("the row of the end: %+v", last)
		}
	})
}
