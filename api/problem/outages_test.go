package problem

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/logtest"
)

// TestAnOutageIsOneLineASecond: five hundred requests meet an event store that is away.
func TestAnOutageIsOneLineASecond(t *testing.T) {
	written := &logtest.Log{}
	over := make(chan struct{})
	e := NewExplainer(slog.New(slog.NewTextHandler(written, nil)), over)
	e.outages.every = 50 * time.Millisecond
	for i := range 500 {
		p := e.Of(context.Background(), fmt.Errorf("append: %w", errors.Join(eventlog.ErrUnavailable, fmt.Errorf("try %d", i))))
		require.Equal(t, "event_store_unavailable", p.Code)
	}
	counted := func() (sum int) {
		for _, line := range written.Lines() {
			_, after, _ := strings.Cut(line, "requests=")
			var n int
			_, _ = fmt.Sscan(after, &n)
			sum += n
		}
		return sum
	}
	require.Eventually(t, func() bool { return counted() == 500 }, 10*time.Second, 5*time.Millisecond, "every request is counted")
	require.Less(t, len(written.Lines()), 100)
	require.Contains(t, written.Lines()[0], "level=WARN")
	close(over)
}
