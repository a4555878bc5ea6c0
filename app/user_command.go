package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"latchkey/auth"
)

// userJSON is a person as the commands print one.
type userJSON struct {
	ID       string    `json:"id"`
	Email    string    `json:"email"`
	Name     string    `json:"name"`
	Role     auth.Role `json:"role"` // "": a member
	Verified bool      `json:"verified"`
	Disabled bool      `json:"disabled"`
	Locked   bool      `json:"locked"`
	Created  time.Time `json:"created_at"`
}

func userCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Create, list, disable and enable people", Args: cobra.NoArgs}
	create := &cobra.Command{Use: "create", Short: "Create an account", Args: cobra.NoArgs, RunE: inHouse(runUserCreate)}
	create.Flags().String("email", "", "email address")
	create.Flags().String("password", "", "password; without one the person sets it by a reset link")
	create.Flags().String("name", "", "name")
	create.Flags().Bool("admin", false, "make an administrator")
	create.Flags().Bool("verified", false, "the address counts as confirmed")
	disable := &cobra.Command{Use: "disable EMAIL", Short: "Switch an account off: sessions and apps end", Args: cobra.ExactArgs(1), RunE: inHouse(runUserDisable)}
	enable := &cobra.Command{Use: "enable EMAIL", Short: "Switch an account on, and lift a lock", Args: cobra.ExactArgs(1), RunE: inHouse(runUserEnable)}
	cmd.AddCommand(
		withReason(create),
		&cobra.Command{Use: "list", Short: "List all accounts", Args: cobra.NoArgs, RunE: inHouse(runUserList)},
		withReason(disable), withReason(enable),
	)
	return cmd
}

func runUserCreate(cmd *cobra.Command, _ []string, h *house) error {
	flags := cmd.Flags()
	u, err := h.people.CreateUser(cmd.Context(), auth.NewUser{
		Email: flagValue(flags.GetString("email")), Password: flagValue(flags.GetString("password")), Name: flagValue(flags.GetString("name")),
		Role: roleFlag(cmd), Verified: flagValue(flags.GetBool("verified")), Reason: reasonOf(cmd),
	})
	if err != nil {
		return err
	}
	created := userJSON{ID: u.ID, Email: u.Email, Name: u.Name, Role: u.Role, Verified: u.Verified, Created: u.MemberSince}
	return show(cmd, created, func(w io.Writer) { fmt.Fprintf(w, "Created %s (%s).\n", u.Email, u.ID) })
}

// roleFlag is the role that --admin gives.
func roleFlag(cmd *cobra.Command) auth.Role {
	if flagValue(cmd.Flags().GetBool("admin")) {
		return auth.RoleAdministrator
	}
	return ""
}

// usersPerQuery is how many people one statement of `user list` reads.
const usersPerQuery = 500

func runUserList(cmd *cobra.Command, _ []string, h *house) error {
	list, after := []userJSON{}, ""
	for {
		page, err := h.people.ListUsers(cmd.Context(), after, usersPerQuery)
		if err != nil {
			return err
		}
		for _, u := range page {
			list = append(list, userJSON(u))
		}
		if len(page) < usersPerQuery {
			break
		}
		after = page[len(page)-1].Email
	}
	return show(cmd, list, func(w io.Writer) {
		for _, u := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\n", u.Email, u.Name, strings.Join(userStates(u), ", "))
		}
	})
}

func userStates(u userJSON) []string {
	var states []string
	if u.Role != "" {
		states = append(states, string(u.Role))
	}
	for _, s := range []struct {
		is   bool
		word string
	}{{!u.Verified, "unverified"}, {u.Locked, "locked"}, {u.Disabled, "disabled"}} {
		if s.is {
			states = append(states, s.word)
		}
	}
	return states
}

func runUserDisable(cmd *cobra.Command, args []string, h *house) error {
	u, err := findUser(cmd, args[0], h)
	if err != nil {
		return err
	}
	if err := h.people.DisableUser(cmd.Context(), u.ID, reasonOf(cmd), nil); err != nil {
		return err
	}
	return show(cmd, map[string]any{"id": u.ID, "disabled": true}, func(w io.Writer) { fmt.Fprintf(w, "Disabled %s.\n", u.Email) })
}

func runUserEnable(cmd *cobra.Command, args []string, h *house) error {
	u, err := findUser(cmd, args[0], h)
	if err != nil {
		return err
	}
	if err := h.people.EnableUser(cmd.Context(), u.ID, reasonOf(cmd)); err != nil {
		return err
	}
	return show(cmd, map[string]any{"id": u.ID, "disabled": false}, func(w io.Writer) { fmt.Fprintf(w, "Enabled %s.\n", u.Email) })
}

func findUser(cmd *cobra.Command, email string, h *house) (*auth.User, error) {
	u, err := h.people.UserByEmail(cmd.Context(), email)
	if err != nil {
		return nil, fmt.Errorf("nobody has the address %s: %w", email, err)
	}
	return u, nil
}
