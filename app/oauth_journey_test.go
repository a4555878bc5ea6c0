package main

import (
	"strings"
	"testing"

	"latchkey/app/apptest"
	"latchkey/views"
)

// TestMainJourney: someone signs up, lets a third-party app in, takes the access back, and signs out.
func TestMainJourney(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		b := apptest.New(t)
		b.Visit(s.base+"/signup").Submit("Create account",
			apptest.Set("email", "ada@example.test"), apptest.Set("password", "correct horse battery 9"), apptest.Set("name", "Ada"))
		b.Sees("ada@example.test").Submit("Confirm", apptest.Set("code", s.lastMail(t, "ada@example.test").Code))
		b.Sees("Ada")
		b.Visit("/notes").Submit("Add note", apptest.Set("title", "A note of Ada's"), apptest.Set("body", "with a body")).Sees("Note added", "A note of Ada's")
		b.Submit("Sign out").Sees("You are signed out")

		b.Visit(s.client).Click("Sign in with Latchkey").Sees("Sign in", "Demo client")
		b.Submit("Sign in", apptest.Set("email", "ada@example.test"), apptest.Set("password", "correct horse battery 9"))
		b.Sees("Demo client wants to use your "+views.BrandName+" account", "Read your notes", "localhost:"+s.client[strings.LastIndex(s.client, ":")+1:])
		b.Submit("Allow", apptest.Set("scope", "openid", "profile", "notes:read", "offline_access"))
		if !strings.HasPrefix(b.URL.String(), s.client) {
			t.Fatalf("after consent the browser is at %s", b.URL)
		}
		b.Sees("Good morning, Ada", "A note of Ada's", "You kept your address to yourself")

		b.Submit("Refresh tokens").Sees("New tokens arrived", "A note of Ada's")

		b.Visit(s.base+"/account/apps").Sees("Demo client", "Read your notes").Click("Revoke access").Submit("Revoke access").Sees("Access revoked")
		b.Visit(s.base+"/account/activity").Sees("App allowed to use your account", "Access of an app revoked")
		b.Visit(s.client).Sees("access was taken back").SeesNot("A note of Ada's")

		// Access can be given anew, and signing out there signs out here.
		b.Click("Sign in with Latchkey").Submit("Allow").Sees("Good morning, Ada")
		b.Submit("Sign out")
		b.Visit(s.base + "/account").Sees("Sign in").SeesNot("Profile")
	})
}

// TestConsentRemembered: whoever agreed before is sent on without a page; whoever says no shares nothing.
func TestConsentRemembered(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		b := s.signIn(t, "member@example.test")
		b.Visit(s.client).Click("Sign in with Latchkey").Submit("Cancel").Sees("You did not allow")
		b.Visit(s.client).Click("Sign in with Latchkey").Submit("Allow").Sees("Good morning, Demo Member", "Groceries")
		again := b.Visit(s.client + "/login")
		again.Sees("Good morning, Demo Member")
	})
}
