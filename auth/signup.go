package auth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"latchkey/models"
)

// signUpMode says who may create an account.
type signUpMode struct {
	closed  string   // why nobody may; empty: open
	domains []string // empty: any
}

// parseSignUp reads open, closed, invite or domains:a.example,b.example.
func parseSignUp(setting string) (signUpMode, error) {
	domains, limited := strings.CutPrefix(setting, "domains:")
	switch {
	case setting == "open":
		return signUpMode{}, nil
	case setting == "closed":
		return signUpMode{closed: "New accounts are closed"}, nil
	case setting == "invite":
		return signUpMode{closed: "New accounts are by invitation"}, nil
	case !limited:
		return signUpMode{}, fmt.Errorf("SignUp %q is none of open, closed, invite, domains:…", setting)
	}
	var mode signUpMode
	for domain := range strings.SplitSeq(domains, ",") {
		email, ok := NormalEmail("x@" + strings.TrimSpace(domain))
		if !ok {
			return signUpMode{}, fmt.Errorf("SignUp: %q is no domain", domain)
		}
		mode.domains = append(mode.domains, strings.TrimPrefix(email, "x@"))
	}
	return mode, nil
}

// signUp is who may create an account now.
func (s *Service) signUp() signUpMode {
	mode, _ := parseSignUp(s.cfg().SignUp) // checked by New, and before each change
	return mode
}

// SignUpClosed is why nobody can sign up here, empty when somebody can.
func (s *Service) SignUpClosed() string { return s.signUp().closed }

// SignUp is what a sign-up form says.
type SignUp struct {
	Email, Password, Name string
	ReturnTo              string
	Visitor               Visitor
}

// SignUp stores an unverified account and mails a code and a link. It answers the same for an address
// that has an account; only the mailbox learns which. Errors: Invalid, Limited, ErrBusy, ErrSignUpClosed.
func (s *Service) SignUp(ctx context.Context, in SignUp) (Entry, error) {
	wanted, err := s.checkSignUp(ctx, in)
	if err != nil {
		return Entry{}, err
	}
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer leave()
	if _, err := s.count(ctx, s.db, try{limitSignUps, network(ctx)}); err != nil {
		return Entry{}, err
	}
	wanted.PasswordHash = s.hashPassword(in.Password)
	leave()
	return s.storeSignUp(ctx, arrival{user: wanted, proofs: s.shown(methodPassword), returnTo: in.ReturnTo, visitor: in.Visitor})
}

func (s *Service) checkSignUp(ctx context.Context, in SignUp) (models.User, error) {
	if s.SignUpClosed() != "" {
		return models.User{}, ErrSignUpClosed
	}
	return s.admit(s.checkPerson(ctx, newPassword{Password: in.Password, Email: in.Email, Name: in.Name}))
}

// admit applies SIGNUP to a checked sign-up.
func (s *Service) admit(wanted models.User, wrong Invalid) (models.User, error) {
	if mode := s.signUp(); wrong["email"] == "" && !mode.admits(wanted.Email) {
		wrong["email"] = "New accounts are for addresses at " + strings.Join(mode.domains, ", ")
	}
	if len(wrong) > 0 {
		s.metrics.signUps.WithLabelValues("rejected").Inc()
		return models.User{}, wrong
	}
	return wanted, nil
}

// checkPerson applies the rules for whoever gets an account. Address and name come back in the form they are kept in.
func (s *Service) checkPerson(ctx context.Context, p newPassword) (models.User, Invalid) {
	u, wrong := checkIdentity(p.Email, p.Name)
	var weak Invalid
	if errors.As(s.checkPassword(ctx, "password", newPassword{Password: p.Password, Email: u.Email, Name: u.Name}), &weak) {
		maps.Copy(wrong, weak)
	}
	return u, wrong
}

func checkIdentity(typedEmail, typedName string) (models.User, Invalid) {
	wrong := Invalid{}
	email, ok := NormalEmail(typedEmail)
	if !ok {
		wrong["email"] = noAddress
	}
	name, ok := normalName(typedName)
	if !ok {
		wrong["name"] = noName
	}
	return models.User{Email: email, Name: name}, wrong
}

func (m signUpMode) admits(email string) bool {
	_, domain, _ := strings.Cut(email, "@")
	return len(m.domains) == 0 || slices.Contains(m.domains, domain)
}

// arrival is a checked sign-up: who wants an account, and what they have shown to get into it.
type arrival struct {
	user     models.User
	key      *models.Passkey // nil: there is a password
	proofs   []models.Proof
	returnTo string
	visitor  Visitor
}

// storeSignUp stores an arrival. models.ErrTaken: its passkey belongs to an account already.
func (s *Service) storeSignUp(ctx context.Context, a arrival) (Entry, error) {
	entry, err := s.decideSignUp(ctx, a)
	if errors.Is(err, models.ErrTaken) { // another way to make accounts was quicker: the address is taken now
		entry, err = s.decideSignUp(ctx, a)
	}
	return entry, err
}

