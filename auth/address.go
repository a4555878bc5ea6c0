package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// addressMax is the longest mailbox SMTP carries (RFC 5321 §4.5.3.1.3, without the angle brackets), in bytes.
const addressMax = 254

// noAddress is said where NormalEmail is not ok.
const noAddress = "Enter an email address such as name@example.com"

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
