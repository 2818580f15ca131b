package directory

import (
	"maps"
	"slices"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
)

// Organization is an organization's settings.
type Organization struct {
	ID                      domain.ID
	Name, Industry, Country string
	// Handle is the sign-in name, empty for none.
	Handle string
	Sample bool
	// Attendance says that people may punch.
	Attendance bool
	// Hidden says that a search for the name does not find it.
	Hidden      bool
	Departments map[domain.ID]Department
	Owners      []domain.ID
	// ProposedOwners wait for a second person's word.
	ProposedOwners []Proposal
	// ProposedRemovals are owners who shall be none any more, by the word of one person so far.
	ProposedRemovals []Proposal
	Approvers        []domain.ID
	Monitoring       []string
	LeaveTypes       map[string]domain.LeaveTypeDefined
	// Months say on which day attendance months begin.
	Months domain.AttendanceMonths
	// Revision is that of the last event of the organization's stream.
	Revision uint64
}

// Department is a node of the tree.
type Department struct {
	ID     domain.ID
	Name   string
	Parent *domain.ID
	Closed bool
}

// organization is all that is known of one organization. Maps and slices inside views are replaced, never changed.
type organization struct {
	view        Organization
	founded     bool
	members     map[domain.ID]*Member
	asks        map[domain.ID]*JoinRequest // by the member that the person would become
	invitations map[domain.ID]*Invitation
	tokens      map[domain.ID]*Token
	badges      map[string]domain.BadgeState
	groups      map[domain.ID]*Group
	order       []domain.ID // of groups, as created
	// facts are the rules of groups and the calendar.
	facts *facts.Organization
}

func newOrganization(id domain.ID) *organization {
	return &organization{
		view:    Organization{ID: id},
		members: map[domain.ID]*Member{}, asks: map[domain.ID]*JoinRequest{}, invitations: map[domain.ID]*Invitation{}, tokens: map[domain.ID]*Token{}, badges: map[string]domain.BadgeState{}, groups: map[domain.ID]*Group{}, facts: facts.NewOrganization(id),
	}
}

// Organization gives an organization's settings.
func (d *Directory) Organization(id domain.ID) (Organization, bool) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	o := d.state.orgs[id]
	if o == nil || !o.founded {
		return Organization{}, false
	}
	return o.view, true
}

// OrganizationByHandle gives the organization that names a handle.
func (d *Directory) OrganizationByHandle(handle string) (domain.ID, bool) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	id, named := d.state.handles[handle]
	return id, named
}

// handleLocked moves a handle to the organization that names it.
func (d *state) handleLocked(org domain.ID, before, after string) {
	if before == after {
		return
	}
	if d.handles[before] == org {
		delete(d.handles, before)
	}
	d.handles[after] = org
}

// Organizations gives all organizations, in no order.
func (d *Directory) Organizations() []Organization {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	out := make([]Organization, 0, len(d.state.orgs))
	for _, o := range d.state.orgs {
		if o.founded {
			out = append(out, o.view)
		}
	}
	return out
}

func (o *organization) evolve(event domain.Event, meta domain.Metadata) {
	v := &o.view
	switch e := event.(type) {
	case domain.OrganizationCreated:
		o.founded = true
		v.Name, v.Industry, v.Country, v.Sample = e.Name, e.Industry, e.Country, e.Sample
	case domain.OrganizationChanged:
		set(&v.Name, e.Name)
		set(&v.Industry, e.Industry)
		set(&v.Handle, e.Handle)
		if e.Searchable != nil {
			v.Hidden = !*e.Searchable
		}
		if e.FirstDay != nil {
			v.Months = v.Months.With(*e.FirstDay)
		}
	case domain.AttendanceEnabled:
		v.Attendance = true
	case domain.AttendanceDisabled:
		v.Attendance = false
	case domain.OwnerAdded:
		v.Owners, v.ProposedOwners = append(without(v.Owners, e.Member), e.Member), unproposed(v.ProposedOwners, e.Member)
		v.ProposedRemovals = unproposed(v.ProposedRemovals, e.Member)
	case domain.OwnerRemoved:
		v.Owners, v.ProposedOwners = without(v.Owners, e.Member), unproposed(v.ProposedOwners, e.Member)
		v.ProposedRemovals = unproposed(v.ProposedRemovals, e.Member)
	case domain.OwnerRemovalProposed:
		p := Proposal{Member: e.Member, Role: domain.RoleOwner, Removal: true, By: meta.Actor, At: meta.ReceivedAt}
		v.ProposedRemovals = append(unproposed(v.ProposedRemovals, e.Member), p)
	case domain.RoleProposed:
		v.ProposedOwners = append(unproposed(v.ProposedOwners, e.Member), proposalOf(e, meta))
	case domain.ApproversChanged:
		v.Approvers = e.Approvers
	case domain.MonitoringChanged:
		v.Monitoring = e.Items
	case domain.LeaveTypeDefined:
		v.LeaveTypes = with(v.LeaveTypes, e.LeaveType, e)
	default:
		o.evolveDepartment(event)
	}
}

func (o *organization) evolveDepartment(event domain.Event) {
	v := &o.view
	switch e := event.(type) {
	case domain.DepartmentAdded:
		v.Departments = with(v.Departments, e.Department, Department{ID: e.Department, Name: e.Name, Parent: e.Parent})
	case domain.DepartmentChanged:
		department := v.Departments[e.Department]
		set(&department.Name, e.Name)
		if e.Parent != nil || e.Root {
			department.Parent = e.Parent
		}
		v.Departments = with(v.Departments, e.Department, department)
	case domain.DepartmentClosed:
		department := v.Departments[e.Department]
		department.Closed = true
		v.Departments = with(v.Departments, e.Department, department)
	}
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func with[K comparable, V any](m map[K]V, k K, v V) map[K]V {
	out := make(map[K]V, len(m)+1)
	maps.Copy(out, m)
	out[k] = v
	return out
}

func without(ids []domain.ID, id domain.ID) []domain.ID {
	return slices.DeleteFunc(slices.Clone(ids), func(other domain.ID) bool { return other == id })
}
