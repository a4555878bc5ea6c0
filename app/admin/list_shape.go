package admin

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// lists are all that are drawn as each operator wants them.
var lists = []views.List{
	views.MemberList, views.SessionList, views.NoteList, views.BatchList, views.ReviewList, views.JobList, views.MailList, views.StoppedList, views.AuditList,
	views.ClientList, views.ConsentList, views.TokenList, // oauth
}

// allColumns is what an address says for all columns, also where an operator chose fewer.
const allColumns = "all"

// shortList is how a list is drawn that is a part of a record: nobody chooses.
var shortList = views.ListShape{PerPage: auth.PageSizes[0]}

// shape is how the operator sees the list of this address: as the address says, or else as they chose last.
func (h *Handler) shape(c *fiber.Ctx, l views.List) (views.ListShape, error) {
	s, err := h.shapeAsked(c, l, c.Queries())
	s.At = addressOf(c.Path(), withoutPlace(c.Queries()))
	return s, err
}

func (h *Handler) shapeAsked(c *fiber.Ctx, l views.List, asked map[string]string) (s views.ListShape, err error) {
	chosen, err := h.People.ListChoice(c.UserContext(), operator(c), l.Name)
	if err != nil {
		return s, err
	}
	s = views.ListShape{List: l, PerPage: cmp.Or(chosen.PerPage, l.Rows, auth.PageSizes[0]), Sort: chosen.Sort, Columns: columnsOf(chosen.Columns)}
	if !s.Known() { // it was chosen of an older version
		s.Sort, s.Columns = "", nil
	}
	if per := asked["per"]; per != "" {
		if s.PerPage, err = strconv.Atoi(per); err != nil || !slices.Contains(auth.PageSizes, s.PerPage) {
			return s, fiber.ErrBadRequest
		}
	}
	s.Sort = cmp.Or(asked["sort"], s.Sort)
	if columns := asked["columns"]; columns != "" {
		s.Columns = columnsOf(columns)
	}
	if !s.Known() {
		return s, fiber.ErrBadRequest
	}
	return s, nil
}

func columnsOf(columns string) []string {
	if columns == "" || columns == allColumns {
		return nil
	}
	return strings.Split(columns, ",")
}

// withoutPlace is what an address says besides the place in the list.
func withoutPlace(asked map[string]string) url.Values {
	query := url.Values{}
	for name, value := range asked {
		if name != "newer" && name != "older" && value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// placeOf reads where in a list a page begins.
func placeOf(c *fiber.Ctx, s views.ListShape) models.Place {
	return models.Place{Newer: c.Query("newer"), Older: c.Query("older"), Limit: s.PerPage}
}

// submitShape keeps how an operator wants a list, and leads back to its top.
func (h *Handler) submitShape(c *fiber.Ctx) error {
	i := slices.IndexFunc(lists, func(l views.List) bool { return l.Name == c.Params("name") })
	if i < 0 {
		return fiber.ErrNotFound
	}
	path, asked, err := listAsked(c)
	if err != nil {
		return err
	}
	s, err := h.shapeAsked(c, lists[i], first(asked))
	if err != nil {
		return err
	}
	choice := models.ListChoice{List: s.Name, Sort: s.Sort, PerPage: s.PerPage, Columns: strings.Join(s.Columns, ",")}
	if err := h.People.ChooseList(c.UserContext(), operator(c), choice); err != nil {
		return malformed(err)
	}
	return views.Redirect(c, addressOf(path, asked))
}

// listAsked is the address of the list that a form is below, with what was pressed there.
func listAsked(c *fiber.Ctx) (path string, asked url.Values, err error) {
	at, err := url.Parse(c.FormValue("at"))
	if err != nil || !auth.IsLocal(c.FormValue("at")) || !strings.HasPrefix(at.Path, root+"/") {
		return "", nil, fiber.ErrBadRequest
	}
	asked = withoutPlace(first(at.Query()))
	for _, name := range []string{"per", "sort"} {
		if value := c.FormValue(name); value != "" {
			asked.Set(name, value)
		}
	}
	if c.FormValue("choose") == "columns" {
		asked.Set("columns", cmp.Or(strings.Join(ticked(c, "column"), ","), allColumns)) // a list of names alone says little
	}
	return at.EscapedPath(), asked, nil
}

func addressOf(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// ticked are the values of the boxes of a form that are ticked.
func ticked(c *fiber.Ctx, name string) (values []string) {
	for _, value := range c.Request().PostArgs().PeekMulti(name) {
		values = append(values, string(value))
	}
	return values
}
