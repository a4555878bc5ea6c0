package admin

import (
	"errors"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const membersPath = root + "/users"

func (h *Handler) showMembers(c *fiber.Ctx) error {
	q := auth.MemberQuery{Term: c.Query("q"), State: c.Query("state"), Newer: c.Query("newer"), Older: c.Query("older")}
	if q.State != "" && !models.MemberState(q.State) || q.Newer != "" && q.Older != "" {
		return fiber.ErrBadRequest
	}
	found, err := h.People.Members(c.UserContext(), operator(c), q)
	if err != nil {
		return malformed(err)
	}
	page := views.MembersPage{Query: q.Term, State: q.State, MayAdd: operator(c).Role.May(auth.RightChange)}
	for _, m := range found.Members {
		page.Rows = append(page.Rows, memberRow(c, m))
	}
	page.Newer, page.Older = listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older)
	return views.Render(c, fiber.StatusOK, views.Members(page), views.MembersAnnounced(len(page.Rows)))
}

func memberRow(c *fiber.Ctx, m models.Member) views.MemberRow {
	u := m.User
	return views.MemberRow{
		ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role, Sessions: m.Sessions, LastSeen: m.LastSeen, Joined: u.CreatedAt,
		States: stateWords(!u.Verified(), u.LockedAt != nil, u.Disabled(views.PageOf(c.UserContext()).Now), u.RefusedPasswordHash != ""),
	}
}

// stateWords are what is out of the ordinary about an account.
func stateWords(unverified, locked, suspended, resetRequired bool) (words []string) {
	for _, state := range []struct {
		is   bool
		word string
	}{{suspended, "Suspended"}, {locked, "Locked"}, {resetRequired, "Reset required"}, {unverified, "Not confirmed"}} {
		if state.is {
			words = append(words, state.word)
		}
	}
	return words
}

// listAddress is this list at another place, in the same selection; empty where there is none.
func listAddress(c *fiber.Ctx, direction, place string) string {
	if place == "" {
		return ""
	}
	query := url.Values{direction: {place}}
	for name, value := range c.Queries() {
		if name != "newer" && name != "older" && value != "" {
			query.Set(name, value)
		}
	}
	return c.Path() + "?" + query.Encode()
}

// malformed answers 400 for what no link or form of ours asks.
func malformed(err error) error {
	var invalid auth.Invalid
	if errors.Is(err, models.ErrNoCursor) || errors.As(err, &invalid) {
		return fiber.ErrBadRequest
	}
	return err
}
