package main

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// homeHandler serves the two front doors: the public one and the signed-in one.
type homeHandler struct {
	db   *models.DB
	home views.HomePage
}

func (h homeHandler) showHome(c *fiber.Ctx) error {
	return views.Render(c, fiber.StatusOK, views.Home(h.home))
}

// dashboardNotes is how many notes the dashboard shows.
const dashboardNotes = 3

func (h homeHandler) showDashboard(c *fiber.Ctx) error {
	person := auth.CurrentUser(c)
	notes, err := h.db.NotesOlder(c.UserContext(), person.ID, nil, dashboardNotes)
	if err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.Dashboard(views.DashboardPage{Name: person.Name, Notes: noteRows(notes)}))
}
