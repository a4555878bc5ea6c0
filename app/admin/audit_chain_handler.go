package admin

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const chainPath = auditPath + "/chain"

// showAuditChain says how far the log is sealed, what the last check found, and whether one runs.
func (h *Handler) showAuditChain(c *fiber.Ctx) error {
	chain, err := h.People.AuditChain(c.UserContext(), operator(c))
	if err != nil {
		return err
	}
	page := views.AuditChainPage{Open: openRows(chain.Open), MayVerify: operator(c).Role.May(auth.RightAudit)}
	if last := chain.Last; last != nil {
		page.Seal, page.Until, page.SealedAt = last.Number, last.LastAt, last.CreatedAt
	}
	if chain.Check != nil {
		check := checkOf(*chain.Check, chain.People)
		page.Check = &check
	}
	if chain.Running != nil {
		page.Running = checkPath(chain.Running.ID)
	}
	return views.Render(c, fiber.StatusOK, views.AuditChain(page))
}

func openRows(n int) string {
	switch {
	case n == 0:
		return "Nothing: every row is sealed"
	case n > models.OpenRowsMax:
		return fmt.Sprintf("More than %d rows", models.OpenRowsMax)
	case n == 1:
		return "1 row"
	}
	return strconv.Itoa(n) + " rows"
}

func checkPath(id string) string { return chainPath + "/checks/" + id }

// checkOf is a check as pages show it.
func checkOf(run models.AuditCheckRun, people map[string]models.User) views.AuditCheck {
	check := views.AuditCheck{
		ID: run.ID, State: run.State, Began: run.StartedAt, Moved: run.MovedAt, By: personParty(run.StartedBy, people),
		First: run.FirstSeal, Last: run.LastSeal, Seals: run.Seals, Rows: run.RowsSeen, Row: run.FaultRow,
	}
	if run.StartedBy == "" {
		check.By = views.AuditParty{Label: "The house itself"}
	}
	if run.Finding != "" {
		check.Finding = run.Break().Error()
	}
	if run.FaultFrom != nil {
		check.FaultFrom, check.FaultUntil = *run.FaultFrom, *run.FaultUntil
	}
	return check
}

// showAuditCheck is one check, how far it has come and what it found.
func (h *Handler) showAuditCheck(c *fiber.Ctx) error {
	check, err := h.auditCheck(c)
	if err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.AuditCheckProgress(views.AuditCheckPage{AuditCheck: check, MayCancel: operator(c).Role.May(auth.RightAudit)}))
}

func (h *Handler) auditCheck(c *fiber.Ctx) (views.AuditCheck, error) {
	run, people, err := h.People.AuditCheck(c.UserContext(), operator(c), c.Params("id"))
	if err != nil {
		return views.AuditCheck{}, err
	}
	return checkOf(run, people), nil
}

func (h *Handler) showVerify(c *fiber.Ctx) error {
	return views.Render(c, fiber.StatusOK, views.AuditVerify(views.AuditVerifyForm{}))
}

// submitVerify begins a check, and leads to its progress; where one runs already, to that one.
func (h *Handler) submitVerify(c *fiber.Ctx) error {
	var form views.AuditVerifyForm
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	r, ok := readAuditRange(form)
	if !ok {
		return fiber.ErrBadRequest
	}
	id, err := h.People.VerifyAuditLog(c.UserContext(), operator(c), r)
	switch {
	case err == nil:
		return views.Redirect(c, checkPath(id))
	case errors.Is(err, models.ErrTaken):
		return views.RedirectWith(c, chainPath, views.FlashCheckRuns)
	}
	status, errs, err := reject(err)
	if err != nil {
		return err
	}
	form.Errors = errs
	return views.Render(c, status, views.AuditVerify(form))
}

// readAuditRange reads what is to be checked; a number that is none is for the rule to refuse.
func readAuditRange(form views.AuditVerifyForm) (r models.AuditRange, ok bool) {
	switch form.Seals {
	case "all":
		return models.AuditRange{}, true
	case "100":
		return models.AuditRange{Newest: 100}, true
	case "1000":
		return models.AuditRange{Newest: 1000}, true
	case "range":
		from, noFrom := strconv.ParseInt(form.From, 10, 64)
		to, noTo := strconv.ParseInt(form.To, 10, 64)
		if noFrom != nil || noTo != nil || from < 1 || to < from {
			from, to = 2, 1
		}
		return models.AuditRange{First: from, Last: to}, true
	}
	return r, false
}

func (h *Handler) showCancelCheck(c *fiber.Ctx) error {
	check, err := h.auditCheck(c)
	if err != nil {
		return err
	}
	if check.State != models.CheckRunning {
		return views.Redirect(c, checkPath(check.ID))
	}
	return views.Render(c, fiber.StatusOK, views.CancelAuditCheck(check))
}

func (h *Handler) submitCancelCheck(c *fiber.Ctx) error {
	id := c.Params("id")
	err := h.People.CancelAuditCheck(c.UserContext(), operator(c), id)
	switch {
	case err == nil:
		return views.RedirectWith(c, checkPath(id), views.FlashActDone)
	case errors.Is(err, models.ErrSpent):
		return moot(c, checkPath(id))
	}
	return err
}
