package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/static"
	"latchkey/views"
)

// maxBody is the largest body of a request, in bytes; maxHeader the largest request line and headers together.
const (
	maxBody   = 1 << 20
	maxHeader = 16 << 10
)

// routes is the table of contents: what a request passes through, in order.
func (h *house) routes() *fiber.App {
	app := fiber.New(serverConfig(h.refuseUnread))
	app.Use(h.begin, h.aroundPage, h.headers, h.record, wholeRequest)
	app.Get("/healthz", showHealth)
	app.Get("/readyz", h.showReady)
	app.Get(static.Prefix+"*", views.ServeStatic)
	h.oauthDocuments(app) // oauth

	app.Use(limitTime, newSameOrigin(h.config.BaseURL).check)
	h.oauthMachineRoutes(app) // oauth

	app.Use(h.limit(h.floods.pages), h.pages.LoadSession, h.viewGate(h.routeTable()))
	h.oauthPageRoutes(app) // oauth
	app.Use(checkQuery, checkForm, formsOnly(h.limit(h.floods.forms)))
	h.pages.Mount(app)
	h.admin.Mount(app)
	h.productRoutes(app)
	return app
}

// serverConfig is how requests are read: whole, one spelling for a path, and nobody may be slow.
func serverConfig(refuse fiber.ErrorHandler) fiber.Config {
	return fiber.Config{
		ErrorHandler:          refuse,
		Immutable:             true,
		CaseSensitive:         true,
		StrictRouting:         true,
		BodyLimit:             maxBody,
		ReadBufferSize:        maxHeader,
		ReadTimeout:           30 * time.Second,
		WriteTimeout:          30 * time.Second,
		IdleTimeout:           time.Minute,
		DisableStartupMessage: true,

		DisablePreParseMultipartForm: true, // no handler takes one
	}
}

// productRoutes is the example product, and the pages for developers. A new page is a line here.
func (h *house) productRoutes(app fiber.Router) {
	for _, r := range h.productTable() {
		app.Add(r.Method, r.Path, r.handlers...)
	}
}

// productRoute is one line of the product's own routes.
type productRoute struct {
	routeLine
	handlers []fiber.Handler
}

func (h *house) productTable() []productRoute {
	var (
		home  = homeHandler{h.db, h.homePage()}
		notes = notesHandler{h.db}
		dev   = devHandler{h.db, h.devPage()}
	)
	table := []productRoute{
		anyone("GET", "/", home.showHome).viewed(auth.ViewRead),
		anyone("POST", "/theme", h.submitTheme),
		h.member("GET", "/dashboard", home.showDashboard).viewed(auth.ViewRead),
		h.member("GET", "/notes", notes.showNotes).viewed(auth.ViewRead),
		h.member("POST", "/notes", notes.submitNote).viewed(auth.ViewWrite),
	}
	if h.config.devPages() {
		table = append(table,
			anyone("GET", "/dev", dev.showDev),
			anyone("GET", "/dev/mail", dev.showMails),
			anyone("GET", "/dev/mail.json", dev.listMails),
			anyone("GET", "/dev/mail/:id", dev.showMailHTML),
			anyone("GET", "/dev/ui", dev.showGallery),
			anyone("GET", "/dev/ui/mails", dev.showMailGallery),
			anyone("GET", "/dev/ui/mails/:name", dev.showMailSample),
			anyone("GET", "/dev/ui/:name", dev.showSample),
		)
	}
	return table
}

// homePage and devPage are what the front doors say, besides who is looking.
func (h *house) homePage() views.HomePage {
	page := views.HomePage{Dev: h.config.devPages()}
	if h.config.demo() {
		page.DemoAccounts = demoAccounts()
		page.DemoClientURL = h.config.demoClientURL() // oauth
	}
	return page
}

func (h *house) devPage() views.DevPage {
	page := views.DevPage{}
	if h.config.demo() {
		page.Accounts = demoAccounts()
		page.Clients = []views.DevClient{{ID: demoClientID, Name: "Demo client", URL: h.config.demoClientURL()}} // oauth
	}
	return page
}

