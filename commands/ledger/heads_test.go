package ledger

import (
	"runtime"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// TestHeadsAreEstimated holds what the cache counts for a member's month against what it takes of the heap.
func TestHeadsAreEstimated(t *testing.T) {
	const streams = 4000
	for _, events := range []int{1, 5, 20, 40, 60, 100} {
		heads := make([]*head, streams)
		before := heap()
		estimated := 0
		for i := range heads {
			p := newPerson()
			h := newHead[domain.TimesheetState](p.stream, p.org)
			for n := range events {
				id := uuid.New()
				e := domain.Recorded{Stream: p.stream, Revision: uint64(n), ID: domain.EventID(p.org, p.stream, id, 0), Event: domain.PunchRecorded{}, Metadata: domain.Metadata{CommandID: id}}
				require.NoError(t, h.follow(e))
				h.state = h.state.(domain.TimesheetState).Evolve(e)
			}
			estimated += h.size
			heads[i] = h
		}
		used := heap() - before
		require.InDelta(t, 1, float64(used)/float64(estimated), 0.5, "%d events: %d bytes a head, %d estimated", events, used/streams, estimated/streams)
		runtime.KeepAlive(heads)
	}
}

// heap is what lives; the second collection takes what pools held back from the first.
func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
