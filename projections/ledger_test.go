package projections

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
	"github.com/dakahq/daka/projections/feed"
)

// testLedger is a real node over TCP, a real Postgres, and an organization written with wire.Encode.
type testLedger struct {
	t       testing.TB
	log     *eventlog.Log
	pool    *pgxpool.Pool
	engine  *Engine
	org     domain.ID
	group   domain.ID
	heads   map[string]int64
	clock   time.Time
	seq     uint64
	url     string
	members []domain.ID
	stop    func()
	// base keeps the members of several organizations apart.
	base uint64
	// connection is the event store's.
	connection string
	// dir is where the node keeps its events.
	dir      string
	stopNode func()
	// seal and key write personal values; nil writes none.
	seal wire.Seal
	key  *domain.ID
}

// another is a second organization in the same ledger.
func (l *testLedger) another(n uint64) *testLedger {
	other := *l
	other.base = 1000 * n
	other.org, other.group, other.members = seeded(other.base+1), seeded(other.base+2), nil
	return &other
}

func testLog() *slog.Logger {
	if os.Getenv("DAKA_TEST_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

func newTestLedger(t testing.TB) *testLedger {
	t.Helper()
	url := postgrestest.Database(t)
	l := &testLedger{t: t, org: seeded(1), group: seeded(2), heads: map[string]int64{}, clock: instant("2026-03-01T00:00:00Z"), url: url}
	l.startNode(t.TempDir())
	l.pool = l.newPool()
	l.engine = l.open(nil)
	return l
}

// startNode opens a store and a connection to it.
func (l *testLedger) startNode(dir string) {
	l.t.Helper()
	n, err := node.Open(context.Background(), node.Config{Dir: dir, Listen: "127.0.0.1:0", Insecure: true, Log: testLog()})
	require.NoError(l.t, err)
	l.t.Cleanup(func() { require.NoError(l.t, n.Close()) })
	log, err := eventlog.Dial(n.ConnectionString(), testLog())
	require.NoError(l.t, err)
	l.t.Cleanup(log.Close)
	l.log, l.dir, l.connection = log, dir, n.ConnectionString()
	l.stopNode = func() {
		log.Close()
		require.NoError(l.t, n.Close())
	}
}

// copyStore ends the node, copies its files, and opens it again in its place.
func (l *testLedger) copyStore() (older string) {
	l.t.Helper()
	l.stopNode()
	older = filepath.Join(l.t.TempDir(), "older")
	require.NoError(l.t, os.CopyFS(older, os.DirFS(l.dir)))
	l.startNode(l.dir)
	return older
}

func (l *testLedger) newPool() *pgxpool.Pool {
	pool, err := pgxpool.New(context.Background(), l.url)
	require.NoError(l.t, err)
	l.t.Cleanup(pool.Close)
	return pool
}

func (l *testLedger) open(source feed.Source) *Engine {
	e, err := Open(context.Background(), Config{Pool: l.pool, Log: l.log, Logger: testLog(), Source: source})
	require.NoError(l.t, err)
	l.t.Cleanup(e.Close)
	return e
}

// run leads until the test or stop ends it.
func (l *testLedger) run() { l.stop = l.runEngine(l.engine) }

func (l *testLedger) runEngine(e *Engine) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = e.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	l.t.Cleanup(stop)
	return stop
}

func seeded(n uint64) domain.ID {
	return domain.NewPreimage("test").U64(n).ID()
}

func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}

// write appends events to a stream, a second apart, and returns the position of the last.
func (l *testLedger) write(stream string, subject domain.ID, events ...domain.Event) string {
	l.t.Helper()
	raws := make([]eventlog.Raw, 0, len(events))
	for _, e := range events {
		raws = append(raws, l.raw(stream, subject, e))
	}
	return l.append(stream, raws...)
}

func (l *testLedger) append(stream string, raws ...eventlog.Raw) string {
	l.t.Helper()
	head, known := l.heads[stream]
	if !known {
		head = -1
	}
	last, err := l.log.Append(context.Background(), stream, head, raws)
	require.NoError(l.t, err)
	l.heads[stream] = int64(last)
	return fmt.Sprintf("%s@%d", stream, last)
}

