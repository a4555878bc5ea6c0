package models_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"latchkey/models"
	"latchkey/models/modelstest"
)

func ringOf(t testing.TB, keys ...byte) *models.KeyRing {
	t.Helper()
	var roots [][]byte
	for _, key := range keys {
		roots = append(roots, bytes.Repeat([]byte{key}, 32))
	}
	ring, err := models.NewKeyRing(roots)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// openWith opens a database once more, with another ring.
func openWith(t *testing.T, url string, keys ...byte) *models.DB {
	t.Helper()
	db, err := models.Open(t.Context(), models.Options{URL: url, Keys: ringOf(t, keys...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestSealIsBound (T-1404): a sealed value opens in its own row and column and nowhere else, whole or not at all. The
// error names the column; what cannot be opened never reads as empty.
func TestSealIsBound(t *testing.T) {
	modelstest.URLs(t, func(t *testing.T, url string) {
		db := openWith(t, url, 1)
		ctx := t.Context()
		keep := func(to string) string {
			if err := db.KeepMail(ctx, models.Mail{To: to, Text: "for " + to}); err != nil {
				t.Fatal(err)
			}
			list, err := db.Mailbox(ctx, to)
			if err != nil || len(list) != 1 {
				t.Fatal(len(list), err)
			}
			return list[0].ID
		}
		ada, bob := keep("ada@example.test"), keep("bob@example.test")
		key := models.OAuthKey{ID: models.NewID(), KID: "k", Alg: "ES256", State: models.KeyActive, PrivateKey: []byte("private")} // oauth
		if _, err := db.CreateOAuthKey(ctx, &key); err != nil {                                                                    // oauth
			t.Fatal(err) // oauth
		} // oauth
		refuses := func(what string, db *models.DB) {
			t.Helper()
			got, err := db.MailInMailbox(ctx, ada)
			if err == nil || !strings.Contains(err.Error(), "mails.body") || len(got.Body) != 0 {
				t.Errorf("%s: %d bytes, %v", what, len(got.Body), err)
			}
		}
		opens := func(what string, db *models.DB) {
			t.Helper()
			kept, err := db.MailInMailbox(ctx, ada)
			if err != nil {
				t.Errorf("%s: %v", what, err)
				return
			}
			if mail, err := kept.Mail(); err != nil || mail.Text != "for ada@example.test" {
				t.Errorf("%s: %q, %v", what, mail.Text, err)
			}
		}

		own := "SELECT body FROM mails WHERE id = '" + ada + "'"
		var sealed []byte
		if err := modelstest.SQL(t, db).QueryRowContext(ctx, own).Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		for what, other := range map[string]string{
			"from another row":   "SELECT body FROM mails WHERE id = '" + bob + "'",
			"from another table": "SELECT private_key FROM oauth_keys", // oauth
		} {
			execute(t, db, "UPDATE mails SET body = ("+other+") WHERE id = '"+ada+"'")
			refuses(what, db)
		}
		execute(t, db, "UPDATE oauth_keys SET private_key = (SELECT body FROM mails WHERE id = '"+bob+"')")      // oauth
		if _, err := db.OAuthKeys(ctx); err == nil || !strings.Contains(err.Error(), "oauth_keys.private_key") { // oauth
			t.Errorf("a signing key from another table: %v", err) // oauth
		} // oauth
		put := func(value []byte) {
			t.Helper()
			place := "$1"
			if db.Dialect() == "sqlite" {
				place = "?"
			}
			if _, err := modelstest.SQL(t, db).ExecContext(ctx, "UPDATE mails SET body = "+place+" WHERE id = '"+ada+"'", value); err != nil {
				t.Fatal(err)
			}
		}
		for at := range sealed {
			flipped := bytes.Clone(sealed)
			flipped[at] ^= 1
			put(flipped)
			refuses("with a bit flipped", db)
		}
		put(sealed[:len(sealed)-1])
		refuses("cut", db)
		put(sealed)
		opens("put back", db)

		refuses("with another key", openWith(t, url, 2))
		rotated := openWith(t, url, 2, 1)
		opens("with the old key second", rotated)
		if err := rotated.KeepMail(ctx, models.Mail{To: "new@example.test"}); err != nil {
			t.Fatal(err)
		}
		if list, err := openWith(t, url, 2).Mailbox(ctx, "new@example.test"); err != nil || len(list) != 1 {
			t.Errorf("what is written with the old key second needs the old key: %v", err)
		}
	})
}

// FuzzSeal: what was sealed opens to itself, and any change of it, of its place or of the key is an error.
func FuzzSeal(f *testing.F) {
	f.Add([]byte("plain"), []byte("users.totp/1"), uint16(3), byte(1))
	f.Add([]byte{}, []byte{}, uint16(0), byte(0x80))
	ring, other := ringOf(f, 1), ringOf(f, 2)
	f.Fuzz(func(t *testing.T, plain, place []byte, at uint16, change byte) {
		sealed, err := ring.Seal(plain, place)
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := ring.Open(sealed, place); err != nil || !bytes.Equal(opened, plain) {
			t.Fatalf("%q, %v", opened, err)
		}
		if _, err := other.Open(sealed, place); err == nil {
			t.Error("another key opened it")
		}
		if _, err := ring.Open(sealed, append(bytes.Clone(place), change)); err == nil {
			t.Error("it opened in another place")
		}
		if change == 0 {
			return
		}
		changed := bytes.Clone(sealed)
		changed[int(at)%len(changed)] ^= change
		if _, err := ring.Open(changed, place); err == nil {
			t.Error("changed, it opened")
		}
		if _, err := ring.Open(sealed[:int(at)%len(sealed)], place); err == nil {
			t.Error("cut, it opened")
		}
	})
}

// FuzzText: a text is refused or read back as it went in, by both databases alike.
func FuzzText(f *testing.F) {
	for _, text := range []string{"", "Ada", "Grüße", "a\x00b", "\xff", "\u202egnp", "'; DROP TABLE users; --", "%_\\", "\r\n", "e\u0301", "\U0010FFFF"} {
		f.Add(text)
	}
	all := []*models.DB{modelstest.Open(f)}
	if os.Getenv("TEST_POSTGRES_URL") != "" {
		db, _ := modelstest.OpenURL(f, modelstest.PostgresURL(f))
		all = append(all, db)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, db := range all {
			u := models.User{Email: models.NewID() + "@example.test", Name: text}
			if err := db.CreateUser(t.Context(), &u); err != nil {
				if utf8.ValidString(text) && !strings.Contains(text, "\x00") {
					t.Errorf("%s refuses %q: %v", db.Dialect(), text, err)
				}
				continue
			}
			if back, err := db.UserByEmail(t.Context(), u.Email); err != nil || back.Name != text {
				t.Errorf("%s: %q came back as %q, %v", db.Dialect(), text, back.Name, err)
			}
		}
	})
}
