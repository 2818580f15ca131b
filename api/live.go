package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
)

// heartbeat keeps proxies from closing a quiet stream.
const heartbeat = 15 * time.Second

// changes streams what changed.
type changes struct {
	reads     *read.Side
	guard     *who.Guard
	problems  *problem.Explainer
	router    *route.Router
	now       func() time.Time
	streams   *limit.Streams
	drain     <-chan struct{}
	heartbeat time.Duration
}

// mountLive registers the stream of changes; it is described by hand, since it ends only with the caller.
func (s *changes) mountLive() {
	const path = v1 + "/orgs/{org}" + who.LivePath
	s.router.Plain("GET", path, s.live)
	text := &huma.Schema{Type: "string", Description: "event: change, data: {\"at\": instant}, whenever committed pages touched the organization; then ask again what you show. event: beat each 15 s; after 35 s of silence, connect anew"}
	s.router.Document(&huma.Operation{
		OperationID: "live", Method: "GET", Path: path, Tags: []string{"statistics"}, Summary: "Server-sent events: what changed",
		Parameters: []*huma.Param{{Name: "org", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}},
		Responses:  map[string]*huma.Response{"200": {Description: "a stream", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: text}}}},
	})
}

func (s *changes) live(w http.ResponseWriter, r *http.Request) error {
	org, err := who.ParseID(r.PathValue("org"), "organization_not_found", "organization")
	if err != nil {
		return err
	}
	if err := s.guard.Known(org, nil); err != nil {
		return err
	}
	reads, err := s.reads.Up()
	if err != nil {
		return err
	}
	if p := who.PrincipalOf(r.Context()); !p.Admin {
		closed, err := s.streams.Open(p.Actor.ID)
		if err != nil {
			return err
		}
		defer closed()
	}
	changes := reads.Changes(r.Context())
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	if route.IsHead(r) {
		return nil
	}
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{})
	fmt.Fprint(w, ": welcome\nretry: 2000\n\n")
	if err := out.Flush(); err != nil {
		return nil // the caller is gone already
	}
	beat := time.NewTicker(s.heartbeat)
	defer beat.Stop()
	check := time.NewTicker(streamCheck)
	defer check.Stop()
	session := time.NewTicker(2 * streamCheck) // Postgres is asked for it
	defer session.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-s.drain:
			return nil
		case <-beat.C:
			fmt.Fprint(w, "event: beat\ndata: {}\n\n") // a comment would not reach the page
		case <-session.C:
			if s.isGone(r) {
				return nil
			}
			continue
		case <-check.C:
			if s.isOut(r, org) {
				return nil
			}
			continue
		case c, ok := <-changes:
			if !ok {
				return nil
			}
			if c.Touches(org) {
				data, _ := json.Marshal(map[string]string{"at": domain.At(s.now()).String()})
				fmt.Fprintf(w, "event: change\ndata: %s\n\n", data)
			}
		}
		if out.Flush() != nil {
			return nil
		}
	}
}

// isGone says that who opened a stream is signed out, or that the token was revoked. A store that does not answer says nothing of it.
func (s *changes) isGone(r *http.Request) bool {
	_, err := s.guard.Principal(r)
	return err != nil && s.problems.Of(r.Context(), err).Status == http.StatusUnauthorized
}

// streamCheck is how often who listens is asked for in the directory, which is at most a second old.
const streamCheck = 2 * time.Second

// isOut says that who opened a stream is nobody in the organization any more. A directory that is behind says nothing of it.
func (s *changes) isOut(r *http.Request, org domain.ID) bool {
	ctx, cancel := context.WithTimeout(r.Context(), streamCheck)
	defer cancel()
	_, err := s.guard.Access(ctx, org)
	if err == nil {
		return false
	}
	status := s.problems.Of(ctx, err).Status
	return status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound
}
