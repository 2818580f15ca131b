package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus"
)

// otherLabel stands for every value that is on no list. Callers choose methods and paths, so a label never repeats what they sent.
const otherLabel = "other"

// metrics counts requests. Every label comes from a closed list: the patterns of the routes, known methods, known statuses.
type metrics struct {
	patterns map[string]bool
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(r *prometheus.Registry) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daka_http_requests_total", Help: "Requests by route, method and status."}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "daka_http_request_seconds", Help: "Time to answer, by route and method.",
			Buckets: []float64{.001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"route", "method"}),
	}
	r.MustRegister(m.requests, m.seconds)
	return m
}

// know sets the patterns that may be a label; routes are "METHOD /pattern".
func (m *metrics) know(routes []string) {
	m.patterns = make(map[string]bool, len(routes))
	for _, route := range routes {
		_, pattern, _ := strings.Cut(route, " ")
		m.patterns[pattern] = true
	}
}

func (m *metrics) routeLabel(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil {
		if pattern := c.RoutePattern(); m.patterns[pattern] {
			return pattern
		}
	}
	return otherLabel
}

func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return otherLabel
}

func statusLabel(status int) string {
	if http.StatusText(status) == "" {
		return otherLabel
	}
	return strconv.Itoa(status)
}

// observe counts and times every request.
func (m *metrics) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(ww, r)
		route, method := m.routeLabel(r), methodLabel(r.Method)
		m.requests.WithLabelValues(route, method, statusLabel(ww.Status())).Inc()
		m.seconds.WithLabelValues(route, method).Observe(time.Since(started).Seconds())
	})
}
