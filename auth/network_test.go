package auth_test

import (
	"net/netip"
	"strings"
	"testing"

	"latchkey/auth"
)

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
		{"10.0.0.1", []string{"198.51.100.1, 10.2.2.2, 203.0.113.5"}, "203.0.113.5"}, // a proxy in the middle vouches for nothing
		{"10.0.0.1", []string{"1.1.1.1, 2.2.2.2, 198.51.100.1, 10.2.2.2, fd00::9"}, "198.51.100.1"},
		{"10.0.0.1", []string{"198.51.100.1:4711, [fd00::9]:80"}, "198.51.100.1"},
		{"10.0.0.1", []string{"[2001:db8::5]:443"}, "2001:db8::5"},
		{"10.0.0.1", []string{"198.51.100.1, "}, "10.0.0.1"},
		{"10.0.0.1", []string{"198.51.100.1,,10.2.2.2"}, "10.0.0.1"},
		{"10.0.0.1", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		{"10.0.0.1", []string{"198.51.100.1, _hidden, 10.2.2.2"}, "10.0.0.1"},
		{"10.0.0.1", []string{strings.Repeat("1.1.1.1, ", 1100) + "198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1", []string{"198.51.100.1, " + strings.Repeat("9", 10_000)}, "10.0.0.1"},
		{"10.0.0.1", []string{"198.51.100.1, 10.0.0.1 , ::ffff:10.9.9.9"}, "198.51.100.1"},
	} {
		if got := auth.ClientAddress(c.peer, c.forwarded, trusted); got != c.want {
			t.Errorf("ClientAddress(%q, %q) = %q, want %q", c.peer, c.forwarded, got, c.want)
		}
	}
	for _, same := range [][2]string{
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"}, {"::ffff:192.0.2.1", "192.0.2.1"}, {"2001:DB8:1:2::1", "2001:db8:1:2:0:0:0:1"},
		{"fe80::1%eth0", "fe80::1"}, {"192.0.2.1:4711", "192.0.2.1"}, {"[2001:db8:1:2::1]:443", "2001:db8:1:2::7"}, {"::ffff:c000:201", "192.0.2.1"},
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
