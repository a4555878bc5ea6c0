package admin

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// commandsFound is how many pages, and how many acts, a search names at most.
const commandsFound = 6

// findCommands finds pages and acts by name, as far as the operator's role reaches.
func (h *Handler) findCommands(c *fiber.Ctx, typed string, found *finds) error {
	pages, acts := views.FoundGroup{Heading: "Pages"}, views.FoundGroup{Heading: "Actions"}
	for _, command := range h.commands(operator(c).Role) {
		if !command.Matches(typed) {
			continue
		}
		group := &pages
		if command.Act {
			group = &acts
		}
		group.Rows = append(group.Rows, views.FoundRow{Path: command.Path, Label: command.Label, Note: command.Note, Icon: command.Icon})
		if command.Is(typed) {
			found.exact = append(found.exact, command.Path)
		}
	}
	if strings.TrimSpace(typed) != "" {
		pages.Rows, acts.Rows = few(pages.Rows), few(acts.Rows)
	}
	found.add(pages)
	found.add(acts)
	return nil
}

func few(rows []views.FoundRow) []views.FoundRow { return rows[:min(len(rows), commandsFound)] }

// commands are the pages and acts that a role reaches, by name: the right is that of their route.
func (h *Handler) commands(role auth.Role) []views.Command {
	reached := h.reached(role)
	list := slices.DeleteFunc(views.Commands(), func(command views.Command) bool { return !reached[command.Route] })
	slices.SortStableFunc(list, func(a, b views.Command) int { return strings.Compare(a.Label, b.Label) })
	return list
}

// reached are the routes, by their paths, that a role may go.
func (h *Handler) reached(role auth.Role) map[string]bool {
	reached := map[string]bool{}
	for _, route := range h.Routes() {
		reached[route.Path] = role.May(route.Right)
	}
	return reached
}

// findJob finds a job by its number.
func (h *Handler) findJob(c *fiber.Ctx, typed string, found *finds) error {
	job, err := h.numbered(c, strings.TrimSpace(typed))
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	if err == nil {
		number := strconv.FormatInt(job.ID, 10)
		found.addThing(views.FoundRow{Path: jobsPath + "/" + number, Label: "Job " + number, Note: job.Kind, Icon: "clock"})
	}
	return err
}
