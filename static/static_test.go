package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"testing"
)

func TestNamesCarryTheContent(t *testing.T) {
	url := URL("app.css")
	if !regexp.MustCompile(`^/static/app\.[0-9a-f]{12}\.css$`).MatchString(url) {
		t.Errorf("the address is %q", url)
	}
	asset, ok := Find(url)
	if !ok || asset.ContentType != "text/css; charset=utf-8" || asset.ETag == "" {
		t.Errorf("found %v, %q, %q", ok, asset.ContentType, asset.ETag)
	}
	r, err := gzip.NewReader(bytes.NewReader(asset.Gzip))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(r); err != nil || !bytes.Equal(plain, asset.Body) {
		t.Error("the packed body is another one")
	}
}

func TestOtherPathsAreNotFound(t *testing.T) {
	for _, path := range []string{"", "/", "/static/app.css", "/static/app..css", "app.css", "/static/doc.go"} {
		if _, ok := Find(path); ok {
			t.Errorf("%q is found", path)
		}
	}
	if Has("brand.css") || Has("nothing.css") || !Has("app.css") {
		t.Error("Has tells an empty or missing file from a full one")
	}
	defer func() {
		if recover() == nil {
			t.Error("a misspelt name went unnoticed")
		}
	}()
	URL("ap.css")
}

// TestAssetBudget: what every first visit loads, compressed.
func TestAssetBudget(t *testing.T) {
	size := func(name string) int { a, _ := Find(URL(name)); return len(a.Gzip) }
	css, own, scripts := size("app.css"), size("app.js"), size("app.js")+size("htmx.min.js")
	t.Logf("css %d, app.js %d, scripts %d bytes", css, own, scripts)
	for what, c := range map[string]struct{ got, most int }{"css": {css, 15 << 10}, "app.js": {own, 6 << 10}, "scripts": {scripts, 25 << 10}} {
		if c.got == 0 || c.got > c.most {
			t.Errorf("%s has %d bytes, at most %d", what, c.got, c.most)
		}
	}
}
