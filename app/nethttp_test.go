package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
)

// TestBridgeIsFaithful sends the same requests, byte for byte, to net/http and through Fiber, to a handler
// that tells everything it saw and to the OAuth server, and compares what comes back.
func TestBridgeIsFaithful(t *testing.T) {
	h := testHouse(t)
	for name, handler := range map[string]http.Handler{"echo": http.HandlerFunc(echo), "oauth": h.oauth.Handler()} {
		plain, bridged := servePlain(t, handler), serveBridged(t, handler)
		requests := bridgeRequests()
		if len(requests) < 300 {
			t.Fatalf("%d requests, want at least 300", len(requests))
		}
		for _, raw := range requests {
			want, got := exchange(t, plain, raw), exchange(t, bridged, raw)
			if want != got {
				t.Fatalf("%s: %q\nnet/http: %s\nFiber:    %s", name, raw, want, got)
			}
		}
	}
}

// echo answers with all a handler can see, and in as many ways as a handler can answer.
func echo(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if len(body) > 0 && r.PostForm != nil && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		body = nil // net/http has spent it, the bridge keeps it
	}
	w.Header().Add("Set-Cookie", "a=1; Path=/; HttpOnly")
	w.Header().Add("Set-Cookie", "b=2")
	w.Header().Add("WWW-Authenticate", `Basic realm="x"`)
	w.Header().Add("WWW-Authenticate", "Bearer")
	switch r.URL.Query().Get("answer") {
	case "redirect":
		http.Redirect(w, r, "/elsewhere?x=%20y", http.StatusSeeOther)
		return
	case "none":
		w.WriteHeader(http.StatusNoContent)
		return
	case "unmodified":
		w.WriteHeader(http.StatusNotModified)
		return
	case "late":
		w.WriteHeader(http.StatusTeapot)
		w.Header().Set("X-Late", "too late")
	case "big":
		fmt.Fprint(w, strings.Repeat("0123456789", 1000))
	case "json":
		w.Header().Set("Content-Type", "application/json")
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"method": r.Method, "url": r.URL.String(), "path": r.URL.Path, "raw_path": r.URL.EscapedPath(), "query": r.URL.RawQuery,
		"uri": r.RequestURI, "host": r.Host, "header": r.Header, "form": r.Form, "post_form": r.PostForm, "body": string(body),
		"proto": r.Proto, "basic": fmt.Sprint(r.BasicAuth()), "cookies": fmt.Sprint(r.Cookies()),
	})
}

