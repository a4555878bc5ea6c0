package admin

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const chainPath = auditPath + "/chain"

// showAuditChain says how far the log is sealed, and what the last check found.
func (h *Handler) showAuditChain(c *fiber.Ctx) error {
	chain, err := h.People.AuditChain(c.UserContext(), operator(c))
	if err != nil {
		return err
	}
	page := views.AuditChainPage{Open: openRows(chain.Open), MayVerify: operator(c).Role.May(auth.RightAudit)}
	if last := chain.Last; last != nil {
		page.Seal, page.Until, page.SealedAt = last.Number, last.LastAt, last.CreatedAt
	}
	if check := chain.Check; check != nil {
		finding, _ := check.Meta["finding"].(string)
		page.Check = &views.AuditCheck{
			ID: check.ID, At: check.CreatedAt, By: actorParty(*check, chain.People), Finding: finding,
			Seals: counted(check.Meta["seals"], "seal"), Rows: counted(check.Meta["rows"], "row"),
		}
	}
	return views.Render(c, fiber.StatusOK, views.AuditChain(page))
}

func openRows(n int) string {
	switch {
	case n == 0:
		return "Nothing: every row is sealed"
	case n > models.OpenRowsMax:
		return fmt.Sprintf("More than %d rows", models.OpenRowsMax)
	}
	return counted(float64(n), "row")
}

// counted is a number out of an event's details, in words.
func counted(number any, noun string) string {
	n, _ := number.(float64)
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatFloat(n, 'f', 0, 64) + " " + noun + "s"
}

func (h *Handler) showVerify(c *fiber.Ctx) error {
	return views.Render(c, fiber.StatusOK, views.AuditVerify(views.AuditVerifyForm{}))
}

// verifySeals is how many of the newest seals can be checked from a page.
var verifySeals = map[string]int64{"100": 100, "1000": 1000}

// verifyTime is how long a check may take: the request has a little more.
const verifyTime = 20 * time.Second

// submitVerify checks the newest seals. What it finds is on the page of the chain, and stays there.
func (h *Handler) submitVerify(c *fiber.Ctx) error {
	var form views.AuditVerifyForm
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	newest, known := verifySeals[form.Seals]
	if !known {
		return fiber.ErrBadRequest
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), verifyTime)
	defer cancel()
	err := h.People.VerifyAuditLog(ctx, operator(c), newest)
	if _, broken := errors.AsType[models.AuditBreak](err); broken {
		return views.RedirectWith(c, chainPath, views.FlashLogBroken)
	}
	if err != nil && ctx.Err() != nil {
		form.Errors = views.Errors{"seals": "It takes too long from here. Choose fewer seals, or use the command on the server"}
		return views.Render(c, fiber.StatusUnprocessableEntity, views.AuditVerify(form))
	}
	if err != nil {
		return err
	}
	return views.RedirectWith(c, chainPath, views.FlashLogWhole)
}
