package projections

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/assess"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// inMemory folds a whole organization from the log, with package facts alone.
type inMemory struct {
	cache   *facts.Cache
	org     *facts.Organization
	members map[domain.ID]*facts.Member
	parked  map[facts.Subject]bool
}

func (l *testLedger) inMemory() *inMemory {
	l.t.Helper()
	f := &inMemory{cache: &facts.Cache{}, org: facts.NewOrganization(l.org), members: map[domain.ID]*facts.Member{}, parked: map[facts.Subject]bool{}}
	for _, m := range l.members {
		f.members[m] = &facts.Member{Org: l.org, ID: m}
	}
	require.NoError(l.t, l.log.ReadAll(context.Background(), eventlog.Position{}, 0, func(raw eventlog.Raw) error {
		if name, ours := domain.ParseStream(raw.Stream); ours && name.Org == l.org {
			r := feed.Decode(&raw)
			f.apply(r.Fact(), r.Problem)
		}
		return nil
	}))
	return f
}

func (f *inMemory) apply(r facts.Recorded, problem error) {
	subjects := facts.Subjects(r, problem == nil)
	if slices.ContainsFunc(subjects, func(s facts.Subject) bool { return f.parked[s] }) {
		return
	}
	if problem == nil {
		problem = facts.Check(f.cache, r)
	}
	if problem == nil {
		problem = f.org.Evolve(f.cache, r)
	}
	for _, m := range f.members {
		if problem == nil {
			problem = m.Evolve(f.cache, r)
		}
	}
	if problem != nil {
		f.parked[subjects[0]] = true
	}
}

// fromTables is what assess/load reads of a member for a run of dates.
func (l *testLedger) fromTables(m domain.ID, dates tables.Dates) *assess.Work {
	l.t.Helper()
	var k *assess.Work
	p := l.engine.state.lead.Load()
	require.NoError(l.t, p.schema.Within(context.Background(), func(tx pgx.Tx) (err error) {
		c := assess.NewCohort(map[tables.MemberKey]tables.Dates{{Org: l.org, ID: m}: dates})
		k = c.Works[0]
		if k.Org, err = p.days.Organization(context.Background(), tx, l.org); err == nil {
			err = c.Load(context.Background(), tx)
		}
		return err
	}))
	return k
}

// comparable brings facts into one order where Assess does not care, and leaves out what is far from the dates.
func comparable(f attendance.Facts, dates tables.Dates) string {
	slices.SortFunc(f.Punches, func(a, b attendance.Punch) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	var roster, requests, punches []string
	for d := dates.From - 3; d <= dates.To+3; d++ {
		if e, planned := f.Roster[d]; planned {
			roster = append(roster, fmt.Sprint(d, e))
		}
	}
	for i := range f.Punches {
		p := &f.Punches[i]
		punches = append(punches, fmt.Sprintf("%x %s %s %s %d %v %s %v", p.ID, p.At.UTC(), p.CheckType, p.SourceType, p.Place, p.Flags, p.Review, tables.AsJSON([]*bool{p.DeviceBound, p.Photo})))
	}
	for _, q := range f.Requests {
		requests = append(requests, fmt.Sprintf("%x %s %s %v %v %s %d %s %s", q.ID, q.Type, q.State, instants(q.From), instants(q.To), q.Date, q.Section, q.CheckType, q.At.UTC()))
	}
	var groups []string
	for _, a := range f.Assignments {
		for _, plan := range a.Plans {
			groups = append(groups, fmt.Sprint(a.From, plan.Version, plan.Rule.EffectiveFrom, plan.Rule.Name))
		}
	}
	return fmt.Sprintf("joined %s left %s through %s\n groups %v\n roster %v\n punches %v\n requests %v\n calendar %v",
		f.Joined, f.Left, f.Through.UTC(), groups, roster, punches, requests, tables.AsJSON(f.Calendar))
}

func instants(m attendance.Moment) string { return m.At.UTC().String() + m.Date.String() }

// TestMemoryEqualsTables: after a random history with events that cannot be applied, and at random cuts of it, a member folded from the log is the
// member that assess reads from the tables; so are its days and their rows, and the same subjects are parked.
func TestMemoryEqualsTables(t *testing.T) {
	for seed := range uint64(size("DAKA_SEEDS", 3)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newTestLedger(t)
			c := &chance{
				testLedger: l, Rand: rand.New(rand.NewPCG(seed, 11)), other: seeded(3), versions: map[domain.ID]int{l.group: 1, seeded(3): 1},
				punches: map[domain.ID][]domain.ID{}, clockAt: instant("2026-03-03T00:00:00Z"),
			}
			l.run()
			l.found(5)
			l.write(domain.GroupStream(l.org, c.other), c.other, domain.GroupCreated{Group: c.other, Name: "Night"},
				domain.RuleChanged{Version: 1, EffectiveFrom: "2026-01-01", Rule: []byte(fmt.Sprintf(fourShifts, 0))})
			bad := c.bad()
			for i := range 150 {
				last := c.step()
				if i%30 == 25 && len(bad) > 0 {
					last = bad[0]()
					bad = bad[1:]
				}
				if c.IntN(20) == 0 || i == 149 {
					l.settled(last)
					l.memoryEqualsTables(c)
				}
			}
			require.Len(t, l.rows("SELECT reason FROM rm.parked WHERE kind <> 'days'"), 4)
		})
	}
}