// bridgeRequests are requests as clients of OAuth send them, and as they should not.
func bridgeRequests() []string {
	var list []string
	targets := []string{
		"/oauth/authorize?client_id=demo&response_type=code&scope=openid%20profile&state=s+t%2Bu&redirect_uri=http%3A%2F%2Flocalhost%3A3001%2Fcallback",
		"/oauth/authorize?client_id=a&client_id=b", "/oauth/authorize?scope=%C3%A9&state=%00", "/oauth/authorize?x=%zz", "/oauth/authorize?;=1",
		"/oauth/authorize/ABC", "/oauth/authorize/%41%2F%42", "/oauth/authorize", "/oauth/token", "/oauth/token?grant_type=x", "/oauth/userinfo",
		"/oauth/userinfo?access_token=t", "/oauth/introspect", "/oauth/revoke", "/oauth/logout?id_token_hint=a.b.c&state=1",
		"/oauth/jwks.json", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/account/apps",
		"/x?answer=redirect", "/x?answer=none", "/x?answer=unmodified", "/x?answer=late", "/x?answer=big", "/x?answer=json",
		"/a%20b?c=d%26e", "/%F0%9F%94%91", "/a+b;c=d?e=f;g", "/x?=&&a&a=", "http://other.example/oauth/token?answer=json",
	}
	heads := []string{
		"", "Accept: application/json\r\nUser-Agent: test/1\r\n", "Cookie: session=abc; flow=x\r\nCookie: theme=dark\r\n",
		"Authorization: Basic ZGVtbzpzM2NyZXQ=\r\n", "X-Twice: one\r\nX-Twice: two\r\nx-twice: three\r\n",
		"HX-Request: true\r\nHX-Request-Type: partial\r\nX-Odd:   spaced \t \r\nX-Empty:\r\n",
	}
	for _, target := range targets {
		for _, head := range heads {
			list = append(list, "GET "+target+" HTTP/1.1\r\nHost: localhost\r\n"+head+"Connection: close\r\n\r\n")
		}
	}
	bodies := []string{
		"", "grant_type=authorization_code&code=abc&redirect_uri=http%3A%2F%2Flocalhost%2Fcb&code_verifier=v", "a=1&a=2&b=%C3%A9&c=+", "a=%zz",
		"decision=allow&scope=openid&scope=profile&remember=on", "token=t%00", "plain text; a=b", `{"grant_type":"x"}`,
	}
	kinds := []string{"application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8", "application/json", "text/plain", ""}
	for _, target := range []string{"/oauth/token", "/oauth/authorize/ABC?x=1", "/oauth/revoke?answer=json", "/oauth/introspect", "/x?answer=redirect"} {
		for _, body := range bodies {
			for _, kind := range kinds {
				head := fmt.Sprintf("Content-Length: %d\r\n", len(body))
				if kind != "" {
					head += "Content-Type: " + kind + "\r\n"
				}
				list = append(list, "POST "+target+" HTTP/1.1\r\nHost: localhost:3000\r\n"+head+"Connection: close\r\n\r\n"+body)
			}
		}
	}
	return append(list, "HEAD /oauth/jwks.json?answer=big HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
		"DELETE /oauth/token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
		"PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
}

func servePlain(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// serveBridged is a server with nothing before the bridge: middleware would add to the answer.
func serveBridged(t *testing.T, handler http.Handler) string {
	t.Helper()
	app := fiber.New(serverConfig(func(c *fiber.Ctx, err error) error { return c.SendStatus(statusOf(err)) }))
	app.All("/*", bridge(handler))
	return listenFiber(t, app)
}

// exchange sends raw bytes and gives the answer without what differs by nature: date, connection, framing.
func exchange(t *testing.T, address, raw string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(raw, " ")
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	for _, name := range []string{"Date", "Connection", "Content-Length"} {
		answer.Header.Del(name)
	}
	var text strings.Builder
	fmt.Fprintln(&text, answer.StatusCode)
	for _, name := range slices.Sorted(maps.Keys(answer.Header)) {
		fmt.Fprintln(&text, name, answer.Header[name])
	}
	return text.String() + string(body)
}

// TestBridgeCopiesStrings keeps what a handler saw of 10,000 requests on one connection, and finds each as
// it was: Fiber's buffers are the next request's.
func TestBridgeCopiesStrings(t *testing.T) {
	type seen struct{ path, query, header, cookie, form, host, context string }
	var kept []seen
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept = append(kept, seen{
			r.URL.Path, r.URL.RawQuery, r.Header.Get("Authorization"), r.Header.Get("Cookie"), r.PostForm.Get("client_id"), r.Host, r.RequestURI,
		})
		w.WriteHeader(http.StatusNoContent)
	})
	conn, err := net.Dial("tcp", serveBridged(t, handler))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	reader := bufio.NewReader(conn)
	request := func(who string) string {
		body := "client_id=" + who
		return fmt.Sprintf("POST /for/%s?user=%s HTTP/1.1\r\nHost: %s.example\r\nAuthorization: Bearer %s\r\nCookie: session=%s\r\n"+
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", who, who, who, who, who, len(body), body)
	}
	const requests = 10_000
	names := []string{"aaaaaaaa", "bbbbbbbb"}
	for i := range requests {
		if _, err := io.WriteString(conn, request(names[i%2])); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
	}
	if len(kept) != requests {
		t.Fatalf("the handler saw %d requests, want %d", len(kept), requests)
	}
	for i, s := range kept {
		who := names[i%2]
		want := seen{"/for/" + who, "user=" + who, "Bearer " + who, "session=" + who, who, who + ".example", "/for/" + who + "?user=" + who}
		if s != want {
			t.Fatalf("request %d is now %+v, was %+v", i, s, want)
		}
	}
}

// TestBridgePanics: a handler's panic reaches the middleware that turns it into a page, with nothing sent.
func TestBridgePanics(t *testing.T) {
	app := fiber.New()
	app.Use(func(c *fiber.Ctx) (err error) {
		defer func() {
			if recover() != nil {
				err = c.Status(fiber.StatusInternalServerError).SendString("page")
			}
		}()
		return c.Next()
	})
	app.Get("/", bridge(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "half")
		panic("planted")
	})))
	answer, err := app.Test(httptest.NewRequest(http.MethodGet, "/", nil))
	if err != nil {
		t.Fatal(err)
	}
	if body := bodyOf(t, answer); answer.StatusCode != 500 || body != "page" {
		t.Errorf("%d %q", answer.StatusCode, body)
	}
}

// TestBridgeAddsToMiddleware: cookies and Vary of the handler join those already set.
func TestBridgeAddsToMiddleware(t *testing.T) {
	app := fiber.New()
	app.Get("/", func(c *fiber.Ctx) error {
		c.Cookie(&fiber.Cookie{Name: "flash", Value: "x"})
		c.Set(fiber.HeaderVary, "HX-Request")
		c.Set(fiber.HeaderCacheControl, "no-store")
		return c.Next()
	}, bridge(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "flow", Value: "y"})
		w.Header().Set("Vary", "Origin")
		w.Header().Set("Cache-Control", "public")
	})))
	answer, err := app.Test(httptest.NewRequest(http.MethodGet, "/", nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(answer.Cookies()); got != 2 {
		t.Errorf("%d cookies, want both", got)
	}
	if got := strings.Join(answer.Header.Values("Vary"), ","); !strings.Contains(got, "HX-Request") || !strings.Contains(got, "Origin") {
		t.Errorf("Vary %q", got)
	}
	if got := answer.Header.Get("Cache-Control"); got != "public" {
		t.Errorf("Cache-Control %q, want the handler's", got)
	}
}
