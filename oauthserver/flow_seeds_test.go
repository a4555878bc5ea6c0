package oauthserver

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// flowSeeds are walks in words: each step with its parts (flowSteps says what they mean); those left out are 0.
var flowSeeds = []string{
	begun + "refresh; refresh; use; use 0 0 1; use 0 1; use 0 4; introspect; introspect 0 1; introspect 0 0 1; introspect 0 0 2; introspect 0 1 2; introspect 0 4",
	begun + "refresh; refresh 0 1; refresh 0 1; clock 59; refresh 0 1; refresh 0 1; refresh; refresh 0 1; use", // the lost answer, once too often
	begun + "refresh; clock 60; refresh 0 1; refresh; use",                                                     // too late for it: reuse
	begun + "refresh; refresh; refresh 0 2; refresh; use",                                                      // its successor was used
	begun + "refresh; revoke; refresh 0 1; use; refresh; use",
	begun + "refresh; clock 61; person 0 1; refresh 0 1; person 0 2; refresh; use",
	"authorize 0 1; answer; redeem; refresh; refresh 0 1; refresh; use", // a public client has no second chance
	"authorize 2 1; answer; redeem; refresh; use; use 0 0 1; clock 5 1; use; refresh; sign-out; use; refresh",
	begun + "redeem; refresh; use; redeem",
	begun + "redeem 0 2; refresh; clock 23 2; redeem 0 1; refresh; use",
	begun + "clock 1 3; clock 1 1; refresh; redeem; refresh",
	begun + "clock 1 3; clock 2 1; sweep; redeem; refresh; use",
	"authorize 1; answer; redeem 0 1; redeem 0 4; redeem 0 3; redeem 0 2; redeem; use; use 0 0 1; refresh",
	"authorize; answer; clock 59; redeem; authorize; answer; clock 60; redeem; redeem 1",
	begun + "clock 59 1; clock 59; use; clock 1; use; introspect; refresh; use; clock 2 2; revoke; sweep; use; revoke; revoke 0 0 1",
	begun + "clock 29 3; refresh; clock 29 3; clock 23 2; refresh; clock 30 3; refresh; sweep; clock 31 3; sweep; refresh; revoke 0 1 1",
	begun + strings.Repeat("clock 29 3; refresh; ", 6) + "clock 5 3; refresh; clock 23 2; refresh; clock 1 2; refresh; use",
	"authorize 0 1; answer; redeem; " + strings.Repeat("clock 1 2; refresh; ", 24) + "use; clock 31 3; sweep; refresh",
	begun + "refresh 0 0 0 1; use; use 0 0 1; refresh 0 0 0 2; refresh; use 0 0 1; refresh 0 1 0 1; refresh",
	begun + "refresh 0 0 1; refresh; refresh 0 2 1; refresh 0 0 1; clock 1 1; refresh 0 1 1; refresh",
	begun + "refresh; revoke 0 0 1; use; revoke 0 2; use 0 2; use; revoke 0 2; revoke 0 4; refresh; revoke; use; refresh",
	begun + "refresh; revoke 0 1 1; refresh; revoke 0 3 1; revoke 0 3; use; refresh; revoke 0 1; revoke 0 1 1",
	begun + "authorize 0 1 1 1; answer; redeem; client; use; use 1; refresh 1; redeem 1; revoke 1; introspect 1; client; client 0 1; refresh 1; use 1; client 0 1; client 1; use; refresh",
	"authorize; client; answer; authorize; authorize 0 0 0 0 2; authorize 0 0 0 0 3; redeem; client 0 1; answer 3; answer; client; redeem; client 0 1; redeem",
	"authorize; answer 1; redeem; use; use 0 0 1; authorize 3; answer 1; answer; authorize; answer 2; answer; authorize 2; answer 1; redeem; use; use 0 0 1; refresh",
	"authorize; answer 0 0 0 1; authorize 1; redeem; redeem 1; authorize 0 0 0 0 2; redeem; authorize 2; answer 1 0 0 1; authorize 2; take-back; authorize 1; authorize 0 0 0 0 2; take-back; take-back",
	"authorize; answer 0 0 0 1; " + strings.Repeat("clock 60 3; ", 6) + "authorize 1; clock 5 3; authorize 1; sweep; authorize 1 0 0 0 2; take-back",
	"authorize; authorize 0 0 0 1; answer 0 1; answer 0 1; redeem; take-back 0; authorize 0 0 0 0; take-back 0 0 1; take-back; answer 0 1",
	"authorize; answer 0 0 1; answer 3 0 1; answer 2 0 1; answer; redeem; answer; answer 3; answer 2",
	"authorize 0 0 0 0 1; authorize 0 0 0 0 2; authorize 0 0 0 0 3; answer 3; answer; authorize 1; answer 0 1; answer 3 1; answer 0 1; redeem; answer 3 2; answer 2 2",
	"authorize; clock 59 1; answer 3; clock 1 1; answer; answer 3; clock 1 2; sweep; answer; clock 1; sweep; answer",
	"authorize; answer; authorize 1; answer; authorize 2; answer; session; redeem; redeem 1; redeem 2; use 2; refresh 2",
	"authorize; answer; redeem; authorize 1; answer; redeem; session 0 1; use; use 1; refresh 1; authorize 1; use 1; session 0; use; use 1",
	"authorize 1; answer; redeem; authorize 2; answer; session 0 2; redeem; use; use 1; refresh; session 0 2; session 0; use; refresh; use 1; session 0 2",
	begun + "authorize; answer; authorize; person; answer; redeem 1; use 1; refresh 1; authorize; take-back; sign-out; person 0 2; use 1; refresh 1; redeem; answer",
	begun + "authorize; answer; authorize; person 0 1; answer; redeem; use 1; refresh 1; session 0 2; sign-out 0 1; person 0 2; use 1; refresh 1; redeem; answer",
	begun + "authorize 0 0 1 1; answer; redeem; person 0 3; use 1; refresh 1; authorize; answer; redeem; person 0 4; use; refresh; redeem; use 1; authorize; answer; redeem; use",
	"authorize; answer 0 0 0 1; redeem; person 0 5; use; refresh; authorize; take-back; answer; redeem; sign-out 0 2; sign-out 0 1",
	begun + "authorize 0 1 1 1; answer; redeem; sign-out 0 3; sign-out 0 2; sign-out 0 1; sign-out 0 1; sign-out; use 1; refresh 1; sign-out 1; use; refresh",
	begun + "authorize 0 1 1 1; answer; redeem; take-back 0 0 1; take-back 1 0 2; use; use 1; take-back 1 1 1; use; take-back 1 1; authorize; answer; redeem; authorize 1; take-back 0 0; use; use 2; session 0; take-back",
	begun + "clock 20 3; take-back 0 1; refresh; clock 3 3; take-back 0 1; take-back; take-back 0 1", // a day unused and still listed
	begun + "clock 1 2; clock 2; sweep; refresh; clock 25 2; sweep; redeem; authorize; clock 30; answer; clock 25 2; sweep; redeem; clock 40 3; sweep; refresh; take-back",
}

