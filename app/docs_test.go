package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/models"
)

// docsPage is a text for readers of the project.
type docsPage struct{ name, text string }

func docsPages(t *testing.T) (pages []docsPage) {
	t.Helper()
	paths, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, "../README.md", "../AGENTS.md", "../SECURITY.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, docsPage{strings.TrimPrefix(path, "../"), string(text)})
	}
	return pages
}

var (
	inBackticks = regexp.MustCompile("`([^`\n]+)`")
	filePath    = regexp.MustCompile(`^(app|auth|docs|models|oauthserver|static|tools|views)/[\w./*-]*$|^[\w.-]+\.(md|yml)$`)
	linkTarget  = regexp.MustCompile(`\]\(([\w./-]+)\)`)
	theProgram  = regexp.MustCompile("(?m)(?:^|`)(?:go run \\./app|app) ([a-z][^`#\n]*)")
	aSetting    = regexp.MustCompile(`\b([A-Z]+_[A-Z_]+|ADDR|DEMO|SIGNUP)\b`)
)

// TestDocs_FilesExist: what the pages point at is there. The page that makes something new names files to be made.
func TestDocs_FilesExist(t *testing.T) {
	for _, page := range docsPages(t) {
		var named []string
		for _, m := range inBackticks.FindAllStringSubmatch(page.text, -1) {
			if filePath.MatchString(m[1]) && !strings.Contains(m[1], "task") {
				named = append(named, m[1])
			}
		}
		for _, m := range linkTarget.FindAllStringSubmatch(page.text, -1) {
			named = append(named, filepath.Join(filepath.Dir(page.name), m[1]))
		}
		for _, path := range named {
			if found, err := filepath.Glob(filepath.Join("..", path)); err != nil || len(found) == 0 {
				t.Errorf("%s names %s, which is not there", page.name, path)
			}
		}
	}
}

// TestDocs_CommandsRun: every command of the program that a page shows is run, in the order of the page.
func TestDocs_CommandsRun(t *testing.T) {
	for _, page := range docsPages(t) {
		lines := theProgram.FindAllStringSubmatch(page.text, -1)
		if len(lines) == 0 {
			continue
		}
		t.Run(page.name, func(t *testing.T) {
			inFolder(t)
			jsonOf[[]keyJSON](t, "keys", "list") // makes the keys, as the first start does
			client := jsonOf[clientJSON](t, "client", "create", "--name", "Mine", "--redirect-uri", "https://mine.example/cb", "--scope", "openid")
			for _, line := range lines {
				args := shellWords(line[1])
				if slices.Contains(args, "serve") {
					continue
				}
				for i, arg := range args {
					if arg == "ID" {
						args[i] = client.ID
					}
				}
				if code, _, stderr := command(t, args...); code != 0 {
					t.Errorf("app %s: exit %d, %s", line[1], code, stderr)
				}
			}
		})
	}
}

// shellWords splits at spaces outside double quotes.
func shellWords(line string) (words []string) {
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

// TestDocs_SettingsExist: the pages, .env.example and the program know the same settings.
func TestDocs_SettingsExist(t *testing.T) {
	example, err := os.ReadFile("../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("config.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`env:"([A-Z_]+)`).FindAllStringSubmatch(string(source), -1) {
		if !strings.Contains(string(example), m[1]+"=") {
			t.Errorf(".env.example does not say what %s is", m[1])
		}
	}
	for _, page := range append(docsPages(t), docsPage{".env.example", string(example)}) {
		for _, m := range aSetting.FindAllStringSubmatch(page.text, -1) {
			if !strings.Contains(string(source), `env:"`+m[1]) && !slices.Contains([]string{"TEST_POSTGRES_URL", "AXE_FULL"}, m[1]) {
				t.Errorf("%s names the setting %s, which does not exist", page.name, m[1])
			}
		}
	}
}

// TestDocs_MetricsExist: docs/oauth-server.md lists the metrics of the OAuth server, all of them and no other.
func TestDocs_MetricsExist(t *testing.T) {
	paths, err := filepath.Glob("../oauthserver/*.go")
	if err != nil {
		t.Fatal(err)
	}
	names := func(pattern string, paths ...string) (found []string) {
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
				found = append(found, m[1])
			}
		}
		slices.Sort(found)
		return slices.Compact(found)
	}
	told := names(`\.observe\("(\w+)"`, paths...)
	listed := names("(?m)^\\| `(oauth_\\w+){", "../docs/oauth-server.md")
	if len(told) == 0 || !slices.Equal(told, listed) {
		t.Errorf("told %v, listed %v", told, listed)
	}
}

// TestDefaults_DocsAreGenerated: the tables of settings in the docs are those of the program: name, what it does, default, bounds.
func TestDefaults_DocsAreGenerated(t *testing.T) {
	var docs strings.Builder
	for _, page := range docsPages(t) {
		docs.WriteString(page.text)
	}
	byGroup := map[string]*strings.Builder{}
	for _, s := range testHouse(t).admin.Settings() {
		if s.Kind.Word == models.SettingShown {
			continue
		}
		if byGroup[s.Group] == nil {
			byGroup[s.Group] = &strings.Builder{}
			byGroup[s.Group].WriteString("| setting | | default | may be |\n| --- | --- | --- | --- |\n")
		}
		fmt.Fprintf(byGroup[s.Group], "| `%s` | %s: %s | %s | %s |\n", s.Name, s.Label, strings.TrimSuffix(s.Sentence, "."), s.Kind.Say(s.Default), mayBe(s.Kind))
	}
	for group, table := range byGroup {
		if !strings.Contains(docs.String(), table.String()) {
			t.Errorf("the docs lack this table of %q:\n%s", group, table)
		}
	}
}

// mayBe is what a setting can be, in a few words.
func mayBe(kind models.SettingKind) string {
	var words []string
	for _, choice := range kind.Offered() {
		words = append(words, choice.Label)
	}
	if len(words) > 0 {
		return strings.Join(words, ", ")
	}
	return strings.TrimSuffix(strings.TrimPrefix(kind.Bounds(), "From "), ".")
}

// TestDocs_RemovalByHand: who takes the OAuth server out by hand deletes what the script deletes.
func TestDocs_RemovalByHand(t *testing.T) {
	script, err := os.ReadFile("../tools/remove-oauth.sh")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/remove-oauth-server.md")
	if err != nil {
		t.Fatal(err)
	}
	var deleted, told []string
	for _, m := range regexp.MustCompile(`(?m)^rm -r?f ([^#\n]+)`).FindAllStringSubmatch(string(script), -1) {
		for _, path := range strings.Fields(m[1]) {
			names, isList := strings.CutPrefix(path, "views/{")
			if !isList {
				deleted = append(deleted, path)
				continue
			}
			names, _, _ = strings.Cut(names, "}") // what is generated goes with its source
			for name := range strings.SplitSeq(names, ",") {
				deleted = append(deleted, "views/"+name+".templ")
			}
		}
	}
	list, _, _ := strings.Cut(string(page), "\n2. ")
	_, list, _ = strings.Cut(list, "\n1. ")
	for _, m := range inBackticks.FindAllStringSubmatch(list, -1) {
		told = append(told, m[1])
	}
	slices.Sort(deleted)
	slices.Sort(told)
	if len(deleted) == 0 || !slices.Equal(deleted, told) {
		t.Errorf("the script deletes\n%s\nthe page says\n%s", strings.Join(deleted, "\n"), strings.Join(told, "\n"))
	}
}
