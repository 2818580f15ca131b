package projections

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
)

// faultySource sits between the real log and the feed.
type faultySource struct {
	feed.Source
	mu         sync.Mutex
	subscribed int
	// deliver turns each item into what the feed gets; n counts items of this subscription.
	deliver func(subscription, n int, item eventlog.Item) []eventlog.Item
	// silent makes a subscription go dead after n items.
	silent func(subscription, n int) bool
	// damaged is what the log answers in an event's place.
	damaged func(eventlog.Item) error
}

func (s *faultySource) Subscribe(ctx context.Context, after eventlog.Position) (feed.Tail, error) {
	tail, err := s.Source.Subscribe(ctx, after)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscribed++
	return &faultyTail{Tail: tail, source: s, number: s.subscribed}, err
}

func (s *faultySource) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.subscribed
}

type faultyTail struct {
	feed.Tail
	source    *faultySource
	number, n int
	waiting   []eventlog.Item
}

func (t *faultyTail) Next(ctx context.Context) (eventlog.Item, error) {
	for {
		if len(t.waiting) > 0 {
			item := t.waiting[0]
			t.waiting = t.waiting[1:]
			return item, nil
		}
		if t.source.silent != nil && t.source.silent(t.number, t.n) {
			<-ctx.Done()
			return eventlog.Item{}, context.Cause(ctx)
		}
		item, err := t.Tail.Next(ctx)
		if err != nil {
			return item, err
		}
		if t.source.damaged != nil {
			if err := t.source.damaged(item); err != nil {
				return eventlog.Item{}, err
			}
		}
		t.n++
		t.waiting = []eventlog.Item{item}
		if t.source.deliver != nil {
			t.waiting = t.source.deliver(t.number, t.n, item)
		}
	}
}

func (l *testLedger) faulty() *faultySource {
	s := &faultySource{Source: feed.LogSource{Log: l.log}}
	l.engine = l.open(s)
	return s
}

func TestMissingEventStopsTheProjector(t *testing.T) {
	l := newTestLedger(t)
	s := l.faulty()
	l.found(2)
	sheet := domain.TimesheetStream(l.org, l.members[0], "202603")
	s.deliver = func(_, _ int, item eventlog.Item) []eventlog.Item {
		if item.Event != nil && item.Event.Stream == sheet && item.Event.Revision == 1 {
			return nil
		}
		return []eventlog.Item{item}
	}
	l.run()
	l.settled(l.punch(l.members[0], "2026-03-02T09:00:00"))
	at := l.rows("SELECT commit_pos::text FROM projection.projector")
	l.punch(l.members[0], "2026-03-02T12:00:00")
	l.punch(l.members[0], "2026-03-02T18:00:00")
	require.Eventually(t, func() bool { return l.engine.Ready(context.Background()) != nil }, 20*time.Second, 10*time.Millisecond)
	require.EqualError(t, l.engine.Ready(context.Background()), "the projector has stopped: event missing: "+sheet+" came with revision 2, expected 1")
	status, err := l.engine.Status(context.Background())
	require.NoError(t, err)
	require.True(t, status.Stopped())
	require.Equal(t, at, l.rows("SELECT commit_pos::text FROM projection.projector"))
	require.Len(t, l.rows("SELECT id::text FROM rm.punches"), 1)
}

// TestADamagedLogIsNamed: the log cannot be read on; the status says why, and readers keep what was applied before.
func TestADamagedLogIsNamed(t *testing.T) {
	l := newTestLedger(t)
	s := l.faulty()
	l.found(2)
	sheet := domain.TimesheetStream(l.org, l.members[0], "202603")
	var restored atomic.Bool
	s.damaged = func(item eventlog.Item) error {
		if !restored.Load() && item.Event != nil && item.Event.Stream == sheet && item.Event.Revision == 1 {
			return errors.New("the event at position 7 is missing from the store")
		}
		return nil
	}
	l.run()
	l.settled(l.punch(l.members[0], "2026-03-02T09:00:00"))
	l.punch(l.members[0], "2026-03-02T12:00:00")
	var status Status
	require.Eventually(t, func() bool {
		var err error
		status, err = l.engine.Status(context.Background())
		return err == nil && status.LastError != ""
	}, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, "read the log on: the event at position 7 is missing from the store", status.LastError)
	require.Eventually(t, func() bool { return l.engine.Ready(context.Background()) != nil }, 20*time.Second, 50*time.Millisecond, "readiness hides it")
	require.ErrorContains(t, l.engine.Ready(context.Background()), "the read models do not follow: read the log on: the event at position 7")
	require.Len(t, l.rows("SELECT id::text FROM rm.punches"), 1)
	restored.Store(true)
	require.Eventually(t, func() bool { return l.engine.Ready(context.Background()) == nil }, 60*time.Second, 50*time.Millisecond, "it goes on when the event is back")
	require.Eventually(t, func() bool { return len(l.rows("SELECT id::text FROM rm.punches")) == 2 }, 20*time.Second, 50*time.Millisecond)
}

