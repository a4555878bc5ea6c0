package auth

import "github.com/prometheus/client_golang/prometheus"

// metrics count by method and outcome. No label ever holds an address, a person or a network.
type metrics struct {
	signIns, signUps, resets, codes, limits *prometheus.CounterVec
	hashWait                                *prometheus.HistogramVec
	breachFailures                          prometheus.Counter
}

func newMetrics(r prometheus.Registerer) metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "auth", Name: name, Help: help}, labels)
	}
	m := metrics{
		signIns: counter("sign_ins_total", "Sign-ins tried, by method and outcome.", "method", "outcome"),
		signUps: counter("sign_ups_total", "Sign-ups, by outcome.", "outcome"),
		resets:  counter("password_resets_total", "Password resets, by step.", "outcome"),
		codes:   counter("codes_total", "Codes typed, by purpose and outcome.", "purpose", "outcome"),
		limits:  counter("limits_hit_total", "Tries refused by a limit.", "limit"),
		hashWait: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "auth", Name: "hash_wait_seconds", Help: "Wait of a password hash, for a place and then for a processor.",
			Buckets: []float64{0, .01, .05, .1, .5, 1, 2, 5},
		}, []string{"for"}),
		breachFailures: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: "auth", Name: "breach_lookup_failures_total", Help: "Look-ups of stolen passwords that failed and let the password through.",
		}),
	}
	if r != nil {
		r.MustRegister(m.signIns, m.signUps, m.resets, m.codes, m.limits, m.hashWait, m.breachFailures)
	}
	return m
}
