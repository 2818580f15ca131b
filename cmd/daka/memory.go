package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// collectAt lets the heap grow to four times what lives before it is collected; a punch at full load costs a tenth less for it.
	collectAt = 300
	// memoryLimit makes the collector work harder instead; SQLite's pages come on top.
	memoryLimit = 384 << 20
	// restLook is how often serve looks whether it is at rest.
	restLook = 10 * time.Second
	// restBytes allocated since the last look are still rest; worthBytes since memory was last given back are worth doing it again.
	restBytes  = 8 << 20
	worthBytes = 32 << 20
)

// limitMemory keeps the process small beside its Postgres, unless the operator chose otherwise; a plain heap is collected as Go does by itself.
func limitMemory(plain bool) {
	if os.Getenv("GOGC") == "" && !plain {
		debug.SetGCPercent(collectAt)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// releaseAtRest gives memory back to the machine when a busy time is over, until ctx ends.
func releaseAtRest(ctx context.Context) {
	var r rest
	tick := time.NewTicker(restLook)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if r.due(allocated()) {
				debug.FreeOSMemory()
			}
		case <-ctx.Done():
			return
		}
	}
}

// rest follows how many bytes were allocated since the start.
type rest struct{ seen, released uint64 }

// due says that little was allocated since the last look, and enough since memory was given back.
func (r *rest) due(total uint64) bool {
	quiet := total-r.seen < restBytes
	r.seen = total
	if !quiet || total-r.released < worthBytes {
		return false
	}
	r.released = total
	return true
}

func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
