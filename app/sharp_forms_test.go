package main

import (
	"fmt"
	"go/ast"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/models"
)

// ownSources are the files that become the program.
func ownSources(t *testing.T) []source {
	t.Helper()
	return slices.DeleteFunc(sources(t, os.DirFS("..")), func(f source) bool { return f.tree == nil || f.isTest() || f.helper() })
}

// calls visits every method call of a file.
func calls(tree *ast.File, visit func(method string, selector *ast.SelectorExpr, call *ast.CallExpr)) {
	ast.Inspect(tree, func(n ast.Node) bool {
		if call, isCall := n.(*ast.CallExpr); isCall {
			if selector, isMethod := call.Fun.(*ast.SelectorExpr); isMethod {
				visit(selector.Sel.Name, selector, call)
			}
		}
		return true
	})
}

// TestSharpFormsAreAbsent: models uses no form of the ORM that does something else than it says. A string that is
// no constant runs as SQL when it stands as a condition; Save inserts what is gone; Updates of a struct leaves out
// what is false, empty or zero unless the columns are named.
func TestSharpFormsAreAbsent(t *testing.T) {
	for _, f := range ownSources(t) {
		if f.pkg() == "models" {
			for _, found := range sharpForms(f.tree) {
				if place := f.path + ": " + found; excusedForms[place] == "" {
					t.Error(place)
				}
			}
		}
	}
	for text, want := range map[string]int{
		"db.Save(&u)": 1, "db.Updates(&u)": 1, `db.Updates(map[string]any{"a": false})`: 0, `db.Select("A").Updates(&u)`: 0, "db.Updates(set)": 0,
		"db.Where(name)": 1, `db.Where("id = " + id)`: 1, `db.Where("id = ?", id)`: 0, `db.Where("a = ? " + "AND b = ?", a, b)`: 0,
		"db.First(&u, id)": 1, `db.Take(&u, "id = ?", id)`: 0, "db.Order(by)": 1, "db.Where(&User{})": 1, "db.Take(&u)": 0,
	} {
		if found := sharpForms(parseSource(t, "models/x.go", []byte("package models\nvar _ = "+text)).tree); len(found) != want {
			t.Errorf("%s: found %v, want %d", text, found, want)
		}
	}
}

// conditionAt says which argument of a method is a condition.
var conditionAt = map[string]int{
	"Where": 0, "Or": 0, "Not": 0, "Order": 0, "Having": 0, "Group": 0, "Pluck": 0, "First": 1, "Last": 1, "Take": 1, "Find": 1, "Delete": 1,
}

// excusedForms are conditions that are constant where they come from.
var excusedForms = map[string]string{
	"models/audit_event.go: Where with &AuditEvent{…}": "a filter: what is empty asks for nothing",
	"models/oauth_grant.go: Where with where":          "a text of the functions beside it",
	"models/models.go: Where with where":               "a text of the functions that sweep",
	"models/audit_search.go: Where with where":         "made of the names of columns, and of nothing that was asked",

	"models/cursor.go: Where with a text put together":      "made of the names of columns, and of nothing that was asked",
	"models/cursor.go: Order with a text put together":      "made of the names of columns, and of nothing that was asked",
	"models/member.go: Where with a text put together":      "a span of a column that is named beside it",
	"models/member_walk.go: Where with a text put together": "made of the names of columns, and of nothing that was asked",
	"models/member_walk.go: Order with a text put together": "made of the names of columns, and of nothing that was asked",

	"models/passkey_challenge.go: Where with unlimited": "a text of noneFull",
	"models/pending_login.go: Where with unlimited":     "a text of noneFull",
}

func sharpForms(tree *ast.File) (found []string) {
	calls(tree, func(method string, selector *ast.SelectorExpr, call *ast.CallExpr) {
		at, hasCondition := conditionAt[method]
		switch {
		case method == "Save":
			found = append(found, "Save inserts what is gone")
		case method == "Updates" && isReference(call.Args[0]) && !chained(selector, "Select"):
			found = append(found, "Updates of a struct skips what is false or empty: Select its columns")
		case hasCondition && len(call.Args) > at && !constantText(call.Args[at]) && !ofPackage(selector, "cmp"):
			found = append(found, method+" with "+conditionName(call.Args[at]))
		}
	})
	return found
}

