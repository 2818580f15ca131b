package commands

import (
	"context"
	"errors"
	"slices"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Members are the memberships of an organization: provisioned, changed, imported from a table, ended.
type Members struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
}

// ProvisionMember makes a membership for a person without an account.
type ProvisionMember struct {
	Number     string     `json:"number"`
	Name       string     `json:"name,omitempty"`
	Email      string     `json:"email,omitempty"`
	Phone      string     `json:"phone,omitempty"`
	Position   string     `json:"position,omitempty"`
	Department *domain.ID `json:"department,omitempty"`
	Group      *domain.ID `json:"group,omitempty"`
	// Joined is the first day, inclusive; empty is the day of the command, in the zone of the group's rule.
	Joined domain.Date `json:"joined,omitempty"`
}

func (r ProvisionMember) event(p domain.Problems) (domain.MemberProvisioned, error) {
	e := domain.MemberProvisioned{
		Number: p.Number("/number", r.Number), Name: domain.PrivateText(p.Text("/name", r.Name, false)),
		Email: domain.PrivateText(address(&p, r.Email)), Phone: domain.PrivateText(p.Text("/phone", r.Phone, false)),
		Position: p.Text("/position", r.Position, false), Department: r.Department, Joined: p.Date("/joined", r.Joined, false),
	}
	return e, p.Err()
}

// address is an e-mail address as it was written; an activation would go there, so one that cannot be read is refused.
func address(p *domain.Problems, text string) string {
	text = p.Text("/email", text, false)
	if _, err := domain.Email(text); text != "" && err != nil {
		p.Add("/email", "the e-mail address cannot be read; write it such as name@example.org")
	}
	return text
}

// Provision reserves the number first, then writes the member; the receipt's id is the member's (events §1).
func (s *Members) Provision(ctx context.Context, call ledger.Call, req ProvisionMember) (ledger.Receipt, error) {
	e, err := req.event(s.find.problems())
	if err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	if req.Group != nil {
		if _, err := s.find.group(ctx, call.Org, *req.Group); err != nil {
			return ledger.Receipt{}, err
		}
	}
	if e.Joined == "" {
		if e.Joined, err = s.find.dayOf(call, req.Group); err != nil {
			return ledger.Receipt{}, err
		}
	}
	if e.Member, err = s.reserveNumber(ctx, call, e); err != nil {
		return ledger.Receipt{}, err
	}
	call.Subject = e.Member
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.MemberStream(call.Org, e.Member), func(st domain.MemberState, _ domain.Instant) ([]domain.Event, error) {
		return st.Provision(e, req.Group)
	})
	r.ID = e.Member
	return r, err
}

// dayOf is the local date of a client's command id, so that a retry after midnight means the same day.
func (s finder) dayOf(call ledger.Call, group *domain.ID) (domain.Date, error) {
	made, ok := domain.TimeOfV7(call.CommandID)
	if !ok {
		return "", domain.CheckCommandID(call.CommandID)
	}
	return domain.DateOf(made, s.zoneOfGroup(call.Org, group)), nil
}

// reserveNumber writes BadgeAssigned and gives the member's id. A number whose member was never written, because the
// command before stopped between the two streams, is taken over.
func (s *Members) reserveNumber(ctx context.Context, call ledger.Call, e domain.MemberProvisioned) (domain.ID, error) {
	call.Subject = call.Org
	var holder domain.ID
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.BadgeStream(call.Org, e.Number), func(st domain.BadgeState, _ domain.Instant) ([]domain.Event, error) {
		if o, ok := s.directory.Organization(call.Org); ok && !openDepartment(o.Departments, e.Department) {
			return nil, domain.Refuse("department_not_found", "there is no such open department")
		}
		holder, _ = st.Holder()
		return st.Provision(call.Org, e.Number, e.Joined)
	})
	var refusal *domain.Refusal
	if errors.As(err, &refusal) && refusal.Code == "number_taken" && holder != (domain.ID{}) {
		if _, written, peekErr := ledger.FoldStream[domain.MemberState](ctx, s.ledger, domain.MemberStream(call.Org, holder)); peekErr == nil && len(written) == 0 {
			return holder, nil
		}
	}
	return domain.ProvisionedMemberID(call.Org, e.Number, r.Revision), err
}

