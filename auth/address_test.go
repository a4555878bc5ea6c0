package auth_test

import (
	"strings"
	"testing"

	"latchkey/auth"
)

func TestNormalEmail_IsOneFormEverywhere(t *testing.T) {
	for typed, want := range map[string]string{
		"a@example.test":             "a@example.test",
		"  A.b+Tag@EXAMPLE.Test ":    "a.b+tag@example.test",
		"a@bücher.example":           "a@xn--bcher-kva.example",
		"a@BÜCHER.example":           "a@xn--bcher-kva.example",
		"a@xn--bcher-kva.example":    "a@xn--bcher-kva.example",
		"a@ｅｘａｍｐｌｅ.test":             "a@example.test",
		"o'neil!#$%&*@example.test":  "o'neil!#$%&*@example.test",
		"":                           "",
		"a":                          "",
		"@example.test":              "",
		"a@":                         "",
		"a@b@example.test":           "",
		"a@localhost":                "",
		"a@127.0.0.1":                "",
		"a@[127.0.0.1]":              "",
		".a@example.test":            "",
		"a.@example.test":            "",
		"a..b@example.test":          "",
		"a b@example.test":           "",
		"\"a\"@example.test":         "",
		"admın@example.test":         "",
		"ADMİN@example.test":         "",
		"a@b,evil@c.example":         "",
		"a@example.test\nBcc: b@c.d": "",
		"a\x00@example.test":         "",
		"a@exam_ple.test":            "",
		"a@example.test.":            "",
		strings.Repeat("a", 65) + "@example.test": "",
		"a@" + strings.Repeat("a.", 126) + "test": "",
	} {
		got, ok := auth.NormalEmail(typed)
		if ok != (want != "") || ok && got != want {
			t.Errorf("NormalEmail(%q) = %q, %v; want %q", typed, got, ok, want)
		}
		if again, _ := auth.NormalEmail(got); ok && again != got {
			t.Errorf("NormalEmail is not stable on %q: %q", got, again)
		}
	}
	each(t, func(t *testing.T, st *site) {
		st.person("Ada@EXAMPLE.test")
		wantRedirect(t, st.browser().signIn(" ADA@example.TEST "), "/dashboard")
		// One counter whatever the spelling.
		b := st.browser()
		for i := range 5 {
			b.signInWith([]string{"ada@example.test", "ADA@example.test"}[i%2], "wrong-password")
		}
		if p := b.signInWith("Ada@Example.Test", "wrong-password"); p.status != 429 {
			t.Errorf("another spelling got another counter: %d", p.status)
		}
	})
}
