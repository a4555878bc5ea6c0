package auth_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
	"latchkey/views"
)

const goodPassword = "violet-Kettle-drum-41"

// site is the package behind a real Fiber app in this process.
type site struct {
	t     *testing.T
	db    *models.DB
	clock *modelstest.Clock
	s     *auth.Service
	h     *auth.Handler
	app   *fiber.App

	guesses int // networks used by guess
	pool    *sql.DB
}

// cheap keeps password hashes out of the test's time.
func cheap(c *auth.Config) {
	c.BaseURL = "http://localhost:3000"
	c.ArgonMemory, c.ArgonTime = 8, 1
	c.HashQueue = 10_000
}

func newSite(t *testing.T, db *models.DB, clock *modelstest.Clock, changes ...func(*auth.Config)) *site {
	t.Helper()
	config := auth.Config{DB: db}
	cheap(&config)
	for _, change := range changes {
		change(&config)
	}
	service, err := auth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	st := &site{t: t, db: db, clock: clock, s: service, h: auth.NewHandler(service)}
	st.app = fiber.New(fiber.Config{Immutable: true, ErrorHandler: answerError})
	st.app.Use(func(c *fiber.Ctx) error {
		c.SetUserContext(models.WithOrigin(c.UserContext(), models.Origin{
			Address: c.Get("X-Test-Address"), UserAgent: c.Get("User-Agent"), RequestID: "test",
		}))
		secure := strings.HasPrefix(config.BaseURL, "https:")
		c.SetUserContext(views.WithPage(c.UserContext(), &views.Page{Path: c.Path(), Secure: secure}))
		return c.Next()
	}, st.h.LoadSession)
	st.h.Mount(st.app)
	st.app.Get("/", func(c *fiber.Ctx) error { return views.Render(c, 200, views.Home(views.HomePage{})) })
	st.app.Get("/dashboard", st.h.RequireUser, func(c *fiber.Ctx) error {
		return views.Render(c, 200, views.Dashboard(views.DashboardPage{}))
	})
	st.app.Get("/fresh", st.h.RequireRecentLogin, func(c *fiber.Ctx) error { return c.SendString("fresh") })
	st.app.Post("/fresh", st.h.RequireRecentLogin, func(c *fiber.Ctx) error { return c.SendString("fresh") })
	st.app.Get("/admin", st.h.RequireOperator, func(c *fiber.Ctx) error { return c.SendString("admin") })
	return st
}

func answerError(c *fiber.Ctx, err error) error {
	status := fiber.StatusInternalServerError
	var known *fiber.Error
	switch {
	case errors.As(err, &known):
		status = known.Code
	case errors.Is(err, models.ErrNotFound):
		status = fiber.StatusNotFound
	case errors.Is(err, models.ErrNoCursor):
		status = fiber.StatusBadRequest
	}
	return c.Status(status).SendString(err.Error())
}

// each runs a test on a site over every database, one step after another.
func each(t *testing.T, f func(t *testing.T, st *site), changes ...func(*auth.Config)) {
	t.Helper()
	modelstest.EachInSteps(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		f(t, newSite(t, db, clock, changes...))
	})
}

// eachRace is each for tests that do things side by side.
func eachRace(t *testing.T, f func(t *testing.T, st *site), changes ...func(*auth.Config)) {
	t.Helper()
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		f(t, newSite(t, db, clock, changes...))
	})
}

// person makes a verified account with goodPassword.
func (st *site) person(email string) *auth.User {
	st.t.Helper()
	u, err := st.s.CreateUser(context.Background(), auth.NewUser{Email: email, Name: "Mo", Password: goodPassword, Verified: true})
	if err != nil {
		st.t.Fatal(err)
	}
	return u
}

func (st *site) row(email string) models.User {
	st.t.Helper()
	u, err := st.db.UserByEmail(context.Background(), email)
	if err != nil {
		st.t.Fatal(err)
	}
	return u
}

