package models_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// unread are the functions whose statements may meet any number of rows, none included, with the reason.
var unread = map[string]string{
	"unindex":                "a person may have no terms",
	"CreateAuditView":        "there may be no preferred one before",
	"ClearAttempts":          "forgets whatever was counted",
	"ClearAttemptsBelow":     "forgets whatever was counted",
	"ForgiveAttempts":        "forgets whatever was counted",
	"DeleteFactorsOf":        "a person may have none",
	"DeleteOAuthConsentsOf":  "a person may have agreed to nothing",         // oauth
	"DeleteOAuthClient":      "nobody may have used its redirect addresses", // oauth
	"DeleteRecoveryCodes":    "a person may have none",
	"DropShownOnce":          "time may have been up",
	"EmptyBatch":             "nobody may have been collected yet",
	"EndOAuthClientSecrets":  "a client may have no secret", // oauth
	"EndPendingLogin":        "it may be over",
	"EndPendingLoginByToken": "signing out ends what there is",
	"EndPendingLoginsOf":     "a person may have none",
	"EndSessionsOf":          "ends those that were read before",
	"KillAlarms":             "a person may have none",
	"KeepMail":               "the mailbox may not be full",
	"logMail":                "a mail that is queued twice has one row",
	"LogMailTry":             "a mail may be older than the log",
	"ForgetDecoy":            "a mail may be older than the log",
	"followJob":              "a mail may be older than the log",
	"KillMailTokens":         "a person may have none",
	"MoveOAuthSession":       "a session may have no grant", // oauth
	"RehashPassword":         "the password may have changed meanwhile, and then stays",
	"SweepOAuthCodes":        "nothing may have run out", // oauth
	"TouchOAuthClient":       "a note of use",            // oauth
	"WakeReview":             "nothing may be snoozed",
}

// TestAffectedRows (T-1003): every UPDATE and DELETE looks at how many rows it met, unless meeting none is fine and
// the list above says why; and each that is for one row says so when that row is not there, changing nothing.
func TestAffectedRows(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range ignoringRows(tree) {
			used[name] = true
			if unread[name] == "" {
				t.Errorf("%s: %s does not look at the rows it met", file, name)
			}
		}
	}
	for name := range unread {
		if !used[name] {
			t.Errorf("%s is on the list for nothing", name)
		}
	}
	planted := "package models\nfunc (db *DB) Careless() error { return db.write(ctx).Where(x).Delete(&User{}).Error }"
	if tree, err := parser.ParseFile(token.NewFileSet(), "x.go", planted, 0); err != nil || len(ignoringRows(tree)) != 1 {
		t.Errorf("a planted one is not found: %v", err)
	}
}

// ignoringRows names the functions that take only the error of a statement that changes rows.
func ignoringRows(tree *ast.File) (names []string) {
	changes := map[string]bool{"Update": true, "Updates": true, "UpdateColumn": true, "UpdateColumns": true, "Delete": true, "Exec": true}
	for _, declaration := range tree.Decls {
		f, isFunc := declaration.(*ast.FuncDecl)
		if !isFunc {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			selector, isSelector := n.(*ast.SelectorExpr)
			if !isSelector || selector.Sel.Name != "Error" {
				return true
			}
			call, isCall := selector.X.(*ast.CallExpr)
			if !isCall {
				return true
			}
			if method, isMethod := call.Fun.(*ast.SelectorExpr); isMethod && changes[method.Sel.Name] {
				names = append(names, f.Name.Name)
			}
			return true
		})
	}
	return names
}

