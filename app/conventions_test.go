package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The rules of the house (AGENTS.md), checked on the source itself. TestRulesFindPlantedViolations proves
// that each of them can fail.

// ours is what a package may import of the others. A package without a line here may not exist.
var ours = map[string][]string{
	"static":            {},
	"views":             {"static"},
	"models":            {},
	"models/modelstest": {"models"},
	"auth":              {"models", "views"},
	"oauthserver":       {"models", "views"}, // oauth
	"app":               {"app/admin", "app/doctor", "app/jobs", "app/mail", "app/apptest", "app/demo", "auth", "oauthserver", "models", "models/modelstest", "views", "static"},
	"app/admin":         {"app/apptest", "app/doctor", "auth", "oauthserver", "models", "views"},
	"app/doctor":        {"app/mail", "models", "models/modelstest"},
	"app/jobs":          {"app/mail", "models"},
	"app/mail":          {"models", "models/modelstest"},
	"app/demo":          {}, // oauth
	"app/apptest":       {"views", "static", "models", "models/modelstest"},
}

// homes says where a library of others may be used: packages, or files of them.
var homes = map[string][]string{
	"gorm.io/":                               {"models"},
	"github.com/pressly/goose":               {"models"},
	"modernc.org/sqlite":                     {"models"},
	"github.com/jackc/pgx":                   {"models"},
	"github.com/tink-crypto/":                {"models"},
	"github.com/riverqueue/river":            {"models", "app/jobs", "app/mail"},
	"github.com/wneessen/go-mail":            {"app/mail"},
	"github.com/ory/fosite":                  {"oauthserver"}, // oauth
	"github.com/go-jose/go-jose":             {"oauthserver"}, // oauth
	"github.com/go-webauthn/webauthn":        {"auth/passkey*.go", "auth/auth.go"},
	"github.com/spf13/cobra":                 {"app"},
	"github.com/a-h/templ":                   {"views", "oauthserver/error_page.go"},
	"github.com/gofiber/fiber":               {"app", "app/admin", "views/render.go", "views/static.go", "auth/*_handler.go", "auth/routes.go", "auth/middleware.go", "auth/cookies.go", "auth/form.go"},
	"github.com/valyala/fasthttp":            {},
	"github.com/gofiber/adaptor":             {},
	"github.com/gofiber/fiber/v2/middleware": {},
}

// testOnly may be imported by tests and the packages that serve them.
var testOnly = []string{"testing", "net/http/httptest", "github.com/chromedp/", "github.com/zitadel/oidc", "github.com/descope/virtualwebauthn", "github.com/stretchr/"}

// source is one parsed file of the repository.
type source struct {
	path    string // "auth/login.go"
	imports []string
	tree    *ast.File // nil when only imports were read
}

func (s source) pkg() string  { return path.Dir(s.path) }
func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// helper tells a package that exists for tests alone.
func (s source) helper() bool { return s.pkg() == "models/modelstest" || s.pkg() == "app/apptest" }

func TestHouseRules(t *testing.T) {
	for _, violation := range violations(sources(t, os.DirFS(".."))) {
		t.Error(violation)
	}
}

// violations runs every rule over the files.
func violations(files []source) []string {
	var found []string
	for _, f := range files {
		for _, imported := range f.imports {
			found = append(found, importViolations(f, imported)...)
		}
		if f.tree != nil && !f.isTest() {
			found = append(found, callViolations(f)...)
			found = append(found, actionViolations(f)...)
		}
	}
	return append(found, homeViolations(files)...)
}

// importViolations is the dependency rule.
func importViolations(f source, imported string) []string {
	if own, isOurs := strings.CutPrefix(imported, "latchkey/"); isOurs {
		allowed, known := ours[f.pkg()]
		switch {
		case !known:
			return []string{f.path + ": the package has no line in the dependency rule"}
		case own == f.pkg(): // an external test of its own package
		case f.isTest() && own == "models/modelstest":
		case f.isTest() && own == "views": // whose samples are every page and mail there is
		case !slices.Contains(allowed, own):
			return []string{fmt.Sprintf("%s imports %s, which %s may not know", f.path, own, f.pkg())}
		case own == "models/modelstest" && !f.isTest() && !f.helper(), own == "app/apptest" && !f.isTest():
			return []string{fmt.Sprintf("%s imports %s, which is for tests", f.path, own)}
		}
		return nil
	}
	if !f.isTest() && !f.helper() && matchesAny(testOnly, imported) {
		return []string{fmt.Sprintf("%s imports %s, which is for tests", f.path, imported)}
	}
	home, longest := []string(nil), ""
	for library, places := range homes {
		if strings.HasPrefix(imported, library) && len(library) > len(longest) {
			home, longest = places, library
		}
	}
	if longest == "" || f.isTest() && longest != "gorm.io/" || atHome(f, home) {
		return nil
	}
	return []string{fmt.Sprintf("%s imports %s, whose home is %v", f.path, imported, home)}
}

