package directory_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/eventlog/eventlogtest"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// world writes events without commands.
type world struct {
	t    *testing.T
	node *node.Node
	log  *eventlog.Log
	keys *keys.Store
	org  domain.ID
	last map[string]int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	n, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	store, err := keys.Open(t.Context(), keys.Config{Path: filepath.Join(t.TempDir(), "keys.db")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	w := &world{t: t, node: n, keys: store, org: uuid.New(), last: map[string]int64{}}
	w.log = w.dial(n.ConnectionString())
	return w
}

func (w *world) dial(connection string) *eventlog.Log {
	w.t.Helper()
	l, err := eventlog.Dial(connection, slog.New(slog.DiscardHandler))
	require.NoError(w.t, err)
	w.t.Cleanup(l.Close)
	return l
}

func (w *world) raws(stream string, events ...domain.Event) []eventlog.Raw {
	w.t.Helper()
	name, _ := domain.ParseStream(stream)
	keyID, k, err := w.keys.Key(w.t.Context(), name.Org, name.Org)
	require.NoError(w.t, err)
	var out []eventlog.Raw
	for _, e := range events {
		id := uuid.New()
		m := domain.Metadata{
			CommandID: uuid.New(), RequestHash: fmt.Sprintf("%064x", 1), Actor: domain.Actor{Kind: domain.ActorSystem, ID: "test"},
			Org: name.Org, Subject: name.Org, ReceivedAt: domain.At(time.Now()), CorrelationID: uuid.New(), KeyID: &keyID,
		}
		data, meta, err := wire.Encode(stream, id, e, &m, k.Seal)
		require.NoError(w.t, err)
		out = append(out, eventlog.Raw{ID: id, Type: e.EventType(), JSON: true, Data: data, Metadata: meta})
	}
	return out
}

func (w *world) write(stream string, events ...domain.Event) uint64 {
	w.t.Helper()
	expected, known := w.last[stream]
	if !known {
		expected = eventlog.NoStream
	}
	last, err := w.log.Append(w.t.Context(), stream, expected, w.raws(stream, events...))
	require.NoError(w.t, err)
	w.last[stream] = int64(last)
	return last
}

func (w *world) start(log *eventlog.Log) *directory.Directory {
	w.t.Helper()
	d := directory.New(log, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	w.t.Cleanup(cancel)
	d.Start(ctx)
	require.NoError(w.t, d.Fresh(w.patience()))
	return d
}

func (w *world) patience() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	w.t.Cleanup(cancel)
	return ctx
}

func rule(from string, zone string) domain.RuleChanged {
	document := fmt.Sprintf(`{"kind":"fixed","time_zone":%q,"effective_from":%q,"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}`, zone, from)
	return domain.RuleChanged{EffectiveFrom: domain.Date(from), Rule: json.RawMessage(document)}
}

func version(n int, r domain.RuleChanged) domain.RuleChanged {
	r.Version = n
	return r
}

func ptr[T any](v T) *T { return &v }

func TestDirectoryFolds(t *testing.T) {
	w := newWorld(t)
	member, group, other, department := uuid.New(), uuid.New(), uuid.New(), uuid.New()
	w.write(domain.OrgStream(w.org),
		domain.OrganizationCreated{Name: "示例", Country: "CN", Sample: true}, domain.AttendanceEnabled{},
		domain.DepartmentAdded{Department: department, Name: "R"}, domain.DepartmentChanged{Department: department, Name: ptr("D")},
		domain.OwnerAdded{Member: member}, domain.OrganizationChanged{Industry: ptr("ships")})
	w.write(domain.GroupStream(w.org, group), domain.GroupCreated{Group: group, Name: "Office"},
		version(1, rule("2026-01-01", "Asia/Shanghai")), version(2, rule("2026-03-01", "Asia/Urumqi")), version(3, rule("2026-03-01", "Asia/Tokyo")))
	w.write(domain.GroupStream(w.org, other), domain.GroupCreated{Group: other, Name: "Shop"}, domain.GroupClosed{})
	w.write(domain.BadgeStream(w.org, "0001"), domain.BadgeAssigned{Number: "0001", Member: member, From: "2026-02-01"},
		domain.BadgeAssigned{Number: "0001", Member: member, From: "2026-01-10"},
		domain.BadgeReleased{Number: "0001", Member: member, Until: "2026-02-28"},
		domain.BadgeAssigned{Number: "0001", Member: other, From: "2026-03-05"})
	w.write(domain.MemberStream(w.org, member),
		domain.MemberProvisioned{Member: member, Number: "0001", Name: domain.Private("王小明"), Joined: "2026-01-10"},
		domain.GroupAssigned{Group: group, From: "2026-02-01"}, domain.GroupAssigned{Group: other, From: "2026-01-01"},
		domain.RoleGranted{Role: domain.RoleHR}, domain.RoleGranted{Role: domain.RoleAuditor}, domain.RoleRevoked{Role: domain.RoleHR})
	w.write(domain.CalendarStream(w.org),
		domain.CalendarYearLoaded{Country: "CN", Year: 2026, Holidays: map[domain.Date]string{"2026-10-01": "国庆"}, Workdays: map[domain.Date]string{}, Source: "x"},
		domain.HolidayDeclared{Date: "2026-05-05", Name: "Founders"}, domain.WorkdayDeclared{Date: "2026-05-09", Shift: "day"},
		domain.HolidayDeclared{Date: "2026-05-06", Name: "x"}, domain.HolidayDeclared{Date: "2026-05-06", Name: "x", Withdrawn: true})
	w.write(domain.TimesheetStream(w.org, member, "202603"), domain.ClockAdvanced{Through: domain.At(time.Now())})

	check := func(d *directory.Directory) { checkFold(t, w, d, member, group, other, department) }
	d := w.start(w.log)
	t.Run("caught up", func(t *testing.T) { check(d) })
	require.True(t, d.Ready())
	revision := w.write(domain.MemberStream(w.org, member), domain.MemberLeft{Left: "2026-06-30"})
	require.NoError(t, d.WaitFor(w.patience(), domain.MemberStream(w.org, member), revision))
	m, _ := d.Member(w.org, member)
	require.Equal(t, domain.Date("2026-06-30"), m.Left)
	require.True(t, m.On("2026-06-30"))
	require.False(t, m.On("2026-07-01"))
	require.False(t, m.On("2026-01-09"))
}

func checkFold(t *testing.T, w *world, d *directory.Directory, member, group, other, department domain.ID) {
	o, ok := d.Organization(w.org)
	require.True(t, ok)
	require.Equal(t, directory.Organization{
		ID: w.org, Name: "示例", Industry: "ships", Country: "CN", Sample: true, Attendance: true, Owners: []domain.ID{member}, Revision: 5,
		Departments: map[domain.ID]directory.Department{department: {ID: department, Name: "D"}},
	}, o)
	require.Len(t, d.Organizations(), 1)
	_, ok = d.Organization(uuid.New())
	require.False(t, ok)

	m, ok := d.Member(w.org, member)
	require.True(t, ok)
	require.Equal(t, []domain.RoleGranted{{Role: domain.RoleAuditor}}, m.Roles)
	require.Equal(t, "0001", m.Number)
	require.Len(t, d.Members(w.org), 1)
	for date, want := range map[domain.Date]domain.ID{"2026-01-09": {}, "2026-01-10": member, "2026-02-28": member, "2026-03-01": {}, "2026-03-05": other} {
		holder, held := d.Badges.On(w.org, "0001", date)
		require.Equal(t, want, holder, date)
		require.Equal(t, want != domain.ID{}, held)
	}
	require.Len(t, d.Holders(w.org, "0001"), 2)
	for date, want := range map[domain.Date]domain.ID{"2025-12-31": {}, "2026-01-01": other, "2026-02-01": group} {
		got, _ := d.GroupOf(w.org, member, date)
		require.Equal(t, want, got, date)
	}
	for date, want := range map[domain.Date]int{"2025-12-31": 0, "2026-02-28": 1, "2026-03-01": 3} {
		plan, version := d.Rules.InForce(w.org, group, date)
		require.Equal(t, want, version, date)
		require.Equal(t, want == 0, plan == nil)
	}
	plan, _ := d.Rules.InForce(w.org, group, "2026-04-01")
	same, _ := d.Rules.InForce(w.org, group, "2026-05-01")
	require.Same(t, plan, same, "compiled once")
	require.Equal(t, "Asia/Tokyo", plan.Zone().String())
	require.Len(t, d.Rules.All(w.org, group), 3)
	require.Equal(t, []directory.Group{{ID: group, Name: "Office", Version: 3}, {ID: other, Name: "Shop", Closed: true}}, d.Groups(w.org))
	c := d.Calendar(w.org)
	require.Len(t, c.Holidays, 1)
	require.Len(t, c.Workdays, 1)
	require.Len(t, c.National["CN"].Holidays, 1)
	require.NotNil(t, d.Calendar(uuid.New()))
}

func TestDirectoryTakesLocalWritesAtOnce(t *testing.T) {
	w := newWorld(t)
	d := directory.New(w.log, slog.New(slog.DiscardHandler))
	stream := domain.OrgStream(w.org)
	at := func(revision uint64, e domain.Event) []domain.Recorded {
		return []domain.Recorded{{Stream: stream, Revision: revision, Event: e}}
	}
	d.Recorded(at(1, domain.AttendanceEnabled{}))
	_, known := d.Applied(stream)
	require.False(t, known, "its predecessor is not here: left to the subscription")
	d.Recorded(at(0, domain.OrganizationCreated{Name: "A"}))
	d.Recorded(at(0, domain.OrganizationCreated{Name: "B"}))
	d.Recorded(at(1, domain.AttendanceEnabled{}))
	o, _ := d.Organization(w.org)
	require.Equal(t, "A", o.Name)
	require.True(t, o.Attendance)
	require.NoError(t, d.WaitFor(w.patience(), stream, 1))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, d.WaitFor(ctx, stream, 2), context.DeadlineExceeded)
	require.False(t, d.Ready(), "local writes are no catch-up")
}

func TestDirectoryOutlivesItsConnection(t *testing.T) {
	w := newWorld(t)
	p := eventlogtest.NewProxy(t, w.node.Addr())
	d := w.start(w.dial(p.Connection()))
	for i := range 30 {
		if i%5 == 0 {
			p.Kill()
		}
		e := domain.Event(domain.OrganizationChanged{Name: ptr(fmt.Sprint(i))})
		if i == 0 {
			e = domain.OrganizationCreated{Name: "0"}
		}
		w.write(domain.OrgStream(w.org), e)
	}
	require.NoError(t, d.WaitFor(w.patience(), domain.OrgStream(w.org), 29))
	o, _ := d.Organization(w.org)
	require.Equal(t, "29", o.Name)
	require.NoError(t, d.Fresh(w.patience()))
}

// TestSilentStall black-holes the connection: nothing fails, nothing comes.
func TestSilentStall(t *testing.T) {
	w := newWorld(t)
	p := eventlogtest.NewProxy(t, w.node.Addr())
	d := w.start(w.dial(p.Connection()))
	p.BlackHole(true)
	require.Eventually(t, func() bool { return !d.Ready() }, 20*time.Second, 20*time.Millisecond, "it knows that it may be old")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, d.Fresh(ctx), directory.ErrStale)
	w.write(domain.OrgStream(w.org), domain.OrganizationCreated{Name: "A"})
	p.BlackHole(false)
	require.NoError(t, d.WaitFor(w.patience(), domain.OrgStream(w.org), 0))
	require.NoError(t, d.Fresh(w.patience()))
}

