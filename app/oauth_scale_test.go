//go:build scale

package main

import (
	"bytes"
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// crowdHouse is the program over a database with many members, and who asks it.
type crowdHouse struct {
	t        *testing.T
	node     *node
	operator *caller
	service  *caller // a client that asks for tokens
	token    string  // one of its tokens
	database string
	members  int
}

// TestAdminAtAMillion (D-08, D-09, D-12, D-13): what operators and members do takes about as long among a million members as
// among a thousand. SCALE_MEMBERS says how many there are on PostgreSQL; SQLite has a tenth of it.
func TestAdminAtAMillion(t *testing.T) {
	members, err := strconv.Atoi(cmp.Or(os.Getenv("SCALE_MEMBERS"), "1000000"))
	if err != nil {
		t.Fatal(err)
	}
	binary := buildProgram(t)
	for dialect, members := range map[string]int{"sqlite": members / 10, "postgres": members} {
		t.Run(dialect, func(t *testing.T) {
			began := time.Now()
			few, many := openCrowd(t, binary, dialect, 1000), openCrowd(t, binary, dialect, members)
			t.Logf("filled in %s", time.Since(began).Round(time.Second))
			benchRow(t, fmt.Sprintf("\n### %s, %s members\n\n| what | of 1,000 | of %s | ratio | bar |\n| --- | ---: | ---: | ---: | ---: |",
				map[string]string{"sqlite": "SQLite", "postgres": "PostgreSQL"}[dialect], grouped(members), grouped(members)))
			comparePages(t, few, many)
			compareMembers(t, few, many)
			exportCrowd(t, many)
		})
	}
}

func openCrowd(t *testing.T, binary, dialect string, members int) *crowdHouse {
	t.Helper()
	c := &crowdHouse{t: t, database: modelstest.CrowdURL(t, dialect, members), members: members}
	c.node = newNode(t, binary, c.database, "")
	c.node.start()
	c.operator, c.service = newCaller("http://"+c.node.address), newCaller("http://"+c.node.address)
	c.operator.signIn(t, c.node.address, "admin@example.test")
	h, err := openHouse(t.Context(), testConfigAt(t, c.database))
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	c.service.basic[0], c.service.basic[1] = site{house: h}.register(t, models.OAuthClient{Name: "Robot", Kind: "service"})
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(c.ask(c.askToken)), &token); err != nil || token.AccessToken == "" {
		t.Fatal(token, err)
	}
	c.token = token.AccessToken
	return c
}

// ask runs one request, which must be answered as it is when all is well.
func (c *crowdHouse) ask(request func() (*http.Response, string, error)) string {
	c.t.Helper()
	answer, text, err := request()
	if err != nil || answer.StatusCode >= 400 {
		c.t.Fatalf("%v: %v\n%.300s", answer, err, text)
	}
	return text
}

func (c *crowdHouse) page(path string) func() (*http.Response, string, error) {
	return func() (*http.Response, string, error) { return c.operator.do(http.MethodGet, c.node.address, path, "") }
}

