package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
)

// FuzzRawRequest (T-1905): of what comes over a connection no more is handled than net/http, which reads the same bytes,
// counts as requests; and where one cannot be told from the next, at most the first.
func FuzzRawRequest(f *testing.F) {
	var handled atomic.Int64
	app := fiber.New(serverConfig(func(c *fiber.Ctx, err error) error { return c.SendStatus(statusOf(err)) }))
	app.Use(wholeRequest)
	app.All("/*", func(c *fiber.Ctx) error { handled.Add(1); return c.SendString("handled") })
	address := listenFiber(f, app)

	const next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
	for _, headers := range []string{
		"", "Content-Length: 5\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: xchunked\r\n",
		"Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding:\tchunked\r\n", "Content-Length: +5\r\n", "Content-Length: 5, 5\r\n", "Content-Length: 0x5\r\n",
		"Content-Length: 5 \r\n", "Content-Length:\r\n", "Content-Length: 5\nX: y\r\n", "X: y\r\n z\r\n", "Content-Length : 5\r\n", "Expect: 100-continue\r\nContent-Length: 5\r\n",
		"Connection: close\r\n", "Connection: Content-Length\r\nContent-Length: 5\r\n", "Upgrade: h2c\r\nConnection: Upgrade\r\n", "X: \x00\r\n", "X\xff: y\r\n", ": y\r\n", "Host: b\r\n",
	} {
		for _, body := range []string{"", "a=b&c", "5\r\na=b&c\r\n0\r\n\r\n", "0\r\n\r\n" + next, next, "a=b&c" + next} {
			f.Add("POST /first HTTP/1.1", headers, body)
		}
	}
	for _, line := range []string{"GET / HTTP/1.0", "GET  / HTTP/1.1", "GET /\tx HTTP/1.1", "GET http://a/ HTTP/1.1", "GET / HTTP/1.1\r", "GET /", "\r\nGET / HTTP/1.1", "PRI * HTTP/2.0", "GET / HTTP/9.9"} {
		f.Add(line, "", next)
	}
	f.Fuzz(func(t *testing.T, line, headers, body string) {
		raw := line + "\r\nHost: a\r\n" + headers + "\r\n" + body
		handled.Store(0)
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Skip(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.WriteString(conn, raw); err != nil {
			t.Skip(err)
		}
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
		if got, most := handled.Load(), max(1, requestsIn(raw)); got > most {
			t.Errorf("%q: %d requests were handled, there are %d", raw, got, most)
		}
	})
}

// requestsIn counts the requests in a stream as net/http reads them.
func requestsIn(raw string) (n int64) {
	reader := bufio.NewReader(strings.NewReader(strings.TrimLeft(raw, "\r\n"))) // empty lines before the first are no part of it
	for {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return n
		}
		n++
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return n
		}
	}
}

