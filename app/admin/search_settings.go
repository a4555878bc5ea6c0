package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/models"
	"latchkey/views"
)

const settingRoute = settingsPath + "/:name"

// findSettings finds settings that have a page, by their names and the words of their labels. The page of all settings stands for
// a search of nothing.
func (h *Handler) findSettings(c *fiber.Ctx, typed string, found *finds) error {
	typed = strings.TrimSpace(typed)
	if typed == "" || !h.reached(operator(c).Role)[settingRoute] {
		return nil
	}
	group := views.FoundGroup{Heading: "Settings"}
	for _, setting := range h.Settings() {
		if setting.Kind.Word == models.SettingShown || !settingNamed(setting).Matches(typed) {
			continue
		}
		row := views.FoundRow{Path: settingsPath + "/" + setting.Name, Label: setting.Label, Note: setting.Group, Icon: "sliders"}
		group.Rows = append(group.Rows, row)
		if strings.EqualFold(typed, setting.Name) || strings.EqualFold(typed, setting.Label) {
			found.exact = append(found.exact, row.Path)
		}
	}
	group.Rows = few(group.Rows)
	found.add(group)
	return nil
}

// settingNamed has the words by which it is looked for: those of its label, its name, and what that is made of.
func settingNamed(s models.SettingState) views.Command {
	return views.Command{Label: s.Label + " " + s.Name + " " + strings.ReplaceAll(s.Name, "-", " ")}
}
