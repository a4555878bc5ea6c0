package views

import "strings"

// ContentPolicy lets a page use what comes from here, and nothing else: no inline script, no eval, no frame.
// formTarget is the one place beside ourselves where its forms may lead: Chromium applies form-action to every
// redirect that follows a form, too.
func ContentPolicy(formTarget string) string {
	action := strings.TrimSpace("'self' " + formTarget)
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"manifest-src 'self'; form-action " + action + "; base-uri 'none'; frame-ancestors 'none'; " +
		"require-trusted-types-for 'script'; trusted-types latchkey"
}
