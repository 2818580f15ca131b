package eventlog_test

import (
	"context"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
)

// cpu is the process's user and system time, in microseconds: client and node run in it together.
func cpu() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1000
}

const filled = 50_000

func fill(b *testing.B) *eventlog.Log {
	b.Helper()
	l := dial(b, openNode(b, "127.0.0.1:0").ConnectionString())
	stream := "timesheet-" + uuid.NewString()
	for i := int64(0); i < filled; i += 500 {
		_, err := l.Append(context.Background(), stream, i-1, batchOf(500, 700))
		require.NoError(b, err)
	}
	return l
}

// BenchmarkReadEverything compares the ways to catch up: pages of several sizes, and a subscription.
func BenchmarkReadEverything(b *testing.B) {
	l := fill(b)
	for _, size := range []int{1000, 4096, 0} {
		b.Run(map[int]string{1000: "pages of 1000", 4096: "pages of 4096", 0: "one read"}[size], func(b *testing.B) {
			perEvent(b, func() (n int) {
				var at eventlog.Position
				for before := -1; n != before; {
					before = n
					require.NoError(b, l.ReadAll(context.Background(), at, size, func(e eventlog.Raw) error {
						at = e.Position
						n++
						return nil
					}))
				}
				return n
			})
		})
	}
	for name, prefixes := range map[string][]string{"subscription": nil, "filtered subscription": {"timesheet-"}} {
		b.Run(name, func(b *testing.B) {
			perEvent(b, func() (n int) {
				sub, err := l.Subscribe(context.Background(), eventlog.Position{}, eventlog.Filter{Prefixes: prefixes})
				require.NoError(b, err)
				defer sub.Close()
				for {
					item, err := sub.Next(context.Background())
					require.NoError(b, err)
					if item.CaughtUp {
						return n
					}
					if item.Event != nil {
						n++
					}
				}
			})
		})
	}
}

func perEvent(b *testing.B, read func() int) {
	b.Helper()
	before, total := cpu(), 0
	for b.Loop() {
		n := read()
		require.Equal(b, filled, n)
		total += n
	}
	b.ReportMetric((cpu()-before)/float64(total), "cpu-µs/event")
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "events/s")
}
