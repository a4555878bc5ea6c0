package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"latchkey/models/modelstest"
)

// The plans of the OpenID Foundation's conformance suite, written anew in Go from what the modules of release v5.2.3
// check. They show that we believe we conform and certify nothing; docs/conformance.md tells how the suite itself
// is run against this program.

var conformanceReport = flag.String("report", "", "file that TestPlans writes its results to, as JSON")

// The verdicts of the official suite. A warning there is a failure here.
const (
	verdictPassed  = "PASSED"
	verdictReview  = "REVIEW"  // a person there looks at a picture; here its words are checked
	verdictSkipped = "SKIPPED" // what is not offered is refused as it should be
	verdictFailed  = "FAILED"
	verdictNone    = "not run" // this machine lacks the database
)

type conformancePlan struct {
	name    string
	modules []conformanceModule
}

type conformanceModule struct {
	name, verdict string // what the official suite is expected to say
	check         func(t *trial)
}

// TestPlans runs every module that is due on both databases, each in a browser of its own, against the whole program
// behind https.
func TestPlans(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time, and none of it is about races")
	}
	sites := map[string]*conformanceSite{"sqlite": openConformanceSite(t, modelstest.SQLiteURL(t))}
	if os.Getenv("TEST_POSTGRES_URL") != "" {
		sites["postgres"] = openConformanceSite(t, modelstest.PostgresURL(t))
	}
	var results conformanceResults
	for _, plan := range []conformancePlan{basicPlan, configPlan, logoutPlan} {
		t.Run(plan.name, func(t *testing.T) {
			for _, module := range plan.modules {
				t.Run(module.name, func(t *testing.T) {
					result := conformanceResult{Plan: plan.name, Module: module.name, Expected: module.verdict, SQLite: verdictNone, Postgres: verdictNone}
					defer func() { results = append(results, result) }()
					t.Run("sqlite", func(t *testing.T) {
						defer func() { result.SQLite = module.verdictOf(t) }()
						module.check(sites["sqlite"].begin(t))
					})
					t.Run("postgres", func(t *testing.T) {
						defer func() { result.Postgres = module.verdictOf(t) }()
						if sites["postgres"] == nil {
							modelstest.PostgresURL(t) // says why there is none
						}
						module.check(sites["postgres"].begin(t))
					})
				})
			}
		})
	}
	t.Log(results.table())
	results.write(t)
}

func (m conformanceModule) verdictOf(t *testing.T) string {
	switch {
	case t.Failed():
		return verdictFailed
	case t.Skipped():
		return verdictNone
	}
	return m.verdict
}

type conformanceResult struct {
	Plan     string `json:"plan"`
	Module   string `json:"module"`
	Expected string `json:"expected"`
	SQLite   string `json:"sqlite"`
	Postgres string `json:"postgres"`
}

type conformanceResults []conformanceResult

func (list conformanceResults) table() string {
	var text strings.Builder
	fmt.Fprintf(&text, "our re-implementation; it certifies nothing\n%-7s %-80s %-9s %-9s %s\n", "plan", "module", "expected", "sqlite", "postgres")
	good := 0
	for _, result := range list {
		plan, _, _ := strings.Cut(result.Plan, "-") // "rp-initiated-logout" would be a wide column
		fmt.Fprintf(&text, "%-7s %-80s %-9s %-9s %s\n", plan, result.Module, result.Expected, result.SQLite, result.Postgres)
		if result.SQLite != verdictFailed && result.Postgres != verdictFailed {
			good++
		}
	}
	fmt.Fprintf(&text, "%d of %d as expected", good, len(list))
	return text.String()
}

func (list conformanceResults) write(t *testing.T) {
	t.Helper()
	if *conformanceReport == "" {
		return
	}
	text, err := json.MarshalIndent(list, "", "  ")
	if err == nil {
		err = os.WriteFile(*conformanceReport, append(text, '\n'), 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}
