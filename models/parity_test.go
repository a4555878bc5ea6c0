package models_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestParity (T-1009): asked the same, both databases say the same: the same errors, the same rows in the same order,
// the same moments. What each says is written down and compared.
func TestParity(t *testing.T) {
	var said [][]string
	modelstest.EachWithClock(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		p := &pen{t: t, db: db, clock: clock}
		for _, write := range []func(*pen){constraints, lengths, moments, expiries, ties} {
			write(p)
		}
		said = append(said, p.lines)
	})
	if len(said) == 2 && !slices.Equal(said[0], said[1]) {
		t.Errorf("sqlite says\n%s\npostgres says\n%s", strings.Join(said[0], "\n"), strings.Join(said[1], "\n"))
	}
}

// pen writes down what one database says.
type pen struct {
	t     *testing.T
	db    *models.DB
	clock *modelstest.Clock
	lines []string
}

func (p *pen) write(what string, answer any) {
	p.lines = append(p.lines, fmt.Sprint(what, ": ", answer))
}

// expect writes it down, and says when it is not what this program needs.
func (p *pen) expect(what string, answer, want any) {
	p.t.Helper()
	p.write(what, answer)
	if fmt.Sprint(answer) != fmt.Sprint(want) {
		p.t.Errorf("%s: %v, want %v", what, answer, want)
	}
}

// kind names an error without the words of the driver.
func kind(err error) string {
	for name, known := range map[string]error{
		"taken": models.ErrTaken, "not found": models.ErrNotFound, "spent": models.ErrSpent, "foreign key": gorm.ErrForeignKeyViolated,
	} {
		if errors.Is(err, known) {
			return name
		}
	}
	if err != nil {
		return "a fault"
	}
	return "fine"
}

// A whole second, so that the sub-seconds of the cases below are theirs alone.
var parityTime = time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)

// constraints: unique, foreign key, null, and what goes with a row that goes.
func constraints(p *pen) {
	ctx, u := p.t.Context(), person(p.t, p.db, "ada@example.test")
	p.expect("the same address", kind(p.db.CreateUser(ctx, &models.User{Email: u.Email})), "taken")
	p.expect("the same id", kind(p.db.CreateUser(ctx, &models.User{ID: u.ID, Email: "bob@example.test"})), "taken")
	p.expect("an address in capitals", kind(p.db.CreateUser(ctx, &models.User{Email: "ADA@example.test"})), "fine")
	p.expect("an address with a blank", kind(p.db.CreateUser(ctx, &models.User{Email: "ada@example.test "})), "fine")
	s, token := session(p.t, p.db, u)
	other := s
	other.ID = models.NewID()
	p.expect("the same token", kind(p.db.CreateSession(ctx, &other)), "taken")
	other.TokenHash, other.UserID = models.Digest("other"), models.NewID()
	p.expect("a session of nobody", kind(p.db.CreateSession(ctx, &other)), "foreign key")
	p.expect("a note of nobody", kind(p.db.CreateNote(ctx, &models.Note{UserID: models.NewID(), Title: "x"})), "foreign key")
	other.UserID, other.TokenHash = u.ID, nil
	p.expect("a session without a token", kind(p.db.CreateSession(ctx, &other)), "a fault")
	failed := p.db.InTx(ctx, func(tx *models.Tx) error { return tx.CreateUser(ctx, &models.User{Email: u.Email}) })
	p.expect("the same address in a transaction", kind(failed), "taken")
	p.expect("no such person", kind(p.db.SetUserName(ctx, models.NewID(), "x")), "not found")
	doomed := models.User{Email: "doomed@example.test"}
	p.expect("somebody else", kind(p.db.CreateUser(ctx, &doomed)), "fine")
	_, doomedToken := session(p.t, p.db, doomed)
	p.expect("deleted", kind(p.db.DeleteUnverifiedUser(ctx, doomed.ID)), "fine")
	_, err := p.db.LiveSessionByToken(ctx, doomedToken, "localhost", true)
	p.expect("their session", kind(err), "not found")
	_, err = p.db.LiveSessionByToken(ctx, token, "localhost", true)
	p.expect("the first one's session", kind(err), "fine")
}

