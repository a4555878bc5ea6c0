package oauthserver

import "slices"

// knownLevels are the requested levels that this server has, in the client's order. Others ask for nothing: acr_values is
// voluntary (OpenID Connect Core 1.0 §3.1.2.1).
func (s *Server) knownLevels(requested []string) []string {
	var known []string
	for _, level := range requested {
		if slices.Contains(s.cfg.ACRValues, level) {
			known = append(known, level)
		}
	}
	return known
}

// reaches tells whether a level is as strong as another one.
func (s *Server) reaches(level, wanted string) bool {
	return slices.Index(s.cfg.ACRValues, level) >= slices.Index(s.cfg.ACRValues, wanted)
}

// tooWeak tells whether levels were requested and the account's own reaches none of them.
func (s *Server) tooWeak(account *Account, requested []string) bool {
	known := s.knownLevels(requested)
	return len(known) > 0 && !slices.ContainsFunc(known, func(wanted string) bool { return s.reaches(account.ACR, wanted) })
}

// toldLevel is the acr that a client is told: the first it requested that the account's own reaches, or that one.
func (s *Server) toldLevel(account Account, requested []string) string {
	for _, wanted := range s.knownLevels(requested) {
		if s.reaches(account.ACR, wanted) {
			return wanted
		}
	}
	return account.ACR
}
