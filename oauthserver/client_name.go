package oauthserver

import (
	"cmp"
	"strings"
	"unicode"

	"latchkey/models"
)

// longestName is how much of a client's name people are shown.
const longestName = 100

// shownName is what a client calls itself, as people may see it.
func shownName(client *models.OAuthClient) string { return cmp.Or(cleanName(client.Name), client.ID) }

// ShownName is what a client calls itself, as operators see it, too: a name that turns the direction of a line deceives
// anybody.
func ShownName(client *models.OAuthClient) string { return shownName(client) }

// cleanName puts a name on one line and takes out what does not show or turns the direction of what does: with it
// one name looks like another, or goes on into the sentence around it.
func cleanName(name string) string {
	name = strings.Map(func(c rune) rune {
		switch {
		case unicode.In(c, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point), c == unicode.ReplacementChar:
			return -1
		case isControl(c), unicode.IsSpace(c):
			return ' '
		}
		return c
	}, name)
	name = strings.Join(strings.Fields(name), " ")
	if letters := []rune(name); len(letters) > longestName {
		return string(letters[:longestName]) + "…"
	}
	return name
}