func nameOf(p *pen, u models.User) string {
	again, err := p.db.UserByID(p.t.Context(), u.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	return again.Name
}

// lengths: what is short and what is long is read back as it was, and the empty text is not NULL.
func lengths(p *pen) {
	u := person(p.t, p.db, "long@example.test")
	for _, text := range []string{"", " ", "x", "ß", "e\u0301", "\U0001f511", `'; --`, "%", `a\b`, strings.Repeat("ü", 10_000), strings.Repeat("x", 1<<20)} {
		err := p.db.SetUserName(p.t.Context(), u.ID, text)
		p.expect(fmt.Sprintf("%.10q of %d bytes", text, len(text)), kind(err)+fmt.Sprint(nameOf(p, u) == text), "finetrue")
	}
	long := strings.Repeat("x", 100_000)
	p.expect("a long address", kind(p.db.CreateUser(p.t.Context(), &models.User{Email: models.NewID() + "@example.test", Name: long})), "fine")
}

// moments: a time is the same moment whatever zone it was said in, to the microsecond, at both changes of the clocks.
func moments(p *pen) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		p.t.Fatal(err)
	}
	far := time.FixedZone("far", -11*3600-30*60)
	for name, at := range map[string]time.Time{
		"UTC": parityTime, "Berlin": parityTime.In(berlin), "far": parityTime.In(far),
		"before spring": time.Date(2026, 3, 29, 1, 59, 59, 999_999_000, berlin), "after spring": time.Date(2026, 3, 29, 3, 0, 0, 0, berlin),
		"first of the hour that comes twice": time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC).In(berlin), "second": time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC).In(berlin),
		"a microsecond": parityTime.Add(time.Microsecond), "nearly a second": parityTime.Add(999_999 * time.Microsecond), "a tenth": parityTime.Add(100 * time.Millisecond),
		"long ago": time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), "far off": time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	} {
		u := person(p.t, p.db, models.NewID()+"@example.test")
		if err := p.db.DisableUser(p.t.Context(), u.ID, "x", &at); err != nil {
			p.t.Fatalf("%s: %v", name, err)
		}
		again, err := p.db.UserByID(p.t.Context(), u.ID)
		if err != nil || again.DisabledUntil == nil || !again.DisabledUntil.Equal(at) {
			p.t.Errorf("%s: %s became %v (%v)", name, at, again.DisabledUntil, err)
		}
	}
	p.lines = append(p.lines, "moments kept")
}

// expiries: what ends at a moment has ended at that moment, and lives one microsecond before.
func expiries(p *pen) {
	ctx := p.t.Context()
	for _, off := range []time.Duration{-time.Second, -time.Microsecond, 0, time.Microsecond, time.Second} {
		u := person(p.t, p.db, models.NewID()+"@example.test")
		s, token := session(p.t, p.db, u)
		link := models.MailToken{ID: models.NewID(), Purpose: "reset", Email: u.Email, UserID: &u.ID, Epoch: 1, TokenHash: models.Digest(token), CreatedAt: p.db.Now(), ExpiresAt: s.IdleUntil}
		if err := p.db.CreateMailToken(ctx, &link); err != nil {
			p.t.Fatal(err)
		}
		started := p.clock.Now()
		p.clock.Add(s.IdleUntil.Sub(started) + off)
		_, sessionErr := p.db.LiveSessionByToken(ctx, token, "localhost", false)
		_, linkErr := p.db.MailTokenByToken(ctx, "reset", token)
		want := map[bool]string{true: "fine", false: "not found"}[off < 0]
		p.expect(fmt.Sprint("a session at ", off), kind(sessionErr), want)
		p.expect(fmt.Sprint("a link at ", off), kind(linkErr), want)
		p.expect(fmt.Sprint("a link used at ", off), kind(p.db.UseMailToken(ctx, link.ID)), map[bool]string{true: "fine", false: "spent"}[off < 0])
		gone, err := p.db.SweepMailTokens(ctx, 100)
		p.expect(fmt.Sprint("swept at ", off), fmt.Sprint(gone, kind(err)), map[bool]string{true: "0fine", false: "1fine"}[off < 0])
		p.clock.Add(started.Sub(p.clock.Now()))
		if off < 0 {
			p.clock.Add(2 * time.Hour)
			_, _ = p.db.SweepMailTokens(ctx, 100)
			p.clock.Add(-2 * time.Hour)
		}
	}
}

// ties: of what has the same time the order is decided, too.
func ties(p *pen) {
	ctx, u := p.t.Context(), person(p.t, p.db, "ties@example.test")
	order := map[string]int{}
	for i := range 12 {
		n := models.Note{UserID: u.ID, Title: fmt.Sprint(i)}
		if i == 6 {
			p.clock.Add(time.Microsecond)
		}
		if err := p.db.CreateNote(ctx, &n); err != nil {
			p.t.Fatal(err)
		}
		order[n.ID] = i / 6
	}
	list, err := p.db.NotesOlder(ctx, u.ID, nil, 20)
	if err != nil || len(list) != 12 {
		p.t.Fatal(len(list), err)
	}
	sorted := slices.IsSortedFunc(list, func(a, b models.Note) int {
		if a.CreatedAt.Equal(b.CreatedAt) {
			return strings.Compare(b.ID, a.ID)
		}
		return b.CreatedAt.Compare(a.CreatedAt)
	})
	p.expect("notes of one moment", sorted, true)
	var walked []models.Note
	for place := (*models.Cursor)(nil); len(walked) < 12; {
		page, err := p.db.NotesOlder(ctx, u.ID, place, 5)
		if err != nil || len(page) == 0 {
			break
		}
		walked = append(walked, page...)
		at := page[len(page)-1].Cursor()
		place = &at
	}
	p.expect("walked in pages", slices.Equal(walked, list), true)

	for _, email := range []string{"b@ties.test", "B@ties.test", "a@ties.test", "ä@ties.test", "_@ties.test", "~@ties.test", "1@ties.test", "a-b@ties.test", "ab@ties.test"} {
		person(p.t, p.db, email)
	}
	people, err := p.db.ListUsers(ctx, "", 1000)
	var emails []string
	for _, one := range people {
		if strings.HasSuffix(one.Email, "@ties.test") {
			emails = append(emails, one.Email)
		}
	}
	p.write("people in order", fmt.Sprint(emails, kind(err)))
}
