package ledger

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// spoiled stands before the real log and answers appends as told, before or after they are done.
type spoiled struct {
	eventStore
	// before answers in the append's place when it gives an error; after replaces the answer of a done append.
	before, after func(n int) error
	writes        int
	ids           [][]domain.ID
}

func (s *spoiled) Write(ctx context.Context, stream string, expected int64, events []eventlog.Raw) (eventlog.Written, error) {
	s.writes++
	var ids []domain.ID
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	s.ids = append(s.ids, ids)
	if s.before != nil {
		if err := s.before(s.writes); err != nil {
			return eventlog.Written{}, err
		}
	}
	w, err := s.eventStore.Write(ctx, stream, expected, events)
	if err == nil && s.after != nil {
		if e := s.after(s.writes); e != nil {
			return eventlog.Written{}, e
		}
	}
	return w, err
}

func firstOnly(err error, upTo int) func(int) error {
	return func(n int) error {
		if n <= upTo {
			return fmt.Errorf("%w: played", err)
		}
		return nil
	}
}

func TestAmbiguousAppends(t *testing.T) {
	cases := []struct {
		name          string
		before, after func(int) error
		want          error
		events        int
		writes        int
	}{
		{"written, the answer lost once", nil, firstOnly(eventlog.ErrAmbiguous, 1), nil, 1, 2},
		{"not written, the answer lost once", firstOnly(eventlog.ErrAmbiguous, 1), nil, nil, 1, 2},
		{"written, every answer lost: found by reading", nil, firstOnly(eventlog.ErrAmbiguous, 99), nil, 1, 3},
		{"never written, every answer lost", firstOnly(eventlog.ErrAmbiguous, 99), nil, ErrUnknown, 0, 3},
		{"never sent", firstOnly(eventlog.ErrUnavailable, 99), nil, ErrUnknown, 0, 3},
		{"the disk is full", firstOnly(eventlog.ErrFull, 99), nil, ErrFull, 0, 1},
		{"full after a lost answer: who knows", func(n int) error {
			if n == 1 {
				return eventlog.ErrAmbiguous
			}
			return eventlog.ErrFull
		}, nil, ErrUnknown, 0, 2},
		{"denied", firstOnly(eventlog.ErrDenied, 99), nil, eventlog.ErrDenied, 0, 1},
		{"conflicts end", firstOnly(eventlog.ErrConflict, 3), nil, nil, 1, 4},
		{"conflicts without end", firstOnly(eventlog.ErrConflict, 99), nil, ErrUnknown, 0, maxDecides},
	}
	b := newBench(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, id := newPerson(), uuid.New()
			s := &spoiled{eventStore: b.log, before: c.before, after: c.after}
			l := newLedger(s, b.keys, b.clock)
			r, err := p.record(t.Context(), l, id)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.writes, s.writes)
			for _, ids := range s.ids {
				require.Equal(t, s.ids[0], ids, "repeats are identical")
			}
			require.Len(t, b.read(t, p.stream), c.events)
			if c.want == nil {
				require.NoError(t, err)
				require.False(t, r.Replay, "it is this call that wrote it")
			}
			s.before, s.after = nil, nil
			again, err := p.record(t.Context(), l, id)
			require.NoError(t, err, "the same command, sent again, has an end")
			require.Equal(t, []domain.ID{domain.EventID(p.org, p.stream, id, 0)}, again.Events)
			require.Len(t, b.read(t, p.stream), 1)
		})
	}
}

// TestBatchAfterALostAnswer has states that share memory: a page decided in vain must leave no trace.
func TestBatchAfterALostAnswer(t *testing.T) {
	b, p := newBench(t), newPerson()
	s := &spoiled{eventStore: b.log}
	l := newLedger(s, b.keys, b.clock)
	_, err := p.record(t.Context(), l, uuid.New())
	require.NoError(t, err)
	s.writes, s.before = 0, firstOnly(eventlog.ErrConflict, 2)
	items := make([]Item[tally], 3)
	for i := range items {
		items[i] = Item[tally]{Call: p.call(uuid.New()), Decide: func(s tally, now domain.Instant) ([]domain.Event, error) {
			require.Len(t, s.seen, i+1)
			return p.punch("")(s, now)
		}}
	}
	_, err = HandleMany(t.Context(), l, p.stream, items)
	require.NoError(t, err)
	require.Len(t, b.read(t, p.stream), 4)
}

// TestADeletedStreamIsRefused, not told as unknown: nobody must repeat the command for ever.
func TestADeletedStreamIsRefused(t *testing.T) {
	b, p := newBench(t), newPerson()
	s := &spoiled{eventStore: b.log}
	l := newLedger(s, b.keys, b.clock)
	s.before = firstOnly(eventlog.ErrDeleted, 9)
	_, err := p.record(t.Context(), l, uuid.New())
	var refusal *domain.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "stream_deleted", refusal.Code)
	require.NotErrorIs(t, err, ErrUnknown)
}

func TestHeadsAreBounded(t *testing.T) {
	c := newHeads(3 * headBytes)
	for i := range 10 {
		c.put(&head{stream: fmt.Sprint(i), size: headBytes})
	}
	require.Nil(t, c.take("6"))
	require.NotNil(t, c.take("9"))
	require.Nil(t, c.take("9"), "taken out while it is used")
	require.Equal(t, 2*headBytes, c.size)
	c.put(&head{stream: "big", size: 4 * headBytes})
	require.Zero(t, c.size)
	require.Zero(t, c.order.Len())
}

// TestOtherProgramsEvents keeps event ids that do not follow from the command.
func TestOtherProgramsEvents(t *testing.T) {
	b, p := newBench(t), newPerson()
	_, err := p.record(t.Context(), b.ledger(), uuid.New())
	require.NoError(t, err)
	raws, err := b.log.Read(t.Context(), p.stream, 0, 0)
	require.NoError(t, err)
	foreign := raws[0]
	foreign.ID = uuid.New()
	other := newPerson()
	other.org, other.member = p.org, p.member
	other.stream = domain.TimesheetStream(p.org, p.member, "202604")
	_, err = b.log.Append(t.Context(), other.stream, eventlog.NoStream, []eventlog.Raw{foreign})
	require.NoError(t, err)
	e, err := Decode(foreign)
	require.NoError(t, err)
	l := b.ledger()
	for range 2 {
		r, err := other.record(t.Context(), l, e.Metadata.CommandID)
		require.NoError(t, err)
		require.Equal(t, []domain.ID{foreign.ID}, r.Events)
	}
}
