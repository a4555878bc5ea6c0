package auth

import (
	"bufio"
	"context"
	"crypto/sha1" //nolint:gosec // the look-up protocol's hash, not ours
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// breachWait is how long a look-up may take before the password is let through.
const breachWait = 800 * time.Millisecond

// breachList asks a public list of stolen passwords by prefix: only five hex digits of the SHA-1 leave,
// and the answer is padded, so that neither the service nor its network learns which password was meant.
type breachList struct {
	url    string // empty: off
	client *http.Client
	failed func()
}

// count is how often the password occurs in the list. It fails open: a list that does not answer must
// not keep people out. The error says so to those who want to know.
func (b breachList) count(ctx context.Context, password string) (int, error) {
	if b.url == "" {
		return 0, nil
	}
	sum := sha1.Sum([]byte(password)) //nolint:gosec // see the import
	digest := strings.ToUpper(hex.EncodeToString(sum[:]))
	n, err := b.ask(ctx, digest[:5], digest[5:])
	if err != nil {
		b.failed()
		return 0, fmt.Errorf("breach look-up: %w", err)
	}
	return n, nil
}

func (b breachList) ask(ctx context.Context, prefix, rest string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, breachWait)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(b.url, "/")+"/"+prefix, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Add-Padding", "true")
	answer, err := b.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("status %d", answer.StatusCode)
	}
	lines := bufio.NewScanner(io.LimitReader(answer.Body, 1<<20))
	for lines.Scan() {
		suffix, count, _ := strings.Cut(strings.TrimSpace(lines.Text()), ":")
		if strings.EqualFold(suffix, rest) {
			return strconv.Atoi(count)
		}
	}
	return 0, lines.Err()
}
