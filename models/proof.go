package models

import "time"

// Proof is one thing that somebody has shown of who they are, and when.
type Proof struct {
	Method string    `json:"method"` // password, email, totp, recovery or passkey
	At     time.Time `json:"at"`

	// Of a passkey.
	Key      string `json:"key,omitempty"`      // its id
	Verified bool   `json:"verified,omitempty"` // it verified the person, by a PIN or a finger
	Synced   bool   `json:"synced,omitempty"`   // it may be on several machines of the person
}