// TestMissingRowIsAnError (T-1003): what is for one row says so when there is none.
func TestMissingRowIsAnError(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx, nothing, hash := t.Context(), models.NewID(), []byte("nothing")
		pool := modelstest.SQL(t, db)
		if err := db.CreateUser(ctx, &models.User{Email: "ada@example.test"}); err != nil {
			t.Fatal(err)
		}
		before := modelstest.Digest(t, pool)
		for name, err := range map[string]error{
			"CountCodeTry":           db.CountCodeTry(ctx, nothing, 5),
			"UseMailToken":           db.UseMailToken(ctx, nothing),
			"CancelMailToken":        db.CancelMailToken(ctx, nothing, nothing),
			"EndSession":             db.EndSession(ctx, nothing, nothing),
			"RenewSession":           db.RenewSession(ctx, models.Session{ID: nothing}, hash),
			"ChangePassword":         db.ChangePassword(ctx, models.PasswordChange{UserID: nothing, Hash: "x", Epoch: 1}),
			"SetUserName":            db.SetUserName(ctx, nothing, "x"),
			"RequirePasswordChange":  db.RequirePasswordChange(ctx, nothing),
			"VerifyUser":             db.VerifyUser(ctx, nothing),
			"LockAccount":            db.LockAccount(ctx, nothing),
			"UnlockAccount":          db.UnlockAccount(ctx, nothing),
			"DisableUser":            db.DisableUser(ctx, nothing, "x", nil),
			"EnableUser":             db.EnableUser(ctx, nothing),
			"RenamePasskey":          db.RenamePasskey(ctx, nothing, nothing, "x"),
			"DeletePasskey":          db.DeletePasskey(ctx, nothing, nothing),
			"UsePasskey":             db.UsePasskey(ctx, models.Passkey{ID: nothing}, models.Passkey{}),
			"SetSecondFactorDue":     db.SetSecondFactorDue(ctx, nothing, time.Now()),
			"GivePasskeyHandle":      db.GivePasskeyHandle(ctx, nothing, hash),
			"DeleteUnverifiedUser":   db.DeleteUnverifiedUser(ctx, nothing),
			"UpdateOAuthClient":      db.UpdateOAuthClient(ctx, &models.OAuthClient{ID: nothing}),         // oauth
			"DisableOAuthClient":     db.DisableOAuthClient(ctx, nothing),                                 // oauth
			"EnableOAuthClient":      db.EnableOAuthClient(ctx, nothing),                                  // oauth
			"UseOAuthCode":           db.UseOAuthCode(ctx, nothing),                                       // oauth
			"RevokeOAuthAccessToken": db.RevokeOAuthAccessToken(ctx, nothing),                             // oauth
			"BeginOAuthGrant":        db.BeginOAuthGrant(ctx, &models.OAuthGrant{ID: nothing}),            // oauth
			"RotateOAuthGrant":       db.RotateOAuthGrant(ctx, &models.OAuthGrant{ID: nothing}, hash),     // oauth
			"CountOAuthRetry":        db.CountOAuthRetry(ctx, nothing, hash, 5),                           // oauth
			"EndOAuthGrant":          db.EndOAuthGrant(ctx, nothing, "x"),                                 // oauth
			"RevokeOAuthGrant":       db.RevokeOAuthGrant(ctx, nothing, nothing, "x"),                     // oauth
			"SaveOAuthInteraction":   db.SaveOAuthInteraction(ctx, &models.OAuthInteraction{ID: nothing}), // oauth
			"FinishOAuthInteraction": db.FinishOAuthInteraction(ctx, nothing),                             // oauth
			"ActivateOAuthKey":       db.ActivateOAuthKey(ctx, nothing),                                   // oauth
			"RetireOAuthKeyAt":       db.RetireOAuthKeyAt(ctx, nothing, time.Now()),                       // oauth
			"RetireOAuthKey":         db.RetireOAuthKey(ctx, nothing),                                     // oauth
			"RevokeOAuthKey":         db.RevokeOAuthKey(ctx, nothing, models.KeyActive),                   // oauth
		} {
			if !errors.Is(err, models.ErrSpent) && !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%s of nothing: %v", name, err)
			}
		}
		if changed := before.Changed(modelstest.Digest(t, pool)); len(changed) > 0 {
			t.Error(fmt.Sprint("changed ", changed))
		}
	})
}
