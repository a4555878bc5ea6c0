package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	requirementRow = regexp.MustCompile(`(?m)^\| ([A-Z]-\d+) \| ([^|]+) \| ([^|]*) \|$`)
	namedTest      = regexp.MustCompile("`((?:Test|Fuzz|Benchmark)\\w+)`")
	declaredTest   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
)

// TestRequirements: each row of docs/requirements.md stands once, and is proved by tests that exist or says why
// not.
func TestRequirements(t *testing.T) {
	text, err := os.ReadFile("../docs/requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := requirementRow.FindAllStringSubmatch(string(text), -1)
	if lines := strings.Count(string(text), "\n| ") - 2*strings.Count(string(text), "\n| --- "); lines != len(rows) || lines == 0 {
		t.Errorf("%d lines of tables, and %d rows of three cells", lines, len(rows))
	}
	tests, seen := declaredTests(t), map[string]bool{}
	for _, row := range rows {
		id, property, proof := row[1], strings.TrimSpace(row[2]), strings.TrimSpace(row[3])
		if seen[id] || property == "" || proof == "" {
			t.Errorf("%s stands twice, or has an empty cell", id)
		}
		seen[id] = true
		for _, m := range namedTest.FindAllStringSubmatch(proof, -1) {
			if !tests[m[1]] {
				t.Errorf("%s is proved by %s, which does not exist", id, m[1])
			}
		}
	}
}

// declaredTests are the names of all tests, benchmarks and fuzz targets of the project.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range declaredTest.FindAllStringSubmatch(string(source), -1) {
			names[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
