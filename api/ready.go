package api

import (
	"net/http"
	"time"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/readiness"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
)

// readyAnswer says how this copy is. EventStore, Directory and ReadModels repeat three of the parts, as `ok` or in words.
type readyAnswer struct {
	Status     readiness.Status `json:"status"`
	EventStore string           `json:"event_store"`
	Directory  string           `json:"directory"`
	ReadModels string           `json:"read_models"`
	Parts      []readyPart      `json:"parts"`
	Time       string           `json:"time"`
}

type readyPart struct {
	Name   string          `json:"name"`
	State  readiness.State `json:"state"`
	Reason string          `json:"reason,omitempty"`
	// Text is the reason in words for everybody, Detail for the administrator.
	Text   string `json:"text,omitempty"`
	Detail string `json:"detail,omitempty"`
	Since  string `json:"since"`
}

// ready answers from what the board knows: 200 while punches are taken. It asks no store.
func (s *health) ready(w http.ResponseWriter, r *http.Request) error {
	status, lines := s.board.Report()
	out := readyAnswer{Status: status, Parts: []readyPart{}, Time: s.now().UTC().Format(time.RFC3339Nano)}
	for _, line := range lines {
		part := readyPart{Name: line.Name, State: line.State, Reason: line.Reason, Since: line.Since.Format(time.RFC3339)}
		if line.Reason != "" {
			part.Text = readiness.Text(line.Reason, string(problem.LanguageOf(r.Context())))
		}
		if who.PrincipalOf(r.Context()).Admin {
			part.Detail = line.Detail
		}
		out.Parts = append(out.Parts, part)
		out.repeat(part)
	}
	code := http.StatusOK
	if !status.Takes() {
		code = http.StatusServiceUnavailable
	}
	w.Header().Set("Cache-Control", "no-store")
	return route.WriteJSON(w, code, out)
}

// repeat writes a part where callers of the first versions look for it.
func (a *readyAnswer) repeat(p readyPart) {
	word := "ok"
	if p.State != readiness.OK {
		word = p.Text
	}
	switch p.Name {
	case partEventStore:
		a.EventStore = word
	case partDirectory:
		a.Directory = word
	case partReadModels:
		a.ReadModels = word
	}
}
