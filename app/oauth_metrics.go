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
	byName map[string]oauthMetric
}

// oauthMetric has its labels in the order in which it was first heard of.
type oauthMetric struct {
	labels    []string
	collector prometheus.Collector
}

func newOAuthMetrics(registry *prometheus.Registry, log *slog.Logger) *oauthMetrics {
	return &oauthMetrics{registry: registry, log: log, byName: map[string]oauthMetric{}}
}

// observe is oauthserver.Config.Observe: label names and values come in turn. A metric that does not fit is logged:
// what was to be counted has happened, and goes on.
func (m *oauthMetrics) observe(name string, value float64, labels ...string) {
	if err := m.count(name, value, labels); err != nil {
		m.log.Error("metric is not counted", "metric", name, "error", err)
	}
}

func (m *oauthMetrics) count(name string, value float64, pairs []string) error {
	metric, err := m.metric(name, pairs)
	if err != nil {
		return err
	}
	if len(pairs) != 2*len(metric.labels) {
		return fmt.Errorf("labels %v, and before %v", namesOf(pairs), metric.labels)
	}
	values := make([]string, len(metric.labels))
	for i, label := range metric.labels {
		if pairs[2*i] != label {
			return fmt.Errorf("labels %v, and before %v", namesOf(pairs), metric.labels)
		}
		values[i] = pairs[2*i+1]
	}
	switch c := metric.collector.(type) {
	case *prometheus.CounterVec:
		c.WithLabelValues(values...).Add(value)
	case *prometheus.HistogramVec:
		c.WithLabelValues(values...).Observe(value)
	case *prometheus.GaugeVec:
		c.WithLabelValues(values...).Set(value)
	}
	return nil
}

func namesOf(pairs []string) []string {
	var names []string
	for i := 0; i < len(pairs); i += 2 {
		names = append(names, pairs[i])
	}
	return names
}

// metric makes a metric when it is first heard of. Its name says the kind: _age_seconds is a gauge, another
// _seconds a histogram, the rest are counters.
func (m *oauthMetrics) metric(name string, pairs []string) (oauthMetric, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, found := m.byName[name]; found {
		return known, nil
	}
	labels := namesOf(pairs)
	const help = "See docs/oauth-server.md."
	var c prometheus.Collector = prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	switch {
	case strings.HasSuffix(name, "_age_seconds"):
		c = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	case strings.HasSuffix(name, "_seconds"):
		c = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: timeBuckets}, labels)
	}
	if err := m.registry.Register(c); err != nil {
		return oauthMetric{}, fmt.Errorf("register: %w", err)
	}
	m.byName[name] = oauthMetric{labels, c}
	return m.byName[name], nil
}
