package views

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestPollsSaySo: what asks again by itself says so each time.
func TestPollsSaySo(t *testing.T) {
	found := 0
	check(t, func(_ Sample, _ string, doc *html.Node) (problems []string) {
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode || !strings.Contains(attr(n, "hx-trigger"), "every ") {
				continue
			}
			found++
			if attr(n, "hx-headers") != `{"X-Poll":"true"}` {
				problems = append(problems, "#"+attr(n, "id")+" asks again as if somebody had asked")
			}
		}
		return problems
	}, `<div id="x" hx-get="/x" hx-trigger="every 2s"></div>`)
	if found < 5 {
		t.Errorf("%d elements ask again: the samples lack some", found)
	}
}
