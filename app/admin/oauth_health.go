package admin

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"latchkey/models"
	"latchkey/views"
)

// keyFacts say how long each key signs.
func (h *Handler) keyFacts(c *fiber.Ctx) (views.HealthFacts, error) {
	facts := views.HealthFacts{Heading: "Signing keys"}
	page, err := h.OAuth.Keys(c.UserContext(), h.oauthOperator(c))
	if err != nil {
		return facts, fmt.Errorf("read the age of the signing keys: %w", err)
	}
	for _, key := range page.Keys {
		if key.State == models.KeyActive {
			age := views.Took(max(h.DB.Now().Sub(key.Signs), 0))
			facts.Facts = append(facts.Facts, views.HealthFact{Label: key.Alg + " signs for", Value: age, Href: keysPath})
		}
	}
	return facts, nil
}
