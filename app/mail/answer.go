package mail

import (
	"regexp"
	"strings"
	"unicode"

	"latchkey/models"
)

const (
	answerMax = 1000 // bytes of a server's words that are kept
	quoteMin  = 4    // words of the mail in a row, from which on they are a quotation
)

var (
	anyLink = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://\S+`)
	anyWord = regexp.MustCompile(`[A-Za-z0-9_-]{6,}`)
)

// withoutSecrets is what a server said, in one line, and nothing of what the mail says: a server that refuses a mail for what is in
// it may quote it, and operators read the answer. Links go, sentences of the mail, and each word of it that could be a code or a
// part of a link.
func withoutSecrets(said string, m models.Mail) string {
	words := wordsOf(said[:min(len(said), 8*answerMax)])
	said = anyLink.ReplaceAllString(strings.Join(unquoted(words, m), " "), "[link]")
	said = anyWord.ReplaceAllStringFunc(said, func(word string) string {
		if telling(word) && (strings.Contains(m.Text, word) || strings.Contains(m.HTML, word)) {
			return "[removed]"
		}
		return word
	})
	if len(said) > answerMax {
		said = strings.ToValidUTF8(said[:answerMax], "") + "…"
	}
	return said
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// unquoted puts a mark in place of each quotation from the mail.
func unquoted(said []string, m models.Mail) (rest []string) {
	var parts []string
	for _, part := range []string{m.Subject, m.Text, m.HTML} {
		parts = append(parts, " "+strings.Join(wordsOf(part), " ")+" ")
	}
	mail := strings.Join(parts, "\n")
	for i := 0; i < len(said); {
		end := i
		for end < len(said) && strings.Contains(mail, " "+strings.Join(said[i:end+1], " ")+" ") {
			end++
		}
		if end-i < quoteMin {
			rest, i = append(rest, said[i]), i+1
			continue
		}
		rest, i = append(rest, "[from the mail]"), end
	}
	return rest
}

// telling is a word with a digit in it, or a long one: codes and the random parts of links are such.
func telling(word string) bool { return len(word) >= 16 || strings.ContainsAny(word, "0123456789") }
