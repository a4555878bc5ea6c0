package auth_test

import (
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/models/modelstest"
)

// TestMemberCounts_Many (D-09): people are counted to 10,000; that there are more is taken to be so for a minute.
func TestMemberCounts_Many(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		pool := modelstest.SQL(t, st.db)
		run := func(statement string) {
			t.Helper()
			if _, err := pool.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		counts := func(want int) {
			t.Helper()
			n, err := st.s.CountMembers(t.Context(), auth.CommandLine(), "")
			if err != nil || n != want {
				t.Errorf("counted %d, %v, and not %d", n, err, want)
			}
		}
		run(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10005)
			INSERT INTO users (id, email, created_at, updated_at) SELECT 'P' || i, 'p' || i || '@example.test', '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00' FROM n`)
		counts(10_001)
		run("DELETE FROM users WHERE id LIKE 'P%5'")
		counts(10_001)
		st.clock.Add(time.Minute)
		counts(9004)
	})
}