func (c *crowdHouse) askToken() (*http.Response, string, error) {
	return c.service.post(c.node.address, "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"notes:read"}})
}

func (c *crowdHouse) introspect() (*http.Response, string, error) {
	return c.service.post(c.node.address, "/oauth/introspect", url.Values{"token": {c.token}})
}

func (c *crowdHouse) signIn() (*http.Response, string, error) {
	return newCaller("http://"+c.node.address).post(c.node.address, "/login", url.Values{"email": {"member@example.test"}, "password": {demoPassword}})
}

// deep is the address of the hundredth page of a list, or of its last full one: a page of few rows would compare with nothing.
func (c *crowdHouse) deep(list string) string {
	c.t.Helper()
	older := regexp.MustCompile(`href="([^"]+)"[^>]* rel="next"|rel="next"[^>]* href="([^"]+)"`)
	full := list
	for range 100 {
		found := older.FindStringSubmatch(c.ask(c.page(list)))
		if found == nil {
			break
		}
		full, list = list, strings.ReplaceAll(cmp.Or(found[1], found[2]), "&amp;", "&")
	}
	return full
}

// scaledLists are the lists of operators, and a search of each by an address where there is one.
var scaledLists = []struct{ name, list, search string }{
	{"members", "/admin/users", "/admin/users?q=person500%40site500"},
	{"members who are locked", "/admin/users?state=locked", ""},
	{"members by client", "/admin/users?client=CCCCCCCCCCCCCCC10000048271", ""},
	{"members who need review", "/admin/users?review=open", ""},
	{"sessions", "/admin/sessions", "/admin/sessions?address=10.5.5.5"},
	{"audit", "/admin/audit?all=1", "/admin/audit?person=person500%40site500.example.test"},
	{"failures in the audit log", "/admin/audit?outcome=failure", ""},
	{"mails", "/admin/mails", "/admin/mails?q=person500%40site500"},
	{"clients", "/admin/clients", ""},
	{"consents", "/admin/consents", "/admin/consents?member=person500%40site500.example.test"},
	{"consents by scope", "/admin/consents?scope=openid", "/admin/consents?scope=openid&member=person500%40site500.example.test"},
	{"families of tokens", "/admin/tokens", "/admin/tokens?member=person500%40site500.example.test"},
}

func comparePages(t *testing.T, few, many *crowdHouse) {
	t.Helper()
	pages := func(what string, bar float64, path func(c *crowdHouse) string) {
		t.Helper()
		compareCrowds(t, what, 0.95, bar, 100, few.page(path(few)), many.page(path(many)))
	}
	pages("overview", 3, func(*crowdHouse) string { return "/admin" })
	pages("figures of a year", 3, func(*crowdHouse) string { return "/admin/figures?span=1y" })
	pages("health", 3, func(*crowdHouse) string { return "/admin/health" })
	pages("review", 2, func(*crowdHouse) string { return "/admin/review" })
	pages("search box", 2, func(*crowdHouse) string { return "/admin/search?list=on&q=person50" })
	for _, l := range scaledLists {
		pages(l.name+", first page", 2, func(*crowdHouse) string { return l.list })
		pages(l.name+", page 100", 2, func(c *crowdHouse) string { return c.deep(l.list) })
		if l.search != "" {
			pages(l.name+", by address", 2, func(*crowdHouse) string { return l.search })
		}
	}
}

func compareMembers(t *testing.T, few, many *crowdHouse) {
	t.Helper()
	compareCrowds(t, "sign-in", 0.5, 1.25, 100, few.signIn, many.signIn)
	compareCrowds(t, "token", 0.5, 1.25, 300, few.askToken, many.askToken)
	compareCrowds(t, "introspection", 0.5, 1.25, 300, few.introspect, many.introspect)
}

// compareCrowds takes turns, and reports how long the quickest share of the requests took at most.
func compareCrowds(t *testing.T, what string, share, bar float64, rounds int, few, many func() (*http.Response, string, error)) {
	t.Helper()
	var took [2][]float64
	for round := -5; round < rounds; round++ {
		for i, request := range []func() (*http.Response, string, error){few, many} {
			began := time.Now()
			answer, text, err := request()
			if err != nil || answer.StatusCode >= 400 {
				t.Fatalf("%s: %v, %v\n%.300s", what, answer, err, text)
			}
			if round >= 0 { // before, caches fill
				took[i] = append(took[i], float64(time.Since(began).Microseconds())/1000)
			}
		}
	}
	at := func(list []float64) float64 {
		slices.Sort(list)
		return list[int(float64(len(list)-1)*share)]
	}
	a, b := at(took[0]), at(took[1])
	benchRow(t, fmt.Sprintf("| %s, p%.0f | %.1f ms | %.1f ms | %.2f | ≤ %.2f |", what, 100*share, a, b, b/a, bar))
	if b > a*bar {
		t.Errorf("%s: from %.1f to %.1f ms, more than %.2f times", what, a, b, bar)
	}
	if b > 50 {
		t.Errorf("%s: %.1f ms", what, b)
	}
}

// exportCrowd downloads the whole audit log, against the bare SELECT of the same columns, and looks at the program's memory.
func exportCrowd(t *testing.T, c *crowdHouse) {
	t.Helper()
	bare := c.selectEvents()
	for range 300 { // a program that does nothing gives its memory back: the one that works is compared
		c.ask(c.page("/admin/audit?all=1"))
	}
	var rows int
	var took time.Duration
	before, most := c.memory(func() { rows, took = c.download("/admin/audit/export.csv") })
	mine := float64(rows) / took.Seconds()
	benchRow(t, fmt.Sprintf("| audit export, %s rows | %.0f rows/s | %.0f rows/s, bare SELECT | %.2f | ≥ 0.50 |", grouped(rows), mine, bare, mine/bare))
	benchRow(t, fmt.Sprintf("| memory while it runs | %d MB | %d MB, before | +%d MB | ≤ +30 MB |", most, before, most-before))
	if mine < bare/2 || most-before > 30 || rows < 10*c.members {
		t.Errorf("%d rows, %.0f/s of %.0f/s, %d MB more", rows, mine, bare, most-before)
	}
}

// memory is what the program holds before something, and at most while it goes on, in MB.
func (c *crowdHouse) memory(while func()) (before, most int64) {
	c.t.Helper()
	pid := c.node.process.Process.Pid
	before = residentMB(c.t, pid)
	over, seen := make(chan struct{}), make(chan int64, 1)
	go func() {
		most := before
		for {
			select {
			case <-over:
				seen <- most
				return
			case <-time.After(100 * time.Millisecond):
				most = max(most, residentMB(c.t, pid))
			}
		}
	}()
	func() {
		defer close(over)
		while()
	}()
	return before, <-seen
}

// selectEvents reads every column of the audit log into values, row by row, and says how many rows a second that were.
func (c *crowdHouse) selectEvents() float64 {
	c.t.Helper()
	driver, address := "pgx", c.database
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, address = "sqlite", "file:"+path
	}
	pool, err := sql.Open(driver, address)
	if err != nil {
		c.t.Fatal(err)
	}
	defer pool.Close()
	began := time.Now()
	rows, err := pool.QueryContext(c.t.Context(), "SELECT * FROM audit_events ORDER BY created_at DESC, id DESC")
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		c.t.Fatal(err)
	}
	cells := make([]any, len(columns))
	for i, column := range columns {
		switch column {
		case "created_at":
			cells[i] = new(time.Time)
		case "digest":
			cells[i] = new([]byte)
		case "seal":
			cells[i] = new(sql.NullInt64)
		default:
			cells[i] = new(string)
		}
	}
	n := 0
	for ; rows.Next(); n++ {
		if err := rows.Scan(cells...); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return float64(n) / time.Since(began).Seconds()
}

// download reads a file to its end, which says how many records it has.
func (c *crowdHouse) download(path string) (rows int, took time.Duration) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, "http://"+c.node.address+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Cookie", c.operator.cookie)
	quick := &http.Transport{ReadBufferSize: 256 << 10, DisableKeepAlives: true} // it reads with the same cores
	began := time.Now()
	answer, err := quick.RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	end, err := lastLine(answer.Body)
	took = time.Since(began)
	fields := strings.Split(end, ",")
	if err != nil || answer.StatusCode != http.StatusOK || fields[0] != "#end" {
		c.t.Fatalf("%d, %v: it ends with %q", answer.StatusCode, err, end)
	}
	if rows, err = strconv.Atoi(fields[1]); err != nil {
		c.t.Fatal(err)
	}
	return rows, took
}

func lastLine(file io.Reader) (string, error) {
	var tail []byte
	block := make([]byte, 64<<10)
	for {
		n, err := file.Read(block)
		tail = append(tail[max(0, len(tail)-4096):], block[:n]...)
		if err == io.EOF {
			tail = bytes.TrimRight(tail, "\n")
			return string(tail[bytes.LastIndexByte(tail, '\n')+1:]), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// grouped writes 1234567 as 1,234,567.
func grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}
