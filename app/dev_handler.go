package main

import (
	"regexp"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// devHandler serves the /dev pages. Their routes exist only with DEMO=true or APP_ENV=test: they show
// every mail to everybody.
type devHandler struct {
	db   *models.DB
	page views.DevPage
}

func (h devHandler) showDev(c *fiber.Ctx) error {
	mails, err := h.db.Mailbox(c.UserContext(), "")
	if err != nil {
		return err
	}
	page := h.page
	page.MailCount = len(mails)
	if page.Accounts, err = withCodes(page.Accounts, h.db.Now()); err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.Dev(page))
}

// withCodes adds what the authenticators of demo accounts show at this moment.
func withCodes(accounts []views.DemoAccount, now time.Time) ([]views.DemoAccount, error) {
	list := slices.Clone(accounts)
	for i, account := range list {
		if account.TOTPKey == "" {
			continue
		}
		code, err := auth.TOTPCode(demoTOTPSecret, now)
		if err != nil {
			return nil, err
		}
		list[i].Code = code
	}
	return list, nil
}

func (h devHandler) showGallery(c *fiber.Ctx) error {
	switch theme := c.Query("theme"); theme {
	case "light", "dark":
		views.PageOf(c.UserContext()).Theme = theme
	}
	return views.Render(c, fiber.StatusOK, views.Gallery())
}

func (h devHandler) showSample(c *fiber.Ctx) error {
	sample, found := views.SampleByName(c.Params("name"))
	if !found {
		return fiber.ErrNotFound
	}
	return views.Render(c, fiber.StatusOK, sample.Page)
}

func (h devHandler) showMailGallery(c *fiber.Ctx) error {
	return views.Render(c, fiber.StatusOK, views.MailGallery())
}

func (h devHandler) showMailSample(c *fiber.Ctx) error {
	sample, found, err := views.MailSampleByName(c.UserContext(), c.Params("name"), c.Query("theme"))
	if err != nil {
		return err
	}
	if !found {
		return fiber.ErrNotFound
	}
	return sendMailHTML(c, sample.HTML)
}

func (h devHandler) showMailHTML(c *fiber.Ctx) error {
	kept, err := h.db.MailInMailbox(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	mail, err := kept.Mail()
	if err != nil {
		return err
	}
	return sendMailHTML(c, mail.HTML)
}

// sendMailHTML shows a mail as a mail program would. Its styles are inline, which the policy of our
// pages refuses; so it stands alone, under a policy that lets it do nothing else.
func sendMailHTML(c *fiber.Ctx, html string) error {
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Type("html", "utf-8")
	return c.SendString(html)
}

func (h devHandler) showMails(c *fiber.Ctx) error {
	mails, err := h.mails(c)
	if err != nil {
		return err
	}
	return views.Render(c, fiber.StatusOK, views.DevMails(views.DevMailPage{Mails: mails}))
}

// mailJSON is one mail of /dev/mail.json.
type mailJSON struct {
	ID      string    `json:"id"`
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
	Links   []string  `json:"links"`
	Code    string    `json:"code"`
	SentAt  time.Time `json:"sent_at"`
}

func (h devHandler) listMails(c *fiber.Ctx) error {
	mails, err := h.mails(c)
	if err != nil {
		return err
	}
	list := make([]mailJSON, len(mails))
	for i, m := range mails {
		list[i] = mailJSON(m)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(list)
}

// mails reads the mailbox, newest first; ?to= keeps one address.
func (h devHandler) mails(c *fiber.Ctx) ([]views.DevMail, error) {
	kept, err := h.db.Mailbox(c.UserContext(), c.Query("to"))
	if err != nil {
		return nil, err
	}
	list := make([]views.DevMail, len(kept))
	for i, k := range kept {
		if list[i], err = devMail(k); err != nil {
			return nil, err
		}
	}
	return list, nil
}

var (
	mailLink = regexp.MustCompile(`https?://[^\s<>"]+`)
	mailCode = regexp.MustCompile(`(?m)^\s*(\d{6})\s*$`) // a code stands on a line of its own
)

func devMail(k models.KeptMail) (views.DevMail, error) {
	m, err := k.Mail()
	if err != nil {
		return views.DevMail{}, err
	}
	mail := views.DevMail{ID: k.ID, To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML, SentAt: k.SentAt}
	mail.Links = append([]string{}, mailLink.FindAllString(m.Text, -1)...)
	if code := mailCode.FindStringSubmatch(m.Text); code != nil {
		mail.Code = code[1]
	}
	return mail, nil
}
