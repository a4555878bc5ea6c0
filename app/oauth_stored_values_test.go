package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"latchkey/models/modelstest"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestStoredValueIsNoToken (T-508): whoever can read the tables of the OAuth server has nothing that its doors take:
// each hash in them, in each spelling, with each prefix that tokens have, is refused everywhere. What the hashes were
// made from still works afterwards.
func TestStoredValueIsNoToken(t *testing.T) {
	eachSweep(t, func(t *testing.T, s *sweep) {
		member := s.enter(t, "member@example.test")
		code, waiting := member.allow(t), member.begin(t)
		first := s.redeem(t, member.allow(t))
		tokens := s.tokens(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh}}) // now there is a previous one, too
		revoked := s.redeem(t, member.allow(t))
		s.client(t, "/oauth/revoke", url.Values{"token": {revoked.Access}})

		values := s.hashes(t)
		for _, column := range []string{"oauth_client_secrets.hash", "oauth_interactions.hash", "oauth_interactions.browser_hash", "oauth_grants.refresh_hash", "oauth_grants.previous_hash", "oauth_codes.hash", "oauth_access_tokens.hash"} {
			if len(values[column]) == 0 {
				t.Errorf("no value in %s to try", column)
			}
		}
		doors := s.doors(member, waiting)
		for column, list := range values {
			for _, value := range list {
				for _, text := range []string{string(value), hex.EncodeToString(value), base64.RawURLEncoding.EncodeToString(value), base64.StdEncoding.EncodeToString(value)} {
					for _, prefix := range []string{"", "lk_ac_", "lk_at_", "lk_rt_", "lk_cs_"} {
						if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
							continue // no header, no form of ours carries it
						}
						for door, refused := range doors {
							if (prefix == "" || strings.Contains(door, prefix)) && !refused(t, prefix+text) {
								t.Errorf("%s works as %s%s at: %s", column, prefix, text, door)
							}
						}
					}
				}
			}
		}
		// The doors are the right ones: what the values were made from passes them.
		for door, token := range map[string]string{
			"the code (lk_ac_)": code, "the access token (lk_at_)": tokens.Access, "the API (lk_at_)": tokens.Access, "introspection (lk_at_, lk_rt_)": tokens.Access,
			"the secret (lk_cs_)": s.secret, "the waiting step": strings.TrimPrefix(waiting, "/oauth/authorize/"), "the refresh token (lk_rt_)": tokens.Refresh,
		} {
			if doors[door](t, token) {
				t.Errorf("%s: the token itself is refused", door)
			}
		}
	})
}

// doors are where something that was stored could be taken for a token. Each says whether it refused.
func (s *sweep) doors(member *actor, waiting string) map[string]func(t *testing.T, value string) bool {
	bearer := func(path string) func(*testing.T, string) bool {
		return func(t *testing.T, value string) bool {
			return s.program(value).ask(t, get(path)).status == http.StatusUnauthorized
		}
	}
	token := func(form url.Values, name string) func(*testing.T, string) bool {
		return func(t *testing.T, value string) bool {
			form.Set(name, value)
			return s.client(t, "/oauth/token", form).status == http.StatusBadRequest
		}
	}
	return map[string]func(t *testing.T, value string) bool{
		"the code (lk_ac_)":          token(url.Values{"grant_type": {"authorization_code"}, "code_verifier": {sweepVerifier}, "redirect_uri": {s.config.demoClientURL() + "/callback"}}, "code"),
		"the refresh token (lk_rt_)": token(url.Values{"grant_type": {"refresh_token"}}, "refresh_token"),
		"the access token (lk_at_)":  bearer("/oauth/userinfo"),
		"the API (lk_at_)":           bearer("/api/me"),
		"introspection (lk_at_, lk_rt_)": func(t *testing.T, value string) bool {
			return strings.TrimSpace(s.client(t, "/oauth/introspect", url.Values{"token": {value}}).body) == `{"active":false}`
		},
		"revocation (lk_at_, lk_rt_)": func(t *testing.T, value string) bool {
			return s.client(t, "/oauth/revoke", url.Values{"token": {value}}).status == http.StatusOK // and ends nothing, as is seen in the end
		},
		"the secret (lk_cs_)": func(t *testing.T, value string) bool {
			r := post("/oauth/token", "grant_type=refresh_token&refresh_token=x")
			r.SetBasicAuth(demoClientID, value)
			return s.anyone().ask(t, r).status == http.StatusUnauthorized
		},
		"the waiting step": func(t *testing.T, value string) bool {
			return member.ask(t, get("/oauth/authorize/"+url.PathEscape(value))).status != http.StatusOK
		},
		"the cookie of the waiting step": func(t *testing.T, value string) bool {
			stranger := s.anyone()
			for _, cookie := range member.cookies {
				copied := *cookie
				if cookie.Name == "flow" {
					copied.Value = value
				}
				stranger.cookies = append(stranger.cookies, &copied)
			}
			return stranger.ask(t, get(waiting)).status != http.StatusOK
		},
		"the session": func(t *testing.T, value string) bool {
			stranger := s.anyone()
			stranger.cookies = append(stranger.cookies, &http.Cookie{Name: "session", Value: value, Path: "/"})
			return stranger.ask(t, get("/account/profile")).status != http.StatusOK
		},
		"the hint at signing out": func(t *testing.T, value string) bool {
			return s.anyone().ask(t, get("/oauth/logout?id_token_hint="+url.QueryEscape(value))).place() == ""
		},
	}
}

// hashes are the values of every column of the OAuth server's tables that holds bytes, but for what is sealed.
func (s *sweep) hashes(t *testing.T) map[string][][]byte {
	t.Helper()
	found := map[string][][]byte{}
	for _, table := range []string{
		"oauth_clients", "oauth_client_secrets", "oauth_interactions", "oauth_grants", "oauth_codes", "oauth_access_tokens", "oauth_consents", "oauth_sessions",
	} {
		for _, row := range modelstest.Rows(t, s.pool, table) {
			for _, cell := range row {
				name := table + "." + cell.Column
				if value, isBytes := cell.Value.([]byte); isBytes && len(value) > 0 && cell.Column != "sealed_answer" {
					found[name] = append(found[name], value)
				} else if cell.Column == "sid" {
					found[name] = append(found[name], []byte(fmt.Sprint(cell.Value)))
				}
			}
		}
	}
	return found
}
