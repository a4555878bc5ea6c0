// Command mutants shows that the tests watch the guards: it takes out one guard after the other and demands that
// the test named beside it fails. No file is touched; the changed one is laid over the tree (go help build,
// -overlay).
//
//	go run -C tools ./mutants          every guard
//	go run -C tools ./mutants code     those whose name or file holds "code"
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// mutant is a guard, the text that is it, what stands there without it, and the test that must notice.
type mutant struct {
	guard       string
	file        string
	text        string // occurs exactly once in the file
	replacement string
	pkg         string
	test        string
	imports     string // a package that the replacement needs besides; usually none
}

func main() {
	root, err := filepath.Abs("..")
	if err != nil {
		fail(err)
	}
	wanted, noticed := selected(os.Args[1:]), 0
	if err := untouched(root, wanted); err != nil {
		fail(err)
	}
	for i, err := range checkAll(root, wanted) {
		if err != nil {
			fmt.Printf("FAIL  %-55s %v\n", wanted[i].guard, err)
			continue
		}
		noticed++
		fmt.Printf("ok    %-55s %s\n", wanted[i].guard, wanted[i].test)
	}
	fmt.Printf("%d of %d guards are missed when they are gone\n", noticed, len(wanted))
	if noticed < len(wanted) || len(wanted) == 0 {
		os.Exit(1)
	}
}

// checkAll checks two guards at a time: much of each check is linking, which keeps one processor busy.
func checkAll(root string, list []mutant) []error {
	outcomes, next := make([]error, len(list)), make(chan int, len(list))
	for i := range list {
		next <- i
	}
	close(next)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for i := range next {
				outcomes[i] = list[i].check(root)
			}
		})
	}
	workers.Wait()
	return outcomes
}

func selected(words []string) (list []mutant) {
	for _, m := range mutants {
		if len(words) == 0 || strings.Contains(m.guard+" "+m.file, words[0]) {
			list = append(list, m)
		}
	}
	return list
}

// untouched runs all the tests as things are, each package once: one that fails anyway would prove nothing.
func untouched(root string, list []mutant) error {
	tests := map[string][]string{}
	for _, m := range list {
		tests[m.pkg] = append(tests[m.pkg], m.test)
	}
	for pkg, names := range tests {
		if output, err := run(root, pkg, strings.Join(names, "|")); err != nil {
			return fmt.Errorf("%s fails with its guards in place:\n%s", pkg, output)
		}
	}
	return nil
}

// check runs the test without the guard, where that very test must fail: a file that does not compile proves nothing.
func (m mutant) check(root string) error {
	source, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		return err
	}
	if n := strings.Count(string(source), m.text); n != 1 {
		return fmt.Errorf("%s holds the guard %d times: mend the entry", m.file, n)
	}
	overlay, remove, err := m.overlay(root, m.applied(string(source)))
	if err != nil {
		return err
	}
	defer remove()
	output, err := run(root, m.pkg, m.test, "-overlay="+overlay)
	if err == nil {
		return fmt.Errorf("%s passes without the guard", m.test)
	}
	if !strings.Contains(output, "--- FAIL: "+m.test+" ") {
		return fmt.Errorf("%s did not come to run:\n%s", m.test, output)
	}
	return nil
}

func (m mutant) applied(source string) string {
	source = strings.Replace(source, m.text, m.replacement, 1)
	if m.imports != "" {
		source = strings.Replace(source, "\nimport (", fmt.Sprintf("\nimport %q\n\nimport (", m.imports), 1)
	}
	return source
}

// run runs the tests of a package that have one of these names, joined by "|".
func run(root, pkg, names string, flags ...string) (output string, err error) {
	// Nobody debugs these programs, and vet has its own turn: half of the time goes into linking.
	arguments := append([]string{"test", "-count=1", "-vet=off", "-ldflags=-s -w", "-run=^(" + names + ")$"}, flags...)
	command := exec.Command("go", append(arguments, pkg)...)
	command.Dir = root
	text, err := command.CombinedOutput()
	return string(text), err
}

// overlay writes the changed source beside the tree, and the file that tells the go command to take it.
func (m mutant) overlay(root, source string) (path string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return "", nil, err
	}
	changed := filepath.Join(dir, filepath.Base(m.file))
	path = filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, m.file): changed}})
	if err == nil {
		err = os.WriteFile(changed, []byte(source), 0o600)
	}
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	return path, func() { _ = os.RemoveAll(dir) }, err
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
