package api

import (
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/dakahq/daka/api/who"
)

// mountOperations puts metrics and profiles on the main address, for the administrator's token alone, unless they have an address of their own.
func (s *pages) mountOperations() {
	if s.opsElsewhere {
		return
	}
	metrics := metricsHandler(s.registry)
	s.router.Plain("GET", "/metrics", func(w http.ResponseWriter, r *http.Request) error {
		metrics.ServeHTTP(w, r)
		return nil
	})
	s.router.Plain("GET", who.Profiles+"*", func(w http.ResponseWriter, r *http.Request) error {
		profile(w, r)
		return nil
	})
}

func metricsHandler(registry *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// profile answers a profile by the last part of its path.
func profile(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a profile takes as long as was asked for
	switch strings.TrimPrefix(r.URL.Path, who.Profiles) {
	case "cmdline":
		pprof.Cmdline(w, r)
	case "profile":
		pprof.Profile(w, r)
	case "symbol":
		pprof.Symbol(w, r)
	case "trace":
		pprof.Trace(w, r)
	default:
		pprof.Index(w, r)
	}
}
