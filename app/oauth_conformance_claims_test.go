package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"latchkey/oauthserver"
)

// What ID tokens, userinfo and the published keys are checked for.

// keys are the published ones: each can be told from the others and shows nothing private.
func (t *trial) keys() (set jose.JSONWebKeySet) {
	t.Helper()
	answer := t.call(http.MethodGet, t.endpoint("jwks_uri"), nil)
	list, _ := answer.object(t)["keys"].([]any)
	if answer.status != http.StatusOK || len(list) == 0 {
		t.Fatalf("keys: %d %s", answer.status, answer.body)
	}
	for _, one := range list {
		members, _ := one.(map[string]any)
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if members[private] != nil {
				t.Errorf("key %v shows %s", members["kid"], private)
			}
		}
	}
	if err := json.Unmarshal([]byte(answer.body), &set); err != nil {
		t.Fatal(err)
	}
	for _, key := range set.Keys {
		if !key.Valid() || !key.IsPublic() || key.KeyID == "" || len(set.Key(key.KeyID)) != 1 {
			t.Errorf("key %q: valid %t, public %t", key.KeyID, key.Valid(), key.IsPublic())
		}
	}
	return set
}

// signedBy opens a JWT that is signed with RS256 by the published key it names.
func (t *trial) signedBy(raw string) map[string]any {
	t.Helper()
	signed, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	head, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[0])
	if err != nil {
		t.Fatal(err)
	}
	for name := range t.objectOf(string(head)) {
		if !slices.Contains([]string{"alg", "kid", "typ"}, name) {
			t.Errorf("the header has %s", name)
		}
	}
	keys := t.keys()
	named := keys.Key(signed.Signatures[0].Header.KeyID)
	if len(named) != 1 {
		t.Fatalf("kid %q names %d keys", signed.Signatures[0].Header.KeyID, len(named))
	}
	payload, err := signed.Verify(named[0])
	if err != nil {
		t.Fatal(err)
	}
	return t.objectOf(string(payload))
}

// protocolClaims are all that an ID token holds: whoever wants to know more of the person asks at userinfo.
var protocolClaims = []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"}

// checkIDToken checks an ID token as OpenID Connect Core §3.1.3.7 tells clients to. nonce "": it must hold none.
func (t *trial) checkIDToken(client conformanceClient, raw, accessToken, nonce string) map[string]any {
	t.Helper()
	claims := t.signedBy(raw)
	for name := range claims {
		if !slices.Contains(protocolClaims, name) {
			t.Errorf("the ID token tells %s", name)
		}
	}
	half := sha256.Sum256([]byte(accessToken))
	for name, want := range map[string]any{"iss": t.base, "aud": client.id, "at_hash": base64.RawURLEncoding.EncodeToString(half[:16])} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if got, held := claims["nonce"]; held != (nonce != "") || held && got != nonce {
		t.Errorf("nonce %v, sent %q", got, nonce)
	}
	now := t.clock.Now().Unix()
	issued, until, signedIn := wholeNumber(claims["iat"]), wholeNumber(claims["exp"]), wholeNumber(claims["auth_time"])
	if issued < now-5 || issued > now || until <= now || signedIn <= 0 || signedIn > issued {
		t.Errorf("iat %d, exp %d, auth_time %d; it is %d", issued, until, signedIn, now)
	}
	if subject, _ := claims["sub"].(string); subject == "" || len(subject) > 255 || strings.ContainsFunc(subject, notPrintable) {
		t.Errorf("sub %q", subject)
	}
	if acr, _ := claims["acr"].(string); acr == "" {
		t.Errorf("acr %v", claims["acr"])
	}
	methods, _ := claims["amr"].([]any)
	if !slices.Equal(methods, []any{"pwd"}) {
		t.Errorf("amr %v after a password", claims["amr"])
	}
	return claims
}

func notPrintable(c rune) bool { return c <= ' ' || c > '~' }

// claimForms are the standard claims of userinfo, and how each is written (Core §5.1).
var claimForms = func() map[string]func(any) bool {
	text := func(value any) bool {
		text, isText := value.(string)
		return isText && strings.TrimSpace(text) != "" && !strings.ContainsAny(text, "\r\n\t")
	}
	matching := func(form string) func(any) bool {
		pattern := regexp.MustCompile(form)
		return func(value any) bool { text, isText := value.(string); return isText && pattern.MatchString(text) }
	}
	address := func(value any) bool {
		text, _ := value.(string)
		u, err := url.Parse(text)
		return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
	}
	forms := map[string]func(any) bool{
		"updated_at":     func(value any) bool { return wholeNumber(value) > 0 },
		"email_verified": func(value any) bool { _, isBool := value.(bool); return isBool },
		"email":          func(value any) bool { text, _ := value.(string); _, err := mail.ParseAddress(text); return err == nil },
		"birthdate":      matching(`^([0-9]{4}|0000-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{2}-[0-9]{2})$`),
		"zoneinfo":       matching(`^[A-Za-z_]+(/[A-Za-z_+-]+)*$`),
		"locale":         matching(localeForm),
		"profile":        address, "picture": address, "website": address,
	}
	for _, name := range []string{"sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "gender"} {
		forms[name] = text
	}
	return forms
}()

// localeForm is a language tag in the usual spelling (RFC 5646): language, script, region.
const localeForm = `^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`

// claimsOf are the names that a scope opens at userinfo.
func claimsOf(scopes ...string) (names []string) {
	for _, scope := range oauthserver.StandardScopes() {
		if slices.Contains(scopes, scope.Name) {
			names = append(names, scope.Claims...)
		}
	}
	return names
}

// checkUserInfo takes an answer of userinfo: the same person as in the ID token, well-formed claims of the granted
// scopes and no others, all of them listed in the metadata.
func (t *trial) checkUserInfo(in signedIn, a answered) map[string]any {
	t.Helper()
	info := a.private(t, http.StatusOK)
	for name, value := range info {
		form := claimForms[name]
		if form == nil || !form(value) || !slices.Contains(claimsOf(in.scopes...), name) || !slices.Contains(t.listed("claims_supported"), name) {
			t.Errorf("userinfo for %q tells %s=%v", in.scopes, name, value)
		}
	}
	if info["sub"] != in.claims["sub"] {
		t.Errorf("userinfo is about %v, the ID token about %v", info["sub"], in.claims["sub"])
	}
	return info
}