func atHome(f source, places []string) bool {
	return slices.ContainsFunc(places, func(place string) bool {
		match, _ := path.Match(place, f.path)
		return match || place == f.pkg() || f.helper() && place == path.Dir(f.pkg())
	})
}

func matchesAny(prefixes []string, name string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// forbiddenCalls are methods whose name alone tells that they have no place here, and why.
var forbiddenCalls = map[string]string{"AutoMigrate": "the schema changes by a pair of migration files"}

// callViolations looks for what must not be called.
func callViolations(f source) []string {
	var found []string
	ast.Inspect(f.tree, func(n ast.Node) bool {
		call, isCall := n.(*ast.CallExpr)
		if !isCall {
			return true
		}
		if isPassedOn(call) {
			found = append(found, f.path+" passes c.Context() on: it is recycled with the request; c.UserContext() is not")
		}
		selector, isMethod := call.Fun.(*ast.SelectorExpr)
		if !isMethod {
			return true
		}
		receiver, _ := selector.X.(*ast.Ident)
		name := selector.Sel.Name
		switch {
		case forbiddenCalls[name] != "":
			found = append(found, fmt.Sprintf("%s calls %s: %s", f.path, name, forbiddenCalls[name]))
		case name == "Redirect" && receiver != nil && receiver.Name == "c" && f.path != "views/render.go":
			found = append(found, f.path+" calls c.Redirect: views.Redirect knows htmx")
		}
		return true
	})
	return found
}

// isPassedOn finds c.Context() among the arguments of a call. Reading the peer's address from it is fine.
func isPassedOn(call *ast.CallExpr) bool {
	return slices.ContainsFunc(call.Args, func(argument ast.Expr) bool {
		inner, isCall := argument.(*ast.CallExpr)
		if !isCall {
			return false
		}
		selector, isMethod := inner.Fun.(*ast.SelectorExpr)
		if !isMethod || selector.Sel.Name != "Context" {
			return false
		}
		receiver, isName := selector.X.(*ast.Ident)
		return isName && receiver.Name == "c"
	})
}

// topLevel is all that stands at the top of the repository, beside dot-files.
var topLevel = []string{
	"app", "auth", "models", "oauthserver", "static", "views", "docs", "tools", "data", "go.mod", "go.sum", "Taskfile.yml",
	"README.md", "LICENSE", "CHANGELOG.md", "AGENTS.md", "SECURITY.md",
}

var wordsWithoutMeaning = []string{"utils", "util", "helpers", "helper", "common", "types", "pkg", "internal", "misc", "base"}

// homeViolations: every package has a doc, no file or folder has a name that says nothing, HTTP halves stand
// beside their rules.
func homeViolations(files []source) []string {
	var found []string
	documented, seen := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		if !f.isTest() {
			seen[f.pkg()] = true
			documented[f.pkg()] = documented[f.pkg()] || f.tree != nil && f.tree.Doc != nil
		}
		name := strings.TrimSuffix(path.Base(f.path), ".go")
		for _, word := range append(strings.Split(path.Dir(f.path), "/"), name) {
			if slices.Contains(wordsWithoutMeaning, word) {
				found = append(found, fmt.Sprintf("%s: %q says nothing about what is inside", f.path, word))
			}
		}
	}
	for pkg := range seen {
		if !documented[pkg] {
			found = append(found, pkg+" has no package comment")
		}
	}
	return found
}

