package directory

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
)

// Member is a membership without its personal values.
type Member struct {
	ID       domain.ID
	Number   string
	Position string
	Account  *domain.ID
	// Departments are dated; the first is from the beginning.
	Departments domain.Postings
	// Joined and Left bound the membership, both inclusive; Left is empty while it lasts.
	Joined, Left domain.Date
	// LeftAt is when the end was recorded.
	LeftAt domain.Instant
	// Groups are those that hold the member, chosen or by the department, in the order of their dates; the nil id is a time without one.
	Groups []Assignment
	// Chosen says that a group was chosen at least once.
	Chosen bool
	Roles  []domain.RoleGranted
	// AuditorProposed is the first of two persons' words for that role, nil when none waits.
	AuditorProposed *Proposal
	// HRProposed is an owner's own word to be HR, nil when none waits.
	HRProposed *Proposal
	// Revision is that of the last event of the member's stream.
	Revision uint64
	// facts are the member's groups as chosen, and departments.
	facts facts.Member
}

// Assignment puts a member into a group from a local date on, until the next.
type Assignment struct {
	Group domain.ID
	From  domain.Date
}

// Group is the one that holds the member on a date (rules §2).
func (m Member) Group(date domain.Date) (group domain.ID, held bool) {
	for _, a := range m.Groups {
		if a.From <= date {
			group = a.Group
		}
	}
	return group, group != domain.ID{}
}

// EverIn says that a group holds the member on some date from one on; an empty date is from the beginning.
func (m Member) EverIn(group domain.ID, from domain.Date) bool {
	for i, a := range m.Groups {
		if over := i+1 < len(m.Groups) && m.Groups[i+1].From <= from; a.Group == group && !over {
			return true
		}
	}
	return false
}

// Grouped says that a group holds the member on a date or later, or on the first day of a membership that is to come.
func (m Member) Grouped(date domain.Date) bool {
	if _, held := m.Group(max(date, m.Joined)); held {
		return true
	}
	return slices.ContainsFunc(m.Groups, func(a Assignment) bool { return a.From > date && a.Group != domain.ID{} })
}

// On says that the membership holds on a date.
func (m Member) On(date domain.Date) bool {
	return m.Joined <= date && (m.Left == "" || date <= m.Left)
}

// Ended says that the person has no access any more at an instant, in the organization's zone: the last day is over, or the end was
// recorded on that day or later.
func (m Member) Ended(now time.Time, zone *time.Location) bool {
	return m.Left != "" && (m.Left < domain.DateOf(now, zone) || m.Left <= domain.DateOf(m.LeftAt.Time(), zone))
}

// Member gives a member of an organization.
func (d *Directory) Member(org, id domain.ID) (Member, bool) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	if o := d.state.orgs[org]; o != nil {
		if m := o.members[id]; m != nil {
			return *m, true
		}
	}
	return Member{}, false
}

// Members gives an organization's members, those who left too, in no order.
func (d *Directory) Members(org domain.ID) []Member {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	o := d.state.orgs[org]
	if o == nil {
		return nil
	}
	out := make([]Member, 0, len(o.members))
	for _, m := range o.members {
		out = append(out, *m)
	}
	return out
}

// Holders gives everyone who ever held a badge number, in recorded order.
func (d *Directory) Holders(org domain.ID, number string) []Holding {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	if o := d.state.orgs[org]; o != nil {
		return o.badges[number].Holdings
	}
	return nil
}

// Numbers gives every badge number that somebody of the organization holds or held, in no order.
func (d *Directory) Numbers(org domain.ID) []string {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	o := d.state.orgs[org]
	if o == nil {
		return nil
	}
	out := make([]string, 0, len(o.badges))
	for number, held := range o.badges {
		if len(held.Holdings) > 0 {
			out = append(out, number)
		}
	}
	return out
}

// GroupOf gives a member's group on a date.
func (d *Directory) GroupOf(org, member domain.ID, date domain.Date) (domain.ID, bool) {
	m, ok := d.Member(org, member)
	if !ok {
		return domain.ID{}, false
	}
	return m.Group(date)
}

// evolveMember gives the member before and after the event.
func (o *organization) evolveMember(rest string, revision uint64, event domain.Event, meta domain.Metadata) (before, m Member) {
	id, err := uuid.Parse(rest)
	if err != nil {
		return
	}
	m = Member{ID: id}
	if known := o.members[id]; known != nil {
		m = *known
	}
	before = m
	if o.ask(id, event, meta.ReceivedAt) || m.Joined == "" && !begins(event) {
		return before, before
	}
	m.Revision = revision
	m.evolve(event, meta)
	if m.Left != before.Left {
		m.LeftAt = meta.ReceivedAt
	}
	o.belong(&m, event)
	o.members[id] = &m
	return before, m
}

func (m *Member) evolve(event domain.Event, meta domain.Metadata) {
	switch e := event.(type) {
	case domain.MemberProvisioned:
		m.Number, m.Position, m.Departments, m.Joined = e.Number, e.Position, domain.PostedFirst(e.Department), e.Joined
	case domain.MemberJoined:
		m.Number, m.Position, m.Departments, m.Joined, m.Account = e.Number, e.Position, domain.PostedFirst(e.Department), e.Joined, &e.Account
	case domain.MemberLinked:
		m.Account = &e.Account
	case domain.MemberChanged:
		set(&m.Number, e.Number)
		set(&m.Position, e.Position)
		set(&m.Joined, e.Joined)
		m.Departments = m.Departments.Moved(e)
	case domain.MemberLeft:
		m.Left = e.Left
	case domain.GroupAssigned:
		m.Chosen = true
	default:
		m.evolveRoles(event, meta)
	}
}

func (m *Member) evolveRoles(event domain.Event, meta domain.Metadata) {
	switch e := event.(type) {
	case domain.RoleProposed:
		m.proposed(proposalOf(e, meta))
	case domain.RoleGranted:
		m.Roles = append(slices.DeleteFunc(slices.Clone(m.Roles), e.Same), e)
		m.answered(e.Role)
	case domain.RoleRevoked:
		m.Roles = slices.DeleteFunc(slices.Clone(m.Roles), domain.RoleGranted{Role: e.Role, Department: e.Department, Group: e.Group}.Same)
		m.answered(e.Role)
	}
}
