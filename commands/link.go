package commands

import (
	"context"
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Links are the departments that attendance groups take: who is in them belongs to the group.
type Links struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
}

// LinkGroup names a group, a department, and a first day, inclusive.
type LinkGroup struct {
	Group domain.ID `json:"-"`
	// Department is taken with all below it; without one the group takes whoever no department's group holds.
	Department *domain.ID `json:"department,omitempty"`
	// From is the first day; empty is the day of the command in the group's zone.
	From domain.Date `json:"from,omitempty"`
}

// Link lets a group take a department; the receipt's id is the group's.
func (s *Links) Link(ctx context.Context, call ledger.Call, req LinkGroup) (ledger.Receipt, error) {
	from, err := s.day(ctx, call, req)
	if err != nil {
		return ledger.Receipt{}, err
	}
	o, err := s.find.organization(ctx, call.Org)
	if err != nil {
		return ledger.Receipt{}, err
	}
	return s.on(ctx, call, req.Group, func(st domain.GroupState) ([]domain.Event, error) {
		if !openDepartment(o.Departments, req.Department) {
			return nil, domain.Refuse("department_not_found", "there is no such open department")
		}
		events, err := st.Link(domain.GroupLinked{Department: req.Department, From: from})
		if err == nil && len(events) > 0 {
			err = s.check(call.Org, req, from)
		}
		return events, err
	})
}

// Unlink ends that from a day on, inclusive.
func (s *Links) Unlink(ctx context.Context, call ledger.Call, req LinkGroup) (ledger.Receipt, error) {
	from, err := s.day(ctx, call, req)
	if err != nil {
		return ledger.Receipt{}, err
	}
	return s.on(ctx, call, req.Group, func(st domain.GroupState) ([]domain.Event, error) {
		events, err := st.Unlink(domain.GroupUnlinked{Department: req.Department, From: from})
		if err == nil && len(events) > 0 {
			err = withinExtent(s.extent(call.Org, req.Department, from))
		}
		return events, err
	})
}

func (s *Links) on(ctx context.Context, call ledger.Call, group domain.ID, decide func(domain.GroupState) ([]domain.Event, error)) (ledger.Receipt, error) {
	call.Subject = group
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.GroupStream(call.Org, group), func(st domain.GroupState, _ domain.Instant) ([]domain.Event, error) {
		return decide(st)
	})
	r.ID = group
	return r, err
}

// day is the first day that a request names, else that of the command.
func (s *Links) day(ctx context.Context, call ledger.Call, req LinkGroup) (domain.Date, error) {
	p := s.find.problems()
	from := p.Date("/from", req.From, false)
	if err := p.Err(); err != nil {
		return "", err
	}
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return "", err
	}
	if _, err := s.find.group(ctx, call.Org, req.Group); err != nil || from != "" {
		return from, err
	}
	return s.find.dayOf(call, &req.Group)
}

// check refuses a department that another group takes from the very day, and a link that reaches too far.
func (s *Links) check(org domain.ID, req LinkGroup, from domain.Date) error {
	for _, g := range s.directory.Groups(org) {
		if in := g.Links[domain.Whole(req.Department)].On(from); g.ID != req.Group && in.Taken && in.From == from {
			return domain.Refuse("department_taken", "the group %s takes this department from %s on already; choose another day, or take it from that group first", g.Name, from)
		}
	}
	return withinExtent(s.extent(org, req.Department, from))
}

// extent counts the days up to now of the members whom a department holds from a date on.
func (s *Links) extent(org domain.ID, department *domain.ID, from domain.Date) (days int) {
	today := domain.DateOf(s.ledger.Clock(), time.UTC).AddDays(1)
	if department == nil {
		for _, m := range s.directory.Members(org) {
			days += daysBetween(max(from, m.Joined), lastDayOf(m, today))
		}
		return days
	}
	for _, stay := range s.directory.Teams.Between(org, []domain.ID{*department}, nil, from, max(from, today)) {
		m, _ := s.directory.Member(org, stay.Member)
		days += daysBetween(max(stay.From, m.Joined), min(stay.To, lastDayOf(m, today)))
	}
	return days
}
