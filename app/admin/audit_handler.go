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

const auditPath = root + "/audit"

// showAudit is the audit log, or at its bare address the search that the operator wants to see first.
func (h *Handler) showAudit(c *fiber.Ctx, s views.ListShape) error {
	if len(c.Queries()) > 0 {
		return h.listAudit(c, s)
	}
	preferred, err := h.People.PreferredAuditView(c.UserContext(), operator(c))
	if err != nil {
		return err
	}
	if preferred != "" {
		return views.Redirect(c, auditPath+"?"+preferred)
	}
	return h.listAudit(c, s)
}

// listAudit is the list. What was typed wrongly comes back with the form; what no form of ours asks is a 400.
func (h *Handler) listAudit(c *fiber.Ctx, s views.ListShape) error {
	form, q, err := h.readAuditQuery(c.Queries())
	if err != nil {
		return err
	}
	q.PerPage = s.PerPage
	page, status := views.AuditPage{Shape: s, Form: form, Families: h.families, MayExport: operator(c).Role.May(auth.RightAudit)}, fiber.StatusOK
	found, err := h.People.AuditLog(c.UserContext(), operator(c), q)
	var invalid auth.Invalid
	switch {
	case errors.As(err, &invalid):
		page.Form.Errors, status = views.Errors(invalid), fiber.StatusUnprocessableEntity
	case err != nil:
		return malformed(err)
	}
	if page.Views, err = h.auditViews(c); err != nil {
		return err
	}
	for _, u := range found.Meant {
		page.Meant = append(page.Meant, memberParty(u))
	}
	page.Rows = h.auditRows(found.Events, found.People)
	page.Newer, page.Older = listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older)
	return views.Render(c, status, views.Audit(page), views.AuditAnnounced(len(page.Rows)))
}

// auditFields are what an address of the list may hold, besides the check boxes of kinds.
var auditFields = []string{
	"person", "part", "outcome", "operators", "viewed_as", "client", "address", "request", "batch", "days", "from", "to", "newer", "older", "all", "per", "columns",
}

// readAuditQuery reads an address of the list. What is chosen from a list is one of the list.
func (h *Handler) readAuditQuery(asked map[string]string) (form views.AuditForm, q auth.AuditQuery, err error) {
	form = views.AuditForm{
		Person: asked["person"], Part: asked["part"], Outcome: asked["outcome"], Operators: asked["operators"] == "on", ViewedAs: asked["viewed_as"] == "on",
		Client: asked["client"], Address: asked["address"], Request: asked["request"], Batch: asked["batch"], From: asked["from"], To: asked["to"],
	}
	if form.What, err = h.chosenKinds(asked); err != nil {
		return form, q, err
	}
	days := asked["days"]
	form.Days, _ = strconv.Atoi(days)
	outcomes := []string{"", models.OutcomeSuccess, models.OutcomeFailure, models.OutcomeRefused}
	parts := []models.AuditRole{models.AuditInAnyRole, models.AuditAsActor, models.AuditAsEffective, models.AuditAsTarget}
	if !slices.Contains([]string{"", "1", "7", "30"}, days) || !slices.Contains(outcomes, form.Outcome) || !slices.Contains(parts, models.AuditRole(form.Part)) {
		return form, q, fiber.ErrBadRequest
	}
	q = auth.AuditQuery{
		Person: form.Person, Part: models.AuditRole(form.Part), Outcome: form.Outcome, Operators: form.Operators, ViewedAs: form.ViewedAs,
		Client: form.Client, Address: form.Address, Request: form.Request, Batch: form.Batch, Days: form.Days, From: form.From, To: form.To,
		Newer: asked["newer"], Older: asked["older"],
	}
	for _, what := range form.What {
		if strings.Contains(what, ".") {
			q.Actions = append(q.Actions, models.Action(what))
		} else {
			q.Families = append(q.Families, what)
		}
	}
	return form, q, nil
}

