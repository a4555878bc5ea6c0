package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// addressMax is the longest mailbox SMTP carries (RFC 5321 §4.5.3.1.3, without the angle brackets), in bytes.
const addressMax = 254

// NormalEmail gives the one form of an email address by which everything looks it up, limits it and
// writes to it. The local part is ASCII dot-atom (RFC 5322 §3.2.3), the domain ASCII by IDNA, the whole
// in lower case. Dots and +tags are kept: they may be another mailbox. ok is false for anything else.
func NormalEmail(typed string) (email string, ok bool) {
	typed = strings.TrimSpace(typed)
	if len(typed) > 4*addressMax {
		return "", false
	}
	local, domain, found := strings.Cut(typed, "@")
	if !found || strings.Contains(domain, "@") || !dotAtom(local) {
		return "", false
	}
	domain, err := idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(domain, ".") || strings.HasSuffix(domain, ".") {
		return "", false
	}
	if _, err := netip.ParseAddr(domain); err == nil {
		return "", false
	}
	email = strings.ToLower(local + "@" + domain)
	return email, len(email) <= addressMax
}

func dotAtom(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for _, c := range []byte(s) {
		letterOrDigit := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letterOrDigit && !strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", rune(c)) {
			return false
		}
	}
	return true
}

// Network is what limits by network count under: the address parsed, v4-in-v6 unmapped, an IPv6 address
// cut to its /64, because one household has all of that. Unreadable input is one network, "unknown".
func Network(address string) string {
	ip, err := netip.ParseAddr(strings.TrimSpace(address))
	if err != nil {
		return "unknown"
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}

// ClientAddress is the address a request came from: the peer's, unless the peer is a trusted proxy; then
// the right-most hop of X-Forwarded-For (all its lines, in order) that is none. What stands left of it
// was written by the client and is not believed; garbage in the chain gives the peer.
func ClientAddress(peer string, forwarded []string, trusted []netip.Prefix) string {
	address, err := netip.ParseAddr(peer)
	if err != nil || !within(trusted, address) {
		return peer
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return peer
		}
		if !within(trusted, hop) {
			return hop.Unmap().String()
		}
	}
	return peer
}

func within(networks []netip.Prefix, address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	for _, network := range networks {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

// addressKey is an address as a counter or the audit log may keep it: keyed, so that the table does not
// tell who was tried, and a guess cannot be checked without the key.
func (s *Service) addressKey(email string) string {
	mac := hmac.New(sha256.New, s.addressSecret)
	mac.Write([]byte(email))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// maskedEmail shows enough for its owner to recognise: "m…@example.test".
func maskedEmail(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	if local == "" {
		return "…"
	}
	_, size := utf8.DecodeRuneInString(local)
	return local[:size] + "…@" + domain
}

// shortened is what a form shows again of an address that was typed.
func shortened(typed string) string {
	if len(typed) <= addressMax {
		return typed
	}
	return strings.ToValidUTF8(typed[:addressMax], "")
}

// normalName trims a person's name. ok is false above 100 characters or with control characters.
func normalName(typed string) (name string, ok bool) {
	name = strings.TrimSpace(typed)
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > 100 {
		return "", false
	}
	for _, r := range name {
		// Format characters can turn the text around them, so a name could pose as something else.
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return "", false
		}
	}
	return name, true
}
