package facts

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Posting is a time in a department, from a date on until the next one begins; Department nil is none, From zero is from the beginning.
type Posting struct {
	From       attendance.Date
	Department *domain.ID
}

// tree is where departments stand and which groups take them. Its maps and lists are replaced, never changed.
type tree struct {
	// parents are those of each department by date, the first from the beginning.
	parents map[domain.ID][]Posting
	// links are by department, then by group; the nil id is the whole organization.
	links map[domain.ID]map[domain.ID]domain.LinkTimes
}

// evolve applies what an event says about the tree.
func (t *tree) evolve(r Recorded) {
	switch e := r.Event.(type) {
	case domain.DepartmentAdded:
		t.put(e.Department, []Posting{{Department: e.Parent}})
	case domain.DepartmentChanged:
		if e.Parent != nil || e.Root {
			t.put(e.Department, posted(t.parents[e.Department], Posting{dateOf(e.From), e.Parent}))
		}
	case domain.GroupLinked:
		t.link(r, domain.Whole(e.Department), func(l domain.LinkTimes) domain.LinkTimes { return l.Begin(e.From) })
	case domain.GroupUnlinked:
		t.link(r, domain.Whole(e.Department), func(l domain.LinkTimes) domain.LinkTimes { return l.End(e.From) })
	}
}

func (t *tree) put(department domain.ID, parents []Posting) {
	t.parents = maps.Clone(t.parents)
	if t.parents == nil {
		t.parents = map[domain.ID][]Posting{}
	}
	t.parents[department] = parents
}

func (t *tree) link(r Recorded, department domain.ID, change func(domain.LinkTimes) domain.LinkTimes) {
	group, err := r.group()
	if err != nil {
		return
	}
	t.links = maps.Clone(t.links)
	if t.links == nil {
		t.links = map[domain.ID]map[domain.ID]domain.LinkTimes{}
	}
	of := maps.Clone(t.links[department])
	if of == nil {
		of = map[domain.ID]domain.LinkTimes{}
	}
	of[group] = change(of[group])
	t.links[department] = of
}

// posted puts a posting into its place; of two that begin on one date the later recorded holds, and one from the beginning replaces all.
func posted(before []Posting, p Posting) []Posting {
	if p.From == 0 {
		return []Posting{p}
	}
	at, same := slices.BinarySearchFunc(before, p.From, func(other Posting, from attendance.Date) int { return cmp.Compare(other.From, from) })
	if before = slices.Clone(before); same {
		before[at] = p
		return before
	}
	return slices.Insert(before, at, p)
}

// postedOn is the department, or the parent, of a date; nil for none.
func postedOn(all []Posting, d attendance.Date) *domain.ID {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].From <= d {
			return all[i].Department
		}
	}
	return nil
}

// groupOf is the group that takes a department on a date: that of the nearest department up the tree, the whole organization being the last. A ring
// of parents ends where it began.
func (t *tree) groupOf(department *domain.ID, d attendance.Date) (domain.ID, bool) {
	for range len(t.parents) + 1 {
		if department == nil {
			break
		}
		if group, taken := t.taker(*department, d); taken {
			return group, true
		}
		department = postedOn(t.parents[*department], d)
	}
	return t.taker(domain.ID{}, d)
}

// taker is the group that took a department last; of two that took it on one date the one with the greater id.
func (t *tree) taker(department domain.ID, d attendance.Date) (best domain.ID, taken bool) {
	var since domain.Date
	for group, times := range t.links[department] {
		in := times.On(domain.Date(d.String()))
		if in.Taken && (!taken || in.From > since || in.From == since && bytes.Compare(group[:], best[:]) > 0) {
			best, since, taken = group, in.From, true
		}
	}
	return best, taken
}

// dates are those on which a department may come to another group.
func (t *tree) dates(into map[attendance.Date]bool) {
	for _, groups := range t.links {
		for _, times := range groups {
			for _, time := range times {
				into[dateOf(time.From)] = true
			}
		}
	}
	for _, parents := range t.parents {
		for _, p := range parents {
			into[p.From] = true
		}
	}
}

// Belonging are the groups that hold a member, in the order of their dates, each until the next begins: the one that was chosen, else the one that takes
// the member's department (rules §2). The nil id is a time without a group.
func (o *Organization) Belonging(chosen []Stretch, postings []Posting) []Stretch {
	if len(o.tree.links) == 0 && !slices.ContainsFunc(chosen, func(s Stretch) bool { return s.Group == domain.ID{} }) {
		return chosen
	}
	dates := map[attendance.Date]bool{}
	for _, s := range chosen {
		dates[s.From] = true
	}
	for _, p := range postings {
		dates[p.From] = true
	}
	o.tree.dates(dates)
	var out []Stretch
	var before domain.ID
	for _, d := range slices.Sorted(maps.Keys(dates)) {
		if s := o.belongs(chosen, postings, d); s.Group != before {
			out, before = append(out, s), s.Group
		}
	}
	return out
}

// belongs is the group of a date. Only a choice that begins on the date has its instant: whoever a department brings into a group belongs to it from
// the date's beginning.
func (o *Organization) belongs(chosen []Stretch, postings []Posting, d attendance.Date) Stretch {
	for i := len(chosen) - 1; i >= 0; i-- {
		if chosen[i].From <= d {
			if s := (Stretch{From: d, Group: chosen[i].Group}); s.Group != (domain.ID{}) {
				if chosen[i].From == d {
					s.At = chosen[i].At
				}
				return s
			}
			break
		}
	}
	group, _ := o.tree.groupOf(postedOn(postings, d), d)
	return Stretch{From: d, Group: group}
}

// Linked says that a group takes departments.
func (o *Organization) Linked() bool { return len(o.tree.links) > 0 }
