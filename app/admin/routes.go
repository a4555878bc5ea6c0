package admin

import (
	"log/slog"
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/app/doctor"
	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver" // oauth
	"latchkey/views"
)

// Config is what the pages are made of.
type Config struct {
	DB     *models.DB
	People *auth.Service
	Pages  *auth.Handler
	Log    *slog.Logger        // of what goes wrong after an answer has begun
	OAuth  *oauthserver.Server // oauth
	Doctor *doctor.Watch       // what was found of the program and the machine

	Machine []models.SettingState // what the environment alone decides
	Duties  []Duty                // what the house does every so often
}

// Handler serves the operator's area.
type Handler struct {
	Config
	words    map[models.Action]models.AuditWords // of every action of the audit log
	families []views.AuditFamily
	exports  exporting
	read     settingsRead
}

// New serves the pages of a house.
func New(c Config) *Handler {
	words := auditWords()
	return &Handler{Config: c, words: words, families: auditFamilies(words)}
}

// root is the address that every page of this package begins with.
const root = "/admin"

// Route is one line of the table, as `app routes` prints it.
type Route struct {
	Method, Path string
	Right        auth.Right
	StepUp       bool // needs a fresh proof of who the operator is; a question does too, so that no typed reason is lost
	handler      fiber.Handler
}

// Guard is who gets through, in words.
func (r Route) Guard() string {
	if r.StepUp {
		return "operator: " + string(r.Right) + ", recent login"
	}
	return "operator: " + string(r.Right)
}

// Mount adds every route, behind the door.
func (h *Handler) Mount(app fiber.Router) {
	app.Use(root, h.door)
	for _, r := range h.Routes() {
		handlers := []fiber.Handler{h.Pages.RequireRight(r.Right), h.countReview, h.rememberOpening}
		if r.StepUp {
			handlers = append(handlers, h.Pages.RequireRecentLogin)
		}
		app.Add(r.Method, r.Path, append(handlers, r.handler)...)
	}
}

// door is before every address under /admin, be there a route or not: whoever is no operator cannot tell which. Methods that no
// page has are nowhere.
func (h *Handler) door(c *fiber.Ctx) error {
	switch path, method := c.Path(), c.Method(); {
	case path != root && !strings.HasPrefix(path, root+"/"):
		return c.Next()
	case method != fiber.MethodGet && method != fiber.MethodPost:
		return fiber.ErrNotFound
	}
	return h.Pages.RequireOperator(c)
}

// Routes is every URL of this package.
func (h *Handler) Routes() []Route {
	r := &table{}
	r.get("/admin", auth.RightRead, h.showOverview)
	h.list(r, "/admin/review", views.ReviewList, h.showReview)
	r.question("/admin/review/:id/acknowledge", auth.RightHelp, false, h.showReviewAct(false), h.submitReviewAct(false)) // the rule asks for more, by kind
	r.question("/admin/review/:id/snooze", auth.RightHelp, false, h.showReviewAct(true), h.submitReviewAct(true))
	r.get("/admin/figures", auth.RightRead, h.showFigures)
	r.get("/admin/search", auth.RightRead, h.showSearch)
	r.post("/admin/lists/:name", auth.RightRead, h.submitShape)
	h.list(r, "/admin/users", views.MemberList, h.showMembers)
	r.post("/admin/users/bulk", auth.RightChange, h.submitBulk)
	r.get("/admin/users/export.csv", auth.RightAudit, h.exportMembers("csv"))
	r.get("/admin/users/export.ndjson", auth.RightAudit, h.exportMembers("ndjson"))
	r.question("/admin/users/new", auth.RightChange, false, h.showNewMember, h.submitNewMember)
	r.get("/admin/users/:id", auth.RightRead, h.showMember)
	r.get("/admin/users/:id/sessions", auth.RightRead, h.showMemberSessions)
	r.get("/admin/users/:id/factors", auth.RightRead, h.showMemberFactors)
	h.list(r, "/admin/users/:id/mails", views.MailList, h.showMemberMails)
	h.list(r, "/admin/users/:id/notes", views.NoteList, h.showMemberNotes)
	r.post("/admin/users/:id/notes", auth.RightHelp, h.submitMemberNote)
	r.question("/admin/users/:id/notes/:note/remove", auth.RightHelp, false, h.showRemoveNote, h.submitRemoveNote)
	r.question("/admin/users/:id/view-as", auth.RightView, true, h.showViewAs, h.submitViewAs)
	h.list(r, "/admin/sessions", views.SessionList, h.showSessions)
	r.question("/admin/sessions/end-from", auth.RightHelp, true, h.showEndFrom, h.submitEndFrom)
	r.get("/admin/views/:id", auth.RightRead, h.showView)
	r.question("/admin/views/:id/stop", auth.RightChange, false, h.showStopView, h.submitStopView)
	for _, act := range auth.MemberActs {
		r.question("/admin/users/:id/"+pathOf(act.Name), act.Right, act.StepUp, h.showMemberAct(act), h.submitMemberAct(act))
	}
	r.get("/admin/health", auth.RightRead, h.showHealth)
	h.list(r, "/admin/jobs", views.JobList, h.showJobs)
	r.get("/admin/jobs/:id", auth.RightRead, h.showJob)
	for _, act := range jobActs {
		r.question("/admin/jobs/:id/"+string(act.act), auth.RightOperate, act.stepUp, h.showJobAct(act), h.submitJobAct(act))
	}
	r.question("/admin/jobs/duties/:name/run", auth.RightOperate, false, h.showRunDuty, h.submitRunDuty)
	r.question("/admin/jobs/queues/:name/pause", auth.RightOperate, true, h.showPause(true), h.submitPause(true))
	r.question("/admin/jobs/queues/:name/resume", auth.RightOperate, true, h.showPause(false), h.submitPause(false))
	r.get("/admin/settings", auth.RightRead, h.showSettings)
	r.get("/admin/settings/:name", auth.RightRead, h.showSetting)
	r.question("/admin/settings/:name/change", auth.RightOperate, true, h.showChangeSetting, h.submitChangeSetting)
	r.question("/admin/settings/:name/revert/:version", auth.RightOperate, true, h.showRevertSetting, h.submitRevertSetting)
	h.mailRoutes(r)
	h.batchRoutes(r)
	h.auditRoutes(r)
	h.oauthRoutes(r) // oauth
	return r.routes
}