// decideSignUp decides, in one transaction, what becomes of the address: a new account, the newest
// sign-up in place of an unverified one, or a decoy where it belongs to somebody.
func (s *Service) decideSignUp(ctx context.Context, a arrival) (entry Entry, err error) {
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		allowed, err := s.countVerifyMail(ctx, tx, a.user.Email)
		if err != nil {
			return err
		}
		holder, err := tx.LockUserByEmail(ctx, a.user.Email)
		unknown := errors.Is(err, models.ErrNotFound)
		if err != nil && !unknown {
			return fmt.Errorf("read person: %w", err)
		}
		if a.visitor.Pending != "" {
			if err := tx.EndPendingLoginByToken(ctx, a.visitor.Pending); err != nil {
				return fmt.Errorf("end pending login: %w", err)
			}
		}
		if !allowed || !unknown && (holder.Verified() || holder.Disabled(s.now())) {
			entry, err = s.decoySignUp(ctx, tx, a, signUpDecoy{
				mail: allowed, taken: holder.Verified() && !holder.Disabled(s.now()),
			})
			return err
		}
		var replaced *models.User
		if !unknown {
			replaced = &holder
		}
		entry, err = s.newSignUp(ctx, tx, a, replaced)
		return err
	})
	return entry, err
}

// countVerifyMail tells whether one more mail may go to the address. Over the limit nothing is sent and
// nothing replaced, and the answer is that of success.
func (s *Service) countVerifyMail(ctx context.Context, tx *models.Tx, email string) (bool, error) {
	key := s.addressKey(email)
	_, err := s.count(ctx, tx.DB, try{limitVerifyMail, key}, try{limitVerifyDay, key})
	if isLimited(err) {
		return false, nil
	}
	return err == nil, err
}

// newSignUp stores the account. What an unverified one had before is gone whole, password and pending
// logins too: nobody can wait in it for the owner of the mailbox.
func (s *Service) newSignUp(ctx context.Context, tx *models.Tx, a arrival, replaced *models.User) (Entry, error) {
	if replaced != nil {
		if err := s.erase(ctx, tx, *replaced); err != nil {
			return Entry{}, err
		}
	}
	now, u := s.now(), a.user
	u.ID, u.LastSignUpAt = "", &now
	if err := tx.CreateUser(ctx, &u); err != nil {
		return Entry{}, fmt.Errorf("create person: %w", err)
	}
	if err := runHook(tx, s.cfg().OnSignUp, u.ID); err != nil {
		return Entry{}, err
	}
	if a.key != nil {
		if err := s.giveFirstPasskey(ctx, tx, u.ID, *a.key); err != nil {
			return Entry{}, err
		}
	}
	entry, err := s.pause(ctx, tx, pendingFor(stepVerify, proof{user: u, proofs: a.proofs, returnTo: a.returnTo}))
	if err != nil {
		return Entry{}, err
	}
	if err := s.mailVerification(ctx, tx, u.Email, &u.ID, u.Epoch, entry.pendingID); err != nil {
		return Entry{}, err
	}
	event := byPerson(AuditSignUp, u.ID)
	if replaced != nil {
		event.Meta = map[string]any{metaReplaced: replaced.ID}
	}
	s.metrics.signUps.WithLabelValues(models.OutcomeSuccess).Inc()
	return entry, tx.Audit(ctx, event)
}

type signUpDecoy struct {
	mail  bool // a mail may go out at all
	taken bool // and its owner is told
}

// decoySignUp gives the browser a pending login at which every code is wrong.
func (s *Service) decoySignUp(ctx context.Context, tx *models.Tx, a arrival, d signUpDecoy) (Entry, error) {
	email := a.user.Email
	if err := tx.IndexNobody(ctx, email, a.user.Name); err != nil {
		return Entry{}, err
	}
	entry, err := s.pause(ctx, tx, models.PendingLogin{
		Email: email, Step: string(stepVerify), Proofs: a.proofs, ReturnTo: LocalPath(a.returnTo),
	})
	if err != nil {
		return Entry{}, err
	}
	if d.mail {
		_, err := s.count(ctx, tx.DB, try{limitTakenMail, s.addressKey(email)})
		if err != nil && !isLimited(err) {
			return Entry{}, err
		}
		if err := s.mailTaken(ctx, tx, email, entry.pendingID, !d.taken || isLimited(err)); err != nil {
			return Entry{}, err
		}
	}
	reason := reasonTaken
	if !d.mail {
		reason = reasonLimited
	}
	s.metrics.signUps.WithLabelValues(reason).Inc()
	return entry, tx.Audit(ctx, failed(s.aboutAddress(AuditSignUp, email), reason))
}

// erase removes an account whose address was never proven.
func (s *Service) erase(ctx context.Context, tx *models.Tx, u models.User) error {
	if err := s.endSessionsOf(ctx, tx, u.ID, "", models.AuditEvent{
		Action: AuditSessionEnd, ActorKind: "system", SubjectID: u.ID, Reason: reasonReplaced,
	}); err != nil {
		return err
	}
	if err := runHook(tx, s.cfg().OnDeleted, u.ID); err != nil {
		return err
	}
	if err := tx.DeleteUnverifiedUser(ctx, u.ID); err != nil {
		return fmt.Errorf("erase unverified account: %w", err)
	}
	return nil
}

func runHook(tx *models.Tx, hook func(context.Context, *models.Tx, string) error, userID string) error {
	if hook == nil {
		return nil
	}
	if err := hook(tx.Context(), tx, userID); err != nil {
		return fmt.Errorf("hook: %w", err)
	}
	return nil
}
