package auth_test

import (
	"net/netip"
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

func TestClientAddress_SpoofAndIPv6(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"203.0.113.9", []string{"198.51.100.1"}, "203.0.113.9"}, // nobody trusted wrote it
		{"10.0.0.1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"::ffff:10.0.0.1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1", []string{"1.1.1.1, 198.51.100.1, 10.2.2.2"}, "198.51.100.1"}, // the left part is the client's own
		{"10.0.0.1", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1", []string{"198.51.100.1, garbage"}, "10.0.0.1"},
		{"10.0.0.1", nil, "10.0.0.1"},
		{"10.0.0.1", []string{"10.3.3.3"}, "10.0.0.1"},
		{"fd00::1", []string{"2001:db8::5"}, "2001:db8::5"},
	} {
		if got := auth.ClientAddress(c.peer, c.forwarded, trusted); got != c.want {
			t.Errorf("ClientAddress(%q, %q) = %q, want %q", c.peer, c.forwarded, got, c.want)
		}
	}
	for _, same := range [][2]string{
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"}, {"::ffff:192.0.2.1", "192.0.2.1"}, {"2001:DB8:1:2::1", "2001:db8:1:2:0:0:0:1"},
		{"fe80::1%eth0", "fe80::1"},
	} {
		if auth.Network(same[0]) != auth.Network(same[1]) {
			t.Errorf("%s and %s are two networks", same[0], same[1])
		}
	}
	if auth.Network("2001:db8:1:2::1") == auth.Network("2001:db8:1:3::1") || auth.Network("192.0.2.1") == auth.Network("192.0.2.2") {
		t.Error("neighbours share a network")
	}
	each(t, func(t *testing.T, st *site) {
		for i := range 5 {
			st.browserAt([]string{"2001:db8:1:2::1", "2001:db8:1:2::2"}[i%2]).signInWith("a@example.test", "wrong-password")
		}
		if p := st.browserAt("2001:db8:1:2:ffff::1").signInWith("a@example.test", "wrong-password"); p.status != 429 {
			t.Errorf("another address of the /64: %d", p.status)
		}
		if p := st.browserAt("2001:db8:1:3::1").signInWith("a@example.test", "wrong-password"); p.status != 422 {
			t.Errorf("the neighbour: %d", p.status)
		}
	})
}
