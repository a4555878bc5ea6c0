package main

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
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
}

func newMetrics() *metrics {
	m := &metrics{
		registry:   prometheus.NewRegistry(),
		requests:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total", Help: "Requests answered."}, []string{"method", "route", "status"}),
		seconds:    prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_request_seconds", Help: "Time to answer.", Buckets: timeBuckets}, []string{"route"}),
		statements: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sql_statement_seconds", Help: "Time a statement took.", Buckets: timeBuckets}, []string{"outcome"}),
		mails:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mails_total", Help: "Tries to deliver a mail."}, []string{"kind", "outcome"}),
		floods:     prometheus.NewCounter(prometheus.CounterOpts{Name: "http_floods_total", Help: "Requests refused because too many came at once."}),
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

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