// begun is a person who signed in at the app with a secret and allowed everything.
const begun = "authorize; answer; redeem; "

// flowOutcomes are what the walks have to reach between them; else they prove less than they say.
var flowOutcomes = map[string]string{
	"authorize":  "page, code, saved, login, login_required, consent_required, invalid_client",
	"answer":     "page, code, access_denied, login, not found, over",
	"redeem":     "ok, invalid_grant, invalid_client",
	"refresh":    "ok, again, invalid_grant, invalid_scope, invalid_client",
	"revoke":     "ok, invalid_grant, invalid_client",
	"introspect": "alive, dead, invalid_client",
	"use":        "200, 401, 403",
	"take-back":  "gone, not found, login",
	"sign-out":   "out, asks",
}

// flowBytes writes a walk down as the fuzzer changes it.
func flowBytes(t testing.TB, walk string) []byte {
	var list []byte
	for step := range strings.SplitSeq(walk, ";") {
		words := strings.Fields(step)
		op := slices.IndexFunc(flowSteps, func(s flowStep) bool { return s.name == words[0] })
		if op < 0 || len(words)-1 > len(flowSteps[op].parts) {
			t.Fatalf("no step %q", step)
		}
		arg, unit := 0, 1
		for i, n := range flowSteps[op].parts {
			if i+1 < len(words) {
				part, err := strconv.Atoi(words[i+1])
				if err != nil || part < 0 || part >= n {
					t.Fatalf("step %q: no part %q", step, words[i+1])
				}
				arg += part * unit
			}
			unit *= n
		}
		list = append(list, byte(op), byte(arg))
	}
	return list
}

// wander is a walk by chance: some of it as people and apps usually go, the rest anything.
func wander(t testing.TB, r *rand.Rand) []byte {
	var list []byte
	for len(list) < 2*flowLength {
		family := min(r.IntN(8), r.IntN(8)) // rather a new one
		switch r.IntN(8) {
		case 0, 1:
			list = append(list, flowBytes(t, fmt.Sprintf("authorize %d %d %d %d; answer %d 0 0 %d; redeem", r.IntN(4), r.IntN(2), r.IntN(2), r.IntN(2), r.IntN(2), r.IntN(2)))...)
		case 2, 3:
			list = append(list, flowBytes(t, fmt.Sprintf("refresh %d; clock %d %d", family, r.IntN(64), r.IntN(3)))...)
		case 4:
			list = append(list, flowBytes(t, fmt.Sprintf("client %d 1; person %d 2", r.IntN(2), r.IntN(2)))...)
		default:
			list = append(list, byte(r.IntN(len(flowSteps))), byte(r.IntN(256)))
		}
	}
	return list
}