// conditionName is how a condition is named in a report.
func conditionName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.UnaryExpr:
		if made, ok := e.X.(*ast.CompositeLit); ok {
			return fmt.Sprintf("&%v{…}", made.Type)
		}
	}
	return "a text put together"
}

func ofPackage(selector *ast.SelectorExpr, name string) bool {
	receiver, ok := selector.X.(*ast.Ident)
	return ok && receiver.Name == name
}

func isReference(e ast.Expr) bool {
	unary, ok := e.(*ast.UnaryExpr)
	return ok && unary.Op.String() == "&"
}

// chained tells whether method stands earlier in the chain of calls.
func chained(selector *ast.SelectorExpr, method string) bool {
	call, ok := selector.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	earlier, ok := call.Fun.(*ast.SelectorExpr)
	return ok && (earlier.Sel.Name == method || chained(earlier, method))
}

func constantText(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.BinaryExpr:
		return constantText(e.X) && constantText(e.Y)
	}
	return false
}

// TestRiskyPartsAreAbsent: the parts of Fiber that share what they keep between requests, or guess what was meant,
// are not used. The dependency rule keeps its middleware out.
func TestRiskyPartsAreAbsent(t *testing.T) {
	for _, f := range ownSources(t) {
		for _, found := range riskyParts(f) {
			t.Errorf("%s: %s", f.path, found)
		}
	}
	for text, want := range map[string]string{
		"func f(c d) { c.AutoFormat(1) }": "AutoFormat", "func f(c d) { c.RedirectBack(1) }": "RedirectBack",
		"var _ = fiber.Config{Prefork: true}": "Prefork", `import _ "github.com/gofiber/fiber/v2/utils"`: "utils", "var _ = fiber.Config{Immutable: true}": "",
	} {
		found := strings.Join(riskyParts(parseSource(t, "app/x.go", []byte("package main\n"+text))), "\n")
		if found == "" != (want == "") || !strings.Contains(found, want) {
			t.Errorf("%s: found %q", text, found)
		}
	}
}

// riskyCalls are methods of Fiber, and why they are not called.
var riskyCalls = map[string]string{
	"AutoFormat": "lets the caller choose what a page is", "RedirectBack": "follows the Referer", "RedirectToRoute": "builds addresses from names",
}

func riskyParts(f source) (found []string) {
	if slices.Contains(f.imports, "github.com/gofiber/fiber/v2/utils") {
		found = append(found, "imports Fiber's utils, whose ids can be foretold and whose strings are not copies")
	}
	calls(f.tree, func(method string, _ *ast.SelectorExpr, _ *ast.CallExpr) {
		if why := riskyCalls[method]; why != "" {
			found = append(found, method+" "+why)
		}
	})
	ast.Inspect(f.tree, func(n ast.Node) bool {
		if pair, ok := n.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "Prefork" {
				found = append(found, "Prefork runs several programs over one SQLite file")
			}
		}
		return true
	})
	return found
}

// TestRandomness: secrets come from the system's source alone, and are long enough never to meet.
func TestRandomness(t *testing.T) {
	for _, f := range ownSources(t) {
		for _, imported := range f.imports {
			if strings.HasPrefix(imported, "math/rand") {
				t.Errorf("%s imports %s, whose numbers can be foretold", f.path, imported)
			}
		}
	}
	token, id := regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`), regexp.MustCompile(`^[0-9a-z]{26}$`) // 256 bits; an id is no secret
	seen := make(map[string]bool, 200_000)
	for range 100_000 {
		for text, shape := range map[string]*regexp.Regexp{models.NewToken(): token, strings.ToLower(models.NewID()): id} {
			if !shape.MatchString(text) || seen[text] {
				t.Fatalf("%q is no %s, or came twice", text, shape)
			}
			seen[text] = true
		}
	}
}
