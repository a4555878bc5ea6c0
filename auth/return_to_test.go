package auth_test

import (
	"bufio"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"latchkey/auth"
)

// targets reads one list of app/apptest/testdata/hostile_targets.txt.
func targets(t *testing.T, list string) []string {
	t.Helper()
	file, err := os.Open("../app/apptest/testdata/hostile_targets.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var found []string
	current := ""
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if len(line) == 1 {
			current = line
			continue
		}
		for line != "" {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			item, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatal(err)
			}
			if current == list {
				found = append(found, item)
			}
			line = strings.TrimSpace(line[len(quoted):])
		}
	}
	if len(found) == 0 {
		t.Fatalf("list %s is empty", list)
	}
	return found
}

func TestReturnToStaysLocal(t *testing.T) {
	if n := len(targets(t, "P")); n != 108 {
		t.Errorf("%d hostile paths, want 108", n)
	}
	for _, hostile := range targets(t, "P") {
		for _, value := range []string{hostile, hostile + strings.Repeat("a", 2048)} {
			if got := auth.LocalPath(value); got != "/dashboard" {
				t.Errorf("LocalPath(%q) = %q", value, got)
			}
		}
	}
	for _, good := range targets(t, "A") {
		if got := auth.LocalPath(good); got != good {
			t.Errorf("LocalPath(%q) = %q", good, got)
		}
	}
	if got := auth.LocalPath("/" + strings.Repeat("a", 2047)); len(got) != 2048 {
		t.Errorf("2,048 bytes are refused: %.20q", got)
	}
	each(t, func(t *testing.T, st *site) {
		st.person("a@example.test")
		for _, hostile := range targets(t, "P") {
			b := st.browser()
			body := b.get("/login?return_to=" + url.QueryEscape(hostile)).body
			if strings.Contains(hostile, "evil") && strings.Contains(body, `value="`+hostile+`"`) {
				t.Errorf("the page holds %q", hostile)
			}
			wantRedirect(t, b.post("/login", "email", "a@example.test", "password", goodPassword, "return_to", hostile), "/dashboard")
		}
	})
}

func TestReturnTo_SkipsSignInPages(t *testing.T) {
	for _, page := range []string{
		"/login", "/Login", "/login/", "/login?x=1", "/login/code", "/signup", "/SIGNUP/", "/logout", "/reauth", "/reauth?return_to=/a",
		"/verify-email", "/verify-email/abc", "/password/forgot", "/password/reset/x", "/PassWord/new", "/%6cogin",
	} {
		if got := auth.LocalPath(page); got != "/dashboard" {
			t.Errorf("LocalPath(%q) = %q", page, got)
		}
	}
	for _, page := range []string{"/loginx", "/account/password", "/notes?next=/login"} {
		if got := auth.LocalPath(page); got != page {
			t.Errorf("LocalPath(%q) = %q", page, got)
		}
	}
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		b.post("/signup", "email", "a@example.test", "password", goodPassword, "return_to", "/notes")
		for name, value := range b.cookies {
			if strings.Contains(value, "notes") {
				t.Errorf("the cookie %s holds the return path", name)
			}
		}
		// The row is input too: it is checked again when used.
		st.exec("UPDATE pending_logins SET return_to = '//evil.example'")
		code := codeIn(t, st.lastMail("a@example.test", "verify_email"))
		wantRedirect(t, b.post("/verify-email", "code", code), "/dashboard")
	})
}

func TestGuard_ReturnTo(t *testing.T) {
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		b.headers["Referer"] = "http://localhost:3000/notes"
		wantRedirect(t, b.get("/account/sessions?after=x"), "/login?return_to="+url.QueryEscape("/account/sessions?after=x"))
		wantRedirect(t, b.post("/account/profile"), "/login?return_to=%2Fdashboard")
		wantRedirect(t, b.get("/reauth?return_to=/oauth/authorize/X1"), "/login?return_to="+url.QueryEscape("/oauth/authorize/X1"))

		b.headers["HX-Request"], b.headers["HX-Request-Type"], b.headers["HX-Target"] = "true", "partial", "form#profile"
		for current, want := range map[string]string{
			"http://localhost:3000/account/profile?x=1": "/account/profile?x=1",
			"http://evil.example/account":               "/dashboard",
			"http://localhost:3000.evil.example/a":      "/dashboard",
			"":                                          "/dashboard",
		} {
			b.headers["HX-Current-URL"] = current
			p := b.post("/account/profile")
			if p.status != 200 || p.header.Get("HX-Redirect") != "/login?return_to="+url.QueryEscape(want) {
				t.Errorf("on %q: %d %q", current, p.status, p.header.Get("HX-Redirect"))
			}
		}
	})
}
