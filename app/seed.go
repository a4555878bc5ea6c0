package main

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// demoPassword is the password of every demo account. Production refuses to start with demo data on.
const demoPassword = "demo-Latchkey-2026"

// demoPerson is one demo account and the state it shows.
type demoPerson struct {
	email, name, note string
	role              auth.Role
	verified, locked  bool
	totpSecret        []byte
}

// demoTOTPSecret is the demo authenticator's. Like the demo password it is public.
var demoTOTPSecret = []byte("latchkey-demo-secret")

var demoPeople = []demoPerson{
	{email: "member@example.test", name: "Demo Member", note: "An ordinary member, with notes", verified: true},
	{email: "admin@example.test", name: "Demo Administrator", note: "An administrator", verified: true, role: auth.RoleAdministrator},
	{email: "locked@example.test", name: "Demo Locked", note: "Locked after wrong passwords: even the right one is refused", verified: true, locked: true},
	{email: "totp@example.test", name: "Demo Two-Step", note: "Signing in asks for a code, too", verified: true, totpSecret: demoTOTPSecret},
	{email: "unverified@example.test", name: "Demo Unverified", note: "Has not confirmed the address: sign-in asks for the code"},
}

// demoNotes are the member's notes: enough to see the list and what an app reads.
var demoNotes = []struct{ title, body string }{
	{"Groceries", "Rye bread, two lemons, the good olive oil."},
	{"Ideas for the garden", "Move the herbs nearer to the kitchen. Ask about the old pear tree."},
	{"Trip to the coast", "Train at 08:12, change at the junction. Take the blue map."},
	{"Reading list", "The one about lighthouses first."},
}

func runSeed(cmd *cobra.Command, _ []string, h *house) error {
	if err := h.seed(cmd.Context()); err != nil {
		return err
	}
	accounts := demoAccounts()
	return show(cmd, accounts, func(w io.Writer) {
		for _, a := range accounts {
			fmt.Fprintf(w, "%s\t%s\t%s\n", a.Email, a.Password, a.Note)
		}
	})
}

// seed makes the demo data that is not there yet; what someone changed stays.
func (h *house) seed(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		h.seedPeople,
		h.seedOAuth, // oauth
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (h *house) seedPeople(ctx context.Context) error {
	for _, person := range demoPeople {
		if err := h.seedPerson(ctx, person); err != nil {
			return fmt.Errorf("seed %s: %w", person.email, err)
		}
	}
	return nil
}

func (h *house) seedPerson(ctx context.Context, person demoPerson) error {
	if _, err := h.people.UserByEmail(ctx, person.email); !errors.Is(err, models.ErrNotFound) {
		return err
	}
	u, err := h.people.CreateUser(ctx, auth.NewUser{
		Email: person.email, Name: person.name, Password: demoPassword,
		Role: person.role, Verified: person.verified, TOTPSecret: person.totpSecret, Reason: "demo data",
	})
	if err != nil {
		return err
	}
	if person.locked {
		return h.people.LockUser(ctx, u.ID)
	}
	if person.email == demoPeople[0].email {
		return h.seedNotes(ctx, u.ID)
	}
	return nil
}

func (h *house) seedNotes(ctx context.Context, userID string) error {
	for _, n := range demoNotes {
		note, invalid := newNote(userID, n.title, n.body)
		if invalid != nil {
			return invalid
		}
		if err := h.db.CreateNote(ctx, &note); err != nil {
			return err
		}
	}
	return nil
}

// demoAccounts is what the development pages show.
func demoAccounts() []views.DemoAccount {
	list := make([]views.DemoAccount, len(demoPeople))
	for i, p := range demoPeople {
		list[i] = views.DemoAccount{Email: p.email, Password: demoPassword, Note: p.note, TOTPKey: base32.StdEncoding.EncodeToString(p.totpSecret)}
	}
	return list
}
