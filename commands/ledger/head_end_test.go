package ledger

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// counting counts the events that are read, and how many reads of streams are under way at once.
type counting struct {
	eventStore
	events    atomic.Int64
	atOnce    atomic.Int64
	whenBegun func()
}

func (s *counting) watch(read func() ([]eventlog.Raw, error)) ([]eventlog.Raw, error) {
	s.atOnce.Add(1)
	defer s.atOnce.Add(-1)
	if s.whenBegun != nil {
		s.whenBegun()
	}
	raws, err := read()
	s.events.Add(int64(len(raws)))
	return raws, err
}

func (s *counting) Read(ctx context.Context, stream string, from, max uint64) ([]eventlog.Raw, error) {
	return s.watch(func() ([]eventlog.Raw, error) { return s.eventStore.Read(ctx, stream, from, max) })
}

func (s *counting) ReadBackwards(ctx context.Context, stream string, max int) ([]eventlog.Raw, error) {
	return s.watch(func() ([]eventlog.Raw, error) { return s.eventStore.ReadBackwards(ctx, stream, max) })
}

// idAt is a client's command id made at an instant.
func idAt(at time.Time) domain.ID {
	id := uuid.Must(uuid.NewV7())
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	return id
}

func (p person) stateless(l *Ledger, id domain.ID) (Receipt, error) {
	outcomes, err := HandleMany(context.Background(), l, p.stream, []Item[tally]{{Call: p.call(id), Decide: p.punch(""), Stateless: true}})
	if err != nil {
		return Receipt{}, err
	}
	return outcomes[0].Receipt, outcomes[0].Err
}

// longStream writes 300 punches, four a day, and gives their ids.
func longStream(t *testing.T, b *bench, p person) []domain.ID {
	t.Helper()
	l, ids := b.ledger(), make([]domain.ID, 300)
	for i := range ids {
		b.advance(6 * time.Hour)
		ids[i] = idAt(b.clock())
		_, err := p.stateless(l, ids[i])
		require.NoError(t, err)
	}
	return ids
}

func TestAColdStreamIsReadFromItsEnd(t *testing.T) {
	b, p := newBench(t), newPerson()
	ids := longStream(t, b, p)
	cold := func() (*Ledger, *counting) {
		s := &counting{eventStore: b.log}
		return newLedger(s, b.keys, b.clock), s
	}
	t.Run("a new punch", func(t *testing.T) {
		l, s := cold()
		for i := range 3 {
			r, err := p.stateless(l, idAt(b.clock()))
			require.NoError(t, err)
			require.EqualValues(t, 300+i, r.Revision)
			require.False(t, r.Replay)
		}
		require.LessOrEqual(t, s.events.Load(), int64(endEvents+3), "the end once, and each append read back")
	})
	t.Run("a late repeat of the first punch", func(t *testing.T) {
		l, _ := cold()
		_, err := p.stateless(l, idAt(b.clock()))
		require.NoError(t, err)
		r, err := p.stateless(l, ids[0])
		require.NoError(t, err)
		require.True(t, r.Replay)
		require.EqualValues(t, 0, r.Revision)
	})
	t.Run("a repeat of the last punch, and its id for another", func(t *testing.T) {
		l, s := cold()
		r, err := p.stateless(l, ids[299])
		require.NoError(t, err)
		require.True(t, r.Replay)
		require.EqualValues(t, 299, r.Revision)
		require.LessOrEqual(t, s.events.Load(), int64(endEvents))
		call := p.call(ids[299])
		call.Body = []byte(`{"other":true}`)
		outcomes, err := HandleMany(context.Background(), l, p.stream, []Item[tally]{{Call: call, Decide: p.punch(""), Stateless: true}})
		require.NoError(t, err)
		requireReused(t, outcomes[0].Err, ids[299])
	})
	t.Run("a command that looks at the state sees all of it", func(t *testing.T) {
		l, _ := cold()
		_, err := p.stateless(l, idAt(b.clock()))
		require.NoError(t, err)
		written := len(b.read(t, p.stream))
		_, err = Handle(context.Background(), l, p.call(idAt(b.clock())), p.stream, func(s tally, now domain.Instant) ([]domain.Event, error) {
			require.Len(t, s.seen, written)
			return nil, nil
		})
		require.NoError(t, err)
	})
	t.Run("another process wrote meanwhile", func(t *testing.T) {
		here, _ := cold()
		there, _ := cold()
		for range 4 {
			for _, l := range []*Ledger{here, there} {
				_, err := p.stateless(l, idAt(b.clock()))
				require.NoError(t, err)
			}
		}
	})
	seen := Fold(b.read(t, p.stream)).seen
	for _, n := range seen {
		require.Equal(t, 1, n, "nothing was written twice")
	}
}

// TestColdReadsAreBounded: after a start everybody's stream is cold, and the store is asked for a few at a time.
func TestColdReadsAreBounded(t *testing.T) {
	b := newBench(t)
	s := &counting{eventStore: b.log}
	full, release := make(chan struct{}), make(chan struct{})
	var begun atomic.Int64
	s.whenBegun = func() {
		if begun.Add(1) == coldReads {
			close(full)
		}
		<-release
	}
	l := newLedger(s, b.keys, b.clock)
	var all sync.WaitGroup
	errs := make([]error, 4*coldReads)
	for i := range errs {
		all.Go(func() { _, errs[i] = newPerson().stateless(l, idAt(b.clock())) })
	}
	<-full
	time.Sleep(100 * time.Millisecond) // whoever is not held back begins, too
	require.EqualValues(t, coldReads, s.atOnce.Load())
	close(release)
	all.Wait()
	require.NoError(t, errors.Join(errs...))
}
