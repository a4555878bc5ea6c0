package views

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
)

const (
	htmlType = "text/html; charset=utf-8"
	vary     = "HX-Request, HX-Target, HX-Request-Type"
)

// Render answers with the whole page, or with the one fragment htmx named, and after it the extra partials (see
// Partial). The page is drawn into memory first: a failing template is a 500, never half a page.
func Render(c *fiber.Ctx, status int, page templ.Component, extra ...templ.Component) error {
	name := fragmentName(c.Get("HX-Request"), c.Get("HX-Request-Type"), c.Get("HX-Target"))
	body, mark, err := draw(c.UserContext(), name, page, extra)
	if err != nil {
		return err
	}
	c.Set("X-Fragment", mark)
	c.Set(fiber.HeaderContentType, htmlType)
	c.Append(fiber.HeaderVary, strings.Split(vary, ", ")...)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(status).Send(body)
}

// RenderHTTP is Render for a net/http handler. The page surrounding it is taken from r.Context().
func RenderHTTP(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	h := r.Header
	name := fragmentName(h.Get("HX-Request"), h.Get("HX-Request-Type"), h.Get("HX-Target"))
	body, mark, err := draw(r.Context(), name, page, nil)
	if err != nil {
		return err
	}
	return writeHTML(w, status, mark, body)
}

func writeHTML(w http.ResponseWriter, status int, mark string, body []byte) error {
	w.Header().Set("X-Fragment", mark)
	w.Header().Set("Content-Type", htmlType)
	w.Header().Add("Vary", vary)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

// RenderPartials answers an htmx request with partials alone: the element that asked stays as it is.
func RenderPartials(c *fiber.Ctx, status int, partials ...templ.Component) error {
	var b bytes.Buffer
	if err := drawAll(c.UserContext(), &b, partials); err != nil {
		return err
	}
	c.Set("X-Fragment", "none")
	c.Set(fiber.HeaderContentType, htmlType)
	c.Append(fiber.HeaderVary, strings.Split(vary, ", ")...)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(status).Send(b.Bytes())
}

// RenderPartialsHTTP is RenderPartials for a net/http handler.
func RenderPartialsHTTP(w http.ResponseWriter, r *http.Request, status int, partials ...templ.Component) error {
	var b bytes.Buffer
	if err := drawAll(r.Context(), &b, partials); err != nil {
		return err
	}
	return writeHTML(w, status, "none", b.Bytes())
}

// WantsFragment tells whether Render would answer with a fragment of a page.
func WantsFragment(c *fiber.Ctx) bool {
	return fragmentName(c.Get("HX-Request"), c.Get("HX-Request-Type"), c.Get("HX-Target")) != ""
}

// WantsFragmentHTTP is WantsFragment for a net/http handler.
func WantsFragmentHTTP(r *http.Request) bool {
	h := r.Header
	return fragmentName(h.Get("HX-Request"), h.Get("HX-Request-Type"), h.Get("HX-Target")) != ""
}

// fragmentName reads htmx 4's headers: the target is sent as "form#login", its id percent-encoded; htmx 2 sent the
// bare id. "" means the whole page.
func fragmentName(request, kind, target string) string {
	if request != "true" || kind != "partial" {
		return ""
	}
	_, id, found := strings.Cut(target, "#")
	if !found {
		id = target
	}
	if plain, err := url.PathUnescape(id); err == nil {
		id = plain
	}
	return id
}

// ErrNoFragment says that a page was asked for a part it does not have. Ours ask for none such: the header is
// made up, or a target's name has a slip.
var ErrNoFragment = errors.New("the page has no fragment")

// usualPage is room for most pages, in bytes: one allocation instead of eight.
const usualPage = 16 << 10

func draw(ctx context.Context, name string, page templ.Component, extra []templ.Component) (body []byte, mark string, err error) {
	b := bytes.NewBuffer(make([]byte, 0, usualPage))
	if name == "" {
		if err := page.Render(ctx, b); err != nil {
			return nil, "", fmt.Errorf("draw page: %w", err)
		}
		return b.Bytes(), "page", nil
	}
	if err := templ.RenderFragments(ctx, b, page, titleFragment, name); err != nil {
		return nil, "", fmt.Errorf("draw fragment %q: %w", name, err)
	}
	// The title comes first in every page; nothing after it means that no fragment has this name.
	if _, rest, _ := bytes.Cut(b.Bytes(), []byte("</title>")); len(bytes.TrimSpace(rest)) == 0 {
		return nil, "", fmt.Errorf("%w named %q", ErrNoFragment, name)
	}
	if err := drawAll(ctx, b, extra); err != nil {
		return nil, "", err
	}
	return b.Bytes(), name, nil
}

func drawAll(ctx context.Context, b *bytes.Buffer, partials []templ.Component) error {
	for _, p := range partials {
		if err := p.Render(ctx, b); err != nil {
			return fmt.Errorf("draw partial: %w", err)
		}
	}
	return nil
}

// Redirect sends the browser to another page of ours: 303, or HX-Redirect for htmx, whose fetch would follow a 303
// unseen and put the next page into the old one's box. to must be a local path: htmx does not check it.
func Redirect(c *fiber.Ctx, to string) error {
	c.Append(fiber.HeaderVary, "HX-Request")
	c.Set(fiber.HeaderCacheControl, "no-store")
	if c.Get("HX-Request") == "true" {
		c.Set("HX-Redirect", to)
		c.Set("X-Fragment", "none")
		return c.SendStatus(fiber.StatusOK)
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

// RedirectWith is Redirect with a notice (a Flash… constant) on the next page; an empty one is none.
func RedirectWith(c *fiber.Ctx, to, flash string) error {
	if flash != "" {
		setFlash(c, flash)
	}
	return Redirect(c, to)
}

// FlashOf is the notice left by RedirectWith. A fragment has no place for it.
func FlashOf(c *fiber.Ctx) string {
	if WantsFragment(c) {
		return ""
	}
	return c.Cookies(CookieName(PageOf(c.UserContext()).Secure, "flash"))
}

// ClearFlash takes the notice back once it was seen.
func ClearFlash(c *fiber.Ctx) { setFlash(c, "") }

func setFlash(c *fiber.Ctx, flash string) {
	cookie := flashCookie(PageOf(c.UserContext()).Secure, flash)
	c.Response().Header.Add(fiber.HeaderSetCookie, cookie.String())
}

// RedirectHTTP is Redirect for a net/http handler.
func RedirectHTTP(w http.ResponseWriter, r *http.Request, to string) {
	w.Header().Add("Vary", "HX-Request")
	w.Header().Set("Cache-Control", "no-store")
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", to)
		w.Header().Set("X-Fragment", "none")
		w.WriteHeader(http.StatusOK)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// RedirectHTTPWith is RedirectWith for a net/http handler.
func RedirectHTTPWith(w http.ResponseWriter, r *http.Request, to, flash string) {
	http.SetCookie(w, flashCookie(PageOf(r.Context()).Secure, flash))
	RedirectHTTP(w, r, to)
}
