package main

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"latchkey/models"
)

// bridge serves a net/http handler from Fiber. Fiber's own adaptor is not used: its strings alias buffers of
// the connection, so that what a handler keeps becomes the next request's; it drops repeated headers; and
// its context is recycled. Here the handler gets copies, and a context that ends with the request.
func bridge(handler http.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r, err := netRequest(c)
		if err != nil {
			return fiber.ErrBadRequest
		}
		w := &netAnswer{header: http.Header{}}
		handler.ServeHTTP(w, r)
		w.send(c)
		return nil
	}
}

// netRequest copies the request out of the connection's buffers. The peer address is the one already checked
// against TRUSTED_PROXIES; a deadline is on the context since the first middleware.
func netRequest(c *fiber.Ctx) (*http.Request, error) {
	raw := c.Request()
	target := string(raw.Header.RequestURI())
	address, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, err
	}
	if !isText(address.Path) { // PostgreSQL would stumble over an id like that
		return nil, errors.New("the path is no text")
	}
	header := netHeader(c)
	host := header.Get("Host")
	if address.Host != "" { // absolute form: RFC 9112 §3.2.2
		host = address.Host
	}
	header.Del("Host")
	header.Del("Transfer-Encoding")
	body := bytes.Clone(raw.Body())
	r := (&http.Request{
		Method: c.Method(), URL: address, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Host: host, RequestURI: target, ContentLength: int64(len(body)),
		RemoteAddr: net.JoinHostPort(models.OriginOf(c.UserContext()).Address, "0"),
	}).WithContext(c.UserContext())
	readForm(r, body)
	return r, nil
}

// netHeader copies the header as net/http gives it: names made canonical, values whole, repetitions kept in order.
func netHeader(c *fiber.Ctx) http.Header {
	header := http.Header{}
	c.Request().Header.VisitAllInOrder(func(name, value []byte) {
		header.Add(string(name), string(bytes.Trim(value, " \t")))
	})
	return header
}

// readForm fills PostForm from the body and Form from body and query, and leaves the body to be read again. A
// form that does not parse stays unread: the handler that asks for it gets the error.
func readForm(r *http.Request, body []byte) {
	r.Body = readerOf(body)
	if r.ParseForm() != nil {
		r.Form, r.PostForm = nil, nil
	}
	r.Body = readerOf(body)
}

func readerOf(body []byte) io.ReadCloser {
	if len(body) == 0 {
		return http.NoBody
	}
	return io.NopCloser(bytes.NewReader(body))
}

// netAnswer keeps the answer until the handler is done: never half of one.
type netAnswer struct {
	header http.Header
	sent   http.Header // as it was when the status was written; later changes come too late
	status int
	body   bytes.Buffer
}

func (w *netAnswer) Header() http.Header { return w.header }

func (w *netAnswer) WriteHeader(status int) {
	if w.status == 0 && status >= 200 { // 1xx are steps, not answers
		w.status, w.sent = status, maps.Clone(w.header)
	}
}

func (w *netAnswer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if !mayHaveBody(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if w.sent.Get("Content-Type") == "" && w.body.Len() == 0 && len(p) > 0 && w.sent.Get("Content-Encoding") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(p))
	}
	return w.body.Write(p)
}

func mayHaveBody(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

func (w *netAnswer) send(c *fiber.Ctx) {
	w.WriteHeader(http.StatusOK)
	answer := c.Response()
	answer.Header.SetNoDefaultContentType(true)
	for name, values := range w.sent {
		for i, value := range values {
			if i == 0 && name != "Set-Cookie" && name != "Vary" { // these two add to what middleware set
				answer.Header.Set(name, value)
			} else {
				answer.Header.Add(name, value)
			}
		}
	}
	c.Status(w.status)
	answer.SetBodyRaw(w.body.Bytes())
}
