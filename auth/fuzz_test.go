package auth_test

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
)

// FuzzReturnTo: whatever is asked for, what comes out leads to this site, says the same when read again, and stays
// harmless when a proxy decodes it once more.
func FuzzReturnTo(f *testing.F) {
	for _, seed := range []string{"/", "/notes?a=b#c", "//evil.test", `/\evil.test`, "/%2f%2fevil.test", "/a/../login", "https://evil.test", "/\x00", "/%5c", "javascript:1", "/login/", "/é"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://app.example.test")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		path := auth.LocalPath(typed)
		if auth.LocalPath(path) != path {
			t.Errorf("%q becomes %q, which becomes %q", typed, path, auth.LocalPath(path))
		}
		to, err := base.Parse(path)
		if err != nil || to.Scheme != base.Scheme || to.Host != base.Host || to.User != nil {
			t.Errorf("%q leads to %v (%v)", typed, to, err)
		}
		if path != typed && path != "/dashboard" {
			t.Errorf("%q was changed into %q", typed, path)
		}
		if strings.ContainsAny(path, "\\\r\n\t\x00") || strings.HasPrefix(path, "//") {
			t.Errorf("%q gives %q", typed, path)
		}
	})
}

// FuzzIdentityKey: an address has one form, whatever case and spaces it was typed with.
func FuzzIdentityKey(f *testing.F) {
	for _, seed := range []string{"ada@example.test", " Ada@EXAMPLE.test ", "a@bücher.test", "a@b", "a@@b.test", "a@1.2.3.4", "a..b@c.test", "\xff@c.test", "a@xn--bcher-kva.test"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		email, ok := auth.NormalEmail(typed)
		if ok != (email != "") {
			t.Fatalf("%q: %q, %v", typed, email, ok)
		}
		if !ok {
			return
		}
		if len(email) > 254 || strings.Count(email, "@") != 1 || strings.ContainsAny(email, " \r\n\t,;<>\"") {
			t.Errorf("%q gives %q", typed, email)
		}
		for _, again := range []string{email, strings.ToUpper(email), " " + email + "\n"} {
			if same, ok := auth.NormalEmail(again); !ok || same != email {
				t.Errorf("%q gives %q, and %q gives %q", typed, email, again, same)
			}
		}
	})
}

// FuzzCode: a code opens with its own six digits, in the groups people type them in, and with nothing else; a decoy's
// with nothing.
func FuzzCode(f *testing.F) {
	for _, seed := range []string{"", "000000", "123 456", "12-34-56", "1234567", "\u0661\u0662\u0663\u0664\u0665\u0666", "12345\x00", " 123456", "+123456", "1e5000", "123\u2013456", "123\u00a0456"} {
		f.Add("123456", seed)
	}
	f.Fuzz(func(t *testing.T, code, typed string) {
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			code = auth.NewCode()
		}
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("a code is %q", code)
		}
		digits := strings.Map(func(r rune) rune {
			if strings.ContainsRune(" -\u2013\u00a0", r) {
				return -1
			}
			return r
		}, typed)
		if got := auth.CodeMatches(code, typed, false); got != (digits == code) {
			t.Errorf("%q for %q: %v", typed, code, got)
		}
		if auth.CodeMatches(code, typed, true) || auth.CodeMatches(code, code, true) {
			t.Errorf("%q opens what no mail was sent for", typed)
		}
		for _, right := range []string{code, code[:3] + " " + code[3:], code[:2] + "-" + code[2:4] + "\u2013" + code[4:], " " + code + "\u00a0"} {
			if !auth.CodeMatches(code, right, false) {
				t.Errorf("%q is refused for %q", right, code)
			}
		}
	})
}

// FuzzForwarded: the address believed is the peer's, or a hop that no trusted proxy is; and its network is one key.
func FuzzForwarded(f *testing.F) {
	f.Add("10.0.0.1", "198.51.100.7")
	f.Add("10.0.0.1", "evil, 10.0.0.2, 198.51.100.7, 10.0.0.3")
	f.Add("203.0.113.9", "198.51.100.7")
	f.Add("::ffff:10.0.0.1", "2001:db8::1%eth0")
	f.Add("10.0.0.1", ", ,\x00")
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		got := auth.ClientAddress(peer, []string{forwarded}, trusted)
		if got != peer {
			hop, err := netip.ParseAddr(got)
			if err != nil || trusted[0].Contains(hop.Unmap().WithZone("")) {
				t.Errorf("%q with %q gives %q", peer, forwarded, got)
			}
			if from, err := netip.ParseAddr(peer); err != nil || !trusted[0].Contains(from.Unmap().WithZone("")) {
				t.Errorf("%q is no proxy of ours, and %q was believed", peer, got)
			}
		}
		network := auth.Network(got)
		if prefix, err := netip.ParsePrefix(network); err == nil {
			if again := auth.Network(prefix.Addr().String()); again != network {
				t.Errorf("%q counts as %q, its network as %q", got, network, again)
			}
		} else if auth.Network(network) != network {
			t.Errorf("%q counts as %q", got, network)
		}
	})
}

// FuzzHashString: what stands in the row of a password never makes the check cost more than its bounds, and matches
// nothing but a hash of that very password.
func FuzzHashString(f *testing.F) {
	for _, seed := range []string{
		"", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$AAAA",
		"$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAA", "$2a$31$abcdefghijklmnopqrstuu", "$argon2id$v=19$m=8,t=4294967295,p=255$c2FsdHNhbHQ$AAAA", "plain",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stored string) {
		memory, passes, ok := auth.HashCost(stored)
		if ok && (memory > 256<<10 || passes > 16) {
			t.Errorf("%q would cost %d KiB and %d passes", stored, memory, passes)
		}
	})
}
