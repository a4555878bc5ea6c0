package views

import (
	"strings"
	"unicode"
)

// DisplayName is what we call a person: the name, or else the address.
func DisplayName(name, email string) string {
	if strings.TrimSpace(name) != "" {
		return name
	}
	return email
}

// initials are up to two capital letters for a name, or one for an address.
func initials(name, email string) string {
	var letters []rune
	for _, word := range strings.Fields(DisplayName(name, email)) {
		first := []rune(word)[0]
		if unicode.IsLetter(first) || unicode.IsDigit(first) {
			letters = append(letters, unicode.ToUpper(first))
		}
	}
	switch len(letters) {
	case 0:
		return "?"
	case 1:
		return string(letters[0])
	}
	return string(letters[0]) + string(letters[len(letters)-1])
}

// browserOn is "Firefox on Linux", as far as it is known.
func browserOn(browser, system string) string {
	switch {
	case browser == "" && system == "":
		return "Unknown browser"
	case system == "":
		return browser
	case browser == "":
		return "A browser on " + system
	}
	return browser + " on " + system
}
