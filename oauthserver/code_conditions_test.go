package oauthserver

import (
	"strings"
	"testing"
	"time"
)

// TestCodeConditionsEachRefuse: of the conditions of a code, each refuses alone and in every company; only when all
// hold does it give tokens.
func TestCodeConditionsEachRefuse(t *testing.T) {
	w := aReady(t)
	w.client("other", nil)
	for faults := range 32 {
		has := func(bit int) bool { return faults&(1<<bit) != 0 }
		code, _ := w.codeFor("ada", "app", "notes:read")
		client, form := "app", codeForm(code)
		if has(0) {
			client = "other"
		}
		if has(1) {
			form.Set("redirect_uri", testCallback+"/")
		}
		if has(2) {
			form.Set("code_verifier", strings.Repeat("x", 43))
		}
		if has(3) {
			w.as("app", "/oauth/token", codeForm(code)).want(200)
		}
		if has(4) {
			w.clock.Add(61 * time.Second)
		}
		answer := w.as(client, "/oauth/token", form)
		if faults == 0 {
			answer.want(200)
		} else {
			answer.fails(400, "invalid_grant")
		}
	}
}
