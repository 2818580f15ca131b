package commands

import (
	"context"
	"slices"
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// EndMembership ends a membership; Left is the last day, inclusive, empty for the day of the command.
type EndMembership struct {
	Member domain.ID   `json:"-"`
	Left   domain.Date `json:"left,omitempty"`
}

// End ends a membership and frees the number from the next day on; history stays. An owner stops being one first, and the last owner stays.
func (s *Members) End(ctx context.Context, call ledger.Call, req EndMembership) (ledger.Receipt, error) {
	p := s.find.problems()
	p.Date("/left", req.Left, false)
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	o, err := s.find.organization(ctx, call.Org)
	if err != nil {
		return ledger.Receipt{}, err
	}
	m, err := s.find.member(ctx, call.Org, req.Member)
	if err != nil {
		return ledger.Receipt{}, err
	}
	left, err := s.lastDay(call, m, req.Left)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if err := s.resign(ctx, call, o, m); err != nil {
		return ledger.Receipt{}, err
	}
	call.Subject = req.Member
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.MemberStream(call.Org, req.Member), func(st domain.MemberState, now domain.Instant) ([]domain.Event, error) {
		return st.Leave(left(now))
	})
	r.ID = req.Member
	if err != nil {
		return r, err
	}
	st, _, err := ledger.FoldStream[domain.MemberState](ctx, s.ledger, domain.MemberStream(call.Org, req.Member))
	if err != nil {
		return r, err
	}
	return r, s.releaseAll(ctx, call, req.Member, st.Left)
}

// lastDay is the day that was named, else that of the command where the member is, but never one that has not begun.
func (s *Members) lastDay(call ledger.Call, m directory.Member, named domain.Date) (func(domain.Instant) domain.Date, error) {
	if named != "" {
		return func(domain.Instant) domain.Date { return named }, nil
	}
	var group *domain.ID
	if n := len(m.Groups); n > 0 && m.Groups[n-1].Group != (domain.ID{}) {
		group = &m.Groups[n-1].Group
	}
	day, err := s.find.dayOf(call, group)
	return func(now domain.Instant) domain.Date { return min(day, s.begun(call.Org, group, now.Time())) }, err
}

// begun is the date that has begun in the group's zone and in that of the organization's first rule, so that access ends at once by either.
func (s *Members) begun(org domain.ID, group *domain.ID, now time.Time) domain.Date {
	date := domain.DateOf(now, s.find.zoneOfGroup(org, group))
	for _, g := range s.directory.Groups(org) {
		if plans := s.directory.Rules.All(org, g.ID); len(plans) > 0 {
			return min(date, domain.DateOf(now, plans[len(plans)-1].Zone()))
		}
	}
	return date
}

// zoneOfGroup is the zone of a group's newest rule, UTC without one.
func (s finder) zoneOfGroup(org domain.ID, group *domain.ID) *time.Location {
	if group != nil {
		if plans := s.directory.Rules.All(org, *group); len(plans) > 0 {
			return plans[len(plans)-1].Zone()
		}
	}
	return time.UTC
}

// dayOfMember is the local date of a command id where a member is: in the zone of the member's rule, else of the organization's first.
func (s finder) dayOfMember(call ledger.Call, member domain.ID) domain.Date {
	made, ok := domain.TimeOfV7(call.CommandID)
	if !ok { // it follows from another command
		made = s.ledger.Clock()
	}
	return domain.DateOf(made, s.directory.Standing(call.Org, member, made).Zone)
}

// dayOfOrganization is the local date of a command id in the zone of the organization's first rule.
func (s finder) dayOfOrganization(call ledger.Call) domain.Date {
	return s.dayOfMember(call, domain.ID{})
}

// resign ends the ownership of a member who is about to leave. Another's ownership is taken away first, by two persons.
func (s *Members) resign(ctx context.Context, call ledger.Call, o directory.Organization, m directory.Member) error {
	if !slices.Contains(o.Owners, m.ID) {
		return nil
	}
	_, err := onOrganization(ctx, s.ledger, call, func(st domain.OrganizationState) ([]domain.Event, error) {
		if !mayDismiss(call.Actor, o.Owners, m.ID) {
			return nil, domain.Refuse("owner_needed", "this member is an owner; only an owner can end the membership")
		}
		if call.Actor != (domain.Actor{Kind: domain.ActorMember, ID: m.ID.String()}) {
			return nil, domain.Refuse("owner_by_two", "this member is an owner; take the ownership away first, which another owner has to confirm")
		}
		return st.RemoveOwner(m.ID, call.Actor)
	})
	return err
}

func mayDismiss(actor domain.Actor, owners []domain.ID, member domain.ID) bool {
	if actor.Kind != domain.ActorMember {
		return actor == Administrator
	}
	return actor.ID == member.String() || slices.ContainsFunc(owners, func(owner domain.ID) bool { return owner.String() == actor.ID })
}

// Administrator is who acts with the administrator's token.
var Administrator = domain.Actor{Kind: domain.ActorToken, ID: "admin"}