// sources parses every Go file of the repository, but not what tools bring along.
func sources(t *testing.T, root fs.FS) []source {
	t.Helper()
	var files []source
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "tools" || name != "." && strings.HasPrefix(entry.Name(), ".")) {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		files = append(files, parseSource(t, filepath.ToSlash(name), text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func parseSource(t *testing.T, name string, text []byte) source {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	f := source{path: name, tree: tree}
	for _, spec := range tree.Imports {
		f.imports = append(f.imports, strings.Trim(spec.Path.Value, `"`))
	}
	return f
}

// TestRulesFindPlantedViolations: each rule sees the file that breaks it.
func TestRulesFindPlantedViolations(t *testing.T) {
	const doc = "// Package x is documented.\n"
	for name, c := range map[string]struct{ path, text, want string }{
		"the halves do not know each other": {"auth/x.go", doc + `package auth; import _ "latchkey/oauthserver"`, "may not know"},             // oauth
		"the other way round":               {"oauthserver/x.go", doc + `package oauthserver; import _ "latchkey/auth"`, "may not know"},      // oauth
		"in tests, too":                     {"oauthserver/x_test.go", doc + `package oauthserver; import _ "latchkey/auth"`, "may not know"}, // oauth
		"models know no pages":              {"models/x.go", doc + `package models; import _ "latchkey/views"`, "may not know"},
		"pages know no models":              {"views/x.go", doc + `package views; import _ "latchkey/models"`, "may not know"},
		"nobody imports app":                {"auth/x.go", doc + `package auth; import _ "latchkey/app"`, "may not know"},
		"an unknown package":                {"billing/x.go", doc + `package billing; import _ "latchkey/models"`, "no line in the dependency rule"},
		"GORM outside models":               {"auth/x.go", doc + `package auth; import _ "gorm.io/gorm"`, "whose home is"},
		"GORM in a test":                    {"app/x_test.go", doc + `package main; import _ "gorm.io/gorm"`, "whose home is"},
		"fosite in app":                     {"app/x.go", doc + `package main; import _ "github.com/ory/fosite"`, "whose home is"}, // oauth
		"Fiber in the rules":                {"auth/login.go", doc + `package auth; import _ "github.com/gofiber/fiber/v2"`, "whose home is"},
		"Fiber in oauthserver":              {"oauthserver/x.go", doc + `package oauthserver; import _ "github.com/gofiber/fiber/v2"`, "whose home is"}, // oauth
		"Fiber's own middleware":            {"app/x.go", doc + `package main; import _ "github.com/gofiber/fiber/v2/middleware/csrf"`, "whose home is"},
		"Fiber's adaptor":                   {"app/x.go", doc + `package main; import _ "github.com/gofiber/adaptor/v2"`, "whose home is"},
		"templ in auth":                     {"auth/x.go", doc + `package auth; import _ "github.com/a-h/templ"`, "whose home is"},
		"test code in the program":          {"app/x.go", doc + `package main; import _ "testing"`, "for tests"},
		"test database in the program":      {"app/x.go", doc + `package main; import _ "latchkey/models/modelstest"`, "for tests"},
		"AutoMigrate":                       {"models/x.go", doc + "package models\nfunc f(db d) { db.AutoMigrate() }", "migration files"},
		"Fiber's redirect":                  {"auth/x_handler.go", doc + "package auth\nfunc f(c d) { c.Redirect(\"/\") }", "knows htmx"},
		"the recycled context":              {"auth/x_handler.go", doc + "package auth\nfunc f(c d) { g(c.Context()) }", "recycled"},
		"an action of the house, forged":    {"app/notes_handler.go", doc + `package main; var _ = models.AuditEvent{Action: "auth.sign_in"}`, "declared elsewhere"},
		"declared by the product":           {"app/notes_handler.go", doc + `package main; const x models.Action = "admin.member.rename"`, "declared elsewhere"},
		"an action without its type":        {"auth/audit.go", doc + `package auth; const x = "auth.sign_in"`, "declared elsewhere"},
		"an action out of a text":           {"app/notes_handler.go", doc + "package main\nfunc f(s string) any { return models.Action(s) }", "out of a text"},
		"a file of leftovers":               {"auth/helpers.go", doc + "package auth", "says nothing"},
		"a folder of leftovers":             {"app/internal/x.go", doc + "package x", "says nothing"},
		"no package comment":                {"auth/x.go", "package auth", "no package comment"},
	} {
		found := violations([]source{parseSource(t, c.path, []byte(c.text))})
		if len(found) != 1 || !strings.Contains(found[0], c.want) {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// TestTopLevel: nothing else stands at the top of the repository.
func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") && !slices.Contains(topLevel, entry.Name()) {
			t.Errorf("%s does not belong at the top", entry.Name())
		}
	}
}
