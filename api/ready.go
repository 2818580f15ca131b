package api

import (
	"context"
	"net/http"
	"time"
)

type readiness struct {
	Status     string `json:"status"` // ready, degraded or starting
	EventStore string `json:"event_store"`
	Directory  string `json:"directory"`
	ReadModels string `json:"read_models"`
	Time       string `json:"time"`
}

// ready is 200 while commands are taken and, once they were up, also while the read models are away (degraded).
func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	out := readiness{Status: "ready", EventStore: "ok", Directory: "ok", ReadModels: "ok", Time: s.now().UTC().Format(time.RFC3339Nano)}
	if err := s.config.EventLog.Ping(ctx); err != nil {
		out.Status, out.EventStore = "starting", err.Error()
	}
	if !s.config.Directory.Ready() {
		out.Status, out.Directory = "starting", "catching up"
	}
	if err := s.readsUp(ctx); err != nil {
		out.ReadModels = err.Error()
		switch {
		case s.reads.Load() == nil:
			out.Status = "starting"
		case out.Status == "ready":
			out.Status = "degraded"
		}
	}
	status := http.StatusOK
	if out.Status == "starting" {
		status = http.StatusServiceUnavailable
	}
	return writeJSON(w, status, out)
}
