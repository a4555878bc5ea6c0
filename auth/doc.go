// Package auth is about people: who they are and how they prove it.
//
// It owns sign-up, sign-in and sign-out, passwords and their reset, sessions, re-authentication, the
// limits against guessing, and the pages under /account that concern them. routes.go is the table of
// its URLs, each with its guard and its limits.
//
// A feature is one word in four places: login.go holds the rules, login_handler.go the HTTP half,
// login_test.go the proof, views/login.templ the page.
//
//   - Service holds the rules and knows no HTTP. Handlers parse, call one method of it, and answer.
//   - next.go alone decides which step follows a proof. Only its last step makes a session; while one is
//     open there is a pending login: another table, another cookie.
//   - An address with an account and one without take the same path: the same statements, hashes and
//     mails, so that no answer and no clock tells them apart. Decoys stand in for what is missing.
//   - Every security limit is counted before the work it guards (limits.go).
//
// The package knows nothing of OAuth. What other programs must hear of (a session ended, an account
// switched off) leaves through the hooks in Config, inside the transaction of the change.
package auth
