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
		"length and chunked":         "POST /login HTTP/1.1\r\nHost: a\r\n" + form + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"two lengths":                "POST /login HTTP/1.1\r\nHost: a\r\n" + form + "Content-Length: 0\r\nContent-Length: 3\r\n\r\n",
		"two codings":                "POST /login HTTP/1.1\r\nHost: a\r\n" + form + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
		"unknown coding":             "POST /login HTTP/1.1\r\nHost: a\r\n" + form + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"two hosts":                  "GET /login HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"no host":                    "GET /login HTTP/1.1\r\nAccept: */*\r\n\r\n",
		"bare line feed":             "GET /login HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
		"folded line":                "GET /login HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
		"blank before the colon":     "GET /login HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
		"NUL in a value":             "GET /login HTTP/1.1\r\nHost: a\r\nX: y\x00z\r\n\r\n",
		"carriage return in a value": "GET /login HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n",
		"two authorizations":         "GET /oauth/userinfo HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
		"two content types":          "POST /login HTTP/1.1\r\nHost: a\r\n" + form + form + "Content-Length: 0\r\n\r\n",
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
