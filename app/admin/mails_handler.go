package admin

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const mailsPath = root + "/mails"

func (h *Handler) showMails(c *fiber.Ctx, s views.ListShape) error {
	q := auth.MailQuery{Address: c.Query("q"), Kind: c.Query("kind"), State: c.Query("state"), PerPage: s.PerPage, Newer: c.Query("newer"), Older: c.Query("older")}
	found, err := h.People.Mails(c.UserContext(), operator(c), q)
	page := views.MailsPage{Shape: s, Query: q.Address, Kind: q.Kind, State: q.State, Kinds: auth.MailKinds, MayAct: operator(c).Role.May(auth.RightOperate)}
	status := fiber.StatusOK
	var invalid auth.Invalid
	if errors.As(err, &invalid) && invalid["q"] != "" {
		page.Errors, page.Query, status, err = views.Errors(invalid), "", fiber.StatusUnprocessableEntity, nil
	}
	if err != nil {
		return malformed(err)
	}
	page.Rows = mailRows(found.Rows)
	page.Newer, page.Older = listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older)
	return views.Render(c, status, views.Mails(page), views.MailsAnnounced(len(page.Rows)))
}

func mailRows(mails []models.LoggedMail) (rows []views.MailRow) {
	for _, m := range mails {
		rows = append(rows, mailRow(m))
	}
	return rows
}

func mailRow(m models.LoggedMail) views.MailRow {
	row := views.MailRow{ID: m.ID, To: m.ToAddress, Kind: m.Kind, State: m.State, Cause: m.Cause, Answer: m.Answer, Tries: m.Tries, Queued: m.CreatedAt}
	if m.TriedAt != nil {
		row.Tried = *m.TriedAt
	}
	return row
}

func (h *Handler) mail(c *fiber.Ctx) (auth.MailRecord, error) {
	return h.People.Mail(c.UserContext(), operator(c), c.Params("id"))
}

func (h *Handler) showMail(c *fiber.Ctx) error {
	m, err := h.mail(c)
	if err != nil {
		return err
	}
	mayAct := operator(c).Role.May(auth.RightOperate)
	page := views.MailPage{MailRow: mailRow(m.LoggedMail), Stopped: m.Stopped != nil, MayAct: mayAct, MayRetry: mayAct && m.Retryable()}
	if m.Job != nil && m.State == models.MailFailed {
		page.Next = m.Job.Next
	}
	if m.UserID != nil {
		if err := h.aboutOwner(c, *m.UserID, m.Kind, &page); err != nil {
			return err
		}
	}
	return views.Render(c, fiber.StatusOK, views.Mail(page))
}

// aboutOwner says whose a mail is, and how they get another one of its kind.
func (h *Handler) aboutOwner(c *fiber.Ctx, id, kind string, page *views.MailPage) error {
	r, err := h.People.Member(c.UserContext(), operator(c), id)
	if err != nil {
		return err
	}
	page.MemberID, page.Member = r.ID, views.DisplayName(r.Name, r.Email)
	if act := auth.SendAgain[kind]; act != "" && offers(c, r, act) {
		page.SendAgain = membersPath + "/" + r.ID + "/" + pathOf(act)
	}
	return nil
}

func (h *Handler) showMemberMails(c *fiber.Ctx, s views.ListShape) error {
	r, err := h.member(c)
	if err != nil {
		return err
	}
	q := auth.MailQuery{Member: r.ID, PerPage: s.PerPage, Newer: c.Query("newer"), Older: c.Query("older")}
	found, err := h.People.Mails(c.UserContext(), operator(c), q)
	if err != nil {
		return malformed(err)
	}
	address, err := h.People.MailAddress(c.UserContext(), operator(c), r.Email)
	if err != nil {
		return err
	}
	page := views.MemberMailsPage{Shape: s, MemberHead: h.memberHead(c, r), Rows: mailRows(found.Rows), Stopped: address.Stopped != nil}
	page.Newer, page.Older = listAddress(c, "newer", found.Newer), listAddress(c, "older", found.Older)
	return views.Render(c, fiber.StatusOK, views.MemberMails(page))
}

// showRetryMail asks before a mail is tried again.
func (h *Handler) showRetryMail(c *fiber.Ctx) error {
	return h.askRetry(c, fiber.StatusOK, views.ReasonForm{})
}

func (h *Handler) submitRetryMail(c *fiber.Ctx) error {
	var form views.ReasonForm
	return answer(c, &form, views.FlashActDone, func() (string, error) {
		id := c.Params("id")
		return mailsPath + "/" + id, h.People.RetryMail(c.UserContext(), operator(c), id, decided(form))
	}, func(status int) error { return h.askRetry(c, status, form) })
}

// askRetry draws the question. What can be tried no more leads to the mail.
func (h *Handler) askRetry(c *fiber.Ctx, status int, form views.ReasonForm) error {
	m, err := h.mail(c)
	if err != nil {
		return err
	}
	if !m.Retryable() {
		return moot(c, mailsPath+"/"+m.ID)
	}
	if err := askOn(status, &form, m.Version); err != nil {
		return err
	}
	return views.Render(c, status, views.RetryMail(views.RetryMailPage{Mail: mailRow(m.LoggedMail), Changed: changed(status), Form: form}))
}

func (h *Handler) showTestMail(c *fiber.Ctx) error {
	return views.Render(c, fiber.StatusOK, views.TestMail())
}

func (h *Handler) submitTestMail(c *fiber.Ctx) error {
	id, err := h.People.SendTestMail(c.UserContext(), operator(c))
	if err != nil {
		return err
	}
	return views.RedirectWith(c, mailsPath+"/"+id, views.FlashTestSent)
}
