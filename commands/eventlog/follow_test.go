package eventlog_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
)

func TestPausesGrowAndBeginAnew(t *testing.T) {
	p := eventlog.NewPauses(100*time.Millisecond, time.Second)
	about := func(want time.Duration) {
		t.Helper()
		got := p.Next()
		require.GreaterOrEqual(t, got, want*6/10)
		require.LessOrEqual(t, got, want*14/10)
	}
	for _, want := range []time.Duration{100, 200, 400, 800, 1000, 1000} {
		about(want * time.Millisecond)
	}
	p.Reset()
	about(100 * time.Millisecond)
}

func TestAFollowerReadsUntilItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	broken := errors.New("broken")
	var pauses []time.Duration
	reads := 0
	eventlog.Follower{
		Pauses: eventlog.NewPauses(2*time.Millisecond, 100*time.Millisecond),
		Read: func(context.Context) (bool, error) {
			reads++
			if reads == 6 {
				cancel()
			}
			return reads == 4, broken
		},
		Failed: func(_ context.Context, err error, pause time.Duration) {
			require.ErrorIs(t, err, broken)
			pauses = append(pauses, pause)
		},
	}.Run(ctx)
	require.Equal(t, 6, reads)
	require.Len(t, pauses, 5, "the end of the context is no failure")
	require.Greater(t, pauses[2], pauses[0])
	require.Less(t, pauses[3], pauses[2], "a reading that got on begins anew")
}

func TestAProbeEndsASubscriptionThatStandsStill(t *testing.T) {
	missing := errors.New("one is missing")
	ctx, cancel := context.WithCancelCause(t.Context())
	looks := 0
	eventlog.Probe{Every: time.Millisecond, Least: time.Millisecond, Patience: 20 * time.Millisecond, Look: func(context.Context) error {
		if looks++; looks < 4 {
			return nil
		}
		return missing
	}}.Run(ctx, cancel)
	require.ErrorIs(t, context.Cause(ctx), eventlog.ErrStalled)
	require.ErrorIs(t, context.Cause(ctx), missing)
	require.Greater(t, looks, 4, "one look that finds something missing ends nothing")
}
