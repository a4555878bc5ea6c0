package mail

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"latchkey/models"
)

// sendTimeout bounds one delivery, from dialling to the server's last word.
const sendTimeout = 30 * time.Second

// CheckURL says what is wrong with an SMTP_URL, without repeating it: it may hold a password. Empty is fine.
//
//	smtp://user:password@host:587    STARTTLS, or no delivery
//	smtps://user:password@host:465   TLS from the first byte
//	smtp://host:25?starttls=optional for a relay on the same machine
func CheckURL(address string) error {
	if address == "" {
		return nil
	}
	_, err := newClient(address)
	return err
}

func newClient(address string) (*gomail.Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("must be smtp://user:password@host:port or smtps://…")
	}
	options := []gomail.Option{gomail.WithTimeout(sendTimeout), gomail.WithTLSPolicy(gomail.TLSMandatory)}
	port := 587
	switch {
	case u.Scheme == "smtps":
		port, options = 465, append(options, gomail.WithSSL())
	case u.Query().Get("starttls") == "optional":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	}
	if text := u.Port(); text != "" {
		if port, err = strconv.Atoi(text); err != nil {
			return nil, errors.New("the port is no number")
		}
	}
	options = append(options, gomail.WithPort(port))
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	client, err := gomail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("cannot be used: %w", err)
	}
	return client, nil
}

// Check greets the server of an SMTP_URL and signs in, without sending anything.
func Check(ctx context.Context, address string) error {
	client, err := newClient(address)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("the mail server does not answer: %w", err)
	}
	return client.Close()
}

// smtp sends letters through one server.
type smtp struct {
	client *gomail.Client
	from   string
}

// deliver sends a mail and gives what the server said when it took it.
func (s smtp) deliver(ctx context.Context, m models.Mail) (answer string, err error) {
	letter, err := s.letter(m)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err = s.client.DialAndSendWithContext(ctx, letter); letter.IsDelivered() {
		return letter.ServerResponse(), nil // it is with the server, however the talk ended: another try would send it twice
	}
	return "", err
}

func (s smtp) letter(m models.Mail) (*gomail.Msg, error) {
	letter := gomail.NewMsg()
	if err := letter.From(s.from); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := letter.To(m.To); err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	letter.Subject(m.Subject)
	// The id comes from the cause, so a mail system that sees a retry knows it is the same letter.
	letter.SetMessageIDWithValue(m.Key + "@latchkey")
	letter.SetDate()
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: no out-of-office answers
	letter.SetBodyString(gomail.TypeTextPlain, m.Text)
	letter.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return letter, nil
}