// TestAStarvedProbeIsNotADeadStore: the probe gets no answer in time, while the same store takes appends.
func TestAStarvedProbeIsNotADeadStore(t *testing.T) {
	w := newWorld(t)
	p := eventlogtest.NewProxy(t, w.node.Addr())
	d := w.start(w.dial(p.Connection()))
	p.BlackHole(true)
	require.Eventually(t, func() bool { return !d.Ready() }, 20*time.Second, 20*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	d.Recorded([]domain.Recorded{{Stream: domain.TimesheetStream(w.org, w.org, "202603")}})
	err := d.Fresh(ctx)
	require.ErrorIs(t, err, directory.ErrBehind)
	require.NotErrorIs(t, err, directory.ErrStale)
}

func TestGapInAStreamIsAnError(t *testing.T) {
	w := newWorld(t)
	d := directory.New(w.log, slog.New(slog.DiscardHandler))
	raws := w.raws(domain.OrgStream(w.org), domain.OrganizationCreated{Name: "A"}, domain.AttendanceEnabled{}, domain.AttendanceDisabled{})
	for i := range raws {
		raws[i].Stream, raws[i].Revision, raws[i].Position = domain.OrgStream(w.org), uint64(i), eventlog.Position{Commit: uint64(i + 1)}
	}
	require.NoError(t, d.Apply(raws[0]))
	require.EqualError(t, d.Apply(raws[2]), "an event is missing: "+domain.OrgStream(w.org)+" has 2 after 1 events")
	require.NoError(t, d.Apply(raws[1]))
	require.NoError(t, d.Apply(raws[0]), "a repeat is skipped")
	o, _ := d.Organization(w.org)
	require.True(t, o.Attendance)
}

func TestEventThatCannotBeReadIsSkipped(t *testing.T) {
	w := newWorld(t)
	raws := w.raws(domain.OrgStream(w.org), domain.OrganizationCreated{Name: "A"}, domain.AttendanceEnabled{})
	unknown := raws[1]
	unknown.ID, unknown.Type = uuid.New(), "FromTheFuture"
	_, err := w.log.Append(t.Context(), domain.OrgStream(w.org), eventlog.NoStream, []eventlog.Raw{raws[0], unknown, raws[1]})
	require.NoError(t, err)
	o, ok := w.start(w.log).Organization(w.org)
	require.True(t, ok)
	require.True(t, o.Attendance)
}

// TestTenThousandMembers keeps memory small: two streams a member.
func TestTenThousandMembers(t *testing.T) {
	d := directory.New(nil, slog.New(slog.DiscardHandler))
	org := uuid.New()
	for i := range 10_000 {
		member, number := uuid.New(), fmt.Sprintf("%05d", i)
		d.Recorded([]domain.Recorded{{Stream: domain.BadgeStream(org, number), Event: domain.BadgeAssigned{Number: number, Member: member, From: "2026-01-01"}}})
		stream := domain.MemberStream(org, member)
		d.Recorded([]domain.Recorded{
			{Stream: stream, Event: domain.MemberProvisioned{Member: member, Number: number, Joined: "2026-01-01"}},
			{Stream: stream, Revision: 1, Event: domain.GroupAssigned{Group: org, From: "2026-01-01"}},
		})
	}
	require.Len(t, d.Members(org), 10_000)
	_, found := d.Badges.On(org, "09999", "2026-02-01")
	require.True(t, found)
}

// TestATombstoneStopsNobody: the directory keeps what it knew of the stream and follows the rest.
func TestATombstoneStopsNobody(t *testing.T) {
	w := newWorld(t)
	member := uuid.New()
	w.write(domain.OrgStream(w.org), domain.OrganizationCreated{Name: "A"})
	w.write(domain.MemberStream(w.org, member), domain.MemberProvisioned{Member: member, Number: "1", Joined: "2026-01-01"})
	d := w.start(w.log)
	config, err := esdb.ParseConnectionString(w.node.ConnectionString())
	require.NoError(t, err)
	client, err := esdb.NewClient(config)
	require.NoError(t, err)
	defer client.Close()
	_, err = client.TombstoneStream(t.Context(), domain.MemberStream(w.org, member), esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Any{}})
	require.NoError(t, err)
	revision := w.write(domain.OrgStream(w.org), domain.AttendanceEnabled{})
	for _, d := range []*directory.Directory{d, w.start(w.log)} {
		require.NoError(t, d.WaitFor(w.patience(), domain.OrgStream(w.org), revision))
		time.Sleep(directory.MaxAge)
		require.NoError(t, d.Fresh(w.patience()))
		o, _ := d.Organization(w.org)
		require.True(t, o.Attendance)
		_, known := d.Member(w.org, member)
		require.True(t, known)
	}
}
