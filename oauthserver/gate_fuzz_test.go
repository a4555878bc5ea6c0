package oauthserver

import (
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"latchkey/models"
)

// FuzzGate: what the gate lets through has each parameter once, holds only text, and says the same when it is written
// down and read again.
func FuzzGate(f *testing.F) {
	for _, seed := range []string{
		"", "a=1", "a=1&a=2", "a=1&a=", "resource=a&resource=b", "a=%ff", "a=%00", "a=%zz", "a=1;b=2", "scope=" + strings.Repeat("a+", 60), "=x", "&&&", "a", "a=b=c",
		authorizeParams("app").Encode(), codeForm("lk_ac_x").Encode(), "%61=1&a=2", "a+=1", "x=" + strings.Repeat("y", 3000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		read := func(body string) (url.Values, *oauthError) {
			r := httptest.NewRequest("POST", "/oauth/token", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return parseForm(r)
		}
		form, refusal := read(body)
		if refusal != nil {
			if refusal.Code != "invalid_request" || form != nil {
				t.Fatalf("refused as %v with %v", refusal, form)
			}
			return
		}
		for name, values := range form {
			if len(values) == 0 || len(values) > 1 && !slices.Contains(repeatable, name) {
				t.Errorf("%q comes %d times", name, len(values))
			}
			for _, text := range append([]string{name}, values...) {
				if !utf8.ValidString(text) || strings.ContainsFunc(text, isControl) {
					t.Errorf("%q got through", text)
				}
			}
			if slices.Contains(values, "") {
				t.Errorf("%q is empty and there", name)
			}
		}
		if encoded := form.Encode(); len(encoded) <= maxBody {
			if again, refusal := read(encoded); refusal != nil || !reflect.DeepEqual(again, form) {
				t.Errorf("%v, written and read again, is %v (%v)", form, again, refusal)
			}
		}
	})
}

// FuzzBasicAuth: a header that is taken names a client and a secret, and a header made from the two is taken for the
// same; one that is refused gives no secret away.
func FuzzBasicAuth(f *testing.F) {
	for _, seed := range []string{
		basic("app", "secret-of-app"), basic("odd:client", "p:a%s+s w ü/=&"), basic("", ""), "Basic", "Basic ", "Basic  YXBwOng=", "bAsIc YXBwOng=", "Basic YXBwOng", "Basic YXBwOnh=",
		"Basic YXBw\nOng=", "Basic YXBwOiV6eg==", "Basic //8=", "Bearer x", "", "Basic YXBwOng= x", "Basic\tYXBwOng=", "Basic YXBwOng=\x00",
	} {
		for _, id := range []string{"", "app", "spa"} {
			f.Add(seed, id)
		}
	}
	f.Fuzz(func(t *testing.T, header, bodyID string) {
		sent, refusal := basicCredentials(header, bodyID)
		if refusal != nil {
			if refusal.Code != "invalid_client" || refusal.Challenge == "" || sent.secret != "" || sent.method != "" {
				t.Errorf("refused as %v with %+v", refusal, sent)
			}
			return
		}
		if sent.method != "client_secret_basic" || bodyID != "" && bodyID != sent.clientID {
			t.Errorf("%q beside %q is %+v", header, bodyID, sent)
		}
		if again, refusal := basicCredentials(basic(sent.clientID, sent.secret), bodyID); refusal != nil || again != sent {
			t.Errorf("%+v, written and read again, is %+v (%v)", sent, again, refusal)
		}
	})
}

// FuzzScope: what is asked for is known and allowed, each scope once, in the order it was asked; a refresh gives no
// more than that.
func FuzzScope(f *testing.F) {
	for _, seed := range []string{
		"openid", "openid profile", "profile openid profile", "unknown", "openid unknown", "notes:write", "openid notes:write", " ", "", "openid\u00a0profile", "OPENID", "openid\tprofile",
		"openid,profile", "offline_access openid notes:read email", strings.Repeat("openid ", 60),
	} {
		f.Add(seed)
	}
	s := &Server{cfg: Config{Scopes: append(StandardScopes(), Scope{Name: "notes:read"}, Scope{Name: "notes:write"})}}
	client := &models.OAuthClient{Scopes: models.Strings{"openid", "profile", "offline_access", "notes:read", "never-heard-of"}}
	f.Fuzz(func(t *testing.T, text string) {
		asked := strings.Fields(text)
		check := func(scopes []string, allowed models.Strings) {
			t.Helper()
			last := -1
			for i, name := range scopes {
				at := slices.Index(asked, name)
				if _, known := s.scope(name); !known || !slices.Contains(allowed, name) || at <= last || slices.Index(scopes, name) != i {
					t.Errorf("%q gives %v", text, scopes)
				}
				last = at
			}
		}
		q := &authorizeRequest{client: client}
		fault := s.checkScope(q, url.Values{"scope": {text}})
		if fault == nil {
			check(q.scopes, client.Scopes)
			again := &authorizeRequest{client: client}
			if fault := s.checkScope(again, url.Values{"scope": {strings.Join(q.scopes, " ")}}); fault != nil || !slices.Equal(again.scopes, q.scopes) || len(q.scopes) == 0 {
				t.Errorf("%v, asked again, is %v (%v)", q.scopes, again.scopes, fault)
			}
		} else if fault.Code != "invalid_scope" {
			t.Errorf("refused as %v", fault)
		}
		grant := &models.OAuthGrant{Scopes: models.Strings{"openid", "notes:read", "notes:write"}}
		if scopes, err := narrower(grant, client, url.Values{"scope": {text}}); err == nil {
			check(scopes, grant.Scopes)
			check(scopes, client.Scopes)
		}
	})
}

// FuzzPrompt: a prompt is of known words, and none stands alone.
func FuzzPrompt(f *testing.F) {
	for _, seed := range []string{"", "none", "login", "login consent", "none login", "none none", "select_account", "create", "NONE", "signup", " none ", "none\u00a0", "login\tconsent", "consent,login"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := &authorizeRequest{}
		fault := checkPrompt(q, url.Values{"prompt": {text}})
		if fault != nil {
			if fault.Code != "invalid_request" {
				t.Errorf("refused as %v", fault)
			}
			return
		}
		if !slices.Equal(q.prompt, strings.Fields(text)) || q.prompts("none") && len(q.prompt) != 1 {
			t.Errorf("%q is %q", text, q.prompt)
		}
		for _, word := range q.prompt {
			if !slices.Contains([]string{"none", "login", "consent", "select_account", "create"}, word) {
				t.Errorf("%q is taken", word)
			}
		}
	})
}