// mailRoutes are the pages of the log of mails.
func (h *Handler) mailRoutes(r *table) {
	h.list(r, "/admin/mails", views.MailList, h.showMails)
	r.question("/admin/mails/test", auth.RightOperate, false, h.showTestMail, h.submitTestMail)
	h.list(r, "/admin/mails/stopped", views.StoppedList, h.showStopped)
	r.question("/admin/mails/stop", auth.RightOperate, true, h.showStop(false), h.submitStop(false))
	r.question("/admin/mails/allow", auth.RightOperate, true, h.showStop(true), h.submitStop(true))
	r.get("/admin/mails/:id", auth.RightRead, h.showMail)
	r.question("/admin/mails/:id/retry", auth.RightOperate, false, h.showRetryMail, h.submitRetryMail)
}

// batchRoutes are the pages of acts on many members.
func (h *Handler) batchRoutes(r *table) {
	h.list(r, "/admin/batches", views.BatchList, h.showBatches)
	r.get("/admin/batches/:id", auth.RightRead, h.showBatch)
	r.get("/admin/batches/:id/failures.csv", auth.RightAudit, h.exportBatch("csv"))
	r.get("/admin/batches/:id/failures.ndjson", auth.RightAudit, h.exportBatch("ndjson"))
	r.post("/admin/batches/:id/undo", auth.RightChange, h.submitUndo)
	for _, act := range batchActs {
		r.question("/admin/batches/:id/"+act.name, auth.RightChange, act.stepUp, h.showBatchAct(act), h.submitBatchAct(act))
	}
}

// auditRoutes are the pages of the audit log.
func (h *Handler) auditRoutes(r *table) {
	h.list(r, "/admin/audit", views.AuditList, h.showAudit)
	r.get("/admin/audit/export.csv", auth.RightAudit, h.exportAudit("csv"))
	r.get("/admin/audit/export.ndjson", auth.RightAudit, h.exportAudit("ndjson"))
	r.get("/admin/audit/chain", auth.RightRead, h.showAuditChain)
	r.question("/admin/audit/chain/verify", auth.RightAudit, true, h.showVerify, h.submitVerify)
	r.get("/admin/audit/chain/checks/:id", auth.RightRead, h.showAuditCheck)
	r.question("/admin/audit/chain/checks/:id/cancel", auth.RightAudit, false, h.showCancelCheck, h.submitCancelCheck)
	r.get("/admin/audit/views", auth.RightRead, h.showAuditViews)
	r.question("/admin/audit/views/new", auth.RightRead, false, h.showKeepView, h.submitKeepView)
	r.question("/admin/audit/views/:id/remove", auth.RightRead, false, h.showRemoveView, h.submitRemoveView)
	r.get("/admin/audit/:id", auth.RightRead, h.showAuditEvent)
}

type table struct{ routes []Route }

// get is a page to read.
func (t *table) get(path string, right auth.Right, handler fiber.Handler) {
	t.routes = append(t.routes, Route{fiber.MethodGet, path, right, false, handler})
}

// post is a form on a page that others may read, or that decides nothing anew: nobody is asked before.
func (t *table) post(path string, right auth.Right, handler fiber.Handler) {
	t.routes = append(t.routes, Route{fiber.MethodPost, path, right, false, handler})
}

// list is a page of rows, as the operator wants to see them.
func (h *Handler) list(t *table, path string, l views.List, show func(*fiber.Ctx, views.ListShape) error) {
	t.get(path, auth.RightRead, func(c *fiber.Ctx) error {
		s, err := h.shape(c, l)
		if err != nil {
			return err
		}
		return show(c, s)
	})
}

// question is a page that asks, and the form on it that acts.
func (t *table) question(path string, right auth.Right, stepUp bool, show, submit fiber.Handler) {
	t.routes = append(t.routes, Route{fiber.MethodGet, path, right, stepUp, show}, Route{fiber.MethodPost, path, right, stepUp, submit})
}

// pathOf writes the name of an act as addresses do: "end-sessions".
func pathOf(act string) string { return strings.ReplaceAll(act, "_", "-") }

// operator is who acts: the person signed in.
func operator(c *fiber.Ctx) auth.Operator { return auth.OperatorOf(auth.CurrentUser(c)) }
