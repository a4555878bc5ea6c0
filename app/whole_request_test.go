package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// TestSmuggledRequestNeverRuns: behind a request whose end or meaning is in doubt nothing runs on the connection.
func TestSmuggledRequestNeverRuns(t *testing.T) {
	h := testHouse(t)
	var log logged
	h.logTo(&log)
	address := listenFiber(t, h.web)
	const smuggled = "GET /dev/mail.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
	form := "Content-Type: application/x-www-form-urlencoded\r\n"
	for name, raw := range map[string]string{
		"length and chunked":           "POST /login HTTP/1.1\r\nHost: a\r\n" + form + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"two lengths":                  "POST /login HTTP/1.1\r\nHost: a\r\n" + form + "Content-Length: 0\r\nContent-Length: 3\r\n\r\n",
		"two codings":                  "POST /login HTTP/1.1\r\nHost: a\r\n" + form + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
		"unknown coding":               "POST /login HTTP/1.1\r\nHost: a\r\n" + form + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"two hosts":                    "GET /login HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"no host":                      "GET /login HTTP/1.1\r\nAccept: */*\r\n\r\n",
		"bare line feed":               "GET /login HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
		"folded line":                  "GET /login HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
		"blank before the colon":       "GET /login HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
		"NUL in a value":               "GET /login HTTP/1.1\r\nHost: a\r\nX: y\x00z\r\n\r\n",
		"carriage return in a value":   "GET /login HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n",
		"two authorizations":           "GET /oauth/userinfo HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
		"two blanks before the target": "GET  /login HTTP/1.1\r\nHost: a\r\n\r\n",
		"a tab in the target":          "GET /login\tx HTTP/1.1\r\nHost: a\r\n\r\n",
		"two content types":            "POST /login HTTP/1.1\r\nHost: a\r\n" + form + form + "Content-Length: 0\r\n\r\n",
	} {
		answers := converse(t, address, raw+smuggled)
		if len(answers) != 1 || answers[0] != http.StatusBadRequest {
			t.Errorf("%s: answers %v, want one 400 and the end", name, answers)
		}
	}
	if strings.Contains(log.String(), "/dev/mail.json") {
		t.Error("a smuggled request ran")
	}
}

// TestRepeatedHeaders (T-1302): a header that two parts of the program could read differently comes once, however it is
// spelt, on every kind of route. What goes out twice arrives twice.
func TestRepeatedHeaders(t *testing.T) {
	h := testHouse(t)
	h.web.Get("/twice", func(c *fiber.Ctx) error {
		for _, value := range []string{"one", "two"} {
			c.Response().Header.Add("Set-Cookie", value+"=1; Path=/")
			c.Response().Header.Add("WWW-Authenticate", "Bearer realm="+value)
		}
		return c.SendStatus(http.StatusUnauthorized)
	})
	address := listenFiber(t, h.web)
	for _, name := range onceOnly {
		if name == "transfer-encoding" {
			continue // in the test above: it says where a body ends
		}
		for _, second := range []string{name, strings.ToUpper(name)} {
			for _, line := range []string{"GET /login", "GET /api/me", "POST /oauth/token", "GET /static/nothing", "GET /nowhere"} {
				headers := []string{"Host: a", "Content-Length: 0"}
				headers = append(headers, name+": 0", second+": 0")
				raw := line + " HTTP/1.1\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n"
				if answers := converse(t, address, raw); len(answers) != 1 || answers[0] != http.StatusBadRequest {
					t.Errorf("%s with two %s: %v", line, name, answers)
				}
			}
		}
	}
	answer := h.send(t, get("/twice"))
	if cookies, challenges := answer.Header.Values("Set-Cookie"), answer.Header.Values("WWW-Authenticate"); len(cookies) != 2 || len(challenges) != 2 {
		t.Errorf("%d cookies and %d challenges arrived", len(cookies), len(challenges))
	}
}

// TestBodiesAreConsumed: what follows an ordinary request is the next one, whatever its body.
func TestBodiesAreConsumed(t *testing.T) {
	h := testHouse(t)
	address := listenFiber(t, h.web)
	for name, raw := range map[string]string{
		"GET with a body":  "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\nGET /dev/mail.json HTTP/1.1\r\nHost: a\r\n\r\n ",
		"chunk extensions": "POST /theme HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\na;x=y\r\ntheme=dark\r\n0\r\n\r\n",
	} {
		if name == "GET with a body" {
			raw = strings.Replace(raw, "40", fmt.Sprint(len(raw)-strings.Index(raw, "\r\n\r\n")-4), 1)
		}
		answers := converse(t, address, raw+"GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		if len(answers) != 2 || answers[1] != http.StatusOK {
			t.Errorf("%s: answers %v", name, answers)
		}
	}
}

// converse writes bytes to a connection and gives the status of every answer until it ends.
func converse(t *testing.T, address, raw string) []int {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	var answers []int
	reader := bufio.NewReader(conn)
	for {
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			return answers
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answers = append(answers, answer.StatusCode)
	}
}