// viewed says what an operator may do on the route who views as a member; otherwise it is closed to them.
func (r productRoute) viewed(as auth.ViewAs) productRoute {
	r.ViewAs = as
	return r
}

func anyone(method, path string, handler fiber.Handler) productRoute {
	return productRoute{routeLine{Method: method, Path: path, Guard: "anyone"}, []fiber.Handler{handler}}
}

func (h *house) member(method, path string, handler fiber.Handler) productRoute {
	return productRoute{routeLine{Method: method, Path: path, Guard: "user"}, []fiber.Handler{h.pages.RequireUser, handler}}
}

// routeLine is one line of `app routes`.
type routeLine struct {
	Method string      `json:"method"`
	Path   string      `json:"path"`
	Guard  string      `json:"guard"`
	Limit  string      `json:"limit"`
	ViewAs auth.ViewAs `json:"view_as"` // what an operator may do who views as a member; empty: nothing
}

// viewGate stands before every page: while an operator views as a member, what no route opens is closed. The route is the first
// that fits, as it is for the request itself.
func (h *house) viewGate(table []routeLine) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return h.pages.GuardView(c, func() auth.ViewAs {
			for _, line := range table {
				if line.fits(c.Method(), c.Path()) {
					return line.ViewAs
				}
			}
			return ""
		})
	}
}

// routeTable lists every route, in the order in which they are tried, with the ids of the limits that count there.
func (h *house) routeTable() []routeLine {
	table := []routeLine{
		{Method: "GET", Path: "/healthz", Guard: "anyone"},
		{Method: "GET", Path: "/readyz", Guard: "anyone"},
		{Method: "GET", Path: static.Prefix + "{file}", Guard: "anyone"},
	}
	table = append(table, h.oauthTable()...) // oauth
	for _, r := range h.pages.Routes() {
		table = append(table, pageLine(r.Method, r.Path, r.Guard, r.Limit).viewed(r.ViewAs))
	}
	for _, r := range h.admin.Routes() {
		table = append(table, pageLine(r.Method, r.Path, r.Guard(), ""))
	}
	for _, r := range h.productTable() {
		table = append(table, pageLine(r.Method, r.Path, r.Guard, r.Limit).viewed(r.ViewAs))
	}
	return table
}

// pageLine adds the flood limits that every page has.
func pageLine(method, path, guard, limit string) routeLine {
	limits := append(strings.Fields(limit), floodPages)
	if isForms(method, path) {
		limits = append(limits, floodForms)
	}
	return routeLine{Method: method, Path: plainPath(path), Guard: guard, Limit: strings.Join(limits, ", ")}
}

func (l routeLine) viewed(as auth.ViewAs) routeLine {
	l.ViewAs = as
	return l
}

// fits tells whether a request is for this route.
func (l routeLine) fits(method, path string) bool {
	pattern := strings.NewReplacer("{", ":", "}", "").Replace(l.Path)
	return l.Method == method && fiber.RoutePatternMatch(path, pattern, fiber.Config{CaseSensitive: true, StrictRouting: true})
}

// plainPath writes "/account/sessions/:id/end" as the documents do, with {id}.
func plainPath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if name, isParameter := strings.CutPrefix(segment, ":"); isParameter {
			segments[i] = "{" + name + "}"
		}
	}
	return strings.Join(segments, "/")
}

// limitLine is one rule behind the ids of routeTable.
type limitLine struct {
	ID     string `json:"id"`
	Counts string `json:"counts"`
	Most   string `json:"most"`
}

func (h *house) limitTable() []limitLine {
	var table []limitLine
	for _, l := range h.people.Limits() {
		table = append(table, limitLine{l.ID, l.Counts, fmt.Sprintf("%d in %s", l.Hits, l.Window)})
	}
	for _, f := range []*flood{h.floods.pages, h.floods.forms} {
		table = append(table, limitLine{f.name, "requests: network", f.String()})
	}
	return table
}
