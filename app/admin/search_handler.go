package admin

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// finds is what a search found, and where the things are that what was typed names exactly.
type finds struct {
	things []views.FoundRow // by their ids
	groups []views.FoundGroup
	exact  []string
}

// addThing adds what has the id that was typed.
func (f *finds) addThing(row views.FoundRow) {
	f.things, f.exact = append(f.things, row), append(f.exact, row.Path)
}

// add appends a group that holds something.
func (f *finds) add(group views.FoundGroup) {
	if len(group.Rows) > 0 {
		f.groups = append(f.groups, group)
	}
}

// all are the groups, what was named by its id first.
func (f *finds) all() []views.FoundGroup {
	if len(f.things) == 0 {
		return f.groups
	}
	return append([]views.FoundGroup{{Heading: "With this id", Rows: f.things}}, f.groups...)
}

// showSearch leads straight to what was typed exactly, unless only the list is asked for, as it is while somebody types. The text
// is not kept: it stands in no log and no row.
func (h *Handler) showSearch(c *fiber.Ctx) error {
	typed := c.Query("q")
	found, err := h.search(c, typed)
	if err != nil {
		return malformed(err)
	}
	if len(found.exact) == 1 && c.Query("list") == "" {
		return views.Redirect(c, found.exact[0])
	}
	page := views.SearchPage{Query: typed, Groups: found.all()}
	return views.Render(c, fiber.StatusOK, views.Search(page), views.SearchAnnounced(page))
}

// search asks every part for what it has; each of them looks at a few rows of an index.
func (h *Handler) search(c *fiber.Ctx, typed string) (found finds, err error) {
	for _, part := range []func(*fiber.Ctx, string, *finds) error{
		h.findCommands,
		h.findSettings,
		h.findJob,
		h.findPeople,
		h.findClients, // oauth
	} {
		if err := part(c, typed, &found); err != nil {
			return found, err
		}
	}
	return found, nil
}

// findPeople finds members, and things that have to do with them by their ids.
func (h *Handler) findPeople(c *fiber.Ctx, typed string, found *finds) error {
	there, err := h.People.Find(c.UserContext(), operator(c), typed)
	if err != nil {
		return err
	}
	for _, thing := range there.Things {
		found.addThing(foundThing(thing))
	}
	members := views.FoundGroup{Heading: "Members"}
	for _, u := range there.Members {
		members.Rows = append(members.Rows, foundMember(u))
	}
	if there.Exact {
		found.exact = append(found.exact, members.Rows[0].Path)
	}
	if len(there.Members) > 1 {
		query := url.Values{"q": {strings.TrimSpace(typed)}}
		members.More = views.FoundRow{Path: membersPath + "?" + query.Encode(), Label: "All members that match", Icon: "search"}
	}
	found.add(members)
	return nil
}

func foundMember(u models.User) views.FoundRow {
	row := views.FoundRow{Path: membersPath + "/" + u.ID, Label: views.DisplayName(u.Name, u.Email), Icon: "user"}
	if u.Name != "" {
		row.Note = u.Email
	}
	return row
}

func foundThing(thing auth.FoundThing) views.FoundRow {
	switch thing.Kind {
	case auth.FoundSession:
		return views.FoundRow{Path: membersPath + "/" + thing.Member.ID + "/sessions", Label: "Session", Note: views.DisplayName(thing.Member.Name, thing.Member.Email), Icon: "monitor"}
	case auth.FoundEvent:
		return views.FoundRow{Path: auditPath + "/" + thing.ID, Label: "Event", Note: "Audit log", Icon: "clock"}
	case auth.FoundMail:
		return views.FoundRow{Path: mailsPath + "/" + thing.ID, Label: "Mail", Icon: "mail"}
	case auth.FoundView:
		return views.FoundRow{Path: root + "/views/" + thing.ID, Label: "View as a member", Icon: "user"}
	case auth.FoundBatch:
		return views.FoundRow{Path: root + "/batches/" + thing.ID, Label: "Batch", Icon: "check"}
	case auth.FoundActs:
		return views.FoundRow{Path: auditPath + "?batch=" + thing.ID, Label: "Events of this batch", Note: "Audit log", Icon: "clock"}
	case auth.FoundReview:
		return views.FoundRow{Path: reviewPath + "?state=" + thing.State, Label: "What needs review", Icon: "warning"}
	case auth.FoundCheck:
		return views.FoundRow{Path: checkPath(thing.ID), Label: "Check of the audit log", Icon: "shield"}
	}
	return views.FoundRow{Path: auditPath + "?request=" + thing.ID, Label: "Events of this request", Note: "Audit log", Icon: "clock"}
}
