package projections

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// counted counts what is read through it.
type counted struct {
	*eventlog.Log
	calls, events int
}

func (c *counted) Read(ctx context.Context, stream string, from, max uint64) ([]eventlog.Raw, error) {
	raws, err := c.Log.Read(ctx, stream, from, max)
	c.calls++
	c.events += len(raws)
	return raws, err
}

func (c *counted) At(ctx context.Context, at eventlog.Position) (eventlog.Raw, bool, error) {
	c.calls++
	c.events++
	return c.Log.At(ctx, at)
}

// TestUnparkReadsEachEventOnce: what waits behind a subject is read once, a page at a time, however much it is.
func TestUnparkReadsEachEventOnce(t *testing.T) {
	l := newTestLedger(t)
	l.found(2)
	l.run()
	l.poison(l.members[0], "2026-03-02T12:00:00")
	const behind = 60
	for range behind {
		l.punch(l.members[0], "2026-03-02T18:00:00")
	}
	l.settled(l.punch(l.members[1], "2026-03-02T09:00:00"))
	read := &counted{Log: l.log}
	l.engine.parking.places = read
	l.engine.cache.AddZone("Mars/Phobos", time.UTC) // The program has learned.
	require.NoError(t, l.engine.Unpark(t.Context(), l.org, "member", l.members[0]))
	require.Equal(t, []string{fmt.Sprint(behind + 1)}, l.rows("SELECT count(*)::text FROM rm.punches WHERE member = $1", l.members[0]))
	require.Equal(t, behind+1, read.events)
	require.Equal(t, 1, read.calls)
}

// TestALedgersEventsAreReadOnce: each stream of a page of the ledger is read once, from its first event there to its last.
func TestALedgersEventsAreReadOnce(t *testing.T) {
	l := newTestLedger(t)
	l.found(2)
	l.run()
	var last string
	for range 40 {
		last = l.punch(l.members[0], "2026-03-02T18:00:00")
	}
	l.settled(last)
	entries, err := l.engine.Ledgers.Entries(t.Context(), l.org, "", 100)
	require.NoError(t, err)
	streams := map[string]bool{}
	items := make([]LedgerEvent, len(entries.Items))
	for i, entry := range entries.Items {
		streams[entry.Stream] = true
		items[i].LedgerEntry = entry
	}
	require.Greater(t, len(items), 40)
	read := &counted{Log: l.log}
	require.NoError(t, fillBytes(t.Context(), read, items))
	require.Equal(t, len(streams), read.calls)
	require.Equal(t, len(items), read.events)
	for _, item := range items {
		require.NotNil(t, item.Raw)
		require.Equal(t, item.Event, domain.ID(item.Raw.ID))
	}
}
