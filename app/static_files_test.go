package main

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/static"
)

// TestOnlyStaticFiles (T-1209): in production the public port gives out the embedded files by their full names and
// nothing else: no folder, no source, no dot-file, no page for developers, no metrics, however it is spelt.
func TestOnlyStaticFiles(t *testing.T) {
	h := testHouse(t, func(c *Config) { c.Env, c.BaseURL, c.AutoMigrate = envProduction, "https://id.example.test", true })
	address := listenFiber(t, h.web)
	ask := func(target string) []int {
		t.Helper()
		return converse(t, address, "GET "+target+" HTTP/1.1\r\nHost: id.example.test\r\nConnection: close\r\n\r\n")
	}
	css := static.URL("app.css")
	if got := ask(css); len(got) != 1 || got[0] != http.StatusOK {
		t.Fatalf("%s: %v", css, got)
	}
	targets := []string{
		"/static", "/static/", "/static//", "/static/.", "/static/..", "/static/app.css", "/static/app.js", "/static/doc.go", "/static/static.go", "/static/app.css.map",
		css + ".map", css + ".gz", css + "/", css + "%00", css + "%2f", css + ";x", strings.ToUpper(css), css + "%20", strings.Replace(css, "app", "%61pp", 1) + "x",
		"/static/.git/config", "/static/.env", "/static/.gitignore", "/.git/HEAD", "/.env", "/.well-known/", "/.well-known/security", "/go.mod", "/main.go", "/app.go", "/Taskfile.yml", "/data/", "/data/app.db", "/secret.key",
		"/dev", "/dev/", "/dev/mail", "/dev/mail.json", "/dev/ui", "/dev/ui/login", "/dev/ui/mails", "/dev/mail/x", "/developer", "/DEV/mail",
		"/debug", "/debug/", "/debug/pprof", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/metrics", "/metrics/", "/Metrics", "/administrator", "/server-status", "/actuator", "/swagger", "/index.html", "/robots.txt~",
	}
	for _, up := range []string{"../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "....//", "%252e%252e%252f", "..;/", "..%c0%af", ".%2e/", "/../", "%00../"} {
		for _, file := range []string{"go.mod", "etc/passwd", "app/main.go", "static/doc.go"} {
			for _, depth := range []int{1, 3, 8} {
				targets = append(targets, "/static/"+strings.Repeat(up, depth)+file)
			}
		}
	}
	for _, target := range targets {
		for _, status := range ask(target) {
			if status != http.StatusNotFound && status != http.StatusBadRequest {
				t.Errorf("%s: %d", target, status)
			}
		}
	}
	for _, target := range []string{"/static/", "/static/../static/", "/static/nothing"} { // and no list of what there is
		if body := bodyOf(t, h.send(t, get(target))); strings.Contains(body, "htmx.min.") && strings.Contains(body, "<pre>") || strings.Contains(body, "doc.go") {
			t.Errorf("%s lists files: %.300s", target, body)
		}
	}
}
