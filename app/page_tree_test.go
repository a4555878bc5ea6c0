package main

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func parsePage(t testing.TB, body string) *html.Node {
	t.Helper()
	tree, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func attributeOf(n *html.Node, name string) (value string, has bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// hiddenField is what the first field of this name on a page holds.
func hiddenField(t testing.TB, body, name string) string {
	t.Helper()
	for n := range parsePage(t, body).Descendants() {
		if own, _ := attributeOf(n, "name"); n.Data == "input" && own == name {
			value, _ := attributeOf(n, "value")
			return value
		}
	}
	return ""
}
