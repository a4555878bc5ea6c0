package admin

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const auditViewsPath = auditPath + "/views"

// auditViews are the searches an operator can choose from: their own first.
func (h *Handler) auditViews(c *fiber.Ctx) (list []views.AuditView, err error) {
	own, shared, err := h.People.AuditViews(c.UserContext(), operator(c))
	if err != nil {
		return nil, err
	}
	for _, v := range append(own, shared...) {
		list = append(list, views.AuditView{ID: v.ID, Name: v.Name, Query: v.Query, Shared: v.Shared, Preferred: v.Preferred, Own: v.OwnerID == operator(c).ID})
	}
	return list, nil
}

func (h *Handler) showAuditViews(c *fiber.Ctx) error {
	list, err := h.auditViews(c)
	if err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.AuditViews(list))
}

// showKeepView asks for the name of the search that the address holds.
func (h *Handler) showKeepView(c *fiber.Ctx) error {
	form, _, err := h.readAuditQuery(c.Queries())
	if err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.KeepAuditView(views.AuditViewForm{Query: form.Query()}))
}

func (h *Handler) submitKeepView(c *fiber.Ctx) error {
	var form views.AuditViewForm
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	search, err := h.readAuditAddress(form.Query)
	if err != nil {
		return err
	}
	err = h.People.SaveAuditView(c.UserContext(), operator(c), auth.NewAuditView{Name: form.Name, Query: search.Query(), Shared: form.Shared, Preferred: form.Preferred})
	if err == nil {
		return views.RedirectWith(c, auditPath+"?"+search.Query(), views.FlashSearchKept)
	}
	status, errs, err := reject(err)
	if err != nil {
		return err
	}
	form.Errors = errs
	return views.Render(c, status, views.KeepAuditView(form))
}

// readAuditAddress reads the query of an address that a form carried.
func (h *Handler) readAuditAddress(query string) (form views.AuditForm, err error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return form, fiber.ErrBadRequest
	}
	form, _, err = h.readAuditQuery(first(values))
	return form, err
}

func (h *Handler) showRemoveView(c *fiber.Ctx) error {
	list, err := h.auditViews(c)
	if err != nil {
		return err
	}
	for _, view := range list {
		if view.Own && view.ID == c.Params("id") {
			return views.Render(c, fiber.StatusOK, views.RemoveAuditView(view))
		}
	}
	return models.ErrNotFound
}

func (h *Handler) submitRemoveView(c *fiber.Ctx) error {
	if err := h.People.RemoveAuditView(c.UserContext(), operator(c), c.Params("id")); err != nil {
		return err
	}
	return views.RedirectWith(c, auditViewsPath, views.FlashSearchRemoved)
}
