package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/eventlog"
)

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.text.String()), "\n")
}

// TestAnOutageIsOneLineASecond: five hundred requests meet an event store that is away.
func TestAnOutageIsOneLineASecond(t *testing.T) {
	written := &lines{}
	s, err := New(Config{AdminToken: "t", Service: commands.NewService(nil, nil), Log: slog.New(slog.NewTextHandler(written, nil))})
	require.NoError(t, err)
	s.outages.every = 50 * time.Millisecond
	for i := range 500 {
		p := s.problemOf(context.Background(), fmt.Errorf("append: %w", errors.Join(eventlog.ErrUnavailable, fmt.Errorf("try %d", i))))
		require.Equal(t, "event_store_unavailable", p.Code)
	}
	counted := func() (sum int) {
		for _, line := range written.all() {
			_, after, _ := strings.Cut(line, "requests=")
			var n int
			_, _ = fmt.Sscan(after, &n)
			sum += n
		}
		return sum
	}
	require.Eventually(t, func() bool { return counted() == 500 }, 10*time.Second, 5*time.Millisecond, "every request is counted")
	require.Less(t, len(written.all()), 100)
	require.Contains(t, written.all()[0], "level=WARN")
	s.Drain()
}
