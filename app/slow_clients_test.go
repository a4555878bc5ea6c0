package main

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/static"
)

// TestSlowClients (T-1305): who drips a request, reads an answer slowly or says nothing is let go when the time for that
// is over, and nobody else waits for them. The times are the server's own, shortened.
func TestSlowClients(t *testing.T) {
	h := testHouse(t)
	server := h.web.Server()
	if server.ReadTimeout != 30*time.Second || server.WriteTimeout != 30*time.Second || server.IdleTimeout != time.Minute {
		t.Errorf("times: read %s, write %s, idle %s", server.ReadTimeout, server.WriteTimeout, server.IdleTimeout)
	}
	const limit = 2 * time.Second
	server.ReadTimeout, server.WriteTimeout, server.IdleTimeout = limit, limit, limit
	h.send(t, get("/healthz")) // listens from then on
	address := listeners[h]

	stop := make(chan struct{})
	defer close(stop)
	drip := func(conn net.Conn) {
		for {
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
				if _, err := io.WriteString(conn, "x"); err != nil {
					return // let go
				}
			}
		}
	}
	const each = 125
	for name, opening := range map[string]string{
		"header": "GET /login HTTP/1.1\r\nHost: a\r\nX: ",
		"body":   "POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n",
		"answer": strings.Repeat("GET "+static.URL("app.css")+" HTTP/1.1\r\nHost: a\r\n\r\n", 2000), // 20 MB that nobody reads
		"idle":   "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		for range each {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			go func() {
				if _, err := io.WriteString(conn, opening); err == nil && (name == "header" || name == "body") {
					drip(conn)
				}
			}()
		}
	}
	began := time.Now()
	var took []time.Duration
	for range 20 {
		asked := time.Now()
		if answer := h.send(t, get("/login")); answer.StatusCode != http.StatusOK {
			t.Fatalf("somebody else got %d", answer.StatusCode)
		}
		took = append(took, time.Since(asked))
	}
	slices.Sort(took)
	if middle := took[len(took)/2]; middle > 100*time.Millisecond {
		t.Errorf("somebody else waited %s", middle)
	}
	for open := server.GetOpenConnectionsCount(); ; open = server.GetOpenConnectionsCount() {
		if open <= 1 { // the one of somebody else, who may come again
			break
		}
		if time.Since(began) > limit+2*time.Second {
			t.Fatalf("%d connections are still open after %s", open, time.Since(began))
		}
		time.Sleep(50 * time.Millisecond)
	}
}
