package api

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/dakahq/daka/domain"
)

const (
	// streamsEach is how many streams of changes one person, or one token, may have at a time.
	streamsEach = 8
	// streamCheck is how often who listens is asked for in the directory, which is at most a second old.
	streamCheck = 2 * time.Second
)

// streams counts who listens.
type streams struct {
	mu sync.Mutex
	of map[string]int
}

func newStreams() *streams { return &streams{of: map[string]int{}} }

// open counts a stream of a caller; close must be called when ok.
func (s *streams) open(caller string) (closed func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[caller] >= streamsEach {
		return nil, &domain.Refusal{Code: "too_many_streams", RetryAfter: 10 * time.Second,
			Text: fmt.Sprintf("you follow changes %d times already, as many as one may; close a page that you do not need", streamsEach)}
	}
	s.of[caller]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.of[caller]--; s.of[caller] == 0 {
			delete(s.of, caller)
		}
	}, nil
}

// isOut says that who opened a stream is nobody in the organization any more. A directory that is behind says nothing of it.
func (s *Server) isOut(r *http.Request, org domain.ID) bool {
	ctx, cancel := context.WithTimeout(r.Context(), streamCheck)
	defer cancel()
	_, err := s.access(ctx, org)
	if err == nil {
		return false
	}
	status := s.problemOf(ctx, err).Status
	return status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound
}
