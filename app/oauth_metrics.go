package main

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// oauthMetrics counts what the OAuth server tells, which does not know Prometheus. docs/oauth-server.md lists the
// metrics.
type oauthMetrics struct {
	registry *prometheus.Registry
	log      *slog.Logger

	mu     sync.Mutex
	byName map[string]prometheus.Collector
}

func newOAuthMetrics(registry *prometheus.Registry, log *slog.Logger) *oauthMetrics {
	return &oauthMetrics{registry: registry, log: log, byName: map[string]prometheus.Collector{}}
}

// observe is oauthserver.Config.Observe: label names and values come in turn. A metric that does not fit is logged:
// what was to be counted has happened, and goes on.
func (m *oauthMetrics) observe(name string, value float64, labels ...string) {
	if err := m.count(name, value, labels); err != nil {
		m.log.Error("metric is not counted", "metric", name, "error", err)
	}
}

func (m *oauthMetrics) count(name string, value float64, labels []string) error {
	var names []string
	pairs := prometheus.Labels{}
	for i := 0; i+1 < len(labels); i += 2 {
		names, pairs[labels[i]] = append(names, labels[i]), labels[i+1]
	}
	collector, err := m.collector(name, names)
	if err != nil {
		return err
	}
	switch c := collector.(type) {
	case *prometheus.CounterVec:
		counter, err := c.GetMetricWith(pairs)
		if err != nil {
			return fmt.Errorf("labels %v: %w", names, err)
		}
		counter.Add(value)
	case *prometheus.HistogramVec:
		histogram, err := c.GetMetricWith(pairs)
		if err != nil {
			return fmt.Errorf("labels %v: %w", names, err)
		}
		histogram.Observe(value)
	case *prometheus.GaugeVec:
		gauge, err := c.GetMetricWith(pairs)
		if err != nil {
			return fmt.Errorf("labels %v: %w", names, err)
		}
		gauge.Set(value)
	}
	return nil
}

// collector makes a metric when it is first heard of. Its name says the kind: _age_seconds is a gauge, another
// _seconds a histogram, the rest are counters.
func (m *oauthMetrics) collector(name string, labels []string) (prometheus.Collector, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, known := m.byName[name]; known {
		return c, nil
	}
	const help = "See docs/oauth-server.md."
	var c prometheus.Collector = prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	switch {
	case strings.HasSuffix(name, "_age_seconds"):
		c = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	case strings.HasSuffix(name, "_seconds"):
		c = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: timeBuckets}, labels)
	}
	if err := m.registry.Register(c); err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	m.byName[name] = c
	return c, nil
}
