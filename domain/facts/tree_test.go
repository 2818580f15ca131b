package facts

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// TestWhoBelongsToWhichGroup: the nearest department up the tree, on the date; a choice is stronger; the whole organization is last.
func TestWhoBelongsToWhichGroup(t *testing.T) {
	company, works, paint, night := id(20), id(21), id(22), id(30)
	root, orgStream, mine := id(31), domain.OrgStream(org), domain.MemberStream(org, who)
	given := func(events map[string][]domain.Event, order ...string) *told {
		l := newTold(t)
		for _, stream := range order {
			for _, e := range events[stream] {
				l.tell(stream, e)
			}
		}
		return l
	}
	tree := []domain.Event{
		domain.DepartmentAdded{Department: company, Name: "Company"}, domain.DepartmentAdded{Department: works, Name: "Works", Parent: &company},
		domain.DepartmentAdded{Department: paint, Name: "Paint", Parent: &works},
	}
	joined := domain.MemberProvisioned{Member: who, Number: "1", Department: &paint, Joined: "2026-01-10"}
	links := func(g domain.ID, e ...domain.Event) (string, []domain.Event) { return domain.GroupStream(org, g), e }
	for _, c := range []struct {
		name   string
		tree   []domain.Event
		member []domain.Event
		groups map[domain.ID][]domain.Event
		want   []Stretch
	}{
		{name: "no department is taken"},
		{
			name: "two levels up, from the date of the link", groups: map[domain.ID][]domain.Event{group: {domain.GroupLinked{Department: &company, From: "2026-02-01"}}},
			want: []Stretch{{From: day("2026-02-01"), Group: group}},
		},
		{
			name:   "the nearest holds, and gives way when it ends",
			groups: map[domain.ID][]domain.Event{group: {domain.GroupLinked{Department: &company, From: "2026-02-01"}}, night: {domain.GroupLinked{Department: &works, From: "2026-03-01"}, domain.GroupUnlinked{Department: &works, From: "2026-04-01"}}},
			want:   []Stretch{{From: day("2026-02-01"), Group: group}, {From: day("2026-03-01"), Group: night}, {From: day("2026-04-01"), Group: group}},
		},
		{
			name: "the whole organization is last", groups: map[domain.ID][]domain.Event{root: {domain.GroupLinked{From: "2026-01-01"}}, night: {domain.GroupLinked{Department: &paint, From: "2026-03-01"}}},
			member: []domain.Event{domain.MemberChanged{Department: &works, DepartmentFrom: "2026-05-01"}},
			want:   []Stretch{{From: day("2026-01-01"), Group: root}, {From: day("2026-03-01"), Group: night}, {From: day("2026-05-01"), Group: root}},
		},
		{
			name: "a choice is stronger, until the member follows again", groups: map[domain.ID][]domain.Event{group: {domain.GroupLinked{Department: &paint, From: "2026-01-01"}}},
			member: []domain.Event{domain.GroupAssigned{Group: night, From: "2026-02-01"}, domain.GroupAssigned{Group: night, From: "2026-03-01", Follows: true}},
			want:   []Stretch{{From: day("2026-01-01"), Group: group}, {From: day("2026-02-01"), Group: night}, {From: day("2026-03-01"), Group: group}},
		},
		{
			name: "who moves away from it has none", groups: map[domain.ID][]domain.Event{group: {domain.GroupLinked{Department: &paint, From: "2026-01-01"}}},
			member: []domain.Event{domain.MemberChanged{Department: &works, DepartmentFrom: "2026-02-01"}},
			want:   []Stretch{{From: day("2026-01-01"), Group: group}, {From: day("2026-02-01"), Group: domain.ID{}}},
		},
		{
			name: "a department moves on a date", groups: map[domain.ID][]domain.Event{group: {domain.GroupLinked{Department: &works, From: "2026-01-01"}}},
			tree: []domain.Event{domain.DepartmentChanged{Department: paint, Parent: &company, From: "2026-02-01"}, domain.DepartmentChanged{Department: paint, Parent: &works, From: "2026-03-01"}},
			want: []Stretch{{From: day("2026-01-01"), Group: group}, {From: day("2026-02-01"), Group: domain.ID{}}, {From: day("2026-03-01"), Group: group}},
		},
		{
			name: "an old move holds from the beginning", groups: map[domain.ID][]domain.Event{group: {domain.GroupLinked{Department: &works, From: "2026-01-01"}}},
			tree: []domain.Event{domain.DepartmentChanged{Department: paint, Root: true}},
		},
		{
			name: "of two that take it the later holds, of one date the greater id", groups: map[domain.ID][]domain.Event{
				night: {domain.GroupLinked{Department: &paint, From: "2026-02-01"}, domain.GroupLinked{Department: &works, From: "2026-01-01"}}, group: {domain.GroupLinked{Department: &paint, From: "2026-03-01"}, domain.GroupLinked{Department: &works, From: "2026-01-01"}},
			},
			want: []Stretch{{From: day("2026-01-01"), Group: night}, {From: day("2026-03-01"), Group: group}},
		},
		{
			name: "a ring of parents ends", tree: []domain.Event{domain.DepartmentChanged{Department: company, Parent: &paint}},
			groups: map[domain.ID][]domain.Event{root: {domain.GroupLinked{From: "2026-01-01"}}}, want: []Stretch{{From: day("2026-01-01"), Group: root}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			events := map[string][]domain.Event{orgStream: append(append([]domain.Event{}, tree...), c.tree...), mine: append([]domain.Event{joined}, c.member...)}
			streams := []string{orgStream, mine}
			for g, e := range c.groups {
				stream, of := links(g, e...)
				events[stream] = of
				streams = append(streams, stream)
			}
			for range 2 { // the streams' order is the log's, and no event of one is about another's
				l := given(events, streams...)
				got := l.o.Belonging(l.m.Groups, l.m.Departments)
				for i := range got {
					got[i].At = time.Time{}
				}
				require.Equal(t, c.want, got)
				streams[0], streams[len(streams)-1] = streams[len(streams)-1], streams[0]
			}
		})
	}
}
