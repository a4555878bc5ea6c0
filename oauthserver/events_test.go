package oauthserver

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEveryAuditEvent: every event of the table is written by the code and asked for by a test, and the
// code writes none that is not in the table.
func TestEveryAuditEvent(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	table, written, tested := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.Ident:
				switch {
				case !strings.HasPrefix(node.Name, "event"):
				case name == "events.go":
					table[node.Name] = true
				case strings.HasSuffix(name, "_test.go"):
					tested[node.Name] = true
				default:
					written[node.Name] = true
				}
			case *ast.KeyValueExpr:
				key, isName := node.Key.(*ast.Ident)
				if action, isText := node.Value.(*ast.BasicLit); isName && isText && key.Name == "Action" {
					t.Errorf("%s: the action %s stands outside the table", name, action.Value)
				}
			case *ast.BasicLit:
				text, _ := strconv.Unquote(node.Value)
				if strings.HasPrefix(text, "oauth.") && name != "events.go" && !strings.HasSuffix(name, "_test.go") {
					t.Errorf("%s: the name %s stands outside the table", name, text)
				}
			}
			return true
		})
	}
	if len(table) < 20 {
		t.Fatalf("only %d events found", len(table))
	}
	for event := range table {
		if !written[event] {
			t.Errorf("%s is written nowhere", event)
		}
		if !tested[event] {
			t.Errorf("%s is asked for by no test", event)
		}
	}
}

// TestAuditFailureFailsTheRequest: what cannot be written down does not happen.
func TestAuditFailureFailsTheRequest(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.client("app", nil)
		b := w.browser()
		b.signIn("ada")
		consent := b.get(authorizePath("app")).interaction()
		grant := w.grant("ada", "app", "s", "openid")
		w.rows("audit_events") // opens the pool
		if _, err := w.raw.Exec("ALTER TABLE audit_events RENAME TO audit_events_away"); err != nil {
			t.Fatal(err)
		}
		if got := b.allow(consent, "profile").refused(); got != "server_error" {
			t.Errorf("allow: %q", got)
		}
		w.browser().get(consent).want(500)
		if w.s.RevokeApp(context.Background(), "ada", "app") == nil || w.s.DisableClient(context.Background(), byTest, "app") == nil {
			t.Error("a change went through without its audit row")
		}
		if _, err := w.raw.Exec("ALTER TABLE audit_events_away RENAME TO audit_events"); err != nil {
			t.Fatal(err)
		}
		if w.ended(grant) != "" || slices.Max([]int{w.rows("oauth_codes"), w.rows("oauth_consents")}) != 0 {
			t.Error("something of it stayed")
		}
		b.allow(consent, "profile").code()
	})
}
