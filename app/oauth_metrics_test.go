package main

import (
	"log/slog"
	"strings"
	"testing"
)

// TestOAuthMetrics: counters and histograms appear as they are told. What does not fit is logged, and stops nothing.
func TestOAuthMetrics(t *testing.T) {
	log, registry := &logged{}, newMetrics().registry
	m := newOAuthMetrics(registry, newLog(log, "text", slog.LevelInfo))
	m.observe("oauth_x_total", 1, "event", "a", "outcome", "b")
	m.observe("oauth_x_total", 2, "event", "a", "outcome", "b")
	m.observe("oauth_x_seconds", .5, "endpoint", "/")
	m.observe("oauth_plain_total", 1)
	if log.String() != "" {
		t.Errorf("logged: %s", log)
	}
	m.observe("oauth_x_total", 1, "event", "a")
	m.observe("oauth_x_total", 1, "event", "a", "other", "b")
	m.observe("oauth_x_total", 1, "outcome", "b", "event", "a") // another order
	m.observe("http_requests_total", 1)                         // is not ours, and has labels
	if got := strings.Count(log.String(), "metric is not counted"); got != 4 {
		t.Errorf("%d of 4 mistakes in the log:\n%s", got, log)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "oauth_") {
			continue
		}
		for _, metric := range f.GetMetric() {
			got[f.GetName()] += metric.GetCounter().GetValue() + metric.GetHistogram().GetSampleSum()
		}
	}
	if len(got) != 3 || got["oauth_x_total"] != 3 || got["oauth_x_seconds"] != .5 || got["oauth_plain_total"] != 1 {
		t.Errorf("counted %v", got)
	}
}
