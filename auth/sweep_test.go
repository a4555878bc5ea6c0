package auth_test

import (
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestSweep_UntilNothingIsLeft: a sweep goes on until all that has run out is gone, however much that is.
func TestSweep_UntilNothingIsLeft(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		err := st.db.InTx(t.Context(), func(tx *models.Tx) error {
			for range 1100 {
				dead := models.MailToken{ID: models.NewID(), Purpose: "reset", Email: newcomer, TokenHash: models.Digest(models.NewToken()), ExpiresAt: tx.Now()}
				if err := tx.CreateMailToken(t.Context(), &dead); err != nil {
					return err
				}
				counter := models.Counting{AttemptKey: models.AttemptKey{Rule: "L-00", Subject: models.NewID()}, Window: time.Second}
				if _, err := tx.CountAttempts(t.Context(), counter); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		st.clock.Add(time.Minute)
		if err := st.s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"mail_tokens", "attempts"} {
			var left int
			if err := modelstest.SQL(t, st.db).QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&left); err != nil || left != 0 {
				t.Errorf("%d left in %s, %v", left, table, err)
			}
		}
	})
}
