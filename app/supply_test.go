package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pins are the versions this house is known to stand on; everything else follows from them. Raise one at a
// time, here and in go.mod, when a release is worth it.
var pins = map[string]string{
	"github.com/a-h/templ":                                "v0.3.977",
	"github.com/gofiber/fiber/v2":                         "v2.52.15", // below 2.52.12: session ids could be chosen by strangers
	"gorm.io/gorm":                                        "v1.31.2",
	"gorm.io/driver/sqlite":                               "v1.6.0",
	"gorm.io/driver/postgres":                             "v1.6.3",
	"github.com/jackc/pgx/v5":                             "v5.12.0",
	"modernc.org/sqlite":                                  "v1.61.1",
	"github.com/pressly/goose/v3":                         "v3.29.0",
	"github.com/riverqueue/river":                         "v0.49.0", // its parts move together
	"github.com/riverqueue/river/riverdriver":             "v0.49.0",
	"github.com/riverqueue/river/riverdriver/riverpgxv5":  "v0.49.0",
	"github.com/riverqueue/river/riverdriver/riversqlite": "v0.49.0",
	"github.com/riverqueue/river/rivershared":             "v0.49.0",
	"github.com/riverqueue/river/rivertype":               "v0.49.0",
	"github.com/ory/fosite":                               "v0.49.0", // the twins of oauthserver's fosite tests expect its faults // oauth
	"github.com/go-jose/go-jose/v3":                       "v3.0.5",  // fosite asks for an older one that can be made to spend memory // oauth
	"github.com/go-jose/go-jose/v4":                       "v4.1.8",  // oauth
	"github.com/go-webauthn/webauthn":                     "v0.18.2",
	"golang.org/x/crypto":                                 "v0.58.0",
	"github.com/tink-crypto/tink-go/v2":                   "v2.9.0",
	"github.com/wneessen/go-mail":                         "v0.8.1",
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	command := exec.Command("go", append([]string{"list"}, args...)...)
	command.Dir = ".."
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, errs.String())
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

func TestPinnedVersions(t *testing.T) {
	version := map[string]string{}
	for _, line := range goList(t, "-m", "-f", "{{.Path}} {{.Version}}{{with .Replace}} replaced{{end}}", "all") {
		path, rest, _ := strings.Cut(line, " ")
		version[path] = rest
		if strings.HasSuffix(rest, "replaced") {
			t.Errorf("%s is replaced: whoever imports this module would get another one", path)
		}
	}
	for path, want := range pins {
		if version[path] != want {
			t.Errorf("%s is at %q, not %s", path, version[path], want)
		}
	}
	for path, at := range version {
		if strings.HasPrefix(path, "go.opentelemetry.io/otel") && slices.Contains([]string{"/trace", "/metric", "/sdk"}, strings.TrimPrefix(path, "go.opentelemetry.io/otel")) && at != version["go.opentelemetry.io/otel"] {
			t.Errorf("%s is at %s, otel at %s", path, at, version["go.opentelemetry.io/otel"])
		}
	}
}

// licences are those whose terms a product may ship under, told by a sentence of each.
var licences = map[string]*regexp.Regexp{
	"MIT":        regexp.MustCompile(`Permission is hereby granted, free of charge`),
	"BSD":        regexp.MustCompile(`Redistribution and use in source and binary forms`),
	"Apache-2.0": regexp.MustCompile(`Apache License\s+Version 2\.0`),
	"MPL-2.0":    regexp.MustCompile(`(?i)Mozilla Public License,?\s+version 2\.0`),
}

// TestLicences: every module in the program has a licence of the list.
func TestLicences(t *testing.T) {
	modules := goList(t, "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}", "./app")
	slices.Sort(modules)
	for _, line := range slices.Compact(modules) {
		path, dir, found := strings.Cut(line, " ")
		if found && licenceOf(t, dir) == "" {
			t.Errorf("%s has no licence that is known to be fine", path)
		}
	}
}

