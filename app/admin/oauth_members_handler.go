package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/oauthserver"
	"latchkey/views"
)

// readClientUsed reads which client the list of members is narrowed to: its id, or the start of a word of its name where that is
// enough. What leads to none or to several is wrong.
func (h *Handler) readClientUsed(c *fiber.Ctx, typed string, form *views.MembersForm, q *auth.MemberQuery) error {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return nil
	}
	meant, err := h.OAuth.ClientsMeant(c.UserContext(), h.oauthOperator(c), typed)
	if err != nil {
		return oauthFault(err, auth.RightRead)
	}
	form.Client = typed
	switch len(meant) {
	case 0:
		q.Wrong = auth.Invalid{"client": "No client has this id, or a name that begins so"}
	case 1:
		form.Client, form.ClientName, q.Client = meant[0].ID, oauthserver.ShownName(&meant[0]), meant[0].ID
	default:
		q.Wrong = auth.Invalid{"client": "Several clients begin so. Type more of the name, or the id"}
	}
	return nil
}
