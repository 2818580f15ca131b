package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog/eventlogtest"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/domain"
)

// TestOtherProcessWroteMeanwhile lets a second ledger write what the first one's remembered head does not know.
func TestOtherProcessWroteMeanwhile(t *testing.T) {
	b, p := newBench(t), newPerson()
	here, there := b.ledger(), b.ledger()
	_, err := p.record(t.Context(), here, uuid.New())
	require.NoError(t, err)

	t.Run("the same command answers the same", func(t *testing.T) {
		id := uuid.New()
		first, err := p.record(t.Context(), there, id)
		require.NoError(t, err)
		b.advance(time.Millisecond)
		again, err := p.record(t.Context(), here, id)
		require.NoError(t, err)
		require.True(t, again.Replay)
		again.Replay = false
		require.Equal(t, first, again)
	})
	t.Run("the same id for another request is refused, though the store would take it for a repeat", func(t *testing.T) {
		id := uuid.New()
		_, err := p.record(t.Context(), there, id)
		require.NoError(t, err)
		for _, call := range otherBodies(p.call(id)) {
			_, err = Handle(t.Context(), here, call, p.stream, p.punch(""))
			requireReused(t, err, id)
		}
	})
	t.Run("another command goes behind it", func(t *testing.T) {
		_, err := p.record(t.Context(), there, uuid.New())
		require.NoError(t, err)
		r, err := p.record(t.Context(), here, uuid.New())
		require.NoError(t, err)
		require.EqualValues(t, len(b.read(t, p.stream))-1, r.Revision)
	})
	for name, early := range map[string]error{"a no": domain.Refuse("too_early", "wait"), "nothing to do": nil} {
		t.Run(name+" is said from what was just read", func(t *testing.T) {
			before := len(b.read(t, p.stream))
			for range 3 {
				_, err := p.record(t.Context(), there, uuid.New())
				require.NoError(t, err)
			}
			r, err := Handle(t.Context(), here, p.call(uuid.New()), p.stream, func(s tally, now domain.Instant) ([]domain.Event, error) {
				if len(s.seen) < before+3 {
					return nil, early
				}
				return p.punch("")(s, now)
			})
			require.NoError(t, err)
			require.EqualValues(t, before+3, r.Revision)
		})
	}
	for _, n := range Fold(b.read(t, p.stream)).seen {
		require.Equal(t, 1, n)
	}
}

// Fold is domain.Fold of tallies.
func Fold(events []domain.Recorded) tally { return domain.Fold[tally](events) }

// TestSameIDEightTimesAtOnce is reliability row 10 in small: two processes, eight posts of each id at once.
func TestSameIDEightTimesAtOnce(t *testing.T) {
	const ids, posts, people = 500, 8, 25
	b := newBench(t)
	ledgers := []*Ledger{b.ledger(), b.ledger()}
	who := make([]person, people)
	for i := range who {
		who[i] = newPerson()
	}
	var group sync.WaitGroup
	gate := make(chan struct{}, 8)
	for i := range ids {
		p, id := who[i%people], uuid.New()
		receipts := make([]string, posts)
		gate <- struct{}{}
		group.Go(func() {
			defer func() { <-gate }()
			var same sync.WaitGroup
			for n := range posts {
				same.Go(func() {
					r, err := retried(context.Background(), func(ctx context.Context) (Receipt, error) { return p.record(ctx, ledgers[n%2], id) })
					if err != nil {
						t.Error(err)
					}
					text, _ := json.Marshal(r)
					receipts[n] = string(text)
				})
			}
			same.Wait()
			for _, r := range receipts {
				if r != receipts[0] {
					t.Errorf("two receipts: %s and %s", receipts[0], r)
				}
			}
		})
	}
	group.Wait()
	total := 0
	for _, p := range who {
		total += len(b.read(t, p.stream))
	}
	require.Equal(t, ids, total)
}

// retried is a client: an unknown outcome is sent again.
func retried(ctx context.Context, send func(context.Context) (Receipt, error)) (Receipt, error) {
	for {
		r, err := send(ctx)
		if !errors.Is(err, ErrUnknown) {
			return r, err
		}
	}
}

// TestLostAnswersWriteNothingTwice is reliability row 9 in small: one answer of ten is cut after the store has done its work.
func TestLostAnswersWriteNothingTwice(t *testing.T) {
	const commands, workers = 400, 8
	b := newBench(t)
	proxy := eventlogtest.NewProxy(t, b.node.Addr())
	var mu sync.Mutex
	n := 0
	proxy.CutAnswers(func() bool {
		mu.Lock()
		defer mu.Unlock()
		n++
		return n%10 == 0
	})
	spoiled := New(b.dial(t, proxy.Connection()), b.keys, b.clock)
	people := make([]person, workers)
	receipts := make([][]Receipt, workers)
	var group sync.WaitGroup
	for w := range workers {
		people[w] = newPerson()
		group.Go(func() {
			for range commands / workers {
				id := uuid.New()
				r, err := retried(context.Background(), func(ctx context.Context) (Receipt, error) { return people[w].record(ctx, spoiled, id) })
				if err != nil {
					t.Error(err)
					return
				}
				receipts[w] = append(receipts[w], r)
			}
		})
	}
	group.Wait()
	for w, p := range people {
		events := b.read(t, p.stream)
		require.Len(t, events, commands/workers)
		for i, r := range receipts[w] {
			require.Equal(t, []domain.ID{events[i].ID}, r.Events)
			require.EqualValues(t, i, r.Revision)
		}
	}
}

// TestManyWritersOnOneStream is reliability row 13 in small, over two processes.
func TestManyWritersOnOneStream(t *testing.T) {
	const writers, each = 16, 10
	b, p := newBench(t), newPerson()
	ledgers := []*Ledger{b.ledger(), b.ledger()}
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for range each {
				id := uuid.New()
				_, err := retried(context.Background(), func(ctx context.Context) (Receipt, error) { return p.record(ctx, ledgers[w%2], id) })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	require.Len(t, b.read(t, p.stream), writers*each)
}

// TestNodeRestartsUnderLoad is reliability row 14 in small: the node comes back without memory, the same commands are sent again.
func TestNodeRestartsUnderLoad(t *testing.T) {
	const each, workers = 40, 6
	dir := t.TempDir()
	open := func(listen string) *node.Node {
		n, err := node.Open(t.Context(), node.Config{Dir: dir, Listen: listen, Insecure: true, Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		return n
	}
	b := newBench(t)
	running := open("127.0.0.1:0")
	address := running.Addr()
	b.log = b.dial(t, running.ConnectionString())
	l := b.ledger()
	people := make([]person, workers)
	var group sync.WaitGroup
	for w := range workers {
		people[w] = newPerson()
		group.Go(func() {
			for range each {
				id := uuid.New()
				for range 2 { // a client that did not hear the first answer
					_, err := retried(context.Background(), func(ctx context.Context) (Receipt, error) { return people[w].record(ctx, l, id) })
					if err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	for range 3 {
		time.Sleep(100 * time.Millisecond)
		require.NoError(t, running.Close())
		running = open(address)
	}
	group.Wait()
	for _, p := range people {
		require.Len(t, b.read(t, p.stream), each)
	}
	require.NoError(t, running.Close())
}