func TestDuplicatesAndHostileCheckpointsChangeNothing(t *testing.T) {
	l := newTestLedger(t)
	s := l.faulty()
	far := eventlog.Position{Commit: 1 << 60, Prepare: 1 << 60}
	s.deliver = func(subscription, n int, item eventlog.Item) []eventlog.Item {
		if item.Event == nil {
			return []eventlog.Item{item}
		}
		again := []eventlog.Item{item, {Checkpoint: &far}, item}
		if n%(40*subscription) == 0 {
			return append(again, eventlog.Item{}) // An item without anything is ignored.
		}
		return again
	}
	l.run()
	l.settled(l.aMonth(3))
	require.NotZero(t, l.engine.state.lead.Load().seen.get().Duplicates)
	l.clean()
}

func TestSilentSubscriptionIsReplaced(t *testing.T) {
	l := newTestLedger(t)
	s := l.faulty()
	s.silent = func(subscription, n int) bool { return subscription == 1 && n >= 5 }
	l.run()
	l.found(2)
	l.settled(l.punch(l.members[0], "2026-03-02T09:00:00"))
	require.Equal(t, 2, s.count())
	require.Equal(t, uint64(1), l.engine.state.feed.Load().Stalls.Load())
}

func (l *testLedger) poison(m domain.ID, wall string) string {
	e := l.punchEvent(m, wall)
	e.Zone = "Mars/Phobos"
	return l.write(domain.TimesheetStream(l.org, m, "202603"), m, e)
}

func TestPoisonParksOneMemberInOrder(t *testing.T) {
	l := newTestLedger(t)
	l.found(3)
	l.run()
	l.punch(l.members[0], "2026-03-02T09:00:00")
	l.poison(l.members[0], "2026-03-02T12:00:00")
	l.punch(l.members[0], "2026-03-02T18:00:00")
	l.punch(l.members[1], "2026-03-02T09:10:00")
	l.settled(l.advance("2026-03-03T00:00:00Z"))
	require.Equal(t, []string{"1", "1"}, l.rows(`SELECT count(p.id)::text FROM rm.members m JOIN rm.punches p USING (org, member) GROUP BY number ORDER BY number`))
	parked, err := l.engine.Ledgers.Parked(context.Background(), &l.org)
	require.NoError(t, err)
	require.Len(t, parked, 1)
	require.Equal(t, "member", parked[0].Kind)
	require.Equal(t, l.members[0], parked[0].Subject)
	require.Equal(t, 2, parked[0].Events)
	require.Contains(t, parked[0].Reason, "Mars/Phobos")
	_, stale, err := l.engine.Days.Of(context.Background(), l.org, l.members[0], "2026-03-02", "2026-03-02")
	require.NoError(t, err)
	require.Contains(t, stale, "parked: time zone")
	_, stale, err = l.engine.Days.Of(context.Background(), l.org, l.members[1], "2026-03-02", "2026-03-02")
	require.NoError(t, err)
	require.Empty(t, stale)
	l.clean()
	require.ErrorContains(t, l.engine.Unpark(context.Background(), l.org, "member", l.members[0]), "still cannot be applied")
	l.engine.cache.AddZone("Mars/Phobos", time.UTC) // The program has learned.
	require.NoError(t, l.engine.Unpark(context.Background(), l.org, "member", l.members[0]))
	l.settled(l.punch(l.members[2], "2026-03-02T09:10:00"))
	require.Equal(t, []string{"3"}, l.rows(`SELECT count(*)::text FROM rm.punches WHERE member = $1`, l.members[0]))
	require.Equal(t, []string{"Normal"}, l.rows(`SELECT status FROM rm.days WHERE member = $1 AND date = '2026-03-02'`, l.members[0]))
	l.clean()
}

func TestUnknownEventTypeParks(t *testing.T) {
	l := newTestLedger(t)
	l.found(1)
	l.run()
	raw := l.raw(domain.GroupStream(l.org, l.group), l.group, domain.GroupClosed{})
	raw.Type = "GroupPainted"
	l.settled(l.append(domain.GroupStream(l.org, l.group), raw))
	_, stale, err := l.engine.Days.Of(context.Background(), l.org, l.members[0], "2026-03-02", "2026-03-02")
	require.NoError(t, err)
	require.Equal(t, `parked: unknown event type "GroupPainted": it was written by a newer version, or not by this program`, stale)
}

