package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"latchkey/app/apptest"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// acknowledged is what the program has said is done.
type acknowledged struct {
	mu            sync.Mutex
	notes, tokens []string
}

func (a *acknowledged) add(list *[]string, text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	*list = append(*list, text)
}

// writes sends notes and asks for tokens until the time is over; answers that never came count for nothing.
func (a *acknowledged) writes(t *testing.T, n *node, member, robot *caller, until time.Time) {
	var loops sync.WaitGroup
	for i := range 6 {
		loops.Go(func() {
			for round := 0; time.Now().Before(until); round++ {
				title := fmt.Sprintf("note %d %d %d", until.UnixNano(), i, round)
				answer, _, err := member.post(n.address, "/notes", url.Values{"title": {title}, "body": {"kept"}})
				if err != nil {
					return // it was killed
				}
				if answer.StatusCode != http.StatusSeeOther {
					t.Errorf("a note: %d", answer.StatusCode)
					return
				}
				a.add(&a.notes, title)
				answer, text, err := robot.post(n.address, "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"notes:read"}})
				if err != nil {
					return
				}
				var token struct {
					AccessToken string `json:"access_token"`
				}
				if err := json.Unmarshal([]byte(text), &token); err != nil || answer.StatusCode != http.StatusOK {
					t.Errorf("a token: %d %v", answer.StatusCode, err)
					return
				}
				a.add(&a.tokens, token.AccessToken)
			}
		})
	}
	loops.Wait()
}

// TestKillNine: the program is killed ten times while it writes. It starts again by itself each time, what it
// acknowledged is there, and nothing is there by half.
func TestKillNine(t *testing.T) {
	rounds, load := 10, 1500*time.Millisecond
	if testing.Short() {
		rounds, load = 2, 500*time.Millisecond
	}
	binary := buildProgram(t)
	modelstest.URLs(t, func(t *testing.T, databaseURL string) {
		t.Parallel()
		h, err := openHouse(t.Context(), testConfigAt(t, databaseURL))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(h.close)
		n := newNode(t, binary, databaseURL, "")
		n.start()
		member, robot := newCaller("http://"+n.address), newCaller("http://"+n.address)
		member.signIn(t, n.address, "member@example.test")
		robot.basic[0], robot.basic[1] = site{house: h}.register(t, models.OAuthClient{Name: "Robot", Kind: "service"})
		var done acknowledged
		for range rounds {
			over := make(chan struct{})
			go func() {
				defer close(over)
				done.writes(t, n, member, robot, time.Now().Add(2*load))
			}()
			<-time.After(load)
			n.kill()
			<-over
			n.start()
		}
		done.kept(t, h)
		answer, _, err := member.post(n.address, "/notes", url.Values{"title": {"afterwards"}, "body": {"kept"}})
		if err != nil || answer.StatusCode != http.StatusSeeOther {
			t.Errorf("the session of before the first kill: %v, %v", answer, err)
		}
		t.Logf("killed %d times; %d notes and %d tokens acknowledged, all there", rounds, len(done.notes), len(done.tokens))
	})
}

// kept looks for everything acknowledged, and for halves.
func (a *acknowledged) kept(t *testing.T, h *house) {
	t.Helper()
	ctx := context.Background()
	u, err := h.db.UserByEmail(ctx, "member@example.test")
	if err != nil {
		t.Fatal(err)
	}
	notes, err := h.db.NotesOlder(ctx, u.ID, nil, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]int{}
	for _, note := range notes {
		stored[note.Title]++
	}
	for _, title := range a.notes {
		if stored[title] != 1 {
			t.Errorf("%q was acknowledged and is there %d times", title, stored[title])
		}
	}
	for _, raw := range a.tokens {
		token, err := h.db.OAuthAccessTokenByHash(ctx, models.Digest(raw))
		if err != nil || token.Grant == nil || token.Client == nil {
			t.Errorf("a token was acknowledged: %v, %v", token, err)
		}
	}
	if len(a.notes) == 0 || len(a.tokens) == 0 {
		t.Error("nothing was written")
	}
	var orphans int
	pool := modelstest.SQL(t, h.db)
	if err := pool.QueryRow("SELECT count(*) FROM oauth_access_tokens WHERE grant_id NOT IN (SELECT id FROM oauth_grants)").Scan(&orphans); err != nil || orphans > 0 {
		t.Errorf("%d tokens without a grant, %v", orphans, err)
	}
}

// TestTwoNodes: two processes share one PostgreSQL. What may be used once is used once between them, and when one
// is killed only what it was answering is lost.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	databaseURL := modelstest.PostgresURL(t)
	binary := buildProgram(t)
	config := testConfigAt(t, databaseURL)
	first := newNode(t, binary, databaseURL, "")
	second := newNode(t, binary, databaseURL, "http://"+first.address)
	first.start()
	second.start()
	config.BaseURL = "http://" + first.address
	h, err := openHouse(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	s := site{house: h, base: config.BaseURL}
	nodes := []*node{first, second}
	member := newCaller(s.base)
	member.signIn(t, second.address, "member@example.test")

	const width = 20
	// oneWins sends the same single-use thing through both nodes at once.
	oneWins := func(what, path string, won int, form func(i int) url.Values) {
		t.Helper()
		stranger := newCaller(s.base)
		wins, lost := modelstest.Race(width, func(i int) error {
			answer, text, err := stranger.post(nodes[i%2].address, path, form(i))
			switch {
			case err != nil:
				t.Errorf("%s: %v", what, err)
			case answer.StatusCode >= 500:
				t.Errorf("%s: %d %s", what, answer.StatusCode, text)
			case answer.StatusCode == won:
				return nil
			default:
				err = fmt.Errorf("%d to %q", answer.StatusCode, answer.Header.Get("Location"))
			}
			return err
		})
		if wins != 1 {
			t.Errorf("%s: %d of %d won, the others got %v", what, wins, width, lost)
		}
	}

	id, _ := s.register(t, models.OAuthClient{
		Name: "Page", Kind: "browser", AuthMethod: "none", Consent: "skip", RedirectURIs: models.Strings{"https://page.example.test/cb"},
	})
	code := func() (form url.Values) {
		t.Helper()
		verifier := oauth2.GenerateVerifier()
		query := url.Values{
			"client_id": {id}, "response_type": {"code"}, "redirect_uri": {"https://page.example.test/cb"}, "scope": {"notes:read"}, "state": {"x"},
			"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
		}
		answer, text, err := member.do(http.MethodGet, first.address, "/oauth/authorize?"+query.Encode(), "")
		if err != nil {
			t.Fatal(err)
		}
		to, err := answer.Location()
		if err != nil || !to.Query().Has("code") {
			t.Fatalf("authorize: %d %v %s", answer.StatusCode, to, text)
		}
		return url.Values{
			"grant_type": {"authorization_code"}, "client_id": {id}, "code": {to.Query().Get("code")},
			"redirect_uri": {"https://page.example.test/cb"}, "code_verifier": {verifier},
		}
	}
	once := code()
	oneWins("a code", "/oauth/token", http.StatusOK, func(int) url.Values { return once })

	answer, text, err := newCaller(s.base).post(second.address, "/oauth/token", code())
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, text, err)
	}
	var tokens struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(text), &tokens); err != nil || tokens.RefreshToken == "" {
		t.Fatalf("no refresh token: %s, %v", text, err)
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "client_id": {id}, "refresh_token": {tokens.RefreshToken}}
	oneWins("a refresh token", "/oauth/token", http.StatusOK, func(int) url.Values { return refresh })

	if _, _, err := member.post(first.address, "/password/forgot", url.Values{"email": {"admin@example.test"}}); err != nil {
		t.Fatal(err)
	}
	link, err := url.Parse(s.lastMail(t, "admin@example.test").Links[0])
	if err != nil {
		t.Fatal(err)
	}
	oneWins("a reset", link.Path, http.StatusSeeOther, func(i int) url.Values {
		return url.Values{"password": {fmt.Sprintf("a new password, number %d", i)}}
	})
	t.Logf("%d requests raced over two nodes for a code, a refresh token and a mail's link: one won each", width)
	loseOne(t, nodes, member)
}

