package ledger

import (
	"context"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// cpu is the process's user and system time, in microseconds: client and node run in it together.
func cpu() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1000
}

func perOp(b *testing.B, run func(b *testing.B)) {
	b.Helper()
	b.SetParallelism(32)
	before := cpu()
	run(b)
	b.ReportMetric((cpu()-before)/float64(b.N), "cpu-µs/op")
}

// BenchmarkAppend is the floor: one event of a punch's size, appended at an exact revision.
func BenchmarkAppend(b *testing.B) {
	w := newBench(b)
	data, meta := make([]byte, 250), make([]byte, 520)
	perOp(b, func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			stream, next := newPerson().stream, int64(-1)
			for pb.Next() {
				_, err := w.log.Append(context.Background(), stream, next, []eventlog.Raw{{ID: uuid.New(), Type: "PunchRecorded", JSON: true, Data: data, Metadata: meta}})
				require.NoError(b, err)
				next++
			}
		})
	})
}

// BenchmarkPunch is a punch through Handle, a hundred to a stream; the cache remembers heads or not.
func BenchmarkPunch(b *testing.B) {
	for name, bytes := range map[string]int{"remembered": cacheBytes, "read": 0} {
		b.Run(name, func(b *testing.B) {
			w := newBench(b)
			l := w.ledger(WithCache(bytes))
			perOp(b, func(b *testing.B) {
				b.RunParallel(func(pb *testing.PB) {
					p := newPerson()
					for n := 0; pb.Next(); n++ {
						if n%60 == 59 {
							p = newPerson()
						}
						_, err := Handle(context.Background(), l, p.call(uuid.New()), p.stream, p.punch(""))
						require.NoError(b, err)
					}
				})
			})
		})
	}
}

// BenchmarkPunchWithoutStore is what deciding, sealing, hashing and encoding cost.
func BenchmarkPunchWithoutStore(b *testing.B) {
	w := newBench(b)
	l := newLedger(&memory{}, w.keys, w.clock, WithSoleWriter())
	p := newPerson()
	perOp(b, func(b *testing.B) {
		for n := 0; b.Loop(); n++ {
			if n%60 == 0 {
				p = person{org: p.org, member: p.member, stream: domain.TimesheetStream(p.org, uuid.New(), "202603")}
			}
			_, err := Handle(context.Background(), l, p.call(uuid.New()), p.stream, p.punch(""))
			require.NoError(b, err)
		}
	})
}

// memory is an event store that takes everything and keeps nothing.
type memory struct{ at atomic.Uint64 }

func (m *memory) Read(context.Context, string, uint64, uint64) ([]eventlog.Raw, error) {
	return nil, nil
}

func (m *memory) ReadBackwards(context.Context, string, int) ([]eventlog.Raw, error) { return nil, nil }

func (m *memory) End(context.Context) (eventlog.Position, error) {
	return eventlog.Position{Commit: m.at.Load()}, nil
}

func (m *memory) Write(_ context.Context, _ string, expected int64, events []eventlog.Raw) (eventlog.Written, error) {
	return eventlog.Written{Last: uint64(expected + int64(len(events))), Position: eventlog.Position{Commit: m.at.Add(1)}}, nil
}
