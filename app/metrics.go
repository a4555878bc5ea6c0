package main

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics is what the program counts. Labels are routes, methods and outcomes, never a person, an
// address or anything else from a request.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	statements *prometheus.HistogramVec
	mails      *prometheus.CounterVec
	floods     prometheus.Counter

	mu      sync.Mutex
	foreign map[string]prometheus.Collector // of oauthserver, by name
}

func newMetrics() *metrics {
	m := &metrics{
		registry:   prometheus.NewRegistry(),
		requests:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total", Help: "Requests answered."}, []string{"method", "route", "status"}),
		seconds:    prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_request_seconds", Help: "Time to answer.", Buckets: timeBuckets}, []string{"route"}),
		statements: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sql_statement_seconds", Help: "Time a statement took.", Buckets: timeBuckets}, []string{"outcome"}),
		mails:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mails_total", Help: "Tries to deliver a mail."}, []string{"kind", "outcome"}),
		floods:     prometheus.NewCounter(prometheus.CounterOpts{Name: "http_floods_total", Help: "Requests refused because too many came at once."}),
		foreign:    map[string]prometheus.Collector{},
	}
	m.registry.MustRegister(m.requests, m.seconds, m.statements, m.mails, m.floods,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

var timeBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func (m *metrics) request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

func (m *metrics) mail(kind, outcome string) { m.mails.WithLabelValues(kind, outcome).Inc() }

// slowStatement is where a statement is worth a line in the log.
const slowStatement = 200 * time.Millisecond

// statement is models.Options.Observe. The SQL has placeholders where values were.
func (m *metrics) statement(log *slog.Logger) func(context.Context, string, int64, time.Duration, error) {
	return func(ctx context.Context, sql string, rows int64, took time.Duration, err error) {
		outcome := "done"
		if err != nil {
			outcome = "error"
		}
		m.statements.WithLabelValues(outcome).Observe(took.Seconds())
		if took >= slowStatement {
			log.WarnContext(ctx, "slow statement", "sql", sql, "rows", rows, "took", took)
		}
	}
}

// observe takes the metrics of a part that does not know Prometheus. The name says the kind: _seconds is a
// histogram, the rest are counters. Label names and values come in turn, always the same names for a metric.
func (m *metrics) observe(name string, value float64, labels ...string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	switch c := m.collector(name, names).(type) {
	case *prometheus.CounterVec:
		c.WithLabelValues(values...).Add(value)
	case *prometheus.HistogramVec:
		c.WithLabelValues(values...).Observe(value)
	}
}

func (m *metrics) collector(name string, labels []string) prometheus.Collector {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, known := m.foreign[name]; known {
		return c
	}
	var c prometheus.Collector = prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: "See docs/oauth-server.md."}, labels)
	if strings.HasSuffix(name, "_seconds") {
		c = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: "See docs/oauth-server.md.", Buckets: timeBuckets}, labels)
	}
	m.registry.MustRegister(c)
	m.foreign[name] = c
	return c
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
