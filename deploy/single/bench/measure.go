package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// cost is what a number of operations took: wall time, and CPU time of this whole process (client and server together).
type cost struct {
	ops  int
	wall time.Duration
	cpu  time.Duration
	// lat holds each operation's latency when it was kept.
	lat []time.Duration
}

// perSecond is operations per second of wall time.
func (c cost) perSecond() float64 { return float64(c.ops) / c.wall.Seconds() }

// cpuMicros is CPU microseconds per operation, the steady measure on a shared machine.
func (c cost) cpuMicros() float64 { return float64(c.cpu.Microseconds()) / float64(c.ops) }

// processCPU is user and system time of this process so far.
func processCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measured runs work and says what it took; work returns the number of operations.
func measured(work func() (int, error)) (cost, error) {
	cpu, start := processCPU(), time.Now()
	ops, err := work()
	return cost{ops: ops, wall: time.Since(start), cpu: processCPU() - cpu}, err
}

// clients runs op from n goroutines for d and keeps every latency.
func clients(ctx context.Context, n int, d time.Duration, op func(ctx context.Context, client, i int) error) (cost, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var failed atomic.Pointer[error]
	lat := make([][]time.Duration, n)
	deadline := time.Now().Add(d)
	c, _ := measured(func() (int, error) {
		var wg sync.WaitGroup
		for k := range n {
			wg.Go(func() {
				for i := 0; time.Now().Before(deadline) && ctx.Err() == nil; i++ {
					began := time.Now()
					if err := op(ctx, k, i); err != nil {
						failed.CompareAndSwap(nil, &err)
						cancel()
						return
					}
					lat[k] = append(lat[k], time.Since(began))
				}
			})
		}
		wg.Wait()
		return 0, nil
	})
	c.lat = slices.Concat(lat...)
	c.ops = len(c.lat)
	if p := failed.Load(); p != nil {
		return c, fmt.Errorf("after %d operations: %w", c.ops, *p)
	}
	if c.ops == 0 {
		return c, fmt.Errorf("no operation finished in %s", d)
	}
	return c, nil
}

// percentile is the p-th part (0..1) of the latencies, nearest rank.
func percentile(lat []time.Duration, p float64) time.Duration {
	if len(lat) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(lat))
	return s[min(len(s)-1, int(p*float64(len(s))))]
}

// median of an odd or even number of figures.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

// ratio is the median of the rounds' own ratios: what runs in turns shares the machine's speed of the moment, which changes by a quarter
// within a run.
func ratio(above, below []float64) float64 {
	each := make([]float64, min(len(above), len(below)))
	for i := range each {
		each[i] = above[i] / below[i]
	}
	return median(each)
}

// series collects the rounds of one measurement.
type series struct {
	rate, cpu, p50, p99 []float64
}

func (s *series) add(c cost) {
	s.rate = append(s.rate, c.perSecond())
	s.cpu = append(s.cpu, c.cpuMicros())
	s.p50 = append(s.p50, float64(percentile(c.lat, 0.50).Microseconds())/1000)
	s.p99 = append(s.p99, float64(percentile(c.lat, 0.99).Microseconds())/1000)
}