// TestTheSameFaultInManyOrganizationsHalts: nothing more is parked, readiness says why, and a person can let it go on.
func TestTheSameFaultInManyOrganizationsHalts(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	ctx := context.Background()
	var all []*testLedger
	for n := range uint64(haltOrgs) {
		o := l.another(n + 1)
		o.found(1)
		all = append(all, o)
	}
	l.settled(all[0].punch(all[0].members[0], "2026-03-02T09:00:00"))
	for _, o := range all {
		o.poison(o.members[0], "2026-03-02T12:00:00")
	}
	require.Eventually(t, func() bool { return l.engine.Ready(ctx) != nil }, 20*time.Second, 10*time.Millisecond)
	require.ErrorContains(t, l.engine.Ready(ctx), "the same error came in 3 of 3 organizations within a minute; this looks like a fault of the program, not of the data: PunchRecorded: time zone")
	require.Less(t, len(l.rows("SELECT subject::text FROM rm.parked")), haltOrgs)
	_, err := l.engine.UnparkAll(ctx)
	require.NoError(t, err)
	l.settled(all[0].punch(all[0].members[0], "2026-03-02T18:00:00"))
	require.NoError(t, l.engine.Ready(ctx))
	require.Len(t, l.rows("SELECT subject::text FROM rm.parked"), haltOrgs)
	l.clean()
}

// TestManySubjectsParkTheirOrganization: however many of its members fail, one organization halts nobody, and the other's days go on.
func TestManySubjectsParkTheirOrganization(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	bad, good := l.another(1), l.another(2)
	bad.found(fold.ParkMost + 10)
	good.found(2)
	for _, m := range bad.members {
		bad.punch(m, "2026-03-02T09:00:00")
		bad.poison(m, "2026-03-02T12:00:00")
		good.punch(good.members[0], "2026-03-02T09:00:00")
	}
	bad.punch(bad.members[fold.ParkMost+5], "2026-03-02T18:00:00")
	last := bad.write(domain.OrgStream(bad.org), bad.org, domain.AttendanceDisabled{})
	l.settled(good.advance("2026-03-03T00:00:00Z"))
	l.settled(last)
	ctx := context.Background()
	require.NoError(t, l.engine.Ready(ctx))
	require.Equal(t, []string{"everything 1", "member 50"}, l.rows("SELECT kind || ' ' || count(*) FROM rm.parked GROUP BY kind ORDER BY kind"))
	require.Equal(t, []string{"true"}, l.rows("SELECT attendance::text FROM rm.organizations WHERE org = $1", bad.org), "everything of it waits")
	require.Len(t, l.rows("SELECT date::text FROM rm.days WHERE org = $1 AND member = $2 AND date = '2026-03-02'", good.org, good.members[0]), 1)
	_, stale, err := l.engine.Days.Of(ctx, bad.org, bad.members[fold.ParkMost+5], "2026-03-02", "2026-03-02")
	require.NoError(t, err)
	require.Contains(t, stale, "parked: time zone")
	l.clean()

	require.ErrorContains(t, l.engine.Unpark(ctx, bad.org, "member", bad.members[0]), "Mars/Phobos", "the reason is told")
	l.clean()
	l.engine.cache.AddZone("Mars/Phobos", time.UTC) // The program has learned.
	require.NoError(t, l.engine.Unpark(ctx, bad.org, fold.KindEverything, bad.org))
	require.Empty(t, l.rows("SELECT kind FROM rm.parked UNION ALL SELECT kind FROM rm.parked_events"))
	require.Equal(t, []string{"false"}, l.rows("SELECT attendance::text FROM rm.organizations WHERE org = $1", bad.org))
	l.settled(good.punch(good.members[1], "2026-03-02T18:00:00"))
	l.clean()
}

// TestAnotherVersionTriesWhatIsParked at its start, the same version does not.
func TestAnotherVersionTriesWhatIsParked(t *testing.T) {
	l := newTestLedger(t)
	l.found(2)
	l.engine.parking.program = "one"
	l.run()
	l.poison(l.members[0], "2026-03-02T12:00:00")
	for range retryPage + 5 { // more than one page waits
		l.punch(l.members[0], "2026-03-02T18:00:00")
	}
	l.settled(l.punch(l.members[1], "2026-03-02T09:00:00"))
	require.Len(t, l.rows("SELECT subject::text FROM rm.parked"), 1)
	l.stop()
	for _, step := range []struct {
		program string
		left    int
	}{{"one", 1}, {"two", 0}} {
		l.engine = l.open(nil)
		l.engine.parking.program = step.program
		if step.program == "two" {
			l.engine.cache.AddZone("Mars/Phobos", time.UTC)
		}
		l.run()
		require.Eventually(t, func() bool { return len(l.rows("SELECT subject::text FROM rm.parked")) == step.left }, 20*time.Second, 10*time.Millisecond)
		l.settled(l.punch(l.members[1], "2026-03-02T18:00:00"))
		l.stop()
	}
	require.Equal(t, []string{fmt.Sprint(retryPage + 6)}, l.rows("SELECT count(*)::text FROM rm.punches WHERE member = $1", l.members[0]))
}

