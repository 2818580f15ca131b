package commands

import (
	"context"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// ApproveJoin answers a request to join with yes. What is nil or empty comes from the request and its invitation.
type ApproveJoin struct {
	// Request is the member that the person would become, which names the request.
	Request    domain.ID  `json:"-"`
	Department *domain.ID `json:"department,omitempty"`
	Group      *domain.ID `json:"group,omitempty"`
	// Number is the 工号; left out it is what the person said, empty gives none.
	Number   *string `json:"number,omitempty"`
	Position string  `json:"position,omitempty"`
	// Joined is the first day, inclusive; empty is the day of the command.
	Joined domain.Date `json:"joined,omitempty"`
	// As is a provisioned member without an account whom the person is; nothing else is taken then.
	As *domain.ID `json:"as,omitempty"`
}

// ask is a request to join with the name opened.
type ask struct {
	state domain.MemberState
	name  *domain.Sealed[string]
}

// asked reads a request to join from its stream.
func (s *Joins) asked(ctx context.Context, org, member domain.ID) (ask, error) {
	state, events, err := ledger.FoldStream[domain.MemberState](ctx, s.ledger, domain.MemberStream(org, member))
	if err != nil {
		return ask{}, err
	}
	a := ask{state: state}
	if state.Ask == nil {
		return a, domain.Refuse("join_request_not_found", "there is no such request to join")
	}
	for _, e := range events {
		if _, is := e.Event.(domain.JoinRequested); is {
			if q := s.ledger.Reveal(ctx, e).(domain.JoinRequested); q.Name != nil && q.Name.Value != nil {
				a.name = q.Name
			}
		}
	}
	return a, nil
}

// Approve lets a person in; the receipt's id is the member's.
func (s *Joins) Approve(ctx context.Context, call ledger.Call, req ApproveJoin) (ledger.Receipt, error) {
	o, err := s.find.organization(ctx, call.Org)
	if err != nil {
		return ledger.Receipt{}, err
	}
	a, err := s.asked(ctx, call.Org, req.Request)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if req.As != nil {
		return s.approveAs(ctx, call, req, a)
	}
	p := s.find.problems()
	e := domain.MemberJoined{
		Member: req.Request, Account: a.state.Ask.Account, Name: a.name, Number: a.state.Ask.Number, Position: p.Text("/position", req.Position, false),
		Department: a.state.Ask.Department, Joined: p.Date("/joined", req.Joined, false),
	}
	if req.Number != nil {
		if e.Number = *req.Number; e.Number != "" {
			e.Number = p.Number("/number", *req.Number)
		}
	}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	if req.Department != nil {
		e.Department = req.Department
	}
	if !openDepartment(o.Departments, e.Department) {
		return ledger.Receipt{}, domain.Refuse("department_not_found", "there is no such open department")
	}
	return s.approve(ctx, call, req, e, a)
}

func (s *Joins) approve(ctx context.Context, call ledger.Call, req ApproveJoin, e domain.MemberJoined, a ask) (ledger.Receipt, error) {
	group := req.Group
	if group == nil {
		group = s.invitedGroup(call.Org, a.state.Ask.Invitation)
	} else if _, err := s.find.group(ctx, call.Org, *group); err != nil {
		return ledger.Receipt{}, err
	}
	var err error
	if e.Joined == "" {
		if e.Joined, err = s.find.dayOf(call, group); err != nil {
			return ledger.Receipt{}, err
		}
	}
	check := func() error {
		if _, err := a.state.ApproveJoin(e, group); err != nil {
			return err
		}
		return s.elsewhere(call.Org, e.Account, e.Member, errThere())
	}
	if err := s.holdNumber(ctx, call, e.Number, e.Member, e.Joined, check); err != nil {
		return ledger.Receipt{}, err
	}
	return onMember(ctx, s.ledger, call, e.Member, func(st domain.MemberState) ([]domain.Event, error) {
		events, err := st.ApproveJoin(e, group)
		if err != nil {
			return nil, err
		}
		return events, s.elsewhere(call.Org, e.Account, e.Member, errThere())
	})
}

func errThere() error {
	return domain.Refuse("account_is_member", "this person is another member of the organization already; reject the request")
}

func (s *Joins) invitedGroup(org domain.ID, invitation *domain.ID) *domain.ID {
	if invitation == nil {
		return nil
	}
	i, _ := s.directory.Invitations.Get(org, *invitation)
	return s.openGroup(org, i.Group)
}

// approveAs links the account to the provisioned member first, then closes the request.
func (s *Joins) approveAs(ctx context.Context, call ledger.Call, req ApproveJoin, a ask) (ledger.Receipt, error) {
	as := *req.As
	if _, err := s.find.member(ctx, call.Org, as); err != nil {
		return ledger.Receipt{}, err
	}
	_, err := onMember(ctx, s.ledger, call, as, func(st domain.MemberState) ([]domain.Event, error) {
		if _, err := a.state.ApproveJoinAs(as); err != nil {
			return nil, err
		}
		if err := s.elsewhere(call.Org, a.state.Ask.Account, as, errThere()); err != nil {
			return nil, err
		}
		return st.Link(a.state.Ask.Account)
	})
	if err != nil {
		return ledger.Receipt{}, err
	}
	r, err := onMember(ctx, s.ledger, call, req.Request, func(st domain.MemberState) ([]domain.Event, error) { return st.ApproveJoinAs(as) })
	r.ID = as
	return r, err
}

// RejectJoin answers a request to join with no.
type RejectJoin struct {
	Request domain.ID `json:"-"`
	Reason  string    `json:"reason,omitempty" format:"multiline"`
}

// Reject refuses a request; the person reads the reason and may ask again.
func (s *Joins) Reject(ctx context.Context, call ledger.Call, req RejectJoin) (ledger.Receipt, error) {
	var p domain.Problems
	e := domain.JoinRejected{Reason: domain.PrivateText(p.FreeText("/reason", req.Reason))}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	return onMember(ctx, s.ledger, call, req.Request, func(st domain.MemberState) ([]domain.Event, error) { return st.RejectJoin(e) })
}

// Withdraw takes a person's own request to join back; request is its id, the member that the person would become.
func (s *Joins) Withdraw(ctx context.Context, call ledger.Call, request domain.ID) (ledger.Receipt, error) {
	account, err := accountOf(call)
	if err == nil {
		err = s.find.requireFresh(ctx)
	}
	if err != nil {
		return ledger.Receipt{}, err
	}
	for _, at := range s.directory.Joins.Of(account) {
		if at.Member == request {
			call.Org = at.Org
			return onMember(ctx, s.ledger, call, request, func(st domain.MemberState) ([]domain.Event, error) { return st.WithdrawJoin(account) })
		}
	}
	return ledger.Receipt{}, domain.Refuse("join_request_not_found", "there is no such request to join")
}

// JoinAnswered is what a person reads about an own request to join.
type JoinAnswered struct {
	Message, Reason string
}

// Words opens the words of a request to join: the person's message and the last answer's reason; erased ones are empty.
func (s *Joins) Words(ctx context.Context, org, member domain.ID) (JoinAnswered, error) {
	_, events, err := ledger.FoldStream[domain.MemberState](ctx, s.ledger, domain.MemberStream(org, member))
	var out JoinAnswered
	for _, e := range events {
		switch clear := s.ledger.Reveal(ctx, e).(type) {
		case domain.JoinRequested:
			out = JoinAnswered{Message: plain(clear.Message)}
		case domain.JoinRejected:
			out.Reason = plain(clear.Reason)
		}
	}
	return out, err
}

func plain(text *domain.Sealed[string]) string {
	if text == nil || text.Value == nil {
		return ""
	}
	return *text.Value
}
