package mail_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"latchkey/app/mail"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// mailServer is a real SMTP server that keeps what it is given, or refuses it.
type mailServer struct {
	mu       sync.Mutex
	received []string
	secure   []bool
	refuse   error
	address  string
	roots    *x509.CertPool
}

func (s *mailServer) NewSession(conn *smtp.Conn) (smtp.Session, error) {
	_, secure := conn.TLSConnectionState()
	return &mailSession{server: s, secure: secure}, nil
}

type mailSession struct {
	server *mailServer
	secure bool
	known  bool
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "postman" || password != "p:w/d" {
			return errors.New("who are you?")
		}
		s.known = true
		return nil
	}), nil
}
func (s *mailSession) Mail(string, *smtp.MailOptions) error { return s.server.refuse }
func (s *mailSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.received = append(s.server.received, string(text))
	s.server.secure = append(s.server.secure, s.secure)
	return err
}
func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }

func startMailServer(t *testing.T, starttls bool) *mailServer {
	t.Helper()
	s := &mailServer{}
	server := smtp.NewServer(s)
	server.Domain = "localhost"
	server.AllowInsecureAuth = true
	if starttls {
		own := certificate(t)
		s.roots = x509.NewCertPool()
		s.roots.AddCert(own.Leaf)
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{own}}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func newDelivery(t *testing.T, db *models.DB, smtpURL string, roots *x509.CertPool) *mail.Delivery {
	t.Helper()
	d, err := mail.New(mail.Config{DB: db, Log: slog.New(slog.DiscardHandler), Roots: roots, SMTPURL: smtpURL, From: "Latchkey <no-reply@example.test>"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// jobOf seals a mail as the queue does.
func jobOf(t *testing.T, db *models.DB, m models.Mail) models.MailJob {
	t.Helper()
	job, err := db.SealMail(m)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

var message = models.Mail{Key: "k", Kind: "test", To: "someone@example.test", Subject: "Grüße", Text: "plain ünïcode", HTML: "<p>rich</p>"}

func TestDelivery_SpeaksSMTP(t *testing.T) {
	db, server := modelstest.Open(t), startMailServer(t, true)
	d := newDelivery(t, db, "smtp://postman:p%3Aw%2Fd@"+server.address, server.roots)
	if err := d.Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := d.Deliver(context.Background(), jobOf(t, db, message)); err != nil {
		t.Fatal(err)
	}
	if len(server.received) != 1 || !server.secure[0] {
		t.Fatalf("%d mails, over TLS: %v", len(server.received), server.secure)
	}
	got, err := netmail.ReadMessage(strings.NewReader(server.received[0]))
	if err != nil {
		t.Fatal(err)
	}
	if got.Header.Get("Auto-Submitted") != "auto-generated" || got.Header.Get("Message-Id") == "" || got.Header.Get("Date") == "" {
		t.Errorf("headers: %v", got.Header)
	}
	if kind := got.Header.Get("Content-Type"); !strings.HasPrefix(kind, "multipart/alternative") {
		t.Errorf("content type %q", kind)
	}
}

func TestDelivery_WrongPasswordIsAnError(t *testing.T) {
	db, server := modelstest.Open(t), startMailServer(t, true)
	if newDelivery(t, db, "smtp://postman:wrong@"+server.address, server.roots).Deliver(context.Background(), jobOf(t, db, message)) == nil {
		t.Error("a refused sign-in at the mail server went unnoticed")
	}
}

func TestDelivery_RefusedIsAnError(t *testing.T) {
	db, server := modelstest.Open(t), startMailServer(t, false)
	server.refuse = &smtp.SMTPError{Code: 451, Message: "later"}
	if newDelivery(t, db, "smtp://"+server.address, nil).Deliver(context.Background(), jobOf(t, db, message)) == nil {
		t.Error("a refused mail counts as sent")
	}
	server.refuse = nil
	if err := newDelivery(t, db, "smtp://"+server.address, nil).Deliver(context.Background(), jobOf(t, db, message)); err != nil {
		t.Errorf("the next try: %v", err)
	}
}

func TestDelivery_ServerGoneIsAnError(t *testing.T) {
	db := modelstest.Open(t)
	if newDelivery(t, db, "smtp://127.0.0.1:1", nil).Deliver(context.Background(), jobOf(t, db, message)) == nil {
		t.Error("a mail to nowhere counts as sent")
	}
}

// A certificate that nobody vouches for ends the delivery: the link would go to whoever listens.
func TestDelivery_RefusesAnUnknownCertificate(t *testing.T) {
	db, server := modelstest.Open(t), startMailServer(t, true)
	if newDelivery(t, db, "smtp://"+server.address, nil).Deliver(context.Background(), jobOf(t, db, message)) == nil {
		t.Error("an unknown certificate was trusted")
	}
	if len(server.received) != 0 {
		t.Error("the mail left all the same")
	}
}

func TestDelivery_DropsDecoysAndKeepsTheRest(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		ctx := context.Background()
		d := newDelivery(t, db, "", nil)
		decoy := message
		decoy.Decoy = true
		dead := message
		dead.TokenID = "gone"
		for _, m := range []models.Mail{decoy, dead, message} {
			if err := d.Deliver(ctx, jobOf(t, db, m)); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := db.Mailbox(ctx, message.To); err != nil || len(list) != 1 {
			t.Errorf("%d mails kept, %v", len(list), err)
		}
	})
}

func TestConfig_NamesTheMistake(t *testing.T) {
	for _, config := range []mail.Config{
		{SMTPURL: "http://host", From: "a@example.test"},
		{SMTPURL: "smtp://", From: "a@example.test"},
		{SMTPURL: "smtp://host", From: "nobody"},
	} {
		if _, err := mail.New(config); err == nil {
			t.Errorf("%+v was accepted", config)
		}
	}
}
