package auth

import (
	"slices"

	"latchkey/models"
)

// The ways to prove who one is, as sessions and the audit log name them.
const (
	methodPassword = "password"
	methodEmail    = "email" // a link or code in the mailbox
	methodTOTP     = "totp"
	methodRecovery = "recovery"
	methodPasskey  = "passkey"
)

// The levels of assurance, the weaker first, as sessions and the OAuth server's acr name them.
const (
	ACRSingle  = "aal1" // one proof, or several of one kind
	ACRTwoStep = "aal2" // two proofs of different kinds
	ACRPasskey = "phr"  // a passkey that verified the person: nothing that was typed could be fished for
)

// Levels are all of them, the weakest first. Each includes those before it.
var Levels = []string{ACRSingle, ACRTwoStep, ACRPasskey}

// Two proofs are two factors only when one begins a sign-in and the other completes it. Whoever has the mailbox can
// reset the password, so those two are one; and a recovery code stands for a lost authenticator.
var (
	firstKinds  = []string{methodPassword, methodEmail}
	secondKinds = []string{methodTOTP, methodRecovery, methodPasskey}
)

// assurance is the level that proofs reach together. Nothing else raises it: neither a trusted browser nor a
// remembered session proves anything.
func assurance(proofs []models.Proof) string {
	switch {
	case slices.ContainsFunc(proofs, func(p models.Proof) bool { return p.Method == methodPasskey && p.Verified }):
		return ACRPasskey
	case twoKinds(proofs):
		return ACRTwoStep
	}
	return ACRSingle
}

func twoKinds(proofs []models.Proof) bool {
	return includes(proofs, firstKinds) && includes(proofs, secondKinds)
}

func includes(proofs []models.Proof, methods []string) bool {
	return slices.ContainsFunc(proofs, func(p models.Proof) bool { return slices.Contains(methods, p.Method) })
}

var amrNames = map[string]string{methodPassword: "pwd", methodEmail: "email", methodTOTP: "otp", methodRecovery: "otp"}

// amr names proofs as RFC 8176 does.
func amr(proofs []models.Proof) []string {
	list := make([]string, 0, len(proofs)+1)
	for _, p := range proofs {
		for _, name := range amrOf(p) {
			if !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	if twoKinds(proofs) {
		list = append(list, "mfa")
	}
	return list
}

// amrOf names one proof. Of a passkey, that its key was used, where the key is kept, and that somebody was there.
func amrOf(p models.Proof) []string {
	switch {
	case p.Method == methodPasskey && p.Synced:
		return []string{"pop", "swk", "user"}
	case p.Method == methodPasskey:
		return []string{"pop", "hwk", "user"}
	}
	return []string{amrNames[p.Method]}
}

// withProof adds a proof to what was shown before, in place of an older one of its method.
func withProof(proofs []models.Proof, p models.Proof) []models.Proof {
	kept := slices.DeleteFunc(slices.Clone(proofs), func(old models.Proof) bool { return old.Method == p.Method })
	return append(kept, p)
}
