package main

import (
	"go/ast"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"
)

// A comparison that stops at the first difference tells, by its time, how much of a secret was right. What is
// compared here is found by its name.

var secretName = regexp.MustCompile(`(?i)(secret|token|hash|code|mac|signature|verifier)$`)

// plainCompares are comparisons of things whose names only sound secret, or which no stranger can measure.
var plainCompares = map[string]string{
	"oauthserver/consent.go: bytes.Equal(c.MetadataHash, q.client.MetadataHash)":   "what a client published about itself", // oauth
	"oauthserver/consent.go: bytes.Equal(old.MetadataHash, q.client.MetadataHash)": "what a client published about itself", // oauth
}

func TestConstantTimeCompare(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range sources(t, os.DirFS("..")) {
		if f.tree == nil || f.isTest() || f.helper() {
			continue
		}
		for _, found := range plainComparisons(f.tree) {
			place := f.path + ": " + found
			seen[place] = true
			if plainCompares[place] == "" {
				t.Errorf("%s: use crypto/subtle, or say in plainCompares why not", place)
			}
		}
	}
	for place := range plainCompares {
		if !seen[place] {
			t.Errorf("%s is excused and no longer there", place)
		}
	}
}

// TestPlainComparisonIsFound: the rule sees what breaks it, and nothing else.
func TestPlainComparisonIsFound(t *testing.T) {
	for text, want := range map[string]int{
		"row.TokenHash == presented": 1, "given != s.secret": 1, "bytes.Equal(a, mac)": 1, "strings.EqualFold(code, typed)": 1,
		`token == ""`: 0, "hash != nil": 0, "len(token) == 43": 0, "user == other": 0, "answer.code == http.StatusOK": 0,
	} {
		f := parseSource(t, "auth/x.go", []byte("package auth\nvar _ = "+text))
		if found := plainComparisons(f.tree); len(found) != want {
			t.Errorf("%s: %v", text, found)
		}
	}
}

// plainComparisons lists ==, != and the equal functions of bytes and strings with a secret on a side.
func plainComparisons(tree *ast.File) (found []string) {
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if (n.Op == token.EQL || n.Op == token.NEQ) && secretSide(n.X, n.Y) {
				found = append(found, spell(n.X)+" "+n.Op.String()+" "+spell(n.Y))
			}
		case *ast.CallExpr:
			name := spell(n.Fun)
			if (name == "bytes.Equal" || name == "strings.EqualFold" || name == "slices.Equal") && len(n.Args) == 2 && secretSide(n.Args[0], n.Args[1]) {
				found = append(found, name+"("+spell(n.Args[0])+", "+spell(n.Args[1])+")")
			}
		}
		return true
	})
	return found
}

// secretSide: one side is named like a secret, and the other is not a literal, nil or a constant of this house.
func secretSide(x, y ast.Expr) bool {
	return secretName.MatchString(spell(x)) && !fixed(y) || secretName.MatchString(spell(y)) && !fixed(x)
}

func fixed(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return e.Name == "nil" || e.Obj != nil && e.Obj.Kind == ast.Con
	case *ast.SelectorExpr:
		return strings.HasPrefix(e.Sel.Name, "Status")
	}
	return false
}

// spell writes names as they stand: "row.TokenHash".
func spell(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return spell(e.X) + "." + e.Sel.Name
	case *ast.CallExpr:
		return spell(e.Fun) + "()"
	case *ast.StarExpr:
		return "*" + spell(e.X)
	}
	return "…"
}
