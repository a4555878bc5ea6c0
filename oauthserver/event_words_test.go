package oauthserver

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"latchkey/models"
)

// TestAuditVocabulary (D-29): every action of the package has a sentence for operators and a severity.
func TestAuditVocabulary(t *testing.T) {
	actions, words := eventConstants(t), AuditVocabulary()
	if len(actions) < 20 {
		t.Fatalf("only %d actions found", len(actions))
	}
	for action, name := range actions {
		if w := words[action]; w.Done == "" || w.Severity == "" {
			t.Errorf("%s (%s) is called %+v", name, action, w)
		}
	}
	for action := range words {
		if actions[action] == "" {
			t.Errorf("%s is no constant of the package", action)
		}
	}
}

// eventConstants are the constants of the package that name actions.
func eventConstants(t *testing.T) map[models.Action]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	actions := map[models.Action]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, isSpec := n.(*ast.ValueSpec)
			if !isSpec || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "event") {
				return true
			}
			if text, isText := spec.Values[0].(*ast.BasicLit); isText && text.Kind == token.STRING {
				action, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				actions[models.Action(action)] = spec.Names[0].Name
			}
			return true
		})
	}
	return actions
}
