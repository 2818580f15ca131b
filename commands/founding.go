package commands

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// FoundOrganization founds an organization whose first member and owner is the account that asks.
type FoundOrganization struct {
	CreateOrganization
	// Department is the name of the first department, empty for none.
	Department string
	// Member is the founder's name there, empty for the account's own; Position is the founder's.
	Member, Position string
}

// Found founds in three steps, each redone by a retry: the organization with its department, the founder as a member, the founder as
// its owner. The receipt is the last step's; its id is the organization's.
func (s *Organizations) Found(ctx context.Context, call ledger.Call, req FoundOrganization) (ledger.Receipt, error) {
	account, err := accountOf(call)
	if err != nil {
		return ledger.Receipt{}, err
	}
	created, err := req.CreateOrganization.event()
	if err != nil {
		return ledger.Receipt{}, err
	}
	var p domain.Problems
	department, position := p.Text("/department", req.Department, false), p.Text("/position", req.Position, false)
	name := s.find.nameOr(ctx, account, p.Text("/member_name", req.Member, false))
	if name == "" {
		p.Add("/member_name", "is empty; write your name")
	}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	org := domain.ServerID("org", call.CommandID)
	call.Org = org
	founder := domain.MemberJoined{Member: domain.JoinedMemberID(org, account), Account: account, Name: domain.Private(name), Position: position}
	if founder.Joined, err = s.find.dayOf(call, nil); err != nil {
		return ledger.Receipt{}, err
	}
	handle, err := s.handles.found(ctx, call, req.CreateOrganization)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if founder.Department, err = s.writeFounded(ctx, call, created, department, handle); err != nil {
		return ledger.Receipt{}, err
	}
	r, err := s.enter(ctx, call, founder)
	r.ID = org
	return r, err
}

// writeFounded writes the organization and its first department, whose id it gives.
func (s *Organizations) writeFounded(ctx context.Context, call ledger.Call, created domain.OrganizationCreated, department, name string) (*domain.ID, error) {
	var first *domain.ID
	if department != "" {
		id := domain.ServerID("department", call.CommandID)
		first = &id
	}
	call.Subject = call.Org
	_, err := ledger.HandleClient(ctx, s.ledger, call, domain.OrgStream(call.Org), func(st domain.OrganizationState, _ domain.Instant) ([]domain.Event, error) {
		events, err := st.Found(created, name)
		if err == nil && first != nil {
			events = append(events, domain.DepartmentAdded{Department: *first, Name: department})
		}
		return events, err
	})
	return first, err
}

// enter makes the founder a member, and the member an owner.
func (s *Organizations) enter(ctx context.Context, call ledger.Call, founder domain.MemberJoined) (ledger.Receipt, error) {
	joined, err := onMember(ctx, s.ledger, call, founder.Member, func(st domain.MemberState) ([]domain.Event, error) { return st.Join(founder, nil) })
	if err != nil {
		return joined, err
	}
	return onOrganization(ctx, s.ledger, call.Effect(joined.Events[0], 0), func(st domain.OrganizationState) ([]domain.Event, error) {
		return st.AddOwner(founder.Member, call.Actor)
	})
}

// accountOf is the account that asks.
func accountOf(call ledger.Call) (domain.ID, error) {
	id, err := uuid.Parse(call.Actor.ID)
	if call.Actor.Kind != domain.ActorAccount || err != nil {
		return id, domain.Refuse("account_needed", "only a person with an account can do this; sign in with one")
	}
	return id, nil
}

// nameOr gives a name that was told, else the account's own, empty when it cannot be read.
func (s finder) nameOr(ctx context.Context, account domain.ID, told string) string {
	if told != "" {
		return told
	}
	stream := domain.AccountStream(account)
	_, events, err := ledger.FoldStream[domain.AccountState](ctx, s.ledger, stream)
	if err != nil {
		return ""
	}
	name := ""
	for _, e := range events {
		var sealed *domain.Sealed[string]
		switch clear := s.ledger.Reveal(ctx, e).(type) {
		case domain.AccountRegistered:
			sealed = clear.Name
		case domain.AccountChanged:
			sealed = clear.Name
		}
		if sealed != nil && sealed.Value != nil {
			name = *sealed.Value
		}
	}
	return strings.TrimSpace(name)
}
