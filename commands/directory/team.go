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
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	o := d.state.orgs[org]
	if o == nil {
		return nil
	}
	below, of := o.below(departments), setOf(groups)
	var out []domain.ID
	for id, m := range o.members {
		in := m.Department != nil && below[*m.Department]
		if !in && len(of) > 0 {
			group, assigned := m.Group(date)
			in = assigned && of[group]
		}
		if in {
			out = append(out, id)
		}
	}
	return out
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
