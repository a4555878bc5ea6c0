package auth_test

import (
	"strings"
	"testing"

	"latchkey/auth"
)

// assuranceTable is every set of proofs that one session can hold, with the level that it reaches and its names
// (RFC 8176).
var assuranceTable = []struct{ proofs, level, names string }{
	{"password", auth.ACRSingle, "pwd"},
	{"email", auth.ACRSingle, "email"},
	{"totp", auth.ACRSingle, "otp"},
	{"recovery", auth.ACRSingle, "otp"},
	{"password email", auth.ACRSingle, "pwd email"}, // whoever has the mailbox can reset the password
	{"totp recovery", auth.ACRSingle, "otp"},        // one stands in for the other
	{"password totp", auth.ACRTwoStep, "pwd otp mfa"},
	{"password recovery", auth.ACRTwoStep, "pwd otp mfa"},
	{"email totp", auth.ACRTwoStep, "email otp mfa"},
	{"email recovery", auth.ACRTwoStep, "email otp mfa"},
	{"password email totp", auth.ACRTwoStep, "pwd email otp mfa"},
	{"password totp recovery", auth.ACRTwoStep, "pwd otp mfa"},
	{"passkey", auth.ACRSingle, "pop hwk user"},
	{"passkey totp", auth.ACRSingle, "pop hwk user otp"}, // two things that one has
	{"password passkey", auth.ACRTwoStep, "pwd pop hwk user mfa"},
	{"email passkey~", auth.ACRTwoStep, "email pop swk user mfa"},
	{"passkey!", auth.ACRPasskey, "pop hwk user"},
	{"passkey!~", auth.ACRPasskey, "pop swk user"},
	{"password passkey!", auth.ACRPasskey, "pwd pop hwk user mfa"},
}

// TestAssurance_Table: two proofs are two steps only when one cannot be had by way of the other. The order in
// which they were shown says nothing.
func TestAssurance_Table(t *testing.T) {
	for _, row := range assuranceTable {
		methods := strings.Fields(row.proofs)
		for range methods {
			methods = append(methods[1:], methods[0])
			if got := auth.LevelOf(methods...); got != row.level {
				t.Errorf("%v: %s, want %s", methods, got, row.level)
			}
		}
	}
}

// TestAMR_Table: "mfa" is said of two steps and of nothing else; no name is said twice.
func TestAMR_Table(t *testing.T) {
	for _, row := range assuranceTable {
		if got := strings.Join(auth.NamesOf(strings.Fields(row.proofs)...), " "); got != row.names {
			t.Errorf("%s: %q, want %q", row.proofs, got, row.names)
		}
	}
}
