package mail_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"latchkey/app/mail"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// mailServer is a real SMTP server that keeps what it is given, or refuses it.
type mailServer struct {
	mu       sync.Mutex
	received []string
	to       []string // envelope recipients, of all mails
	secure   []bool
	refuse   error
	quote    string // not empty: it refuses each mail and says the words of it, with this between them
	address  string
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
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.to = append(s.server.to, to)
	return nil
}
func (s *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.received = append(s.server.received, string(text))
	s.server.secure = append(s.server.secure, s.secure)
	if s.server.quote != "" {
		return &smtp.SMTPError{Code: 550, Message: "refused, for it says " + strings.Join(strings.Fields(string(text)), s.server.quote)}
	}
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
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{trusted}}
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

// trusted is the certificate of the test's mail server, which the system's roots of this process include.
var trusted tls.Certificate

func TestMain(m *testing.M) {
	var err error
	if trusted, err = newCertificate(); err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "mail")
	if err != nil {
		panic(err)
	}
	file := filepath.Join(dir, "roots.pem")
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.Certificate[0]})
	if err := os.WriteFile(file, roots, 0o600); err != nil {
		panic(err)
	}
	_ = os.Setenv("SSL_CERT_FILE", file)
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true,
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// deliver works one queued mail as the queue does, and gives the outcomes that were told.
func deliver(t *testing.T, db *models.DB, smtpURL string, m models.Mail) (outcomes []string, err error) {
	t.Helper()
	worker, err := mail.NewWorker(db, smtpURL, "Latchkey <no-reply@example.test>", slog.New(slog.DiscardHandler), func(_, outcome string) { outcomes = append(outcomes, outcome) })
	if err != nil {
		t.Fatal(err)
	}
	job := &river.Job[models.MailJob]{JobRow: &rivertype.JobRow{Attempt: 1, MaxAttempts: models.MailTries}, Args: jobOf(t, db, m)}
	return outcomes, worker.Work(context.Background(), job)
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
	outcomes, err := deliver(t, db, "smtp://postman:p%3Aw%2Fd@"+server.address, message)
	if err != nil || len(server.received) != 1 || !server.secure[0] || !slices.Equal(outcomes, []string{mail.Sent}) {
		t.Fatalf("%v: %d mails, over TLS: %v, %v", err, len(server.received), server.secure, outcomes)
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
	if _, err := deliver(t, db, "smtp://postman:wrong@"+server.address, message); err == nil {
		t.Error("a refused sign-in at the mail server went unnoticed")
	}
}

func TestDelivery_RefusedIsTriedAgain(t *testing.T) {
	db, server := modelstest.Open(t), startMailServer(t, true)
	server.refuse = &smtp.SMTPError{Code: 451, Message: "later"}
	if outcomes, err := deliver(t, db, "smtp://"+server.address, message); err == nil || !slices.Equal(outcomes, []string{mail.Failed}) {
		t.Errorf("a refused mail counts as %v, %v", outcomes, err)
	}
	server.refuse = nil
	if _, err := deliver(t, db, "smtp://"+server.address, message); err != nil {
		t.Errorf("the next try: %v", err)
	}
}

func TestDelivery_ServerGoneIsAnError(t *testing.T) {
	if _, err := deliver(t, modelstest.Open(t), "smtp://127.0.0.1:1", message); err == nil {
		t.Error("a mail to nowhere counts as sent")
	}
}

// Links in mails sign people in: a server without TLS gets none, unless it was said to be on this machine.
func TestDelivery_NeverInClearText(t *testing.T) {
	db, server := modelstest.Open(t), startMailServer(t, false)
	if _, err := deliver(t, db, "smtp://"+server.address, message); err == nil || len(server.received) != 0 {
		t.Errorf("%v, %d mails left", err, len(server.received))
	}
	if _, err := deliver(t, db, "smtp://"+server.address+"?starttls=optional", message); err != nil || len(server.received) != 1 {
		t.Errorf("%v, %d mails left", err, len(server.received))
	}
}

func TestDelivery_DropsDecoysAndDeadLinks(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		decoy, dead := message, message
		decoy.Decoy = true
		dead.TokenID = "gone"
		for _, m := range []models.Mail{decoy, dead, message} {
			if _, err := deliver(t, db, "", m); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := db.Mailbox(context.Background(), message.To); err != nil || len(list) != 1 {
			t.Errorf("%d mails kept, %v", len(list), err)
		}
	})
}

func TestCheckURL_NamesTheMistake(t *testing.T) {
	for _, address := range []string{"http://host", "smtp://", "smtp://host:port", "host:25"} {
		if mail.CheckURL(address) == nil {
			t.Errorf("%q was accepted", address)
		}
	}
}
