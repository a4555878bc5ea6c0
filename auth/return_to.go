package auth

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// afterSignIn is where people land when nothing better is known.
const afterSignIn = "/dashboard"

// LocalPath gives back a path of this site, or /dashboard for anything that leads elsewhere, could be
// read as leading elsewhere by some browser or proxy, or belongs to the sign-in pages themselves.
// It is checked when the value arrives and again when it is used.
func LocalPath(s string) string {
	if !IsLocal(s) || isSignInPage(s) {
		return afterSignIn
	}
	return s
}

// IsLocal tells whether s is a path of this site that nobody reads as leading elsewhere.
func IsLocal(s string) bool {
	if len(s) > 2048 || !strings.HasPrefix(s, "/") {
		return false
	}
	for _, c := range []byte(s) {
		if c < 0x21 || c > 0x7E || c == '\\' {
			return false
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return false
	}
	// Proxies and frameworks decode a path once too often: it must stay harmless when they do.
	path, _, _ := strings.Cut(s, "?")
	path, _, _ = strings.Cut(path, "#")
	for range 3 {
		if !isPlainPath(path) {
			return false
		}
		decoded, err := url.PathUnescape(path)
		if err != nil {
			// A lone % after the first decoding is a literal one; the path as sent has parsed.
			return true
		}
		path = decoded
	}
	return true
}

func isPlainPath(path string) bool {
	if !strings.HasPrefix(path, "/") || strings.Contains(path, "//") || strings.ContainsRune(path, '\\') || !utf8.ValidString(path) {
		return false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	for _, r := range path {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return false
		}
	}
	return true
}

// isSignInPage keeps sign-in from ending where it began.
func isSignInPage(s string) bool {
	path, _, _ := strings.Cut(s, "?")
	path, _, _ = strings.Cut(path, "#")
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	path = strings.ToLower(path)
	for _, page := range []string{"/login", "/signup", "/logout", "/reauth", "/verify-email", "/password"} {
		if path == page || strings.HasPrefix(path, page+"/") {
			return true
		}
	}
	return false
}
