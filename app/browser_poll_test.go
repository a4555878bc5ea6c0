package main

import (
	"strings"
	"testing"
)

// TestPollsSaySoInABrowser: the mark of what asks again by itself is on its way with each request, and on no other.
func TestPollsSaySoInABrowser(t *testing.T) {
	t.Parallel() // it mostly waits
	s, b := browserSite(t), openTab(t)
	b.signIn(s, "admin@example.test")
	b.visit(s.base + "/admin/jobs")
	b.wait("the page to ask again", `performance.getEntriesByType("resource").some((e) => e.initiatorType === "fetch" && e.name.includes("/admin/jobs"))`)
	marked := map[bool]int{}
	for _, e := range b.requests() {
		if strings.Contains(e.Request.URL, "/admin/jobs") {
			marked[e.Request.Headers["X-Poll"] == "true"]++
		}
	}
	if marked[true] < 1 || marked[false] != 1 {
		t.Errorf("requests of the page, by whether they carry the mark: %v", marked)
	}
}
