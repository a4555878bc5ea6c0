package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
)

// vocabulary is where the actions of the audit log are declared that are the house's own. The product declares its own, which
// begin with "app.", where it likes.
var vocabulary = []string{"auth/audit.go", "oauthserver/events.go", "app/admin/jobs.go", "app/admin/settings.go"}

// actionReaders name actions to read them: what an operator asks for, and what members read about apps.
var actionReaders = []string{"app/admin/audit_handler.go", "app/oauth.go"}

var reservedAction = regexp.MustCompile(`^(auth|session|mfa|passkey|social|account|org|sso|machine|token|webhook|brand|oauth|admin|security|system)(\.[a-z]+(_[a-z]+)*){1,2}$`)

// actionViolations (A-1402, D-29): an action of the house is a typed constant of the vocabulary, and nothing makes one out of a
// text. What the type cannot say is said here: a constant without a type would pass for an action.
func actionViolations(f source) (found []string) {
	if f.pkg() == "views" || slices.Contains(actionReaders, f.path) {
		return nil
	}
	declared := map[ast.Node]bool{}
	ast.Inspect(f.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for _, value := range n.Values {
				declared[value] = isAction(n.Type) && slices.Contains(vocabulary, f.path)
			}
		case *ast.CallExpr:
			if isAction(n.Fun) {
				found = append(found, f.path+" makes an action out of a text")
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil && reservedAction.MatchString(text) && !declared[n] {
				found = append(found, fmt.Sprintf("%s names the action %s, which is declared elsewhere", f.path, text))
			}
		}
		return true
	})
	return found
}

// isAction tells models.Action, and Action in its own package.
func isAction(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		return n.Sel.Name == "Action"
	case *ast.Ident:
		return n.Name == "Action"
	}
	return false
}