// FuzzBridge (T-1905): a request that net/http and the bridge both hand to a handler is the same request to it.
func FuzzBridge(f *testing.F) {
	plain := httptest.NewServer(http.HandlerFunc(echo))
	f.Cleanup(plain.Close)
	app := fiber.New(serverConfig(func(c *fiber.Ctx, err error) error { return c.SendStatus(statusOf(err)) }))
	app.All("/*", bridge(http.HandlerFunc(echo)))
	bridged := listenFiber(f, app)

	for _, target := range []string{"/x", "/x?a=b&a=c", "/%41%2F%42", "/a+b;c=d?e=f;g", "/x?%zz", "/x?a=%00", "http://other.example/x", "/%F0%9F%94%91?%C3%A9", "/x?answer=none", "/é", "//x//y", "/x/../y", "/?", "/#x", "*"} {
		f.Add(target, "X-Odd", " spaced \t ", "a=1&a=2&b=%C3%A9", true)
	}
	for name, value := range map[string]string{
		"Authorization": "Basic ZGVtbzpzM2NyZXQ=", "authorization": "Bearer x", "Cookie": `a=b; a="c"; =d; e`, "X-Twice": "ü", "Accept": "", "X_Under": "score", "User-Agent": "\xff", "Host": "b", "Connection": "X-Odd", "Range": "bytes=0-1",
		"X-Forwarded-For": "198.51.100.7", "Transfer-Encoding": "identity", "Expect": "x", "Content-Encoding": "gzip",
	} {
		f.Add("/x?q=1", name, value, "a=%zz", false)
		f.Add("/x", name, value, "token=t%00&=&&", true)
	}
	f.Fuzz(func(t *testing.T, target, name, value, body string, form bool) {
		if strings.ContainsAny(target+name+value, "\r\n \x00") && strings.ContainsAny(target+name, "\r\n \x00:") || strings.ContainsAny(value, "\r\n\x00") || name == "" {
			t.Skip("another request than meant")
		}
		raw := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n%s: %s\r\n", target, len(body), name, value)
		if form {
			raw += "Content-Type: application/x-www-form-urlencoded\r\n"
		}
		raw += "\r\n" + body
		wantStatus, want := tell(plain.Listener.Addr().String(), raw)
		gotStatus, got := tell(bridged, raw)
		if wantStatus < 300 && gotStatus < 300 && want != got {
			t.Errorf("%q\nnet/http: %s\nFiber:    %s", raw, want, got)
		}
	})
}

// tell sends raw bytes and gives the answer; one that never came is a refusal.
func tell(address, raw string) (status int, body string) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return http.StatusBadRequest, ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.WriteString(conn, raw)
	_ = conn.(*net.TCPConn).CloseWrite()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return http.StatusBadRequest, ""
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return http.StatusBadRequest, ""
	}
	return answer.StatusCode, string(text)
}

// FuzzCookies (T-1905): whoever sends two session cookies is nobody, however they are written, and so is whoever sends
// none that is a session.
func FuzzCookies(f *testing.F) {
	h := testHouse(f)
	if _, err := h.people.CreateUser(f.Context(), auth.NewUser{Email: "ada@example.test", Password: "correct horse battery 9", Verified: true}); err != nil {
		f.Fatal(err)
	}
	token := ""
	for _, cookie := range h.send(f, post("/login", "email=ada@example.test&password=correct+horse+battery+9")).Cookies() {
		if cookie.Name == "session" {
			token = cookie.Value
		}
	}
	if token == "" {
		f.Fatal("no session")
	}
	for _, seed := range []string{
		"", "session=TOKEN", "session=TOKEN; session=TOKEN", "session=TOKEN; session=x", "session=x; session=TOKEN", "session=TOKEN;session=", "session=; session=TOKEN",
		`session="TOKEN"`, `session=TOKEN; session="TOKEN"`, "session=TOKEN; Session=TOKEN", "SESSION=TOKEN", " session = TOKEN ; session=x", "session=TOKEN,session=x", "session=TOKEN; ; session",
		"a=session=TOKEN", "session=TOKEN; $Path=/; session=x", "__Host-session=TOKEN", "login=TOKEN", "session=TOKEN%00", "session=TOKEN ", "session==TOKEN", "theme=dark; session=TOKEN",
	} {
		f.Add(seed, "")
		f.Add(seed, "session=TOKEN")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		raw := "GET /account/profile HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		sessions := 0
		for _, line := range []string{first, second} {
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Skip("no header")
			}
			if line = strings.ReplaceAll(line, "TOKEN", token); line != "" {
				raw += "Cookie: " + line + "\r\n"
			}
			for part := range strings.SplitSeq(line, ";") {
				if name, _, named := strings.Cut(part, "="); named && strings.TrimSpace(name) == "session" {
					sessions++
				}
			}
		}
		status, _ := tell(listeners[h], raw+"\r\n")
		switch inside := status == http.StatusOK; {
		case inside && sessions != 1:
			t.Errorf("%q: %d session cookies let somebody in", raw, sessions)
		case !inside && first == "session=TOKEN" && second == "":
			t.Errorf("the session itself: %d", status)
		}
	})
}
