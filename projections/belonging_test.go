package projections

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
)

// mover writes random facts about who is in which department and group, and folds them as the domain does.
type mover struct {
	*testLedger
	*rand.Rand
	departments []domain.ID
	facts       *facts.Organization
	people      map[domain.ID]*facts.Member
	cache       facts.Cache
}

func (c *mover) tell(stream string, subject domain.ID, e domain.Event) string {
	c.t.Helper()
	r := facts.Of(&domain.Recorded{Stream: stream, Event: e, Type: e.EventType()})
	require.NoError(c.t, facts.Check(&c.cache, r))
	require.NoError(c.t, c.facts.Evolve(&c.cache, r))
	for _, m := range c.people {
		require.NoError(c.t, m.Evolve(&c.cache, r))
	}
	return c.write(stream, subject, e)
}

func (c *mover) date() domain.Date { return domain.Date(fmt.Sprintf("2026-03-%02d", 1+c.IntN(28))) }

// some is one of the departments, or none.
func (c *mover) some() *domain.ID {
	if i := c.IntN(len(c.departments) + 1); i < len(c.departments) {
		return &c.departments[i]
	}
	return nil
}

func (c *mover) step(groups []domain.ID) string {
	m, group := c.members[c.IntN(len(c.members))], groups[c.IntN(len(groups))]
	switch c.IntN(6) {
	case 0:
		return c.tell(domain.GroupStream(c.org, group), group, domain.GroupLinked{Department: c.some(), From: c.date()})
	case 1:
		return c.tell(domain.GroupStream(c.org, group), group, domain.GroupUnlinked{Department: c.some(), From: c.date()})
	case 2:
		e := domain.DepartmentChanged{Department: c.departments[c.IntN(len(c.departments))], Parent: c.some(), From: c.date()}
		if e.Root = e.Parent == nil; c.IntN(8) == 0 {
			e.From = ""
		}
		return c.tell(domain.OrgStream(c.org), c.org, e)
	case 3:
		return c.tell(domain.MemberStream(c.org, m), m, domain.GroupAssigned{Group: group, From: c.date(), Follows: c.IntN(2) == 0})
	}
	e := domain.MemberChanged{Department: c.some(), DepartmentFrom: c.date()}
	if e.Department == nil {
		e.Department = &c.departments[0]
	}
	if c.IntN(8) == 0 {
		e.DepartmentFrom = ""
	}
	return c.tell(domain.MemberStream(c.org, m), m, e)
}

// same says that the rows are what the domain folds.
func (c *mover) same() {
	c.t.Helper()
	for id, m := range c.people {
		var want []string
		for _, s := range c.facts.Belonging(m.Groups, m.Departments) {
			group := s.Group.String()
			if s.Group == (domain.ID{}) {
				group = "none"
			}
			want = append(want, s.From.String()+" "+group)
		}
		require.Equal(c.t, want, c.rows(`SELECT from_date::text || ' ' || coalesce(group_id::text, 'none') FROM rm.assignments WHERE member = $1 ORDER BY from_date`, id))
		want = nil
		for i, p := range m.Departments {
			from, until, department := "0001-01-01", "infinity", "none"
			if p.From != 0 {
				from = p.From.String()
			}
			if i+1 < len(m.Departments) {
				until = m.Departments[i+1].From.String()
			}
			if p.Department != nil {
				department = p.Department.String()
			}
			want = append(want, from+" "+department+" "+until)
		}
		require.Equal(c.t, want, c.rows(`SELECT from_date::text || ' ' || coalesce(department::text, 'none') || ' ' || until_date FROM rm.postings WHERE member = $1 ORDER BY from_date`, id))
	}
}

// TestBelongingRowsAreWhatTheDomainFolds: whatever moves in whatever order, live and rebuilt rows say which group holds whom as facts do, and the days follow.
func TestBelongingRowsAreWhatTheDomainFolds(t *testing.T) {
	for seed := range uint64(size("DAKA_SEEDS", 2)) {
		l := newTestLedger(t)
		l.run()
		l.found(3)
		c := &mover{testLedger: l, Rand: rand.New(rand.NewPCG(seed, 15)), facts: facts.NewOrganization(l.org), people: map[domain.ID]*facts.Member{}}
		groups := []domain.ID{l.group, seeded(3), seeded(4)}
		for _, m := range l.members {
			c.people[m] = &facts.Member{Org: l.org, ID: m}
			for _, e := range []domain.Event{domain.MemberProvisioned{Member: m, Joined: "2026-03-01"}, domain.GroupAssigned{Group: l.group, From: "2026-03-01"}} {
				require.NoError(t, c.people[m].Evolve(&c.cache, facts.Of(&domain.Recorded{Stream: domain.MemberStream(l.org, m), Event: e})))
			}
		}
		for _, g := range groups[1:] {
			l.write(domain.GroupStream(l.org, g), g, domain.GroupCreated{Group: g, Name: "G"}, domain.RuleChanged{Version: 1, EffectiveFrom: "2026-01-01", Rule: []byte(fmt.Sprintf(fourShifts, 0))})
		}
		for i := range 5 {
			id := seeded(uint64(900 + i))
			c.tell(domain.OrgStream(l.org), l.org, domain.DepartmentAdded{Department: id, Name: fmt.Sprint(i), Parent: c.some()})
			c.departments = append(c.departments, id)
		}
		for i, m := range l.members {
			c.tell(domain.MemberStream(l.org, m), m, domain.GroupAssigned{Group: l.group, From: "2026-03-02", Follows: true})
			l.punch(m, fmt.Sprintf("2026-03-%02dT09:0%d:00", 5+i, i))
		}
		last := l.advance("2026-03-20T16:00:00Z")
		for i := range 45 {
			if last = c.step(groups); i%7 == 0 {
				l.settled(last)
				c.same()
			}
		}
		l.settled(last)
		l.settledAll()
		c.same()
		require.Empty(t, l.rows("SELECT reason FROM rm.parked"))
		d, err := l.engine.Diff(t.Context(), nil)
		require.NoError(t, err)
		for _, table := range d.Tables {
			require.Zero(t, table.Differing, "%s, seed %d: %+v", table.Table, seed, table.Keys)
		}
		for _, m := range l.members {
			live, _, err := l.engine.Days.Of(t.Context(), l.org, m, "2026-02-20", "2026-04-20")
			require.NoError(t, err)
			known, err := l.engine.DaysKnownAt(t.Context(), l.org, m, "2026-02-20", "2026-04-20", l.clock)
			require.NoError(t, err)
			require.Equal(t, texts(live), texts(known), "seed %d", seed)
		}
	}
}
