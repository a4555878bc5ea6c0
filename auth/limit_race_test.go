package auth_test

import (
	"context"
	"errors"
	"testing"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestLimitHoldsInParallel (T-307): fifty guesses at one moment are as many comparisons as the limit has, at every door
// that compares a password or a code.
func TestLimitHoldsInParallel(t *testing.T) {
	eachRace(t, func(t *testing.T, st *site) {
		st.person(member)
		most := st.most()
		inside := st.actor(st.browserAt("203.0.113.1").mustSignIn(member))
		known := st.browserAt("203.0.113.2").mustSignIn(member).cookies["browser"]
		stranger := st.browser()
		stranger.signUp(newcomer)
		link := lastPart(st.link(newcomer, "verify_email"))
		visitor := auth.Visitor{Pending: stranger.cookies["login"]}
		ctx := models.WithOrigin(context.Background(), models.Origin{Address: "192.0.2.1"})
		hashed := func() int { return int(st.s.Hashes()) }
		doors := map[string]struct {
			guess    func(i int) error
			compared func() int
			rule     string
			want     int
		}{
			"sign in": {func(int) error {
				_, err := st.s.Authenticate(ctx, auth.SignIn{Email: member, Password: "wrong-password"})
				return err
			}, hashed, "L-01", most["L-01"]},
			"known browser": {func(int) error {
				_, err := st.s.Authenticate(ctx, auth.SignIn{Email: member, Password: "wrong-password", Visitor: auth.Visitor{Browser: known}})
				return err
			}, hashed, "L-03", most["L-03"]},
			"reauth and change": {func(i int) error {
				if i%2 == 0 {
					_, err := st.s.ChangePassword(ctx, inside, auth.PasswordChange{Current: "wrong-password", New: otherPassword})
					return err
				}
				_, err := st.s.Reauthenticate(ctx, inside, auth.Reproof{Password: "wrong-password"})
				return err
			}, hashed, "L-16", most["L-16"]},
			"password of a link": {func(int) error {
				_, err := st.s.ConfirmLink(ctx, auth.Visitor{}, nil, link, "wrong-password")
				return err
			}, hashed, "link password", most["link password"]},
			"code": {func(int) error {
				_, err := st.s.VerifyByCode(ctx, visitor, nil, "no code")
				return err
			}, func() int { return st.number("SELECT COALESCE(MAX(tries), 0) FROM mail_tokens") }, "L-07", 5}, // five tries at one code, fifteen at an address
		}
		for name, door := range doors {
			st.exec("DELETE FROM attempts")
			before := door.compared()
			won, lost := modelstest.Race(50, door.guess)
			if n := door.compared() - before; won != 0 || n != door.want {
				t.Errorf("%s: %d comparisons at a limit of %d", name, n, door.want)
			}
			var limited auth.Limited
			refused := 0
			for _, err := range lost {
				if errors.As(err, &limited) {
					refused++
				}
			}
			hits := st.number("SELECT MAX(hits) FROM attempts WHERE rule = '" + door.rule + "'")
			if tried := 50 - refused; tried != most[door.rule] || hits < most[door.rule] {
				t.Errorf("%s: %d were let try, %d counted, the limit is %d", name, tried, hits, most[door.rule])
			}
		}
	})
}
