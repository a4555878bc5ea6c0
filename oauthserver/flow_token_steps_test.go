package oauthserver

import (
	"net/http"
	"net/url"
	"strings"
)

// callerOf is the app of a family, or the other one.
func (f *flow) callerOf(family *flowFamily, other int) *flowClient {
	if family.client == f.apps[0].id {
		return f.apps[other]
	}
	return f.apps[1-other]
}

// clientGot compares what a client was answered; an answer with tokens is returned.
func (f *flow) clientGot(p *reply, want string) tokens {
	if p.StatusCode != http.StatusOK {
		got, _ := p.json(p.StatusCode)["error"].(string)
		f.agree(got, want)
		return tokens{}
	}
	got := "ok"
	if want == "again" {
		got = want
	}
	f.agree(got, want)
	return tokensOf(p.json(http.StatusOK))
}

// keep adds new tokens to what the family holds.
func (f *flow) keep(family *flowFamily, got tokens, scopes []string, refresh bool) {
	if text := strings.Join(scopes, " "); got.all["scope"] != text || (got.id != "") != has(scopes, "openid") || (got.refresh != "") != refresh || got.access == "" {
		f.Fatalf("%v for %q, refresh token %v", got.all, text, refresh)
	}
	family.access = append(family.access, &flowToken{text: got.access, scopes: scopes, until: f.m.now.Add(f.m.clients[family.client].access)})
	if refresh {
		family.refresh = append(family.refresh, got.refresh)
		f.m.idleFrom(family)
	}
	if got.id != "" {
		f.hints[family.subject] = got.id
	}
}

func (f *flow) redeem(part []int) {
	family, wrong := f.family(part[0]), part[1]
	if family == nil {
		return
	}
	form, caller := codeForm(family.code), f.callerOf(family, 0)
	switch wrong {
	case 1:
		form.Set("code_verifier", strings.Repeat("x", 43))
	case 2:
		caller = f.callerOf(family, 1)
	case 3:
		form.Set("redirect_uri", testCallback+"/")
	case 4:
		form.Del("code_verifier")
	}
	want := f.m.redeem(family, caller, wrong == 0)
	if got := f.clientGot(f.send(caller, "/oauth/token", form), want); want == "ok" {
		f.keep(family, got, family.scopes, begins(family.scopes))
	}
}

func (f *flow) refresh(part []int) {
	family := f.family(part[0])
	if family == nil || len(family.refresh) == 0 {
		return
	}
	n := max(0, []int{len(family.refresh) - 1, len(family.refresh) - 2, 0}[part[1]])
	caller := f.callerOf(family, part[2])
	asked := [][]string{family.scopes, family.scopes[:1], {"email"}}[part[3]]
	form := refreshForm(family.refresh[n])
	if part[3] > 0 {
		form.Set("scope", strings.Join(asked, " "))
	}
	want := f.m.present(family, n, caller, asked)
	got := f.clientGot(f.send(caller, "/oauth/token", form), want)
	switch want {
	case "ok":
		f.keep(family, got, asked, true)
	case "again":
		if last := family.access[len(family.access)-1]; got.access != last.text || got.refresh != family.refresh[len(family.refresh)-1] {
			f.Fatal("another answer than the one that was lost")
		}
	}
}

// text is one of the tokens of a family, and its row when it is an access token: the newest and the oldest of both
// kinds, and the code.
func (f *flow) text(family *flowFamily, kind int) (string, *flowToken) {
	switch refresh, access := family.refresh, family.access; {
	case kind == 0 && len(access) > 0:
		return access[len(access)-1].text, access[len(access)-1]
	case kind == 1 && len(refresh) > 0:
		return refresh[len(refresh)-1], nil
	case kind == 2 && len(access) > 0:
		return access[0].text, access[0]
	case kind == 3 && len(refresh) > 0:
		return refresh[0], nil
	}
	return family.code, nil
}

func (f *flow) revoke(part []int) {
	family := f.family(part[0])
	if family == nil {
		return
	}
	text, token := f.text(family, part[1])
	caller, want := f.callerOf(family, part[2]), "ok"
	known := token != nil && !token.gone || token == nil && text != family.code && !family.gone
	switch {
	case caller.disabled:
		want = "invalid_client"
	case known && part[2] == 1:
		want = "invalid_grant"
	case known && token != nil:
		token.revoked = true
	case known:
		f.m.end(family)
	}
	p := f.send(caller, "/oauth/revoke", url.Values{"token": {text}})
	if p.StatusCode == http.StatusOK {
		f.agree("ok", want)
		return
	}
	f.clientGot(p, want)
}

func (f *flow) introspect(part []int) {
	family := f.family(part[0])
	if family == nil {
		return
	}
	text, token := f.text(family, part[1])
	caller := append(f.apps[:], f.desk)[part[2]]
	f.agree(f.told(caller, text), f.mayKnow(family, text, token, caller))
}

func (f *flow) use(part []int) {
	family := f.family(part[0])
	if family == nil {
		return
	}
	text, token := f.text(family, part[1])
	f.agree(f.used(text, part[2]), f.works(family, token, part[2]))
}
