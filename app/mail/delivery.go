package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"latchkey/models"
)

// Config says where mails go.
type Config struct {
	DB      *models.DB
	Log     *slog.Logger
	SMTPURL string         // smtp://user:password@host:587 (STARTTLS) or smtps://host:465; empty: the development mailbox
	From    string         // "Name <address>"
	Roots   *x509.CertPool // who vouches for the mail server; nil: the system's
}

// Delivery carries mails.
type Delivery struct {
	db     *models.DB
	log    *slog.Logger
	from   string
	server *url.URL // nil: the development mailbox
	roots  *x509.CertPool
}

// New checks the configuration; it does not connect.
func New(config Config) (*Delivery, error) {
	d := &Delivery{db: config.DB, log: config.Log, from: config.From, roots: config.Roots}
	if config.SMTPURL == "" {
		return d, nil
	}
	server, err := url.Parse(config.SMTPURL)
	if err != nil || server.Hostname() == "" || (server.Scheme != "smtp" && server.Scheme != "smtps") {
		return nil, fmt.Errorf("mail: SMTP_URL must look like smtp://user:password@host:587")
	}
	if err := gomail.NewMsg().From(config.From); err != nil {
		return nil, fmt.Errorf("mail: MAIL_FROM %q is no address: %w", config.From, err)
	}
	d.server = server
	return d, nil
}

// Deliver carries one queued mail. A decoy, and a mail whose link died while it waited, are dropped.
func (d *Delivery) Deliver(ctx context.Context, job models.MailJob) error {
	m, err := d.db.OpenMail(job)
	if err != nil {
		return err
	}
	if m.Decoy {
		return nil
	}
	if m.TokenID != "" {
		alive, err := d.db.MailTokenAlive(ctx, m.TokenID)
		if err != nil || !alive {
			return err
		}
	}
	if d.server == nil {
		return d.db.KeepMail(ctx, m)
	}
	if err := d.send(ctx, m); err != nil {
		return fmt.Errorf("deliver %s: %w", m.Kind, err)
	}
	d.log.InfoContext(ctx, "mail sent", "kind", m.Kind)
	return nil
}

// Check connects to the mail server and says hello.
func (d *Delivery) Check(ctx context.Context) error {
	if d.server == nil {
		return nil
	}
	client, err := d.client()
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return err
	}
	return client.Close()
}

func (d *Delivery) send(ctx context.Context, m models.Mail) error {
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := message.From(d.from); err != nil {
		return err
	}
	if err := message.To(m.To); err != nil {
		return err
	}
	message.Subject(m.Subject)
	message.SetDate()
	message.SetMessageID()
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answers from absence notices
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	message.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	client, err := d.client()
	if err != nil {
		return err
	}
	return client.DialAndSendWithContext(ctx, message)
}

func (d *Delivery) client() (*gomail.Client, error) {
	host := d.server.Hostname()
	options := []gomail.Option{
		gomail.WithTimeout(20 * time.Second),
		gomail.WithTLSConfig(&tls.Config{ServerName: host, RootCAs: d.roots, MinVersion: tls.VersionTLS12}),
	}
	switch {
	case d.server.Scheme == "smtps":
		options = append(options, gomail.WithSSLPort(false))
	case isLoopback(host):
		// A catcher of mails on this machine has no certificate.
		options = append(options, gomail.WithTLSPortPolicy(gomail.TLSOpportunistic))
	default:
		// Links in mails sign people in: they never travel in clear text.
		options = append(options, gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	}
	if port, err := strconv.Atoi(d.server.Port()); err == nil {
		options = append(options, gomail.WithPort(port))
	}
	if user := d.server.User; user != nil {
		password, _ := user.Password()
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(user.Username()), gomail.WithPassword(password))
	}
	return gomail.NewClient(host, options...)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
