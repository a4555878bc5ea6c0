package oauthserver

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// flow is one walk: a server, the model beside it, and who takes part.
type flow struct {
	*world
	*flowHouse
	m        *flowModel
	apps     [2]*flowClient // one with a secret, one public
	desk     *flowClient    // a resource server
	people   [2]string
	browsers [2]*flowBrowser
	hints    map[string]string // the newest ID token, by person
	steps    []string          // so far, in words
}

type flowBrowser struct {
	*browser
	session string // of its cookie
}

const (
	flowLength  = 80 // how many steps of a walk count
	flowWanders = 6  // walks that nobody thought of
)

// FuzzFlow walks at random through everything that people, apps and the host can do, with a model of who holds what
// beside the server. After every step both agree, and what the tables hold is what the model says.
func FuzzFlow(f *testing.F) {
	for _, seed := range flowSeeds {
		f.Add(flowBytes(f, seed))
	}
	for i := range uint64(flowWanders) { // and some long ones that nobody thought of
		f.Add(wander(f, rand.New(rand.NewPCG(i, 1910))))
	}
	house := &flowHouse{reached: map[string]int{}, dir: f.TempDir()}
	f.Cleanup(house.close)
	f.Fuzz(func(t *testing.T, walk []byte) {
		fl := house.walk(t)
		defer func() {
			if t.Failed() {
				t.Logf("the walk:\n%s", strings.Join(fl.steps, ";\n"))
			}
		}()
		for i := 0; i+1 < min(len(walk), 2*flowLength); i += 2 {
			fl.do(walk[i], walk[i+1])
			fl.check(i/2, false)
		}
		fl.check(0, true)
	})
	if all := house.walks >= len(flowSeeds)+flowWanders; all && flag.Lookup("test.fuzz").Value.String() == "" {
		for _, step := range flowSteps {
			if house.reached[step.name] == 0 {
				f.Errorf("no walk takes the step %s", step.name)
			}
			for outcome := range strings.SplitSeq(flowOutcomes[step.name], ", ") {
				if outcome != "" && house.reached[step.name+" "+outcome] == 0 {
					f.Errorf("no walk comes to %s: %s", step.name, outcome)
				}
			}
		}
	}
}

// flowHouse keeps one database for many walks. Each has its own people and apps.
type flowHouse struct {
	dir          string
	walks        int
	w            *world
	tables       *sql.DB        // read beside the server
	broken, held *sql.Stmt      // flowBroken, flowHeld
	reached      map[string]int // by step and outcome
}

func (h *flowHouse) close() {
	if h.w != nil {
		_ = h.tables.Close()
		_ = h.w.db.Close()
	}
}

// open begins anew after many walks, before their rows and years slow down the next.
func (h *flowHouse) open(t *testing.T) {
	if h.walks++; h.walks%500 != 1 {
		return
	}
	h.close()
	path, clock := filepath.Join(h.dir, fmt.Sprint(h.walks)+".db"), modelstest.NewClock()
	db, err := models.Open(context.Background(), models.Options{URL: "sqlite:" + path, Keys: modelstest.Keys(t), Now: clock.Now})
	if err == nil {
		err = db.Migrate(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	h.tables, err = sql.Open("sqlite", "file:"+path+"?_time_format=sqlite&_timezone=UTC&_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err == nil {
		h.broken, err = h.tables.Prepare(flowBroken)
	}
	if err == nil {
		h.held, err = h.tables.Prepare(flowHeld)
	}
	if err != nil {
		t.Fatal(err)
	}
	h.w = newWorld(t, db, clock, func(c *Config) { c.Algs, c.LimitScale = []string{"ES256"}, 1e6 })
	key, err := newKey("ES256")
	h.w.must(err)
	key.State, key.CreatedAt, key.ActivatesAt = models.KeyActive, clock.Now(), clock.Now()
	_, err = db.CreateOAuthKey(context.Background(), key)
	h.w.must(err)
}

func (h *flowHouse) walk(t *testing.T) *flow {
	h.open(t)
	w := *h.w
	w.T = t
	w.host.people, w.host.sessions, w.host.asked = map[string]Account{}, map[string]Account{}, nil
	f := &flow{
		world: &w, flowHouse: h, hints: map[string]string{},
		apps: [2]*flowClient{
			{id: models.NewID(), access: time.Hour, idle: 30 * day, absolute: 180 * day, window: time.Minute},
			{id: models.NewID(), public: true, access: 5 * time.Minute, idle: 2 * time.Hour, absolute: day},
		},
		desk: &flowClient{id: models.NewID()}, people: [2]string{models.NewID(), models.NewID()},
		m: &flowModel{clients: map[string]*flowClient{}, people: map[string]*flowPerson{}, sessions: map[string]string{}, consents: map[[2]string]*flowConsent{}},
	}
	for _, app := range append(f.apps[:], f.desk) {
		f.m.clients[app.id] = app
		w.client(app.id, func(c *models.OAuthClient) {
			c.IDTokenAlg = "ES256"
			if app.public {
				c.AuthMethod, c.Kind = "none", "browser"
				c.AccessTokenSeconds, c.RefreshIdleSeconds, c.RefreshAbsoluteSeconds = 300, 7200, 86400
			}
			if app == f.desk {
				c.Kind, c.RedirectURIs, c.Grants, c.Scopes, c.Resources = "resource_server", nil, nil, nil, models.Strings{testIssuer + "/api"}
			}
		})
	}
	for i, subject := range f.people {
		f.m.people[subject] = &flowPerson{}
		w.host.drop(w.host.signIn(subject))
		f.browsers[i] = &flowBrowser{browser: w.browser()}
	}
	return f
}

// do takes one step.
func (f *flow) do(op, arg byte) {
	step := flowSteps[int(op)%len(flowSteps)]
	part, rest := make([]int, len(step.parts)), int(arg)
	for i, n := range step.parts {
		part[i], rest = rest%n, rest/n
	}
	f.steps = append(f.steps, strings.TrimSpace(step.name+" "+strings.Trim(fmt.Sprint(part), "[]")))
	f.m.now = f.s.now()
	f.reached[step.name]++
	step.run(f, part)
	f.m.now = f.s.now()
}

// agree compares what came of the step with what the model says.
func (f *flow) agree(got, want string) {
	f.Helper()
	last := len(f.steps) - 1
	name, _, _ := strings.Cut(f.steps[last], " ")
	f.reached[name+" "+want]++
	f.steps[last] += " → " + got
	if got != want {
		f.Fatalf("%s, want %s", f.steps[last], want)
	}
}