// ChangeMember replaces the parts that are given.
type ChangeMember struct {
	Member     domain.ID  `json:"-"`
	Name       *string    `json:"name,omitempty"`
	Email      *string    `json:"email,omitempty"`
	Phone      *string    `json:"phone,omitempty"`
	Position   *string    `json:"position,omitempty"`
	Department *domain.ID `json:"department,omitempty"`
	// DepartmentFrom is the first day in the department, inclusive; empty is the day of the command where the member is. A day before needs a Reason.
	DepartmentFrom domain.Date `json:"department_from,omitempty"`
	Reason         string      `json:"reason,omitempty" format:"multiline"`
	// Number changes from NumberFrom on, inclusive; empty is the day of the command.
	Number     *string     `json:"number,omitempty"`
	NumberFrom domain.Date `json:"number_from,omitempty"`
	// Joined may move in both directions; moved back it takes the number along.
	Joined *domain.Date `json:"joined,omitempty"`
}

func (r ChangeMember) event(p domain.Problems) (domain.MemberChanged, error) {
	e := domain.MemberChanged{
		Name: private(&p, "/name", r.Name), Email: private(&p, "/email", r.Email), Phone: private(&p, "/phone", r.Phone),
		Position: optionalText(&p, "/position", r.Position, false), Department: r.Department, Joined: r.Joined,
		DepartmentFrom: p.Date("/department_from", r.DepartmentFrom, false), Reason: domain.PrivateText(p.FreeText("/reason", r.Reason)),
	}
	if r.DepartmentFrom != "" && r.Department == nil {
		p.Add("/department_from", "comes with a department; write which one")
	}
	if r.Number != nil {
		n := p.Number("/number", *r.Number)
		e.Number = &n
	}
	if r.Joined != nil {
		p.Date("/joined", *r.Joined, true)
	}
	p.Date("/number_from", r.NumberFrom, false)
	return e, p.Err()
}

func private(p *domain.Problems, pointer string, text *string) *domain.Sealed[string] {
	if text == nil {
		return nil
	}
	return domain.Private(p.Text(pointer, *text, false))
}

// Change changes a member; a new number is reserved first and the old one released last.
func (s *Members) Change(ctx context.Context, call ledger.Call, req ChangeMember) (ledger.Receipt, error) {
	e, err := req.event(s.find.problems())
	if err != nil {
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
	today := s.find.dayOfMember(call, req.Member)
	if req.NumberFrom == "" {
		req.NumberFrom = today
	}
	if err := s.moveNumber(ctx, call, req, e, m.Number); err != nil {
		return ledger.Receipt{}, err
	}
	call.Subject = req.Member
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.MemberStream(call.Org, req.Member), func(st domain.MemberState, _ domain.Instant) ([]domain.Event, error) {
		if !openDepartment(o.Departments, e.Department) {
			return nil, domain.Refuse("department_not_found", "there is no such open department")
		}
		return st.Change(e, today)
	})
	if err != nil || e.Number == nil {
		r.ID = req.Member
		return r, err
	}
	r.ID = req.Member
	return r, s.releaseBefore(ctx, call, req.Member, *e.Number, req.NumberFrom.AddDays(-1))
}

// moveNumber reserves what the change needs: the new number, or the old one from an earlier day on.
func (s *Members) moveNumber(ctx context.Context, call ledger.Call, req ChangeMember, e domain.MemberChanged, now string) error {
	number, from := now, domain.Date("")
	switch {
	case e.Number != nil:
		number, from = *e.Number, req.NumberFrom
	case e.Joined != nil:
		from = *e.Joined
	}
	if from == "" || number == "" {
		return nil
	}
	call.Subject = call.Org
	_, err := ledger.HandleClient(ctx, s.ledger, call, domain.BadgeStream(call.Org, number), func(st domain.BadgeState, _ domain.Instant) ([]domain.Event, error) {
		return st.Assign(number, req.Member, from)
	})
	return err
}

// releaseBefore ends the member's holdings of every 工号 but one; numbers that machines know stay.
func (s *Members) releaseBefore(ctx context.Context, call ledger.Call, member domain.ID, keep string, until domain.Date) error {
	numbers, err := s.numbersOf(ctx, call.Org, member)
	if err != nil {
		return err
	}
	for _, number := range numbers {
		if number == keep {
			continue
		}
		if err := s.release(ctx, call, number, func(st domain.BadgeState) ([]domain.Event, error) { return st.ReleaseStaff(number, member, until) }); err != nil {
			return err
		}
	}
	return nil
}

