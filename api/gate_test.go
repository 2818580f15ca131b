package api

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTheGateLetsInWhoWaits has one place: the second waits for it, the third gives up, and whoever leaves makes room.
func TestTheGateLetsInWhoWaits(t *testing.T) {
	g := newGate(1)
	leave, ok := g.enter(t.Context())
	require.True(t, ok)

	second := make(chan func(), 1)
	go func() {
		leave, _ := g.enter(context.Background())
		second <- leave
	}()
	require.Eventually(t, func() bool { return g.waiting.Load() == 1 }, 10*time.Second, time.Millisecond)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, ok = g.enter(gone)
	require.False(t, ok, "who is gone does not get in")

	leave()
	leave = <-second
	require.NotNil(t, leave)
	leave()
	require.Zero(t, g.waiting.Load())
	leave, ok = g.enter(t.Context())
	require.True(t, ok)
	leave()
}

// TestAFullQueueIsTurnedAway at once.
func TestAFullQueueIsTurnedAway(t *testing.T) {
	g := newGate(1)
	_, ok := g.enter(t.Context())
	require.True(t, ok)
	g.waiting.Store(gateQueue)
	_, ok = g.enter(t.Context())
	require.False(t, ok)
	require.EqualValues(t, gateQueue, g.waiting.Load())
}
