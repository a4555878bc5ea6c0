package oauthserver

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"latchkey/views"
)

// suitable is the account signed in at this browser, if it will do for the request; it answers itself and returns nil for
// any other, and for nobody.
func (s *Server) suitable(w http.ResponseWriter, r *http.Request, v *visit) *Account {
	account, err := s.current(r)
	if err != nil {
		s.answerError(w, r, v.q, err)
		return nil
	}
	if why := s.reasons(v, account); why != 0 {
		s.ask(w, r, v, why)
		return nil
	}
	return account
}

// current is who is signed in at this browser, with facts that can be relied on; nil for nobody. Facts
// that cannot be true are a fault of the host: nothing is invented in their place.
func (s *Server) current(r *http.Request) (*Account, error) {
	account, err := s.accounts.Current(r)
	if errors.Is(err, ErrNoAccount) || err == nil && !account.Active {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find out who is signed in: %w", err)
	}
	if err := s.checkFacts(account); err != nil {
		return nil, err
	}
	return &account, nil
}

// clockSkew is how far the clocks of two machines may be apart.
const clockSkew = 5 * time.Second

func (s *Server) checkFacts(a Account) error {
	ascii := func(text string) bool {
		return !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c >= 0x7f })
	}
	switch {
	case a.Subject == "" || len(a.Subject) > 255 || !ascii(a.Subject):
		return errors.New("the host's account has no usable subject")
	case a.SessionID == "":
		return errors.New("the host's account has no session")
	case !slices.Contains(s.cfg.ACRValues, a.ACR):
		return fmt.Errorf("the host's account has an unknown acr %q", a.ACR)
	case a.AuthTime.IsZero() || a.AuthTime.After(s.now().Add(clockSkew)):
		return fmt.Errorf("the host's account has an impossible sign-in time %s", a.AuthTime)
	}
	return nil
}

// reasons says why this account (nil: nobody) will not do yet; 0 means it will. Freshness counts from
// the moment the request arrived, so the time a person spends on a page never makes a sign-in stale. A stronger proof is
// asked for once: who cannot give one goes on without.
func (s *Server) reasons(v *visit, account *Account) LoginReason {
	var why LoginReason
	asked := LoginReason(0)
	if v.row != nil {
		asked = LoginReason(v.row.Asked)
	}
	for prompt, reason := range map[string]LoginReason{"select_account": Select, "create": Create} {
		if v.q.prompts(prompt) && !asked.Has(reason) {
			why |= reason
		}
	}
	if account == nil {
		return why | NoSession
	}
	if v.q.prompts("login") && account.AuthTime.Before(v.q.requestedAt) {
		why |= Prompt
	}
	// In microseconds, because ten digits of seconds overflow a time.Duration.
	if most := v.q.maxAge; most != nil && v.q.requestedAt.Sub(account.AuthTime).Microseconds() > int64(*most)*1e6 {
		why |= MaxAge
	}
	if s.tooWeak(account, v.q.acrValues) && !asked.Has(Stronger) && !v.q.prompts("none") {
		why |= Stronger
	}
	if v.q.hintSubject != "" && account.Subject != v.q.hintSubject {
		why |= OtherAccount
	}
	return why
}

// ask sends the browser to the host's sign-in pages, with the reason.
func (s *Server) ask(w http.ResponseWriter, r *http.Request, v *visit, why LoginReason) {
	askedForOther := v.row != nil && LoginReason(v.row.Asked).Has(OtherAccount)
	switch {
	case v.q.prompts("none"):
		s.answerFinal(w, r, v, &oauthError{Code: "login_required", Description: "the person has to sign in"})
		return
	case why.Has(OtherAccount) && askedForOther:
		s.answerFinal(w, r, v, &oauthError{Code: "login_required", Description: "another person is signed in"})
		return
	}
	v.name()
	login, err := s.loginURL(LoginRequest{
		ReturnTo: v.path(), Reasons: why, MaxAge: v.q.maxAge, ACRValues: s.knownLevels(v.q.acrValues), LoginHint: v.q.loginHint,
		UILocales: v.q.uiLocales, ClientName: shownName(v.q.client),
	})
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	if err := s.pause(w, r, v, why); err != nil {
		s.answerError(w, r, v.q, fmt.Errorf("save interaction: %w", err))
		return
	}
	views.RedirectHTTP(w, r, login)
}

// loginURL is where the host lets a browser satisfy the request. It may not lead away from here: it follows requests
// that anybody can send.
func (s *Server) loginURL(request LoginRequest) (string, error) {
	login := s.accounts.LoginURL(request)
	if !localPath(login) {
		return "", fmt.Errorf("the host's sign-in address %q is not a local path", login)
	}
	return login, nil
}

// localPath accepts what a browser cannot read as another origin.
func localPath(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "/\\") &&
		!strings.ContainsFunc(path, func(c rune) bool { return c <= ' ' || c == 0x7f || c == '\\' })
}
