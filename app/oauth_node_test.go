package main

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// node is the program as a process of its own, over a database that outlives it.
type node struct {
	t       *testing.T
	binary  string
	address string // where it listens
	env     []string
	process *exec.Cmd
}

// buildProgram makes the binary as a release is made.
func buildProgram(t *testing.T) string {
	t.Helper()
	binary := t.TempDir() + "/app"
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return binary
}

// newNode is one that does not run yet. baseURL is empty for a program that stands alone.
func newNode(t *testing.T, binary, databaseURL, baseURL string) *node {
	t.Helper()
	address := freeAddress(t)
	if baseURL == "" {
		baseURL = "http://" + address
	}
	n := &node{t: t, binary: binary, address: address, env: append(os.Environ(),
		"APP_ENV=test", "DATABASE_URL="+databaseURL, "SECRET_KEY="+string(testConfig(t).SecretKey), "ADDR="+address, "BASE_URL="+baseURL,
		"DEMO=true", "DEMO_CLIENT_ADDR="+freeAddress(t), "METRICS_ADDR=", "RATE_LIMIT_SCALE=1000000", "LOG_LEVEL=error",
	)}
	t.Cleanup(n.kill)
	return n
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs it until it is ready, and says when it was not.
func (n *node) start() {
	n.t.Helper()
	n.process = exec.Command(n.binary)
	n.process.Env, n.process.Dir = n.env, n.t.TempDir()
	var output strings.Builder
	n.process.Stdout, n.process.Stderr = &output, &output
	if err := n.process.Start(); err != nil {
		n.t.Fatal(err)
	}
	for end := time.Now().Add(patience); statusAt("http://"+n.address+"/readyz") != http.StatusOK; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			n.kill()
			n.t.Fatalf("it does not start:\n%s", output.String())
		}
	}
}

// kill ends it as a loss of power would: nothing is asked to finish.
func (n *node) kill() {
	if n.process != nil {
		_ = n.process.Process.Kill()
		_ = n.process.Wait()
		n.process = nil
	}
}

// caller sends what browsers and clients send, and follows no redirect.
type caller struct {
	client http.Client
	origin string
	cookie string
	basic  [2]string // a client's id and secret
}

func newCaller(origin string) *caller {
	return &caller{origin: origin, client: http.Client{
		Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// post returns an error only when no answer came.
func (c *caller) post(address, path string, form url.Values) (*http.Response, string, error) {
	return c.do(http.MethodPost, address, path, form.Encode())
}

func (c *caller) do(method, address, path, body string) (*http.Response, string, error) {
	r, err := http.NewRequest(method, "http://"+address+path, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", c.origin)
	if c.cookie != "" {
		r.Header.Set("Cookie", c.cookie)
	}
	if c.basic[0] != "" {
		r.SetBasicAuth(c.basic[0], c.basic[1])
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer, string(text), err
}

// signIn keeps the cookies of a sign-in.
func (c *caller) signIn(t *testing.T, address, email string) {
	t.Helper()
	answer, _, err := c.post(address, "/login", url.Values{"email": {email}, "password": {demoPassword}})
	if err != nil || answer.StatusCode != http.StatusSeeOther {
		t.Fatal(answer, err)
	}
	var pairs []string
	for _, cookie := range answer.Cookies() {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	c.cookie = strings.Join(pairs, "; ")
}
