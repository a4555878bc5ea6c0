package mail_test

import (
	"crypto/ecdsa"
	"crypto/tls"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// ourHeaders are those that a letter has, no more.
var ourHeaders = []string{
	"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "User-Agent", "X-Mailer",
}

// checkLetter: one letter to one address, whatever its texts hold, with our headers and no others. A letter that was
// refused went to nobody.
func checkLetter(t *testing.T, server *mailServer, m models.Mail, err error) {
	t.Helper()
	server.mu.Lock()
	defer server.mu.Unlock()
	if err != nil {
		if len(server.received) > 0 {
			t.Errorf("to %q: refused and left all the same: %v", m.To, err)
		}
		return
	}
	if len(server.received) != 1 || len(server.to) != 1 || !strings.EqualFold(server.to[0], m.To) {
		t.Fatalf("%d letters to %q, wanted %q", len(server.received), server.to, m.To)
	}
	letter, err := netmail.ReadMessage(strings.NewReader(server.received[0]))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range letter.Header {
		if !slices.Contains(ourHeaders, name) || len(values) != 1 {
			t.Errorf("header %s: %q", name, values)
		}
	}
	to, err := netmail.ParseAddressList(letter.Header.Get("To"))
	if err != nil || len(to) != 1 || !strings.EqualFold(to[0].Address, m.To) {
		t.Errorf("To: %q, %v", letter.Header.Get("To"), err)
	}
	if from, err := letter.Header.AddressList("From"); err != nil || len(from) != 1 || from[0].Address != "no-reply@example.test" {
		t.Errorf("From: %q, %v", letter.Header.Get("From"), err)
	}
}

// hostileTexts try to end a header, to begin another, or to add somebody.
var hostileTexts = []string{
	"\r\nBcc: evil@example.test", "\nBcc: evil@example.test", "\rBcc: evil@example.test", "\r\n\r\nevil", "\r\n.\r\nMAIL FROM:<evil@example.test>",
	"%0aBcc: evil@example.test", "\x00", "\xff\xfe", `"`, `\`, "<evil@example.test>", ", evil@example.test", "; evil@example.test", "\u2028Bcc: x", "=?utf-8?q?=0aBcc:_x?=",
	strings.Repeat("long ", 200_000),
}

// TestMailInjection (T-1108): no text of a mail adds a header, a part or a recipient.
func TestMailInjection(t *testing.T) {
	db := modelstest.Open(t)
	for _, hostile := range hostileTexts {
		for place, m := range map[string]models.Mail{
			"subject":           {Subject: "Hello" + hostile, To: "ada@example.test"},
			"text":              {Text: hostile, HTML: hostile, To: "ada@example.test"},
			"key":               {Key: "k" + hostile, To: "ada@example.test"},
			"after the address": {To: "ada@example.test" + hostile},
			"in the address":    {To: "ada" + hostile + "@example.test"},
			"before":            {To: hostile + "ada@example.test"},
		} {
			t.Run(place, func(t *testing.T) {
				server := startMailServer(t, true)
				_, err := deliver(t, db, "smtp://"+server.address, m)
				if err != nil && (place == "subject" || place == "text") {
					t.Errorf("not sent: %v", err)
				}
				checkLetter(t, server, m, err)
			})
		}
	}
}

// TestDelivery_BadCertificate: a server that cannot prove its name gets nothing, not even with starttls=optional.
func TestDelivery_BadCertificate(t *testing.T) {
	stranger, err := newCertificate()
	if err != nil {
		t.Fatal(err)
	}
	if stranger.PrivateKey.(*ecdsa.PrivateKey).Equal(trusted.PrivateKey) {
		t.Fatal("the test's certificate is the trusted one")
	}
	s := &mailServer{}
	server := smtp.NewServer(s)
	server.Domain, server.TLSConfig = "localhost", &tls.Config{Certificates: []tls.Certificate{stranger}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	for _, query := range []string{"", "?starttls=optional"} {
		if _, err := deliver(t, modelstest.Open(t), "smtp://"+listener.Addr().String()+query, message); err == nil || len(s.received) > 0 {
			t.Errorf("%q: %v, %d letters left", query, err, len(s.received))
		}
	}
}

// FuzzMail: whatever subject, text and address hold, a letter goes to one address with our headers, or to nobody.
func FuzzMail(f *testing.F) {
	for _, hostile := range hostileTexts[:len(hostileTexts)-1] {
		f.Add("Subject"+hostile, "ada@example.test", hostile)
		f.Add("Subject", "ada"+hostile+"@example.test", "text")
	}
	f.Fuzz(func(t *testing.T, subject, to, text string) {
		server := startMailServer(t, true)
		m := models.Mail{Key: models.NewID(), Kind: "test", Subject: subject, To: to, Text: text, HTML: text}
		_, err := deliver(t, modelstest.Open(t), "smtp://"+server.address, m)
		checkLetter(t, server, m, err)
	})
}