// raw opens the tested database beside models, to look at what was really stored.
func (st *site) raw() *sql.DB {
	st.t.Helper()
	if st.pool == nil {
		st.pool = modelstest.SQL(st.t, st.db)
	}
	return st.pool
}

func (st *site) exec(query string) {
	st.t.Helper()
	if _, err := st.raw().Exec(query); err != nil {
		st.t.Fatal(err)
	}
}

func (st *site) number(query string) (n int) {
	st.t.Helper()
	if err := st.raw().QueryRow(query).Scan(&n); err != nil {
		st.t.Fatal(err)
	}
	return n
}

// mails are those queued for an address, the oldest first, decoys too.
func (st *site) mails(to string) []models.Mail {
	st.t.Helper()
	var list []models.Mail
	for _, mail := range st.everyMail() {
		if mail.To == to {
			list = append(list, mail)
		}
	}
	return list
}

// everyMail is all that was queued, the oldest first, decoys too.
func (st *site) everyMail() []models.Mail {
	st.t.Helper()
	args := "json(args)" // SQLite keeps its binary form
	if st.db.Dialect() == "postgres" {
		args = "args"
	}
	rows, err := st.raw().Query("SELECT " + args + " FROM river_job WHERE kind = 'mail' ORDER BY id")
	if err != nil {
		st.t.Fatal(err)
	}
	defer rows.Close()
	var list []models.Mail
	for rows.Next() {
		var args []byte
		var job models.MailJob
		if err := rows.Scan(&args); err != nil {
			st.t.Fatal(err)
		}
		if err := json.Unmarshal(args, &job); err != nil {
			st.t.Fatal(err)
		}
		mail, err := st.db.OpenMail(job)
		if err != nil {
			st.t.Fatal(err)
		}
		list = append(list, mail)
	}
	return list
}

// delivered are the mails that the worker would send: no decoys.
func (st *site) delivered(to, kind string) []models.Mail {
	st.t.Helper()
	var list []models.Mail
	for _, mail := range st.mails(to) {
		if !mail.Decoy && mail.Kind == kind {
			list = append(list, mail)
		}
	}
	return list
}

func (st *site) lastMail(to, kind string) models.Mail {
	st.t.Helper()
	list := st.delivered(to, kind)
	if len(list) == 0 {
		st.t.Fatalf("no %s to %s among %d mails", kind, to, len(st.mails(to)))
	}
	return list[len(list)-1]
}

var (
	linkPattern = regexp.MustCompile(`http://localhost:3000(/\S+)`)
	codePattern = regexp.MustCompile(`(?m)^\s+(\d{6})$`)
)

func linkIn(t *testing.T, mail models.Mail) string {
	t.Helper()
	found := linkPattern.FindStringSubmatch(mail.Text)
	if found == nil {
		t.Fatalf("no link in %q", mail.Text)
	}
	return found[1]
}

func codeIn(t *testing.T, mail models.Mail) string {
	t.Helper()
	found := codePattern.FindStringSubmatch(mail.Text)
	if found == nil {
		t.Fatalf("no code in %q", mail.Text)
	}
	return found[1]
}

func (st *site) audit(action models.Action) []models.AuditEvent {
	st.t.Helper()
	list, err := st.db.AuditEvents(context.Background(), models.AuditQuery{Action: action})
	if err != nil {
		st.t.Fatal(err)
	}
	return list
}

func withMeta(rows []models.AuditEvent, key string, value any) (found []models.AuditEvent) {
	for _, row := range rows {
		if row.Meta[key] == value {
			found = append(found, row)
		}
	}
	return found
}

func withReason(rows []models.AuditEvent, reason string) (found []models.AuditEvent) {
	for _, row := range rows {
		if row.Reason == reason {
			found = append(found, row)
		}
	}
	return found
}

