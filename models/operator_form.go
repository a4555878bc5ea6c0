package models

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The length of the reason that an operator gives, in characters.
const (
	ReasonMin = 10
	ReasonMax = 500
)

// OperatorReason reads the reason an operator typed: without the space around it, and with the sentence about what is
// wrong with it (empty: nothing). Whoever reads the audit log next year has nothing else to go by.
func OperatorReason(typed string) (reason, sentence string) {
	reason = strings.TrimSpace(typed)
	switch length := utf8.RuneCountInString(reason); {
	case length < ReasonMin:
		return reason, fmt.Sprintf("Say why in at least %d characters", ReasonMin)
	case length > ReasonMax:
		return reason, fmt.Sprintf("Use at most %d characters", ReasonMax)
	}
	return reason, ""
}

// Version is a short name for a state: a form carries it, so that an act decided on one state is not done on another.
func Version(state any) (string, error) {
	text, err := json.Marshal(state)
	if err != nil {
		return "", fmt.Errorf("name a state: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12]), nil
}
