package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"latchkey/models"
)

// TOTP as authenticator apps agree on: SHA-1, six digits, steps of 30 seconds (RFC 6238). A code of the step before
// or after is right too: clocks of phones drift.
const (
	totpPeriod = 30 * time.Second
	totpDrift  = 1
	totpDigits = 6
	totpSecret = 20 // bytes
)

var totpOptions = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

func totpStep(at time.Time) int64 { return at.Unix() / int64(totpPeriod/time.Second) }

// matchStep finds the time step around now to which a code belongs. drift is how many steps it is away; found is
// false when it belongs to none within one step more than is accepted.
func matchStep(secret []byte, code string, now time.Time) (step int64, drift int, found bool, err error) {
	text := totpText(secret)
	for _, drift := range []int{0, -1, 1, -2, 2} {
		step := totpStep(now) + int64(drift)
		right, err := hotp.ValidateCustom(code, uint64(step), text, totpOptions) // compares in constant time
		if err != nil {
			return 0, 0, false, fmt.Errorf("check code: %w", err)
		}
		if right {
			return step, drift, true, nil
		}
	}
	return 0, 0, false, nil
}

// TOTPCode is what an authenticator with the secret shows at a moment.
func TOTPCode(secret []byte, at time.Time) (string, error) {
	code, err := hotp.GenerateCodeCustom(totpText(secret), uint64(totpStep(at)), totpOptions)
	if err != nil {
		return "", fmt.Errorf("make code: %w", err)
	}
	return code, nil
}

// totpText is a secret as people type it into an app.
func totpText(secret []byte) string { return base32.StdEncoding.EncodeToString(secret) }

// typedCode is what was typed, without the spaces and dashes that people put into codes, in lower case.
func typedCode(typed string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u2013", "", "\u00a0", "").Replace(typed))
}

// isTOTP tells whether a code can come from an authenticator: six ASCII digits.
func isTOTP(code string) bool {
	return len(code) == totpDigits && strings.Trim(code, "0123456789") == ""
}

// setupSecret is the secret that a person is shown while they set up an authenticator. It is worked out anew at each
// look, from a key of ours, the session and the time: looking stores nothing, another session has another one, and
// after at most TOTPEnrolTTL nobody can confirm it any more.
func (s *Service) setupSecret(sessionID string, known []models.Authenticator, window int64) []byte {
	mac := hmac.New(sha256.New, s.setupKey)
	fmt.Fprintf(mac, "%s/%d", sessionID, window)
	for _, a := range known {
		fmt.Fprintf(mac, "/%s", a.ID) // the next one gets a secret of its own
	}
	return mac.Sum(nil)[:totpSecret]
}

// setupWindow is the half of TOTPEnrolTTL in which we are: a secret of this one or of the one before may be confirmed.
func (s *Service) setupWindow() int64 {
	return s.now().Unix() / int64(s.cfg().TOTPEnrolTTL/2/time.Second)
}
