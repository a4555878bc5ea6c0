package views

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A component used by its own file alone is a part of a page or of another component; the rest is for everybody, and
// shown. Left out is what frames pages, the gallery too, and confirmPage and questionForm, which are whole pages: see the samples.
func TestGalleryShowsEveryComponent(t *testing.T) {
	sources := templates(t)
	shown := galleries(sources)
	missing := func(shown string) (names []string) {
		for _, name := range sharedComponents(sources) {
			if !regexp.MustCompile(`@` + name + `\(`).MatchString(shown) {
				names = append(names, name)
			}
		}
		return names
	}
	if names := missing(shown); len(names) > 0 {
		t.Errorf("not in the gallery: %v", names)
	}
	if names := missing(strings.ReplaceAll(shown, "@avatar(", "")); !slices.Contains(names, "avatar") {
		t.Error("a component that is missing would not be noticed")
	}
}

// The call beside a component is the call that draws it.
func TestGalleryCallsAreReal(t *testing.T) {
	shown := galleries(templates(t))
	calls := regexp.MustCompile("galleryItem\\(`([^`]+)`\\)").FindAllStringSubmatch(shown, -1)
	if len(calls) < 30 {
		t.Fatalf("only %d items", len(calls))
	}
	code := regexp.MustCompile("`[^`]+`").ReplaceAllString(shown, "")
	for _, call := range calls {
		for _, one := range strings.Split(strings.ReplaceAll(call[1], ") @", ")\n@"), "\n") {
			if !strings.Contains(code, one) && !strings.Contains(one, "pageHead") {
				t.Errorf("nothing is drawn by %s", one)
			}
		}
	}
}

func TestGalleryFailsWithItsMail(t *testing.T) {
	broken := MailSample{Name: "broken", Mail: func(context.Context) (MailContent, error) { return MailContent{}, errors.New("no ink") }}
	if err := galleryMail(broken).Render(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), "no ink") {
		t.Errorf("drew with %v", err)
	}
}

// galleries is the source of every file whose name says gallery.
func galleries(sources map[string]string) (all string) {
	for file, source := range sources {
		if strings.Contains(file, "gallery") {
			all += source
		}
	}
	return all
}

func templates(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.templ")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources[file] = string(content)
	}
	return sources
}

func sharedComponents(sources map[string]string) (names []string) {
	declared := regexp.MustCompile(`(?m)^templ ([a-z]\w*)\(`)
	for file, content := range sources {
		if file == "layout.templ" || strings.HasPrefix(file, "gallery") {
			continue
		}
		for _, m := range declared.FindAllStringSubmatch(content, -1) {
			used := regexp.MustCompile(`@` + m[1] + `\(`)
			if used.MatchString(sources["layout.templ"]) || used.MatchString(sources["brand.templ"]) || m[1] == "confirmPage" || m[1] == "questionForm" || strings.HasSuffix(m[1], "Shell") {
				continue
			}
			for other, text := range sources {
				if other != file && !strings.HasPrefix(other, "gallery") && used.MatchString(text) {
					names = append(names, m[1])
					break
				}
			}
		}
	}
	slices.Sort(names)
	return names
}
