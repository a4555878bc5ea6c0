package auth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// agree asks the product everything that the model knows and that asking does not change.
func (w *lifeWalk) agree() {
	w.readMails()
	for b := range w.browsers {
		w.agreeOnBrowser(b)
	}
	for token, b := range w.tokens {
		current := w.m.live(b) != nil && w.browsers[b].cookies["session"] == token
		if w.accepts(token) != current {
			w.t.Errorf("a session cookie of browser %d is accepted: %v, the model says %v", b, !current, current)
		}
	}
	for _, mail := range w.m.mails {
		if mail.path != "" {
			want := http.StatusGone
			switch {
			case w.m.saysOff(mail):
				want = http.StatusForbidden
			case w.m.opens(mail):
				want = http.StatusOK
			}
			w.agreeOnLink(mail.kind+" to "+mail.to, mail.path, want)
		}
	}
	for _, path := range w.decoys {
		w.agreeOnLink("a mail that is never sent", path, http.StatusGone)
	}
	w.invariants()
}

func (w *lifeWalk) agreeOnLink(what, path string, want int) {
	if p := w.scanner.get(path); p.status != want {
		w.t.Errorf("the link of %s answers %d, the model says %d", what, p.status, want)
	}
}

func (w *lifeWalk) accepts(token string) bool {
	_, err := w.st.s.Load(context.Background(), token)
	if err != nil && !errors.Is(err, auth.ErrSignedOut) {
		w.t.Error(err)
	}
	return err == nil
}

func (w *lifeWalk) agreeOnBrowser(b int) {
	ask := func(path string, status int, to, text string) {
		p := w.browsers[b].get(path)
		if p.status != status || p.location != to || !strings.Contains(p.body, text) {
			w.t.Errorf("browser %d: %s answers %d to %q, the model says %d to %q with %q", b, path, p.status, p.location, status, to, text)
		}
	}
	w.m.visit(b)
	switch s := w.m.live(b); {
	case s == nil:
		ask("/account", 303, "/login?return_to=%2Faccount", "")
	case w.m.now.Sub(s.proved) > 10*time.Minute:
		ask("/account", 200, "", s.person.email)
		ask("/fresh", 303, "/reauth?return_to=%2Ffresh", "")
	default:
		ask("/account", 200, "", s.person.email)
		ask("/fresh", 200, "", "fresh")
	}
	_, email, _ := w.m.verifying(b)
	if email == "" {
		email = "your email address. It works"
	}
	ask("/verify-email", 200, "", email)
	if open := w.m.pending(b, choosesPassword); open != nil {
		ask("/password/new", 200, "", open.email)
	} else {
		ask("/password/new", 303, "/login", "")
	}
	text := "If there is an account for it"
	if open := w.m.pending(b, awaitsLink); open != nil {
		text = open.email
	}
	ask("/login/link/code", 200, "", text)
}

// readMails meets the mails that went out with those of the model, one for one, and reads links and codes off them.
func (w *lifeWalk) readMails() {
	read, linked := 0, map[string]bool{"verify_email": true, "password_reset": true, "account_locked": true, "sign_in_link": true}
	w.decoys = nil
	for _, mail := range w.st.everyMail() {
		switch {
		case mail.Decoy && linked[mail.Kind]:
			w.decoys = append(w.decoys, linkIn(w.t, mail))
		case mail.Decoy:
		case read >= len(w.m.mails) || w.m.mails[read].kind != mail.Kind || w.m.mails[read].to != mail.To:
			w.t.Errorf("%s to %s went out, the model knows nothing of it", mail.Kind, mail.To)
			return
		default:
			known := w.m.mails[read]
			if read++; known.path == "" && linked[mail.Kind] {
				known.path = linkIn(w.t, mail)
			}
			if known.code == "" && (mail.Kind == "verify_email" || mail.Kind == "sign_in_link") {
				known.code = codeIn(w.t, mail)
			}
		}
	}
	for _, mail := range w.m.mails[read:] {
		w.t.Errorf("the model sent %s to %s, the product did not", mail.kind, mail.to)
	}
}

// invariants reads the tables, whatever the model says.
func (w *lifeWalk) invariants() {
	tokens := map[string]string{}
	for token := range w.tokens {
		tokens[string(models.Digest(token))] = token
	}
	w.eachRow(`SELECT s.token_hash, s.epoch = u.epoch, s.idle_until > ? AND s.absolute_until > ?,
		u.disabled_at IS NOT NULL AND (u.disabled_until IS NULL OR u.disabled_until > ?)
		FROM sessions s JOIN users u ON u.id = s.user_id`, func(scan func(...any)) {
		var digest []byte
		var current, inTime, off bool
		scan(&digest, &current, &inTime, &off)
		token, given := tokens[string(digest)]
		if !given || off && current && inTime || w.accepts(token) && (off || !current) {
			w.t.Errorf("a session, given to a browser: %v, of its person's epoch: %v, in time: %v, switched off: %v", given, current, inTime, off)
		}
	})
	live := map[string]int{}
	w.eachRow(`SELECT t.id, t.purpose || ' of ' || u.email, t.used_at IS NULL AND t.expires_at > ? AND t.epoch = u.epoch
		FROM mail_tokens t JOIN users u ON u.id = t.user_id WHERE NOT t.alarm`, func(scan func(...any)) {
		var id, what string
		var lives bool
		scan(&id, &what, &lives)
		if lives {
			live[what]++
		}
		if lives && (w.spent[id] || live[what] > 1) {
			w.t.Errorf("%s: %d live at once; spent before: %v", what, live[what], w.spent[id])
		}
		w.spent[id] = w.spent[id] || !lives
	})
	without := 0
	for _, p := range w.m.people {
		if p.password == "" {
			without++
		}
	}
	if n := w.st.number("SELECT count(*) FROM users WHERE password_hash = ''"); n != without {
		w.t.Errorf("%d people have no password, the model says %d", n, without)
	}
}

// eachRow runs a query whose every place holder is the present time.
func (w *lifeWalk) eachRow(query string, each func(scan func(...any))) {
	w.t.Helper()
	now := make([]any, strings.Count(query, "?"))
	for i := range now {
		now[i] = w.m.now.Format("2006-01-02 15:04:05.999999999-07:00") // as SQLite keeps it
	}
	rows, err := w.st.raw().Query(query, now...)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		each(func(to ...any) { err = errors.Join(err, rows.Scan(to...)) })
	}
	if err := errors.Join(err, rows.Err()); err != nil {
		w.t.Fatal(err)
	}
}
