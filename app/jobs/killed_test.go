package jobs_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"latchkey/app/jobs"
	"latchkey/app/mail"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// safeBuffer is a buffer that a log and a test share.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// postOffice is a mail server that counts letters by their Message-ID. One to slow@ it receives and does not
// acknowledge before it is told to.
type postOffice struct {
	address  string
	accepted chan string // the Message-ID of a letter that was acknowledged
	slow     chan struct{}
	held     chan struct{} // one for each letter that is being held
}

func (o *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &visit{office: o}, nil }

type visit struct {
	office *postOffice
	to     string
}

func (v *visit) Mail(string, *smtp.MailOptions) error { return nil }
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.to = to
	return nil
}
func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }
func (v *visit) Data(r io.Reader) error {
	id := ""
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), "Message-ID: "); found {
			id = value
		}
	}
	if strings.HasPrefix(v.to, "slow@") {
		v.office.held <- struct{}{}
		<-v.office.slow
	}
	v.office.accepted <- id
	return nil
}

func openPostOffice(t *testing.T) *postOffice {
	t.Helper()
	o := &postOffice{accepted: make(chan string, 100), held: make(chan struct{}, 100), slow: make(chan struct{})}
	server := smtp.NewServer(o)
	server.Domain = "localhost"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.address = "smtp://" + listener.Addr().String() + "?starttls=optional"
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return o
}

// TestMain is also the program that gets killed.
func TestMain(m *testing.M) {
	if databaseURL := os.Getenv("JOBS_TEST_DATABASE"); databaseURL != "" {
		if err := workUntilKilled(databaseURL, os.Getenv("JOBS_TEST_SMTP")); err != nil {
			slog.Error("worker", "error", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func workUntilKilled(databaseURL, smtpURL string) error {
	ring, err := models.NewKeyRing([][]byte{bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		return err
	}
	db, err := models.Open(context.Background(), models.Options{URL: databaseURL, Keys: ring})
	if err != nil {
		return err
	}
	post, err := mail.NewWorker(db, smtpURL, "Latchkey <no-reply@example.test>", slog.New(slog.DiscardHandler), func(_, _ string) {})
	if err != nil {
		return err
	}
	runner, err := jobs.New(db, jobs.Config{Mail: post, Log: slog.Default()})
	if err != nil {
		return err
	}
	if err := runner.Start(context.Background()); err != nil {
		return err
	}
	select {}
}

// TestAtLeastOnce (T-1702): a program is killed while a letter is under way, another has just been acknowledged and a
// third waits. The next program delivers what was not; a letter that left twice has the same Message-ID, so that
// mailboxes show it once.
func TestAtLeastOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a rescue")
	}
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		office, pool := openPostOffice(t), modelstest.SQL(t, db)
		letter := func(to string) models.Mail {
			return models.Mail{Key: to, Kind: "test", To: to + "@example.test", Text: "x"}
		}
		send(t, db, letter("slow"), letter("quick"))

		worker := exec.Command(os.Args[0])
		worker.Env = append(os.Environ(), "JOBS_TEST_DATABASE="+db.URL(), "JOBS_TEST_SMTP="+office.address)
		worker.Stderr = os.Stderr
		if err := worker.Start(); err != nil {
			t.Fatal(err)
		}
		<-office.held
		times := map[string]int{<-office.accepted: 1}
		if err := worker.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = worker.Wait() // it was killed
		send(t, db, letter("later"))
		if n := count(t, pool, "state = 'running'"); n < 1 {
			t.Fatalf("%d jobs were running when the program was killed", n)
		}
		close(office.slow)
		if id := <-office.accepted; id == "" { // what the killed program had sent before it was acknowledged
			t.Fatal("a letter without Message-ID")
		}

		// Two minutes later, and the killed program's term as the leader is over.
		long := map[string]string{"sqlite": "datetime('now', '-10 minutes')", "postgres": "now() - interval '10 minutes'"}[db.Dialect()]
		change(t, pool, "UPDATE river_job SET attempted_at = "+long+" WHERE state = 'running'", "DELETE FROM river_leader")
		work(t, db, office.address, io.Discard)
		for times["<slow@latchkey>"] == 0 || times["<later@latchkey>"] == 0 {
			select {
			case id := <-office.accepted:
				times[id]++
			case <-time.After(30 * time.Second):
				t.Fatalf("delivered %v", times)
			}
		}
		until(t, pool, "an idle queue", func() bool { return count(t, pool, "state <> 'completed'") == 0 })
		for len(office.accepted) > 0 {
			times[<-office.accepted]++
		}
		if len(times) != 3 || times["<slow@latchkey>"] != 1 || times["<later@latchkey>"] != 1 || times["<quick@latchkey>"] > 2 {
			t.Errorf("delivered %v", times)
		}
	})
}
