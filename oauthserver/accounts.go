package oauthserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"latchkey/models"
)

// ErrNoAccount is a resolver's answer for nobody: not signed in, disabled, or gone. Any other error of
// a resolver is a fault, and never taken for absence.
var ErrNoAccount = errors.New("no account")

// AccountResolver tells the authorization server about the people who sign in to this
// application. It is all oauthserver knows of them.
type AccountResolver interface {
	// Current returns the account signed in at the browser that sent r, or ErrNoAccount.
	// A disabled account is no account.
	Current(r *http.Request) (Account, error)
	// Find returns the account with this subject, signed in or not, or ErrNoAccount when it does
	// not exist (any more). With a sessionID it also says whether that session still lives. It is
	// called inside transactions and must only read.
	Find(ctx context.Context, subject, sessionID string) (Account, error)
	// Claims returns what is known about a subject; the server decides which of it a client sees.
	Claims(ctx context.Context, q ClaimsQuery) (map[string]any, error)
	// LoginURL returns the local path that lets this browser satisfy r and then brings it to r.ReturnTo.
	LoginURL(r LoginRequest) string
	// EndSession ends a session at the host and, if it is this browser's, clears its cookie.
	// Ending it twice is not an error.
	EndSession(w http.ResponseWriter, r *http.Request, sessionID string) error
}

// Account is one person, as far as other programs are concerned.
type Account struct {
	Subject     string    // stable, opaque, never given to anyone else, at most 255 ASCII characters
	Active      bool      // may sign in and be acted for, now
	Name        string    // "signed in as …" on the consent page
	SessionID   string    // names the host session; survives a rotation of its cookie
	SessionLive bool      // Find only: that session has neither ended nor expired
	AccessEpoch int64     // raised by the host to end every grant at once; a grant keeps the value it was given under
	AuthTime    time.Time // last real proof, in microseconds; remembering a browser does not move it
	ACR         string    // one of Config.ACRValues
	AMR         []string  // RFC 8176: "pwd", "otp", "hwk", "mfa", …
}

// LoginReason says why a browser is sent to the host's sign-in pages; reasons add up.
type LoginReason int

// The reasons. Prompt, MaxAge and Stronger ask the person of a live session for a fresh or stronger proof.
const (
	NoSession    LoginReason = 1 << iota // nobody is signed in here
	Prompt                               // prompt=login
	MaxAge                               // the sign-in is older than max_age
	Stronger                             // a stronger proof is wanted
	Select                               // prompt=select_account: let the person choose
	Create                               // prompt=create: offer a new account
	OtherAccount                         // someone other than the id_token_hint names is signed in
)

// Has tells whether all of these reasons are among r.
func (r LoginReason) Has(these LoginReason) bool { return r&these == these }

// LoginRequest asks the host for a path where a browser can satisfy it.
type LoginRequest struct {
	ReturnTo   string      // "/oauth/authorize/{id}"
	Reasons    LoginReason // bits: NoSession, Prompt, MaxAge, Stronger, Select, Create, OtherAccount
	MaxAge     *int        // seconds, when the client sent max_age
	ACRValues  []string    // of Config.ACRValues; any one will do, in the client's order
	Essential  bool        // without it the request fails; else the page may offer to go on without
	LoginHint  string      // as the client sent it: a suggestion, never a proof
	UILocales  []string
	ClientName string
}

// ClaimsTarget is where claims will be shown.
type ClaimsTarget int

// The targets of claims.
const (
	IDToken ClaimsTarget = iota
	UserInfo
)

// ClaimsQuery asks for what is known about a subject.
type ClaimsQuery struct {
	Subject, ClientID string
	Scopes, Locales   []string // granted; claims_locales
	Target            ClaimsTarget
}

// What follows the host calls. Each joins the transaction that ctx carries: what happened there and what
// follows here is kept or lost together.

// SessionEnded ends what hangs on a host session: the families without offline_access. The host calls
// it whenever a session ends, in the same transaction.
func (s *Server) SessionEnded(ctx context.Context, sessionID string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		ended, err := tx.RevokeGrantsOfSession(tx.Context(), sessionID, "session_ended")
		if err != nil {
			return fmt.Errorf("end grants of session: %w", err)
		}
		if ended == 0 {
			return nil
		}
		return tx.Audit(tx.Context(), models.AuditEvent{
			Action: eventGrantEnd, Reason: "session_ended", ActorKind: "system", SessionID: sessionID, Meta: map[string]any{"grants_ended": ended},
		})
	})
}

// SessionReplaced moves what hangs on one session to another: the same person signed in again in that
// browser, and no app is to lose its access by that.
func (s *Server) SessionReplaced(ctx context.Context, old, new string) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		if err := tx.MoveOAuthSession(tx.Context(), old, new); err != nil {
			return fmt.Errorf("move grants to the new session: %w", err)
		}
		return nil
	})
}

// AccountDisabled ends everything an account allowed. What it remembered stays, for when it comes back.
func (s *Server) AccountDisabled(ctx context.Context, subject string) error {
	return s.endAccount(ctx, subject, "account_disabled", false)
}

// RevokeAccount ends everything an account allowed, because it may be in other hands: after a password
// reset, or when the host raises the access epoch.
func (s *Server) RevokeAccount(ctx context.Context, subject string) error {
	return s.endAccount(ctx, subject, "account_revoked", false)
}

// AccountDeleted ends everything and forgets every consent.
func (s *Server) AccountDeleted(ctx context.Context, subject string) error {
	return s.endAccount(ctx, subject, "account_deleted", true)
}

func (s *Server) endAccount(ctx context.Context, subject, reason string, forget bool) error {
	return s.db.InTx(ctx, func(tx *models.Tx) error {
		ended, err := tx.RevokeGrantsOfSubject(tx.Context(), subject, reason)
		if err != nil {
			return fmt.Errorf("end grants of account: %w", err)
		}
		if forget {
			if err := tx.DeleteOAuthConsentsOf(tx.Context(), subject); err != nil {
				return fmt.Errorf("forget consents: %w", err)
			}
		}
		return tx.Audit(tx.Context(), models.AuditEvent{
			Action: eventAccountCascade, Reason: reason, ActorKind: "system", SubjectID: subject, Meta: map[string]any{"grants_ended": ended},
		})
	})
}
