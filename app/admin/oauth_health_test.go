package admin_test

import (
	"testing"
	"time"
)

// TestHealthOfKeys (D-17): the page says how long each key signs.
func TestHealthOfKeys(t *testing.T) {
	eachAudit(t, time.Minute, func(st *auditSite) {
		st.clock.Add(49 * time.Hour)
		st.signedIn(auditor).Visit("/admin/health").Sees("RS256 signs for 2 days", "ES256 signs for 2 days")
	})
}
