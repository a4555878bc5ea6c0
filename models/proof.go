package models

import "time"

// Proof is one thing that somebody has shown of who they are, and when.
type Proof struct {
	Method string    `json:"method"` // password, email, totp or recovery
	At     time.Time `json:"at"`
}