// TestAnEventWithoutMetadataHasNoSince: nobody invents when it was recorded.
func TestAnEventWithoutMetadataHasNoSince(t *testing.T) {
	l := newTestLedger(t)
	l.found(1)
	l.run()
	raw := l.raw(domain.TimesheetStream(l.org, l.members[0], "202603"), l.members[0], l.punchEvent(l.members[0], "2026-03-02T09:00:00"))
	raw.Metadata = []byte("{}")
	l.settled(l.append(domain.TimesheetStream(l.org, l.members[0], "202603"), raw))
	parked, err := l.engine.Ledgers.Parked(context.Background(), &l.org)
	require.NoError(t, err)
	require.Len(t, parked, 1)
	require.Nil(t, parked[0].Since)
	l.clean()
}

func TestStaleLeaderWritesNothing(t *testing.T) {
	l := newTestLedger(t)
	l.found(1)
	p, err := l.engine.leader.live(context.Background(), 0)
	require.NoError(t, err)
	_, err = l.pool.Exec(context.Background(), "UPDATE projection.projector SET epoch = epoch + 1")
	require.NoError(t, err)
	var raws []eventlog.Raw
	require.NoError(t, l.log.ReadAll(context.Background(), eventlog.Position{}, 0, func(r eventlog.Raw) error {
		if _, ours := domain.ParseStream(r.Stream); ours {
			raws = append(raws, r)
		}
		return nil
	}))
	require.ErrorIs(t, p.apply(context.Background(), feed.NewPage(raws, true, true)), errStale)
	_, _, err = p.days.Drain(context.Background(), p.fenced, 10)
	require.ErrorIs(t, err, errStale)
	require.Empty(t, l.rows("SELECT org::text FROM rm.organizations"))
	require.Empty(t, l.rows("SELECT event_id::text FROM ledger.ledger_index"))
}

func TestAnotherCopyTakesOver(t *testing.T) {
	l := newTestLedger(t)
	l.found(2)
	first := l.engine
	stopFirst := l.runEngine(first)
	l.settled(l.punch(l.members[0], "2026-03-02T09:00:00"))
	second := l.open(nil)
	l.runEngine(second)
	stopFirst()
	l.engine = second
	l.settled(l.punch(l.members[0], "2026-03-02T18:00:00"))
	status, err := second.Status(context.Background())
	require.NoError(t, err)
	require.True(t, status.Leading)
	require.Equal(t, int64(2), status.Epoch)
	// A leader whose lock's connection dies leads again with a new epoch.
	_, err = l.pool.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND ((classid::bigint << 32) | objid::bigint) = $1`, second.shape.Lock())
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		s, err := second.Status(context.Background())
		return err == nil && s.Epoch == 3
	}, 20*time.Second, 20*time.Millisecond)
	l.settled(l.punch(l.members[1], "2026-03-02T18:00:00"))
	l.clean()
}

func TestLeavesAreTheContracts(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(1))
	var want []string
	require.NoError(t, l.log.ReadAll(context.Background(), eventlog.Position{}, 0, func(r eventlog.Raw) error {
		if _, ours := domain.ParseStream(r.Stream); ours {
			data, meta := sha256.Sum256(r.Data), sha256.Sum256(r.Metadata)
			preimage := domain.NewPreimage("DKL1").LPID(l.org).LP(r.Stream).U64(r.Revision).Raw(r.ID[:]).LP(r.Type).Raw([]byte{1}).Raw(data[:]).Raw(meta[:]).Bytes()
			leaf := sha256.Sum256(append([]byte{0}, preimage...))
			want = append(want, fmt.Sprintf("%d %s@%d %s", len(want), r.Stream, r.Revision, hex.EncodeToString(leaf[:])))
		}
		return nil
	}))
	require.Equal(t, want, l.rows(`SELECT index || ' ' || stream || '@' || revision || ' ' || encode(leaf, 'hex') FROM ledger.ledger_index ORDER BY index`))
}
