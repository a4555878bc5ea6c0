// Package admin is the operator's area: what a small team needs to keep the place running. Its URLs all begin with /admin
// and stand in routes.go, each with the right it needs.
//
// The rules are not here: auth decides who may do what to a member, oauthserver what may be done to a client. A handler reads
// a form, calls one of their functions as auth.OperatorOf the person signed in, and draws a page of views.
package admin
