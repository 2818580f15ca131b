package directory

import (
	"slices"

	"github.com/dakahq/daka/domain"
)

// Administrators are an organization's owners and HR, those who left too, in no order.
func (d *Directory) Administrators(org domain.ID) []Member {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	o := d.state.orgs[org]
	if o == nil {
		return nil
	}
	var out []Member
	for id, m := range o.members {
		if slices.Contains(o.view.Owners, id) || slices.ContainsFunc(m.Roles, func(r domain.RoleGranted) bool { return r.Role == domain.RoleHR }) {
			out = append(out, *m)
		}
	}
	return out
}

// Team gives the members of departments, with all departments under them, and of groups on a date; those who left too, in no order.
func (d *Directory) Team(org domain.ID, departments, groups []domain.ID, date domain.Date) []domain.ID {
	var out []domain.ID
	d.Teams.each(org, departments, groups, func(m *Member, in func(domain.Date) bool) {
		if in(date) {
			out = append(out, m.ID)
		}
	})
	return out
}

// Teams are members by who leads them.
type Teams struct{ state *state }

// Stay is a time of a member in a team, both dates inclusive.
type Stay struct {
	Member   domain.ID
	From, To domain.Date
}

// Between gives who was in departments, with all departments under them, or in groups on some of a run of dates, and when; in no order of members.
func (d Teams) Between(org domain.ID, departments, groups []domain.ID, from, to domain.Date) []Stay {
	var out []Stay
	d.each(org, departments, groups, func(m *Member, in func(domain.Date) bool) {
		edges := m.edges(from, to)
		for i, date := range edges {
			until := to
			if i+1 < len(edges) {
				until = edges[i+1].AddDays(-1)
			}
			switch last := len(out) - 1; {
			case !in(date):
			case i > 0 && last >= 0 && out[last].Member == m.ID && out[last].To.AddDays(1) == date:
				out[last].To = until
			default:
				out = append(out, Stay{m.ID, date, until})
			}
		}
	})
	return out
}

// edges are the first date of a run, and those inside on which the member may come into another department or group.
func (m *Member) edges(from, to domain.Date) []domain.Date {
	edges := []domain.Date{from}
	add := func(date domain.Date) {
		if date > from && date <= to {
			edges = append(edges, date)
		}
	}
	for _, p := range m.Departments {
		add(p.From)
	}
	for _, g := range m.Groups {
		add(g.From)
	}
	slices.Sort(edges)
	return slices.Compact(edges)
}

// each tells for every member on which dates the departments or groups hold the member. The tree is that of now.
func (d Teams) each(org domain.ID, departments, groups []domain.ID, visit func(m *Member, in func(domain.Date) bool)) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	o := d.state.orgs[org]
	if o == nil {
		return
	}
	below, of := o.below(departments), setOf(groups)
	for _, m := range o.members {
		visit(m, func(date domain.Date) bool {
			if department := m.Departments.On(date); department != nil && below[*department] {
				return true
			}
			group, held := m.Group(date)
			return held && of[group]
		})
	}
}

func setOf(ids []domain.ID) map[domain.ID]bool {
	out := make(map[domain.ID]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out
}

// below gives departments and everything under them; a ring of parents ends where it began.
func (o *organization) below(roots []domain.ID) map[domain.ID]bool {
	in := setOf(roots)
	for grew := len(in) > 0; grew; {
		grew = false
		for id, department := range o.view.Departments {
			if !in[id] && department.Parent != nil && in[*department.Parent] {
				in[id], grew = true, true
			}
		}
	}
	return in
}
