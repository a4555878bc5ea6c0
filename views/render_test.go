package views

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"latchkey/static"
)

func answer(t *testing.T, handler fiber.Handler, headers map[string]string) (*http.Response, string) {
	t.Helper()
	app := fiber.New(fiber.Config{Immutable: true})
	app.Get("/*", handler)
	req := httptest.NewRequest("GET", "/x", nil)
	for key, value := range headers {
		req.Header.Set(key, value)
	}
	res, err := app.Test(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func partial(target string) map[string]string {
	return map[string]string{"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": target}
}

func showLogin(c *fiber.Ctx) error { return Render(c, 422, Login(LoginForm{})) }

func TestRenderSendsWhatWasAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		headers map[string]string
		mark    string
	}{
		"a browser":         {nil, "page"},
		"htmx 4":            {partial("form#login"), "login"},
		"htmx 2":            {partial("login"), "login"},
		"an escaped id":     {partial("form#log%69n"), "login"},
		"htmx, whole page":  {map[string]string{"HX-Request": "true", "HX-Request-Type": "full", "HX-Target": "body"}, "page"},
		"a lone HX-Target":  {map[string]string{"HX-Target": "form#login"}, "page"},
		"a history restore": {map[string]string{"HX-Request": "true", "HX-Request-Type": "full", "HX-History-Restore-Request": "true"}, "page"},
	} {
		res, body := answer(t, showLogin, c.headers)
		if res.StatusCode != 422 || res.Header.Get("X-Fragment") != c.mark {
			t.Errorf("%s: status %d, mark %q", name, res.StatusCode, res.Header.Get("X-Fragment"))
		}
		if whole := strings.HasPrefix(strings.ToLower(body), "<!doctype"); whole != (c.mark == "page") {
			t.Errorf("%s: starts %.30q", name, body)
		}
		if c.mark == "login" && (!strings.HasPrefix(body, "<title>Sign in") || strings.Count(body, `id="login"`) != 1) {
			t.Errorf("%s: the fragment is %.60q", name, body)
		}
		if v := res.Header.Get("Vary"); !strings.Contains(v, "HX-Target") || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Vary %q, Cache-Control %q", name, v, res.Header.Get("Cache-Control"))
		}
	}
}

func TestUnknownFragmentFails(t *testing.T) {
	if res, _ := answer(t, showLogin, partial("form#nowhere")); res.StatusCode != 500 {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestRenderHTTPAnswersLikeRender(t *testing.T) {
	for _, headers := range []map[string]string{nil, partial("form#login")} {
		res, body := answer(t, showLogin, headers)
		req, rec := httptest.NewRequest("GET", "/x", nil), httptest.NewRecorder()
		for key, value := range headers {
			req.Header.Set(key, value)
		}
		if err := RenderHTTP(rec, req, 422, Login(LoginForm{})); err != nil {
			t.Fatal(err)
		}
		if rec.Code != res.StatusCode || rec.Body.String() != body {
			t.Errorf("%v: the two answers differ", headers)
		}
		for _, key := range []string{"X-Fragment", "Content-Type", "Vary", "Cache-Control"} {
			if rec.Header().Get(key) != res.Header.Get(key) {
				t.Errorf("%s: %q and %q", key, rec.Header().Get(key), res.Header.Get(key))
			}
		}
	}
}

func TestRedirectNeverSends3xxToHtmx(t *testing.T) {
	away := func(c *fiber.Ctx) error { return RedirectWith(c, "/account", FlashProfileSaved) }
	res, _ := answer(t, away, nil)
	if res.StatusCode != 303 || res.Header.Get("Location") != "/account" {
		t.Errorf("a browser got %d, %q", res.StatusCode, res.Header.Get("Location"))
	}
	if cookie := res.Header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "flash=profile-saved; Path=/; Max-Age=60; HttpOnly; SameSite=Lax") {
		t.Errorf("the cookie is %q", cookie)
	}
	res, _ = answer(t, away, partial("form#profile"))
	if res.StatusCode != 200 || res.Header.Get("HX-Redirect") != "/account" || res.Header.Get("Location") != "" {
		t.Errorf("htmx got %d, %q", res.StatusCode, res.Header.Get("HX-Redirect"))
	}
	silent, _ := answer(t, func(c *fiber.Ctx) error { return RedirectWith(c, "/account", "") }, nil)
	if cookie := silent.Header.Get("Set-Cookie"); cookie != "" {
		t.Errorf("no notice leaves the cookie %q", cookie)
	}
	rec, req := httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil)
	req.Header.Set("HX-Request", "true")
	if RedirectHTTPWith(rec, req, "/account", FlashProfileSaved); rec.Code != 200 || rec.Header().Get("HX-Redirect") != "/account" {
		t.Errorf("net/http sent %d, %q to htmx", rec.Code, rec.Header().Get("HX-Redirect"))
	}
	if mine, fibers := rec.Header().Get("Set-Cookie"), res.Header.Get("Set-Cookie"); mine != fibers {
		t.Errorf("net/http sent the cookie %q, Fiber %q", mine, fibers)
	}
}

func TestFlashIsTakenOnceAndKnown(t *testing.T) {
	take := func(c *fiber.Ctx) error {
		c.SetUserContext(WithPage(c.UserContext(), &Page{Secure: true}))
		ClearFlash(c)
		return c.SendString(FlashOf(c))
	}
	cookie := map[string]string{"Cookie": "__Host-flash=note-added"}
	res, body := answer(t, take, cookie)
	if body != "note-added" || !strings.HasPrefix(res.Header.Get("Set-Cookie"), "__Host-flash=; Path=/; Max-Age=0;") {
		t.Errorf("took %q, then %q", body, res.Header.Get("Set-Cookie"))
	}
	maps.Copy(cookie, partial("form#login"))
	if _, body := answer(t, take, cookie); body != "" {
		t.Error("a fragment takes the notice away from the next page")
	}
	if _, body := answer(t, take, map[string]string{"Cookie": "flash=note-added"}); body != "" {
		t.Error("over https a cookie without the prefix counts")
	}
	page := Page{Flash: "<b>your words here</b>"}
	if strings.Contains(source(t, page.in(Login(LoginForm{}))), "your words") {
		t.Error("a cookie wrote on the page")
	}
}

func TestServeStatic(t *testing.T) {
	serve := func(headers map[string]string, path string) (*http.Response, string) {
		return answer(t, func(c *fiber.Ctx) error { c.Path(path); return ServeStatic(c) }, headers)
	}
	res, plain := serve(nil, static.URL("app.css"))
	if res.StatusCode != 200 || res.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || res.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	res, packed := serve(map[string]string{"Accept-Encoding": "br, gzip;q=0.8"}, static.URL("app.css"))
	if res.Header.Get("Content-Encoding") != "gzip" || len(packed) >= len(plain)/2 {
		t.Errorf("%d bytes for gzip, %d plain", len(packed), len(plain))
	}
	if res, _ := serve(map[string]string{"Accept-Encoding": "gzip;q=0"}, static.URL("app.css")); res.Header.Get("Content-Encoding") != "" {
		t.Error("gzip although refused")
	}
	if res, body := serve(map[string]string{"If-None-Match": res.Header.Get("ETag")}, static.URL("app.css")); res.StatusCode != 304 || body != "" {
		t.Errorf("known content: %d", res.StatusCode)
	}
	for _, path := range []string{"/static/app.css", "/static/app.000000000000.css", "/static/../go.mod", "/static/"} {
		if res, _ := serve(nil, path); res.StatusCode != 404 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}
