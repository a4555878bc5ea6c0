package auth_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"latchkey/auth"
	"latchkey/models/modelstest"
)

// attributes are the values of every attribute of a page, decoded as a browser does.
func attributes(t *testing.T, body string) (values []string) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for node := range page.Descendants() {
		for _, attribute := range node.Attr {
			values = append(values, attribute.Val)
		}
	}
	return values
}

// TestReturnToStaysLocal_Doors (T-201): at every door that takes one, as it is and encoded once and twice, asked for as
// a page and as a part, what leads elsewhere leads to the default page and stands nowhere on the page.
func TestReturnToStaysLocal_Doors(t *testing.T) {
	if testing.Short() {
		t.Skip("one door after another, for each address")
	}
	db, clock := modelstest.OpenWithClock(t)
	st := newSite(t, db, clock, func(c *auth.Config) { c.RateLimitScale = 1e6 })
	st.person(member)
	inside := st.browser().mustSignIn(member)
	part := map[string]string{"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://localhost:3000/login"}
	for _, hostile := range targets(t, "P") {
		once := url.QueryEscape(hostile)
		for _, value := range []string{hostile, once, url.QueryEscape(once)} {
			for _, headers := range []map[string]string{{}, part} {
				anonymous := st.browser()
				anonymous.headers, inside.headers = headers, headers
				query := "?return_to=" + url.QueryEscape(value)
				for path, b := range map[string]*browser{"/login": anonymous, "/signup": anonymous, "/reauth": inside} {
					plain := attributes(t, b.get(path).body)
					for _, found := range attributes(t, b.get(path+query).body) {
						if !slices.Contains(plain, found) {
							t.Errorf("%s with %q: an attribute holds %q", path, value, found)
						}
					}
				}
				for what, p := range map[string]page{
					"signed in at /login":  inside.get("/login" + query),
					"signed in at /signup": inside.get("/signup" + query),
					"POST /login":          anonymous.post("/login", "email", member, "password", goodPassword, "return_to", value),
					"POST /reauth":         inside.post("/reauth", "password", goodPassword, "return_to", value),
				} {
					if p.location != "/dashboard" {
						t.Errorf("%s with %q leads to %q", what, value, p.location)
					}
				}
			}
		}
	}
}

// TestReturnToIsCheckedLast (T-203): a path is what it was when the sign-in began; what later steps are sent changes
// nothing, and no value makes the way in a circle.
func TestReturnToIsCheckedLast(t *testing.T) {
	const evil = "//evil.example"
	each(t, func(t *testing.T, st *site) {
		b := st.browser()
		b.post("/signup", "email", newcomer, "password", goodPassword, "return_to", "/notes?page=2")
		b.post("/verify-email/resend?return_to="+evil, "return_to", evil)
		if err := st.db.RequirePasswordChange(context.Background(), st.row(newcomer).ID); err != nil {
			t.Fatal(err)
		}
		b.get("/verify-email?return_to=" + evil)
		wantRedirect(t, b.post("/verify-email?return_to="+evil, "code", st.code(newcomer), "return_to", evil), "/password/new")
		b.get("/password/new?return_to=" + evil)
		wantRedirect(t, b.post("/password/new?return_to="+evil, "password", otherPassword, "return_to", evil), "/notes?page=2")

		// A good value on the page, another in the form that comes back.
		if body := b.get("/reauth?return_to=/notes").body; !strings.Contains(body, `value="/notes"`) {
			t.Error("the form does not carry the path")
		}
		wantRedirect(t, b.post("/reauth?return_to=/notes", "password", otherPassword, "return_to", evil), "/dashboard")
		b.post("/logout")
		b.get("/login?return_to=/notes")
		wantRedirect(t, b.post("/login?return_to=/notes", "email", newcomer, "password", otherPassword, "return_to", evil), "/dashboard")

		for _, value := range []string{
			strings.Repeat("/login?return_to=", 5) + "/login", nested(5), "/reauth?return_to=" + nested(4), "/logout", "/signup?return_to=/login",
			"/" + strings.Repeat("a", 2048), "/" + strings.Repeat("a", 1<<20), "/login/../login",
		} {
			for _, signedIn := range []bool{false, true} {
				visitor := st.browser()
				start := "/login?return_to=" + url.QueryEscape(value)
				if len(value) > 4096 { // no address is that long
					start = "/login"
				}
				if signedIn {
					st.exec("DELETE FROM attempts")
					wantRedirect(t, visitor.post("/login", "email", newcomer, "password", otherPassword, "return_to", value), "/dashboard")
				}
				p, hops := visitor.get(start), 0
				for ; p.status == 303 && hops < 6; hops++ {
					p = visitor.get(p.location)
				}
				if p.status != 200 || hops > 5 {
					t.Errorf("%.60q, signed in %v: %d after %d hops", value, signedIn, p.status, hops)
				}
				for name, cookie := range visitor.cookies {
					if strings.Contains(cookie, "login") || strings.Contains(cookie, "aaaa") {
						t.Errorf("the cookie %s holds %.60q", name, cookie)
					}
				}
			}
		}
	})
}

// nested is a sign-in page that leads to itself, encoded as often as it is deep.
func nested(deep int) string {
	value := "/login"
	for range deep {
		value = "/login?return_to=" + url.QueryEscape(value)
	}
	return value
}
