package api

import (
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// profiles is where the program's own state is, for who runs it.
const profiles = "/debug/pprof/"

// mountOperations puts metrics and profiles on the main address, for the administrator's token alone, unless they have an address of their own.
func (s *Server) mountOperations() {
	if s.config.OpsElsewhere {
		return
	}
	metrics := s.metricsHandler()
	s.plain("GET", "/metrics", func(w http.ResponseWriter, r *http.Request) error {
		metrics.ServeHTTP(w, r)
		return nil
	})
	s.plain("GET", profiles+"*", func(w http.ResponseWriter, r *http.Request) error {
		profile(w, r)
		return nil
	})
}

func (s *Server) metricsHandler() http.Handler {
	return promhttp.HandlerFor(s.config.Registry, promhttp.HandlerOpts{})
}

// profile answers a profile by the last part of its path.
func profile(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a profile takes as long as was asked for
	switch strings.TrimPrefix(r.URL.Path, profiles) {
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

// Operations is what an address for operators answers, without a token: metrics, profiles, health. Nobody else may reach it.
func (s *Server) Operations() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metricsHandler())
	mux.HandleFunc("GET "+profiles, profile)
	mux.Handle("GET /healthz", s)
	mux.Handle("GET /readyz", s)
	return mux
}
