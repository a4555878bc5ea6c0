package admin

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const membersPath = root + "/users"

func (h *Handler) showMembers(c *fiber.Ctx, s views.ListShape) error {
	form, q, err := h.readMemberQuery(c, c.Queries())
	if err != nil {
		return err
	}
	return h.listMembers(c, views.MembersPage{Form: form, Shape: s}, q)
}

// listMembers draws the list.
func (h *Handler) listMembers(c *fiber.Ctx, page views.MembersPage, q auth.MemberQuery) error {
	role, status := operator(c).Role, fiber.StatusOK
	page.MayAdd, page.MayBulk, page.MayExport = role.May(auth.RightChange), role.May(auth.RightChange), role.May(auth.RightAudit)
	if len(page.Bulk) > 0 {
		status = fiber.StatusUnprocessableEntity
	}
	q.PerPage, q.Sort = page.Shape.PerPage, page.Shape.Sort
	found, err := h.People.Members(c.UserContext(), operator(c), q)
	var invalid auth.Invalid
	if errors.As(err, &invalid) {
		page.Form.Errors, status, err = views.Errors(invalid), fiber.StatusUnprocessableEntity, nil
	}
	if err != nil {
		return malformed(err)
	}
	if page.Counts, err = h.memberCounts(c); err != nil {
		return err
	}
	for _, m := range found.Members {
		page.Rows = append(page.Rows, memberRow(c, m))
	}
	page.Shape.Sort, page.Partial = string(found.Sort), found.Partial
	if len(page.Bulk) == 0 { // else the address is that of a form
		page.Newer, page.Older = listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older)
	}
	return views.Render(c, status, views.Members(page), views.MembersAnnounced(len(page.Rows)))
}

// readMemberQuery reads an address of the list. What is chosen from a list is one of the list.
func (h *Handler) readMemberQuery(c *fiber.Ctx, asked map[string]string) (form views.MembersForm, q auth.MemberQuery, err error) {
	form = views.MembersForm{
		Query: asked["q"], State: asked["state"], Role: asked["role"], Factor: asked["factor"], Review: asked["review"],
		JoinedFrom: asked["joined_from"], JoinedTo: asked["joined_to"], SeenFrom: asked["seen_from"], SeenTo: asked["seen_to"],
	}
	q = auth.MemberQuery{
		Term: form.Query, State: form.State, Role: form.Role, Factor: form.Factor, Review: form.Review,
		JoinedFrom: form.JoinedFrom, JoinedTo: form.JoinedTo, SeenFrom: form.SeenFrom, SeenTo: form.SeenTo,
		Newer: asked["newer"], Older: asked["older"],
	}
	if !q.Known() {
		return form, q, fiber.ErrBadRequest
	}
	err = h.readClientUsed(c, asked["client"], &form, &q) // oauth
	return form, q, err
}

func (h *Handler) memberCounts(c *fiber.Ctx) (counts []views.MemberCount, err error) {
	numbers, err := h.People.MemberCounts(c.UserContext(), operator(c))
	for i, n := range numbers {
		counts = append(counts, views.MemberCount{State: append([]string{""}, models.MemberStates...)[i], Count: n})
	}
	return counts, err
}

func memberRow(c *fiber.Ctx, m models.Member) views.MemberRow {
	u := m.User
	return views.MemberRow{
		ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role, Apps: m.Facts.Apps, Passkeys: m.Facts.Passkeys, Codes: m.Facts.Codes,
		Sessions: m.Sessions, LastSeen: m.LastSeen(), Joined: u.CreatedAt,
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
	query := withoutPlace(c.Queries())
	query.Set(direction, place)
	return addressOf(c.Path(), query)
}

// malformed answers 400 for what no link or form of ours asks.
func malformed(err error) error {
	var invalid auth.Invalid
	if errors.Is(err, models.ErrNoCursor) || errors.As(err, &invalid) {
		return fiber.ErrBadRequest
	}
	return err
}

// namesIn reads the names of the members whom rows name, in one statement. Nobody is in it whose account is no more.
func namesIn[T any](h *Handler, c *fiber.Ctx, rows []T, idIn func(T) string) (map[string]string, error) {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = idIn(row)
	}
	return h.People.MemberNames(c.UserContext(), operator(c), ids)
}