// guess tries n wrong passwords on an address, each from another network, and returns the last answer.
func (st *site) guess(email string, n int) (last page) {
	st.t.Helper()
	for range n {
		st.guesses++
		from := fmt.Sprintf("10.%d.%d.%d", st.guesses>>16, st.guesses>>8&255, st.guesses&255)
		last = st.browserAt(from).signInWith(email, "wrong-password")
	}
	return last
}

// browser keeps cookies from one request to the next.
type browser struct {
	st      *site
	address string
	agent   string
	cookies map[string]string
	headers map[string]string // of every request
}

func (st *site) browser() *browser { return st.browserAt("192.0.2.1") }

func (st *site) browserAt(address string) *browser {
	return &browser{
		st: st, address: address, cookies: map[string]string{}, headers: map[string]string{},
		agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
	}
}

// copy is another client holding the same cookies.
func (b *browser) copy() *browser {
	other := b.st.browserAt(b.address)
	for name, value := range b.cookies {
		other.cookies[name] = value
	}
	return other
}

type page struct {
	status   int
	header   http.Header
	body     string
	location string // of a redirect, htmx's too
	set      []*http.Cookie
}

func (b *browser) get(path string) page { return b.send(http.MethodGet, path, "") }

// post sends a form: name, value, name, value.
func (b *browser) post(path string, fields ...string) page {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.send(http.MethodPost, path, form.Encode())
}

func (b *browser) send(method, path, body string) page {
	b.st.t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	request.Header.Set("X-Test-Address", b.address)
	request.Header.Set("User-Agent", b.agent)
	for name, value := range b.headers {
		request.Header.Set(name, value)
	}
	for name, value := range b.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	response, err := b.st.app.Test(request, -1)
	if err != nil {
		b.st.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.st.t.Fatal(err)
	}
	p := page{status: response.StatusCode, header: response.Header, body: string(text), set: response.Cookies()}
	p.location = response.Header.Get("Location")
	if to := response.Header.Get("HX-Redirect"); to != "" {
		p.location = to
	}
	for _, cookie := range p.set {
		if cookie.MaxAge < 0 || cookie.Value == "" || !cookie.Expires.IsZero() && cookie.Expires.Before(time.Unix(100, 0)) {
			delete(b.cookies, cookie.Name)
		} else {
			b.cookies[cookie.Name] = cookie.Value
		}
	}
	return p
}

// signedIn asks the product.
func (b *browser) signedIn() bool {
	b.st.t.Helper()
	return b.get("/account").status == http.StatusOK
}

func (b *browser) signIn(email string) page {
	b.st.t.Helper()
	return b.signInWith(email, goodPassword)
}

func (b *browser) signInWith(email, password string) page {
	b.st.t.Helper()
	return b.post("/login", "email", email, "password", password)
}

// mustSignIn fails the test when the browser is not signed in afterwards.
func (b *browser) mustSignIn(email string) *browser {
	b.st.t.Helper()
	if p := b.signIn(email); p.status != http.StatusSeeOther || p.location != "/dashboard" {
		b.st.t.Fatalf("sign in: %d to %q\n%s", p.status, p.location, p.body)
	}
	return b
}

func wantRedirect(t *testing.T, p page, to string) {
	t.Helper()
	if p.status != http.StatusSeeOther || p.location != to {
		t.Errorf("got %d to %q, want 303 to %q\n%s", p.status, p.location, to, p.body)
	}
}

func wantPage(t *testing.T, p page, status int, sentences ...string) {
	t.Helper()
	lacks := func(sentence string) bool { return !strings.Contains(p.body, sentence) }
	if p.status != status || slices.ContainsFunc(sentences, lacks) {
		t.Errorf("got %d, want %d with %q\n%s", p.status, status, sentences, p.body)
	}
}

func withSubject(rows []models.AuditEvent, id string) (found []models.AuditEvent) {
	for _, row := range rows {
		if row.SubjectID == id {
			found = append(found, row)
		}
	}
	return found
}
