package limit

import (
	"fmt"
	"sync"
	"time"

	"github.com/dakahq/daka/domain"
)

const (
	// streamsEach is how many streams of changes one person, or one token, may have at a time.
	streamsEach = 8
)

// Streams counts who listens.
type Streams struct {
	mu sync.Mutex
	of map[string]int
}

// NewStreams counts from none.
func NewStreams() *Streams { return &Streams{of: map[string]int{}} }

// Open counts a stream of a caller; close must be called when ok.
func (s *Streams) Open(caller string) (closed func(), err error) {
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
