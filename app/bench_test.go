//go:build bench

package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"golang.org/x/crypto/argon2"

	"latchkey/models"
	"latchkey/models/modelstest"
	"latchkey/views"
)

// These measure; tools/measure.sh runs them alone on a machine. Each figure stands beside the most that the parts
// it is made of can do, taken in turns in the same run, so that the ratio means something on any machine. A
// row of the table goes to the file that BENCH_OUT names.

const (
	benchSlice  = 400 * time.Millisecond
	benchRounds = 11
	benchConns  = 8
)

// perSecond is how many times a second do runs in benchConns loops, begun within one slice.
func perSecond(t *testing.T, do func() error) float64 {
	t.Helper()
	var done atomic.Int64
	var loops sync.WaitGroup
	began := time.Now()
	for range benchConns {
		loops.Go(func() {
			for time.Since(began) < benchSlice {
				if err := do(); err != nil {
					t.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	loops.Wait()
	return float64(done.Load()) / time.Since(began).Seconds() // what was begun late ends after the slice
}

// compare takes turns, and reports the medians.
func compare(t *testing.T, what, against string, bar float64, ours, ceiling func() error) {
	t.Helper()
	var mine, most, ratios []float64
	for range benchRounds {
		a, b := perSecond(t, ours), perSecond(t, ceiling)
		mine, most, ratios = append(mine, a), append(most, b), append(ratios, a/b)
	}
	ratio := median(ratios)
	benchRow(t, fmt.Sprintf("| %s | %.0f/s | %.0f/s, %s | %.2f | ≥ %.2f |", what, median(mine), median(most), against, ratio, bar))
	if ratio < bar {
		t.Errorf("%s: %.2f of %s, and not %.2f", what, ratio, against, bar)
	}
}

// ask is one request on kept connections; it wants this status.
func ask(status int, method, address string, change func(*fasthttp.Request)) func() error {
	client := &fasthttp.Client{MaxConnsPerHost: 256}
	return func() error {
		r, answer := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		defer fasthttp.ReleaseRequest(r)
		defer fasthttp.ReleaseResponse(answer)
		r.SetRequestURI(address)
		r.Header.SetMethod(method)
		if change != nil {
			change(r)
		}
		if err := client.DoTimeout(r, answer, 30*time.Second); err != nil {
			return err
		}
		if answer.StatusCode() != status {
			return fmt.Errorf("%s %s: %d %s", method, address, answer.StatusCode(), answer.Body()[:min(200, len(answer.Body()))])
		}
		return nil
	}
}

func benchSite(t *testing.T) site {
	t.Helper()
	config := testConfig(t)
	config.HashMemory = 0 // as in production
	config.RateLimitScale = 1e6
	spendMemory()
	s, stop, err := openSite(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	return s
}

func loginForm(base string) func(*fasthttp.Request) {
	return func(r *fasthttp.Request) {
		r.Header.SetContentType("application/x-www-form-urlencoded")
		r.Header.Set("Origin", base)
		r.SetBodyString("email=member%40example.test&password=" + demoPassword)
	}
}

// sessionCookie signs the member in and gives the cookie header of the browser.
func sessionCookie(t *testing.T, base string) string {
	t.Helper()
	r, answer := &fasthttp.Request{}, &fasthttp.Response{}
	r.SetRequestURI(base + "/login")
	r.Header.SetMethod(http.MethodPost)
	loginForm(base)(r)
	if err := fasthttp.Do(r, answer); err != nil || answer.StatusCode() != http.StatusSeeOther {
		t.Fatal(err, answer.StatusCode())
	}
	var pairs []string
	for _, line := range answer.Header.PeekAll("Set-Cookie") {
		pair, _, _ := strings.Cut(string(line), ";")
		pairs = append(pairs, pair)
	}
	return strings.Join(pairs, "; ")
}

func withCookie(cookie string) func(*fasthttp.Request) {
	return func(r *fasthttp.Request) { r.Header.Set("Cookie", cookie) }
}

// TestBenchSignedInPage: the profile page, against the same bytes from the same house with no database behind them.
func TestBenchSignedInPage(t *testing.T) {
	s := benchSite(t)
	page := s.base + "/account/profile"
	asMember := withCookie(sessionCookie(t, s.base))
	without := fiber.New(serverConfig(s.refuseUnread))
	without.Use(s.begin, s.aroundPage, s.headers, s.record, wholeRequest, limitTime, newSameOrigin(s.config.BaseURL).check, s.limit(s.floods.pages))
	without.Get("/account/profile", func(c *fiber.Ctx) error {
		around := *views.PageOf(c.UserContext())
		around.SignedIn, around.Settings.Passkeys, around.Name, around.Email = true, true, "Demo Member", "member@example.test"
		c.SetUserContext(views.WithPage(c.UserContext(), &around))
		return views.Render(c, http.StatusOK, views.Profile(views.ProfileForm{Name: around.Name, Email: around.Email}))
	})
	bare := "http://" + listenFiber(t, without) + "/account/profile"
	if mine, same := bodyAt(t, page, asMember), bodyAt(t, bare, nil); mine != same {
		t.Fatalf("the pages differ:\n%s\n%s", mine, same)
	}
	compare(t, "signed-in page", "the same bytes with no database", 0.5, ask(200, "GET", page, asMember), ask(200, "GET", bare, asMember))
}

func bodyAt(t *testing.T, address string, change func(*fasthttp.Request)) string {
	t.Helper()
	r, answer := &fasthttp.Request{}, &fasthttp.Response{}
	r.SetRequestURI(address)
	if change != nil {
		change(r)
	}
	if err := fasthttp.Do(r, answer); err != nil {
		t.Fatal(err)
	}
	return string(answer.Body())
}

// TestBenchSignIn: a sign-in, against nothing but its hash through as narrow a gate.
func TestBenchSignIn(t *testing.T) {
	s := benchSite(t)
	slots := make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))
	compare(t, "`POST /login`", "bare argon2id", 0.85, ask(303, "POST", s.base+"/login", loginForm(s.base)), func() error {
		slots <- struct{}{}
		argon2.IDKey([]byte(demoPassword), []byte("sixteen bytes of"), 2, 19456, 1, 32)
		<-slots
		return nil
	})
}

// TestBenchStorm: while many sign in at once, the pages of others stay quick.
func TestBenchStorm(t *testing.T) {
	base, _ := startProgram(t)
	page := ask(200, "GET", base+"/account/profile", withCookie(sessionCookie(t, base)))
	calm := p99(t, page)
	over := make(chan struct{})
	var storm sync.WaitGroup
	login := ask(303, "POST", base+"/login", loginForm(base))
	for range 32 {
		storm.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
					_ = login() // many are told to come back: that is the point
				}
			}
		})
	}
	stormy := p99(t, page)
	close(over)
	storm.Wait()
	benchRow(t, fmt.Sprintf("| p99 of a page while 32 browsers sign in without pause | %.1f ms | %.1f ms, before | %.1f | ≤ 3.00 |", stormy, calm, stormy/calm))
	if stormy > 3*calm {
		t.Errorf("p99 grows from %.1f to %.1f ms", calm, stormy)
	}
}

