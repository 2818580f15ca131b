package commands

import (
	"context"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Joins are the ways into an organization: by an invitation, or by a request that somebody answers.
type Joins struct {
	ledger      *ledger.Ledger
	directory   *directory.Directory
	find        finder
	invitations *Invitations
}

// RequestToJoin asks to become a member, by an invitation's code or of an organization that was found by its name.
type RequestToJoin struct {
	// Code is as a person types it: dashes and blanks, upper and lower case do not matter.
	Code string
	Org  *domain.ID
	// Name is the person's, empty for the account's own.
	Name string
	// Number is what the person says; with an invitation that lets people in at once it is given to them.
	Number     string
	Department *domain.ID
	Message    string
}

// Joining is what became of a request to join.
type Joining struct {
	ledger.Receipt
	Org domain.ID `json:"org"`
	// State is joined, or pending while an answer is missing.
	State string `json:"state" enum:"joined,pending"`
}

// The states of a Joining.
const (
	Joined  = "joined"
	Waiting = "pending"
)

// joiner is a person on the way in.
type joiner struct {
	account domain.ID
	// member is who the person becomes.
	member                domain.ID
	name, number, message string
	department            *domain.ID
	invitation            *directory.Invitation
}

// Request lets a person in, or writes the request that waits. The receipt's id is the member that the person is or would become.
func (s *Joins) Request(ctx context.Context, call ledger.Call, req RequestToJoin) (Joining, error) {
	account, err := accountOf(call)
	if err != nil {
		return Joining{}, err
	}
	if err := s.find.requireFresh(ctx); err != nil {
		return Joining{}, err
	}
	j := joiner{account: account, department: req.Department}
	if call.Org, j.invitation, err = s.doorOf(ctx, req); err != nil {
		return Joining{}, err
	}
	if j.member = domain.JoinedMemberID(call.Org, account); j.invitation != nil && j.invitation.Member != nil {
		j.member = *j.invitation.Member
	}
	if err := s.introduce(ctx, &j, call.Org, req); err != nil {
		return Joining{}, err
	}
	out := Joining{Org: call.Org}
	out.Receipt, out.State, err = s.join(ctx, call, j)
	out.ID = j.member
	return out, err
}

// doorOf finds the organization, and the invitation when the person has a code.
func (s *Joins) doorOf(ctx context.Context, req RequestToJoin) (domain.ID, *directory.Invitation, error) {
	if (req.Code == "") == (req.Org == nil) {
		return domain.ID{}, nil, domain.Refuse("request_invalid", "/code name the code of an invitation, or an organization, not both")
	}
	if req.Org != nil {
		o, err := s.find.organization(ctx, *req.Org)
		if err == nil && o.Hidden {
			err = domain.Refuse("organization_not_found", "there is no such organization")
		}
		return *req.Org, nil, err
	}
	org, invitation, err := s.invitations.ByCode(ctx, req.Code)
	return org, &invitation, err
}

// elsewhere refuses an account that is another current member of the organization.
func (s *Joins) elsewhere(org, account, member domain.ID, refusal error) error {
	for _, ms := range s.directory.Memberships(account) {
		m, is := s.directory.Member(ms.Org, ms.Member)
		if is && ms.Org == org && m.ID != member && m.Left == "" && m.Account != nil && *m.Account == account {
			return refusal
		}
	}
	return nil
}

func errHere() error {
	return domain.Refuse("already_member", "you are a member of this organization already; open it")
}

// introduce takes what the person says; a provisioned member is known already.
func (s *Joins) introduce(ctx context.Context, j *joiner, org domain.ID, req RequestToJoin) error {
	var p domain.Problems
	j.name, j.message = p.Text("/name", req.Name, false), p.FreeText("/message", req.Message)
	if req.Number != "" {
		j.number = p.Number("/number", req.Number)
	}
	activation := j.invitation != nil && j.invitation.Member != nil
	if j.name = s.find.nameOr(ctx, j.account, j.name); j.name == "" && !activation {
		p.Add("/name", "is empty; write your name")
	}
	if err := p.Err(); err != nil {
		return err
	}
	if j.invitation != nil && j.invitation.Department != nil {
		j.department = j.invitation.Department
	}
	if o, ok := s.directory.Organization(org); ok && !openDepartment(o.Departments, j.department) {
		if j.invitation == nil {
			return domain.Refuse("department_not_found", "there is no such open department")
		}
		j.department = nil // closed since the invitation
	}
	return nil
}

// join uses the invitation first, then writes the member.
func (s *Joins) join(ctx context.Context, call ledger.Call, j joiner) (ledger.Receipt, string, error) {
	if j.invitation != nil {
		if err := s.useInvitation(ctx, call, j); err != nil {
			return ledger.Receipt{}, "", err
		}
	}
	switch {
	case j.invitation != nil && j.invitation.Member != nil:
		r, err := s.onJoiner(ctx, call, j, func(st domain.MemberState) ([]domain.Event, error) { return st.Link(j.account) })
		return r, Joined, err
	case j.invitation != nil && !j.invitation.Approval:
		r, err := s.letIn(ctx, call, j)
		return r, Joined, err
	}
	e := domain.JoinRequested{
		Member: j.member, Account: j.account, Name: domain.PrivateText(j.name), Number: j.number, Department: j.department, Message: domain.PrivateText(j.message),
	}
	if j.invitation != nil {
		e.Invitation = &j.invitation.Invitation
	}
	r, err := s.onJoiner(ctx, call, j, func(st domain.MemberState) ([]domain.Event, error) { return st.RequestJoin(e) })
	return r, Waiting, err
}

// onJoiner decides on the stream of the member that the person becomes, unless the person is another one already.
func (s *Joins) onJoiner(ctx context.Context, call ledger.Call, j joiner, decide func(domain.MemberState) ([]domain.Event, error)) (ledger.Receipt, error) {
	return onMember(ctx, s.ledger, call, j.member, func(st domain.MemberState) ([]domain.Event, error) {
		if err := s.elsewhere(call.Org, j.account, j.member, errHere()); err != nil {
			return nil, err
		}
		return decide(st)
	})
}

func (s *Joins) useInvitation(ctx context.Context, call ledger.Call, j joiner) error {
	call.Subject = j.member
	stream := domain.InvitationStream(call.Org, j.invitation.Invitation)
	_, err := ledger.HandleClient(ctx, s.ledger, call, stream, func(st domain.InvitationState, now domain.Instant) ([]domain.Event, error) {
		if err := s.elsewhere(call.Org, j.account, j.member, errHere()); err != nil {
			return nil, err
		}
		return st.Use(domain.InvitationUsed{Account: j.account, Member: j.member}, now)
	})
	return err
}

// letIn makes a member of a person whom the invitation needs no answer for.
func (s *Joins) letIn(ctx context.Context, call ledger.Call, j joiner) (ledger.Receipt, error) {
	group := s.openGroup(call.Org, j.invitation.Group)
	e := domain.MemberJoined{Member: j.member, Account: j.account, Number: j.number, Name: domain.PrivateText(j.name), Department: j.department}
	var err error
	if e.Joined, err = s.find.dayOf(call, group); err != nil {
		return ledger.Receipt{}, err
	}
	if err := s.holdNumber(ctx, call, e.Number, j.member, e.Joined, nil); err != nil {
		return ledger.Receipt{}, err
	}
	return s.onJoiner(ctx, call, j, func(st domain.MemberState) ([]domain.Event, error) { return st.Join(e, group) })
}

// openGroup gives a group that is still open, else nil.
func (s *Joins) openGroup(org domain.ID, id *domain.ID) *domain.ID {
	if id == nil {
		return nil
	}
	if g, ok := s.directory.Group(org, *id); !ok || g.Closed {
		return nil
	}
	return id
}

// holdNumber reserves a number for a member who is about to be written; none is no number. The check is asked on first sight only.
func (s *Joins) holdNumber(ctx context.Context, call ledger.Call, number string, member domain.ID, from domain.Date, check func() error) error {
	if number == "" {
		return nil
	}
	call.Subject = call.Org
	_, err := ledger.HandleClient(ctx, s.ledger, call, domain.BadgeStream(call.Org, number), func(st domain.BadgeState, _ domain.Instant) ([]domain.Event, error) {
		if check != nil {
			if err := check(); err != nil {
				return nil, err
			}
		}
		return st.Assign(number, member, from)
	})
	return err
}