func licenceOf(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "[LlCc][IiOo][CcPp][EeYy]*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for name, sentence := range licences {
			if sentence.Match(text) {
				return name
			}
		}
	}
	return ""
}

// broughtAlong are packages for tests that a library imports in its own production code.
var broughtAlong = []string{
	"github.com/gofiber/fiber/v2/utils", "github.com/ory/fosite/", "github.com/stretchr/testify/",
	"go.opentelemetry.io/otel/exporters/jaeger/", // by way of fosite
}

// TestBinaryIsClean: nothing of ours brings test code into the program, no library but those known does, and none
// of it needs a C compiler.
func TestBinaryIsClean(t *testing.T) {
	forTests := []string{"testing", "net/http/httptest", "github.com/stretchr/testify", "github.com/golang/mock", "github.com/ory/fosite/storage"}
	const each = `{{$by := .ImportPath}}{{range .Imports}}{{$by}} {{.}}{{"\n"}}{{end}}`
	for _, line := range goList(t, "-deps", "-f", each, "./app") {
		by, imported, _ := strings.Cut(strings.TrimSpace(line), " ")
		standard := !strings.Contains(strings.Split(by, "/")[0], ".") && !strings.HasPrefix(by, "latchkey")
		if standard || !slices.ContainsFunc(forTests, func(name string) bool { return imported == name || strings.HasPrefix(imported, name+"/") }) {
			continue
		}
		if !slices.ContainsFunc(broughtAlong, func(known string) bool { return strings.HasPrefix(by, known) }) {
			t.Errorf("%s brings %s into the program", by, imported)
		}
	}
	for _, line := range goList(t, "-deps", "-f", "{{if .CgoFiles}}{{.ImportPath}}{{end}}", "./app") {
		if strings.Contains(line, ".") && !strings.HasPrefix(line, "github.com/mattn/go-sqlite3") { // only its name is used, by GORM's dialect
			t.Errorf("%s is built with cgo", line)
		}
	}
}

var (
	aSecret   = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[bap]-[0-9A-Za-z-]{20}|lk_(cs|at|rt)_[A-Za-z0-9_-]{30}`)
	aMailbox  = regexp.MustCompile(`[\w.+-]+@([\w-]+\.)+[a-z]{2,}\b`)
	forNobody = regexp.MustCompile(`@([\w-]+\.)*(example(\.(com|org|net|test))?|test|invalid|localhost)$|@example\.`)
)

// TestRepositoryHasNoSecrets: no key, token or mailbox of anyone is in a file that git keeps.
func TestRepositoryHasNoSecrets(t *testing.T) {
	if testing.Short() {
		t.Skip("reads every file")
	}
	command := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	command.Dir = ".."
	list, err := command.Output()
	if err != nil {
		t.Skip("not a git checkout")
	}
	for _, path := range strings.Split(strings.TrimRight(string(list), "\x00"), "\x00") {
		base := filepath.Base(path)
		if base == ".env" || strings.HasSuffix(base, ".pem") || strings.HasSuffix(base, ".key") {
			t.Errorf("%s is tracked", path)
		}
		text, err := os.ReadFile(filepath.Join("..", path))
		if err != nil || slices.Contains([]string{"go.sum", "package-lock.json"}, base) || strings.Contains(path, "testdata/") || bytes.IndexByte(text, 0) >= 0 {
			continue // deleted and not committed yet, foreign, or no text
		}
		for _, secret := range aSecret.FindAllString(string(text), -1) {
			if !strings.Contains(secret, "0123456789") { // a made-up one
				t.Errorf("%s holds %.20s…", path, secret)
			}
		}
		for _, mailbox := range aMailbox.FindAllString(string(text), -1) {
			if !forNobody.MatchString(mailbox) {
				t.Errorf("%s names the mailbox %s", path, mailbox)
			}
		}
	}
}