// loseOne kills the second node under load: the first goes on, and the second comes back.
func loseOne(t *testing.T, nodes []*node, member *caller) {
	t.Helper()
	var kept, lost [2]int
	var mu sync.Mutex
	var loops sync.WaitGroup
	end := time.Now().Add(3 * time.Second)
	for i := range 8 {
		loops.Go(func() {
			for round := i; time.Now().Before(end); round++ {
				at := round % 2
				answer, _, err := member.post(nodes[at].address, "/notes", url.Values{"title": {fmt.Sprint("through either ", i, round)}, "body": {"x"}})
				mu.Lock()
				if err != nil {
					lost[at]++
				} else if kept[at]++; answer.StatusCode != http.StatusSeeOther {
					t.Errorf("node %d answers %d", at+1, answer.StatusCode)
				}
				mu.Unlock()
			}
		})
	}
	eventually(t, "both nodes to answer under load", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return min(kept[0], kept[1]) >= 200
	})
	nodes[1].kill()
	loops.Wait()
	nodes[1].start()
	b := apptest.New(t)
	if b.Visit("http://" + nodes[1].address + "/login"); b.Status != http.StatusOK {
		t.Errorf("the node that came back answers %d", b.Status)
	}
	if lost[0] != 0 || kept[0] == 0 || lost[1] == 0 {
		t.Errorf("answered %v, lost %v", kept, lost)
	}
	t.Logf("one node killed: %v requests answered, %v lost", kept, lost)
}
