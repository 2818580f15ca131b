package commands

import (
	"context"
	"slices"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Roles are what members may do beside being members.
type Roles struct {
	ledger *ledger.Ledger
	find   finder
}

// SetRoles gives a member exactly these roles; nil Roles stay as they are. Owner is no role of the list: nil leaves it as it is.
type SetRoles struct {
	Member domain.ID
	Roles  []domain.RoleGranted
	Owner  *bool
}

// Set grants what is missing and revokes what is not named. An auditor, an owner, taking ownership away, and an owner
// who would be HR by their own word need the words of two persons.
func (s *Roles) Set(ctx context.Context, call ledger.Call, req SetRoles) (ledger.Receipt, error) {
	if err := req.check(); err != nil {
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
	if m.Account == nil && req.heightens(m) {
		return ledger.Receipt{}, domain.Refuse("member_unlinked", "this member has no account yet, and whoever gets its activation code would get the role; let the person take the membership over first")
	}
	for i := range req.Roles {
		if !openDepartment(o.Departments, req.Roles[i].Department) {
			return ledger.Receipt{}, domain.Refuse("department_not_found", "there is no such open department")
		}
		if group := req.Roles[i].Group; group != nil {
			if _, err := s.find.group(ctx, call.Org, *group); err != nil {
				return ledger.Receipt{}, err
			}
		}
	}
	if req.Owner != nil {
		if m.Left != "" && *req.Owner {
			return ledger.Receipt{}, domain.Refuse("member_left", "this member left on %s; choose a member who is there", m.Left)
		}
		if r, err := s.setOwner(ctx, call, req.Member, *req.Owner); err != nil || req.Roles == nil {
			return r, err
		}
	}
	change := domain.RoleChange{Roles: req.Roles, By: call.Actor, Alone: len(o.Owners) <= 1}
	return onMember(ctx, s.ledger, call, req.Member, func(st domain.MemberState) ([]domain.Event, error) { return st.SetRoles(change) })
}

// heightens says that the member would become an owner or an auditor, whom HR may not appoint, also not by handing out an activation code.
func (r SetRoles) heightens(m directory.Member) bool {
	auditor := domain.RoleGranted{Role: domain.RoleAuditor}
	return r.Owner != nil && *r.Owner || slices.ContainsFunc(r.Roles, auditor.Same) && !slices.ContainsFunc(m.Roles, auditor.Same)
}

func (r SetRoles) check() error {
	var p domain.Problems
	if r.Roles == nil && r.Owner == nil {
		p.Add("/roles", "is missing; name the roles that the member shall have, or owner")
	}
	for _, role := range r.Roles {
		switch role.Role {
		case domain.RoleHR, domain.RoleManager, domain.RoleEmployee, domain.RoleAuditor, domain.RoleDevice:
		default:
			p.Add("/roles", "must hold hr, manager, employee, auditor or device")
		}
		switch {
		case role.Role != domain.RoleManager && (role.Department != nil || role.Group != nil):
			p.Add("/roles", "only a manager has a department or a group; leave it out of "+string(role.Role))
		case role.Department != nil && role.Group != nil:
			p.Add("/roles", "a manager has a department or a group; name the role twice for both")
		}
	}
	return p.Err()
}

func (s *Roles) setOwner(ctx context.Context, call ledger.Call, member domain.ID, owner bool) (ledger.Receipt, error) {
	r, err := onOrganization(ctx, s.ledger, call, func(st domain.OrganizationState) ([]domain.Event, error) {
		if owner {
			return st.AddOwner(member, call.Actor)
		}
		return st.RemoveOwner(member, call.Actor)
	})
	r.ID = member
	return r, err
}
