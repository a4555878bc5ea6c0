package admin_test

import "latchkey/oauthserver"

// noPeople stands where the host answers about people: the pages tested here ask nothing of it.
type noPeople struct{ oauthserver.AccountResolver }

// oauth is the OAuth server of the site, with its keys.
func (st *auditSite) oauth() *oauthserver.Server {
	st.Helper()
	s, err := oauthserver.New(oauthserver.Config{DB: st.db, Accounts: noPeople{}, Issuer: st.address})
	if err != nil {
		st.Fatal(err)
	}
	if err := s.EnsureKeys(st.Context()); err != nil {
		st.Fatal(err)
	}
	return s
}