// chosenKinds are the check boxes of families and actions that are ticked, in one order. A name that is none is a 400.
func (h *Handler) chosenKinds(asked map[string]string) (chosen []string, err error) {
	for name, value := range asked {
		what, isKind := strings.CutPrefix(name, views.AuditWhat)
		_, isAction := h.words[models.Action(what)]
		isFamily := slices.ContainsFunc(h.families, func(f views.AuditFamily) bool { return f.Name == what })
		switch {
		case isKind && (isAction || isFamily) && value == "on":
			chosen = append(chosen, what)
		case isKind || !slices.Contains(auditFields, name):
			return nil, fiber.ErrBadRequest
		}
	}
	slices.Sort(chosen)
	return chosen, nil
}

// outcomeWords are the badges of outcomes.
var outcomeWords = map[string]string{models.OutcomeSuccess: "Succeeded", models.OutcomeFailure: "Failed", models.OutcomeRefused: "Refused"}

// severityWords are the badges of what asks for attention.
var severityWords = map[models.Severity]string{models.SeverityWarning: "Warning", models.SeverityAlert: "Alert"}

func (h *Handler) auditRows(events []models.AuditEvent, people map[string]models.User) (rows []views.AuditRow) {
	for _, e := range events {
		rows = append(rows, h.auditRow(e, people))
	}
	return rows
}

func (h *Handler) auditRow(e models.AuditEvent, people map[string]models.User) views.AuditRow {
	words, known := h.words[e.Action]
	row := views.AuditRow{
		ID: e.ID, What: words.Say(e.Outcome), Code: string(e.Action), Severity: severityWords[words.Severity], Outcome: outcomeWords[e.Outcome], At: e.CreatedAt,
		Who: actorParty(e, people), As: personParty(e.EffectiveID, people), About: aboutParty(e, people), Address: e.Address,
	}
	if !known {
		row.What = string(e.Action) // the product's own, or of an older version
	}
	return row
}

// actorKinds is what those who act are called who are no person.
var actorKinds = map[string]string{"system": "The system", "anonymous": "Somebody not signed in", "client": "A client", "machine": "A machine", "token": "A token"}

func actorParty(e models.AuditEvent, people map[string]models.User) views.AuditParty {
	if kind, is := actorKinds[e.ActorKind]; is {
		if account, isCommand := auth.CommandLineAccount(e); isCommand {
			return views.AuditParty{Label: "The command line", Code: account}
		}
		return views.AuditParty{Label: kind, Code: e.ActorID}
	}
	return personParty(e.ActorID, people)
}

// personParty names somebody by what they are called now. An account that is gone has its id alone.
func personParty(id string, people map[string]models.User) views.AuditParty {
	if u, known := people[id]; known {
		return memberParty(u)
	}
	if id == "" {
		return views.AuditParty{}
	}
	return views.AuditParty{Label: "An account that is gone", Code: id}
}

func memberParty(u models.User) views.AuditParty {
	return views.AuditParty{Label: views.DisplayName(u.Name, u.Email), Member: u.ID}
}

// aboutParty is the person it is about, or the thing.
func aboutParty(e models.AuditEvent, people map[string]models.User) views.AuditParty {
	switch {
	case e.SubjectID != "" && e.SubjectID == e.ActorID:
		return views.AuditParty{Label: "Themselves", Code: thing(e)}
	case e.SubjectID != "":
		party := personParty(e.SubjectID, people)
		if party.Code == "" {
			party.Code = thing(e)
		}
		return party
	case e.TargetID != "":
		return views.AuditParty{Label: "A " + e.TargetKind, Code: e.TargetID}
	case e.ClientID != "":
		return views.AuditParty{Label: "A client", Code: e.ClientID}
	}
	return views.AuditParty{}
}

// thing is what else an event about a person is about.
func thing(e models.AuditEvent) string {
	if e.TargetID == "" || e.TargetID == e.SubjectID {
		return ""
	}
	return e.TargetKind + " " + e.TargetID
}
