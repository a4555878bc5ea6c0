package auth

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"strings"
	"sync"
)

//go:generate go run common_passwords_gen.go

// commonList holds about ten thousand passwords that are guessed first, one a line, in lower case. It is
// made by common_passwords_gen.go from words, names, keyboard walks and dates.
//
//go:embed common_passwords.txt.gz
var commonList []byte

var commonPasswords = sync.OnceValue(func() map[string]struct{} {
	unzip, err := gzip.NewReader(bytes.NewReader(commonList))
	if err != nil {
		panic(err) // the file is part of the program
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(unzip); err != nil {
		panic(err)
	}
	list := make(map[string]struct{}, 10_000)
	for line := range strings.Lines(text.String()) {
		list[strings.TrimSpace(line)] = struct{}{}
	}
	return list
})

// commonPassword tells whether a password in lower case is on the list.
func commonPassword(lower string) bool {
	_, found := commonPasswords()[lower]
	return found
}
