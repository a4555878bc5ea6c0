package auth

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"latchkey/models"
)

// Service holds the rules. Its methods take plain values and a context, and know no HTTP.
type Service struct {
	live    *models.Live[Config]
	db      *models.DB
	gate    *hashGate
	breach  breachList
	metrics metrics

	passkeys *webauthn.WebAuthn // nil: there are none here
	rpID     string             // the host that passkeys are made for; empty without them

	decoy         string   // a hash that no password matches
	addressSecret []byte   // keys what counters and the audit log keep of an address
	codeSecrets   [][]byte // key the codes in mails; the first makes them

	recoverySecrets [][]byte // key recovery codes; the first makes them
	setupKey        []byte   // makes the secrets of authenticators being set up

	manyMembers sync.Map // until when a state is taken to have more people than are counted
}

// New checks the configuration and gives the service. Every mistake is named in one error.
func New(config Config) (*Service, error) {
	live := models.NewLive(config, settingRules, config.Variables, (*Config).fillDefaults)
	config = *live.Now()
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	s := &Service{
		live: live, db: config.DB, metrics: newMetrics(config.Registerer),
		addressSecret: config.Keys.Derive("auth/address")[0],
		codeSecrets:   config.Keys.Derive("auth/code"),

		recoverySecrets: config.Keys.Derive("auth/recovery"),
		setupKey:        config.Keys.Derive("auth/totp-setup")[0],
	}
	var err error
	if s.passkeys, s.rpID, err = newPasskeys(config); err != nil {
		return nil, fmt.Errorf("auth: passkeys: %w", err)
	}
	s.gate = newHashGate(config.HashSlots, config.HashQueue, config.HashWait, s.metrics.hashWait)
	s.breach = breachList{url: config.BreachURL, client: config.Client, failed: s.metrics.breachFailures.Inc}
	s.decoy = decoyHash(s.params())
	return s, nil
}

// Expected outcomes. Handlers turn them into a page; anything else is a fault.
var (
	ErrBadCredentials = errors.New("email address or password is wrong")
	ErrWrongCode      = errors.New("that code is not right or has expired")
	ErrDeadLink       = errors.New("this link no longer works")
	ErrSwitchedOff    = errors.New("this account is switched off") // said only after a proof that cannot be guessed
	ErrBusy           = errors.New("too many passwords to check at once")
	ErrSignedOut      = errors.New("nobody is signed in here")
	ErrNotRight       = errors.New("that is not right") // the password at a re-authentication
	ErrSignUpClosed   = errors.New("no new accounts here")
	ErrPasskey        = errors.New("that passkey did not work")
	ErrAccountOff     = errors.New("this account is switched off") // told only after a proof that cannot be guessed
)

// Invalid says what is wrong with a form: field name to sentence, "" for the form as a whole.
type Invalid map[string]string

func (i Invalid) Error() string {
	var parts []string
	for field, sentence := range i {
		parts = append(parts, strings.TrimSpace(field+" "+sentence))
	}
	return strings.Join(parts, "; ")
}

// Limited is the outcome of a try over a limit.
type Limited struct {
	Limit Limit
	Wait  time.Duration // until the next try counts again
	first bool          // of this window
}

func (l Limited) Error() string {
	return fmt.Sprintf("limit %s reached, wait %s", l.Limit.ID, l.Wait)
}

// Sentence is what a person reads.
func (l Limited) Sentence() string {
	minutes := int((l.Wait + time.Minute - 1) / time.Minute)
	if minutes == 1 {
		return "Too many tries. Wait 1 minute or use another way"
	}
	return fmt.Sprintf("Too many tries. Wait %d minutes or use another way", minutes)
}

// cfg is what holds at this moment: operators change some of it while the program runs.
func (s *Service) cfg() *Config { return s.live.Now() }

// url is a link into this site, for mails.
func (s *Service) url(path string) string { return strings.TrimSuffix(s.cfg().BaseURL, "/") + path }

func (s *Service) now() time.Time { return s.db.Now() }
