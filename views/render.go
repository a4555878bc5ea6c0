package views

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

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
	w.Header().Set("X-Fragment", mark)
	w.Header().Set("Content-Type", htmlType)
	w.Header().Add("Vary", vary)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err = w.Write(body)
	return err
}

// RenderPartials answers an htmx request with partials alone: the element that asked stays as it is.
func RenderPartials(c *fiber.Ctx, status int, partials ...templ.Component) error {
	var b bytes.Buffer
	for _, p := range partials {
		if err := p.Render(c.UserContext(), &b); err != nil {
			return fmt.Errorf("draw partial: %w", err)
		}
	}
	c.Set("X-Fragment", "none")
	c.Set(fiber.HeaderContentType, htmlType)
	c.Append(fiber.HeaderVary, strings.Split(vary, ", ")...)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(status).Send(b.Bytes())
}

// WantsFragment tells whether Render would answer with a fragment of a page.
func WantsFragment(c *fiber.Ctx) bool {
	return fragmentName(c.Get("HX-Request"), c.Get("HX-Request-Type"), c.Get("HX-Target")) != ""
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
		return nil, "", fmt.Errorf("the page has no fragment %q", name)
	}
	for _, e := range extra {
		if err := e.Render(ctx, b); err != nil {
			return nil, "", fmt.Errorf("draw partial: %w", err)
		}
	}
	return b.Bytes(), name, nil
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

// RedirectWith is Redirect with a notice (a Flash… constant) on the next page. The cookie lives a minute.
func RedirectWith(c *fiber.Ctx, to, flash string) error {
	secure := PageOf(c.UserContext()).Secure
	c.Cookie(&fiber.Cookie{
		Name: CookieName(secure, "flash"), Value: flash, MaxAge: 60,
		Path: "/", HTTPOnly: true, Secure: secure, SameSite: fiber.CookieSameSiteLaxMode,
	})
	return Redirect(c, to)
}

// TakeFlash returns the notice left by RedirectWith and clears it. Call it once per request, for whole pages only.
func TakeFlash(c *fiber.Ctx, secure bool) string {
	name := CookieName(secure, "flash")
	flash := c.Cookies(name)
	if flash == "" || WantsFragment(c) {
		return ""
	}
	c.Cookie(&fiber.Cookie{
		Name: name, Expires: time.Unix(1, 0), // fasthttp drops a negative Max-Age
		Path: "/", HTTPOnly: true, Secure: secure, SameSite: fiber.CookieSameSiteLaxMode,
	})
	return flash
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
