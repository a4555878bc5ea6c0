package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/app/apptest"
	"latchkey/models/modelstest"
)

// site is the whole program, running on ports of its own: the app, the demo client, the jobs.
type site struct {
	*house
	base, client string // addresses
}

// startSite serves everything over a database, with demo data, until the test ends.
func startSite(t *testing.T, databaseURL string) site {
	t.Helper()
	s, stop, err := openSite(testConfigAt(t, databaseURL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// openSite takes two free ports first, since the settings name them, and serves there.
func openSite(config Config) (s site, stop func() error, err error) {
	var d doors
	if d.app, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return s, nil, err
	}
	if d.demo, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return s, nil, err
	}
	demo := true
	config.Demo, config.BaseURL, config.DemoClientAddr = &demo, "http://localhost:"+portOf(d.app), d.demo.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	stop = func() error { cancel(); return <-stopped }
	h, err := openHouse(ctx, config)
	if err != nil {
		cancel()
		return s, nil, err
	}
	if err := lendKeys(ctx, h); err != nil { // oauth
		cancel()           // oauth
		return s, nil, err // oauth
	} // oauth
	if err := h.prepare(ctx); err != nil {
		cancel()
		return s, nil, err
	}
	go func() { defer h.close(); stopped <- h.run(ctx, d) }()
	s = site{h, config.BaseURL, config.demoClientURL()}
	for end := time.Now().Add(30 * time.Second); statusAt(s.base+"/readyz") != http.StatusOK; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			return s, nil, errors.Join(errors.New("the site does not start"), stop())
		}
	}
	return s, stop, nil
}

func portOf(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// sqliteSite is a running site on SQLite, for tests where the database plays no part.
func sqliteSite(t *testing.T) site {
	t.Helper()
	return startSite(t, modelstest.SQLiteURL(t))
}

// eachSite runs a journey on SQLite and PostgreSQL.
func eachSite(t *testing.T, f func(t *testing.T, s site)) {
	t.Helper()
	modelstest.URLsInSteps(t, func(t *testing.T, databaseURL string) { f(t, startSite(t, databaseURL)) })
}

// lastMail waits for the newest mail to an address.
func (s site) lastMail(t *testing.T, to string) mailJSON {
	t.Helper()
	var mails []mailJSON
	eventually(t, "a mail to "+to, func() bool {
		mails = s.mailsTo(to)
		return len(mails) > 0
	})
	return mails[0]
}

// mailsTo are the mails that an address has got by now, the newest first.
func (s site) mailsTo(to string) (mails []mailJSON) {
	answer, err := http.Get(s.base + "/dev/mail.json?to=" + url.QueryEscape(to))
	if err != nil {
		return nil
	}
	defer answer.Body.Close()
	if json.NewDecoder(answer.Body).Decode(&mails) != nil {
		return nil
	}
	return mails
}

// mailedLink waits for a mail to an address whose first link begins with a path here: mails that what went before set off may come later
// than what was asked for.
func (s site) mailedLink(t *testing.T, to, path string) (link string) {
	t.Helper()
	eventually(t, "a mail to "+to+" with a link to "+path, func() bool {
		for _, mail := range s.mailsTo(to) {
			if len(mail.Links) > 0 && strings.HasPrefix(mail.Links[0], s.base+path) {
				link = mail.Links[0]
				return true
			}
		}
		return false
	})
	return link
}

// signIn takes a browser through the sign-in page.
func (s site) signIn(t *testing.T, email string) *apptest.Browser {
	t.Helper()
	b := apptest.New(t).Visit(s.base + "/login")
	return b.Submit("Sign in", apptest.Set("email", email), apptest.Set("password", demoPassword)).Sees("Sign out")
}

// patience is how long a test waits for what must happen. A machine that runs many tests at once is slow.
const patience = 20 * time.Second

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still waiting for %s", what)
		}
	}
}

// lasting is what several tests share and none of them may end: the site of the browser tests, and their
// browser.
var lasting struct {
	sync.Mutex
	ends []func() error
}

func endLater(end func() error) {
	lasting.Lock()
	defer lasting.Unlock()
	lasting.ends = append(lasting.ends, end)
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, end := range lasting.ends {
		if err := end(); err != nil {
			println("stop: " + err.Error())
			code = 1
		}
	}
	os.Exit(code)
}