func (l *testLedger) raw(stream string, subject domain.ID, e domain.Event) eventlog.Raw {
	l.t.Helper()
	raw, err := l.encode(stream, subject, e)
	require.NoError(l.t, err)
	return raw
}

func (l *testLedger) encode(stream string, subject domain.ID, e domain.Event) (eventlog.Raw, error) {
	l.seq++
	l.clock = l.clock.Add(time.Second)
	command := seeded(1_000_000 + l.seq)
	id := domain.EventID(l.org, stream, command, 0)
	m := domain.Metadata{
		CommandID: command, RequestHash: "00", Actor: domain.Actor{Kind: domain.ActorSystem, ID: "test"}, Org: l.org, Subject: subject,
		ReceivedAt: domain.At(l.clock), CorrelationID: command, KeyID: l.key,
	}
	data, meta, err := wire.Encode(stream, id, e, &m, l.seal)
	return eventlog.Raw{Stream: stream, ID: id, Type: e.EventType(), JSON: true, Data: data, Metadata: meta}, err
}

const nineToSix = `{"name":"Office","kind":"fixed","time_zone":"Asia/Shanghai","effective_from":"2026-01-01",
	"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}],"permit_late_min":%d}},"week":["day","day","day","day","day",null,null]}`

// found writes an organization with one group and members joined on 2026-03-01, numbers from 001.
func (l *testLedger) found(members int) {
	l.t.Helper()
	l.write(domain.OrgStream(l.org), l.org, domain.OrganizationCreated{Name: "Acme", Country: "CN"}, domain.AttendanceEnabled{})
	l.write(domain.GroupStream(l.org, l.group), l.group, domain.GroupCreated{Group: l.group, Name: "Office"}, l.ruleEvent(1, 5, "2026-01-01"))
	for i := range members {
		l.join(i)
	}
}

func (l *testLedger) ruleEvent(version, permit int, from domain.Date) domain.RuleChanged {
	return domain.RuleChanged{Version: version, EffectiveFrom: from, Rule: []byte(fmt.Sprintf(nineToSix, permit))}
}

func (l *testLedger) join(i int) domain.ID {
	l.t.Helper()
	m := seeded(l.base + uint64(100+i))
	l.members = append(l.members, m)
	number := fmt.Sprintf("%03d", i+1)
	l.write(domain.BadgeStream(l.org, number), m, domain.BadgeAssigned{Number: number, Member: m, From: "2026-03-01"})
	l.write(domain.MemberStream(l.org, m), m, domain.MemberProvisioned{Member: m, Number: number, Joined: "2026-03-01"}, domain.GroupAssigned{Group: l.group, From: "2026-03-01"})
	return m
}

// punch writes a punch at a wall clock of Shanghai.
func (l *testLedger) punch(m domain.ID, wall string) string {
	l.t.Helper()
	return l.write(domain.TimesheetStream(l.org, m, "202603"), m, l.punchEvent(m, wall))
}

func (l *testLedger) punchEvent(m domain.ID, wall string) domain.PunchRecorded {
	return domain.PunchRecorded{Member: m, At: domain.At(instant(wall + "+08:00")), Zone: "Asia/Shanghai", SourceType: domain.SourceATM, Source: "file", Wall: wall}
}

func (l *testLedger) advance(through string) string {
	l.t.Helper()
	at := domain.At(instant(through))
	return l.write(domain.ClockStream(l.org, at), l.org, domain.ClockAdvanced{Through: at})
}

// settled waits until a position is applied and nothing is dirty.
func (l *testLedger) settled(position string) {
	l.t.Helper()
	require.Eventually(l.t, func() bool {
		_, stale, err := l.engine.Wait(context.Background(), position, EveryDay())
		return err == nil && !stale
	}, 30*time.Second, 5*time.Millisecond, "position %s was not applied: %v", position, l.engine.state.problem())
}

// rows reads one text column.
func (l *testLedger) rows(sql string, args ...any) []string {
	l.t.Helper()
	rows, err := l.pool.Query(context.Background(), sql, args...)
	require.NoError(l.t, err)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var text *string
		require.NoError(l.t, rows.Scan(&text))
		if text == nil {
			out = append(out, "null")
		} else {
			out = append(out, *text)
		}
	}
	require.NoError(l.t, rows.Err())
	return out
}

func instantUnix(s int64) time.Time { return time.Unix(s, 0).UTC() }