// bad are events that cannot be applied, each of its own subject.
func (c *chance) bad() []func() string {
	own := func(i int, e domain.Event) string {
		return c.write(domain.MemberStream(c.org, c.members[i]), c.members[i], e)
	}
	return []func() string{
		func() string { return c.poison(c.members[3], "2026-03-05T09:00:00") },
		func() string {
			return own(4, domain.MemberJoined{Member: c.members[4], Account: seeded(1), Joined: "2026-03-02"})
		},
		func() string {
			return c.write(domain.GroupStream(c.org, c.other), c.other, domain.RuleChanged{Version: 1, EffectiveFrom: "2026-03-09", Rule: []byte(fmt.Sprintf(fourShifts, 9))})
		},
		func() string {
			return c.write(domain.CalendarStream(c.org), c.org, domain.MemberLeft{Left: "2026-03-11"})
		},
	}
}

func (l *testLedger) memoryEqualsTables(c *chance) {
	l.t.Helper()
	f := l.inMemory()
	parked := []string{}
	for s := range f.parked {
		parked = append(parked, s.Kind+" "+s.ID.String())
	}
	slices.Sort(parked)
	require.ElementsMatch(l.t, parked, l.rows("SELECT kind || ' ' || subject FROM rm.parked WHERE kind <> 'days'"))
	for _, m := range l.members {
		from := attendance.NewDate(2026, 2, 25) + attendance.Date(c.IntN(40))
		dates := tables.Dates{From: from, To: from + attendance.Date(c.IntN(12))}
		k, own := l.fromTables(m, dates), f.members[m]
		got := own.Facts(f.org, dates.From, dates.To)
		require.Equal(l.t, comparable(k.Facts.Facts(k.Org, dates.From, dates.To), dates), comparable(got, dates))
		require.Equal(l.t, len(k.Facts.Waiting(dates.From, dates.To)), len(own.Waiting(dates.From, dates.To)))
		require.Equal(l.t, k.Facts.Governed(k.Org), own.Governed(f.org))
		var days []string
		for _, d := range attendance.Assess(got, dates.From, dates.To) {
			governed := own.Governed(f.org)
			if own.Reached(f.org, d.Date) && (governed != 0 && d.Date >= governed || own.Told(d.Date)) || facts.Punched(&d) {
				days = append(days, fmt.Sprint(d.Date, " ", string(tables.AppendSlots(nil, d.Slots)), own.DecidedOwn(d.Date)))
			}
		}
		require.ElementsMatch(l.t, days, l.rows(`SELECT date || ' ' || slots || (EXISTS (SELECT FROM rm.self_decisions s WHERE s.org = d.org AND s.member = d.member AND d.date BETWEEN s.from_date AND s.to_date))::text
			FROM rm.days d WHERE member = $1 AND date BETWEEN $2 AND $3`, m, dates.From.String(), dates.To.String()))
	}
}