// p99 is in milliseconds, of what benchConns browsers wait for in five seconds.
func p99(t *testing.T, do func() error) float64 {
	t.Helper()
	var mu sync.Mutex
	var took []float64
	var loops sync.WaitGroup
	end := time.Now().Add(5 * time.Second)
	for range benchConns {
		loops.Go(func() {
			for time.Now().Before(end) {
				began := time.Now()
				if err := do(); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				took = append(took, float64(time.Since(began).Microseconds())/1000)
				mu.Unlock()
			}
		})
	}
	loops.Wait()
	slices.Sort(took)
	return took[len(took)*99/100]
}

// TestBenchClientCredentials: a token for a program, against one transaction that writes two rows like a token's.
func TestBenchClientCredentials(t *testing.T) {
	s := benchSite(t)
	id, secret := s.register(t, models.OAuthClient{Name: "Nightly", Kind: "service"})
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	token := ask(200, "POST", s.base+"/oauth/token", func(r *fasthttp.Request) {
		r.Header.SetContentType("application/x-www-form-urlencoded")
		r.Header.Set("Authorization", basic)
		r.SetBodyString("grant_type=client_credentials&scope=notes%3Aread")
	})
	compare(t, "client credentials, SQLite", "one bare transaction of two such rows", 0.5, token, modelstest.TwoWrites(t))
}

// TestBenchPublicDocuments: discovery and keys, against the shortest answer there is.
func TestBenchPublicDocuments(t *testing.T) {
	s := benchSite(t)
	bare := fiber.New(fiber.Config{DisableStartupMessage: true})
	bare.Get("/", func(c *fiber.Ctx) error { return c.SendString("ok") })
	ok := ask(200, "GET", "http://"+listenFiber(t, bare)+"/", nil)
	compare(t, "discovery", "Fiber's “ok”", 0.6, ask(200, "GET", s.base+"/.well-known/openid-configuration", nil), ok)
	compare(t, "JWKS", "Fiber's “ok”", 0.6, ask(200, "GET", s.base+"/oauth/jwks.json", nil), ok)
}

// startProgram runs the program as a process of its own, without limits, and gives its address and process id.
func startProgram(t *testing.T) (base string, pid int) {
	t.Helper()
	dir := t.TempDir()
	binary := dir + "/app"
	if output, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	base = "http://localhost:23110"
	program := exec.Command(binary)
	program.Dir = dir
	program.Env = append(os.Environ(), "ADDR=127.0.0.1:23110", "BASE_URL="+base, "DEMO_CLIENT_ADDR=127.0.0.1:23111", "METRICS_ADDR=", "RATE_LIMIT_SCALE=1000000", "LOG_LEVEL=error")
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Process.Signal(os.Interrupt); _ = program.Wait() })
	eventually(t, "the program", func() bool { return statusAt(base+"/readyz") == 200 })
	return base, program.Process.Pid
}

// TestBenchMemory: under 64 connections of everything, and a minute later.
func TestBenchMemory(t *testing.T) {
	base, pid := startProgram(t)
	cookie := sessionCookie(t, base)
	mix := []func() error{
		ask(303, "POST", base+"/login", loginForm(base)),
		ask(200, "GET", base+"/account/profile", withCookie(cookie)),
		ask(200, "GET", base+"/notes", withCookie(cookie)),
		ask(200, "GET", base+"/login", nil),
		ask(200, "GET", base+"/oauth/jwks.json", nil),
	}
	end := time.Now().Add(10 * time.Second)
	var most atomic.Int64
	var loops sync.WaitGroup
	for i := range 64 {
		loops.Go(func() {
			for time.Now().Before(end) {
				_ = mix[i%len(mix)]()
				if now := residentMB(t, pid); now > most.Load() {
					most.Store(now)
				}
			}
		})
	}
	loops.Wait()
	time.Sleep(time.Minute)
	after := residentMB(t, pid)
	benchRow(t, fmt.Sprintf("| memory under 64 connections of everything | %d MB | | | ≤ 250 MB |", most.Load()))
	benchRow(t, fmt.Sprintf("| memory a minute later | %d MB | | | ≤ 120 MB |", after))
	if most.Load() > 250 || after > 120 {
		t.Errorf("%d MB under load, %d MB later", most.Load(), after)
	}
}