// releaseAll ends all of the member's holdings.
func (s *Members) releaseAll(ctx context.Context, call ledger.Call, member domain.ID, until domain.Date) error {
	numbers, err := s.numbersOf(ctx, call.Org, member)
	if err != nil {
		return err
	}
	for _, held := range s.directory.Badges.Of(call.Org, member) {
		numbers = append(numbers, held.Number)
	}
	slices.Sort(numbers)
	for _, number := range slices.Compact(numbers) {
		if err := s.release(ctx, call, number, func(st domain.BadgeState) ([]domain.Event, error) { return st.Release(number, member, until) }); err != nil {
			return err
		}
	}
	return nil
}

// numbersOf are the 工号 that the member has or had, as the member's own stream tells them.
func (s *Members) numbersOf(ctx context.Context, org, member domain.ID) ([]string, error) {
	_, events, err := ledger.FoldStream[domain.MemberState](ctx, s.ledger, domain.MemberStream(org, member))
	if err != nil {
		return nil, err
	}
	var out []string
	add := func(number string) {
		if number != "" && !slices.Contains(out, number) {
			out = append(out, number)
		}
	}
	for _, e := range events {
		switch e := e.Event.(type) {
		case domain.MemberProvisioned:
			add(e.Number)
		case domain.MemberJoined:
			add(e.Number)
		case domain.MemberChanged:
			if e.Number != nil {
				add(*e.Number)
			}
		}
	}
	return out, nil
}

func (s *Members) release(ctx context.Context, call ledger.Call, number string, decide func(domain.BadgeState) ([]domain.Event, error)) error {
	call.Subject = call.Org
	_, err := ledger.HandleClient(ctx, s.ledger, call, domain.BadgeStream(call.Org, number), func(st domain.BadgeState, _ domain.Instant) ([]domain.Event, error) {
		return decide(st)
	})
	return err
}

// AssignGroup puts a member into a group from a local date on, inclusive; empty is the day of the command.
type AssignGroup struct {
	Member domain.ID  `json:"-"`
	Group  *domain.ID `json:"group,omitempty"`
	// FollowDepartment ends what was chosen: the member belongs to the group that takes the department.
	FollowDepartment bool        `json:"follow_department,omitempty"`
	From             domain.Date `json:"from,omitempty"`
}

// AssignGroup puts a member into an attendance group, or lets the member follow the department.
func (s *Members) AssignGroup(ctx context.Context, call ledger.Call, req AssignGroup) (ledger.Receipt, error) {
	p := s.find.problems()
	p.Date("/from", req.From, false)
	if (req.Group == nil) != req.FollowDepartment {
		p.Add("/group", "and follow_department exclude each other; give one of them")
	}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.member(ctx, call.Org, req.Member); err != nil {
		return ledger.Receipt{}, err
	}
	e, err := s.assignment(ctx, call, req)
	if err != nil {
		return ledger.Receipt{}, err
	}
	return onMember(ctx, s.ledger, call, req.Member, func(st domain.MemberState) ([]domain.Event, error) { return st.AssignGroup(e) })
}

func (s *Members) assignment(ctx context.Context, call ledger.Call, req AssignGroup) (e domain.GroupAssigned, err error) {
	e.From = req.From
	if req.FollowDepartment {
		if e.Follows = true; e.From == "" {
			e.From = s.find.dayOfMember(call, req.Member)
		}
		return e, nil
	}
	if _, err := s.find.group(ctx, call.Org, *req.Group); err != nil {
		return e, err
	}
	if e.Group = *req.Group; e.From == "" {
		e.From, err = s.find.dayOf(call, req.Group)
	}
	return e, err
}

// onMember decides on a member's own stream.
func onMember(ctx context.Context, l *ledger.Ledger, call ledger.Call, member domain.ID, decide func(domain.MemberState) ([]domain.Event, error)) (ledger.Receipt, error) {
	call.Subject = member
	r, err := ledger.HandleClient(ctx, l, call, domain.MemberStream(call.Org, member), func(st domain.MemberState, _ domain.Instant) ([]domain.Event, error) {
		return decide(st)
	})
	r.ID = member
	return r, err
}
