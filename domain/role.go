package domain

import "slices"

// evolveRoles folds what the member may do.
func (s MemberState) evolveRoles(r Recorded) MemberState {
	switch e := r.Event.(type) {
	case RoleGranted:
		s.Roles = append(slices.DeleteFunc(slices.Clone(s.Roles), e.Same), e)
		return s.proposed(e.Role, nil)
	case RoleRevoked:
		s.Roles = slices.DeleteFunc(slices.Clone(s.Roles), func(g RoleGranted) bool { return g.Same(e.granted()) })
		return s.proposed(e.Role, nil)
	case RoleProposed:
		return s.proposed(e.Role, &r.Metadata.Actor)
	}
	return s
}

// proposed notes who said the first word for a role, or with nil that it was answered.
func (s MemberState) proposed(role Role, by *Actor) MemberState {
	switch role {
	case RoleAuditor:
		s.AuditorBy = by
	case RoleHR:
		s.HRBy = by
	}
	return s
}

func (e RoleRevoked) granted() RoleGranted {
	return RoleGranted{Role: e.Role, Department: e.Department, Group: e.Group}
}

// Same says that two grants are of one role over the same people, however they came about.
func (e RoleGranted) Same(other RoleGranted) bool {
	return e.Role == other.Role && sameID(e.Department, other.Department) && sameID(e.Group, other.Group)
}

func sameID(a, b *ID) bool { return a == b || a != nil && b != nil && *a == *b }

// RoleChange says which roles a member shall have.
type RoleChange struct {
	Roles []RoleGranted
	// By asks for it. Alone says that the organization has no second person who could confirm.
	By    Actor
	Alone bool
}

// SetRoles grants what is missing and revokes what is not named; owner only comes by OwnerAdded. An auditor, and an owner who would be HR
// by their own word, need two persons' words: the first proposes, another one who asks for the same grants.
func (s MemberState) SetRoles(c RoleChange) ([]Event, error) {
	if !s.Exists {
		return nil, errNoMember()
	}
	var events []Event
	for i, role := range c.Roles {
		known := slices.ContainsFunc(s.Roles, role.Same) || slices.ContainsFunc(c.Roles[:i], role.Same)
		switch {
		case known:
		case role.Role == RoleAuditor:
			events = append(events, s.grantByTwo(c, RoleAuditor, s.AuditorBy)...)
		case role.Role == RoleHR && c.By == (Actor{Kind: ActorMember, ID: s.Member.String()}):
			events = append(events, s.grantByTwo(c, RoleHR, s.HRBy)...)
		default:
			events = append(events, RoleGranted{Role: role.Role, Department: role.Department, Group: role.Group})
		}
	}
	for _, held := range s.Roles {
		if !slices.ContainsFunc(c.Roles, held.Same) {
			events = append(events, RoleRevoked{Role: held.Role, Department: held.Department, Group: held.Group})
		}
	}
	for _, waits := range []struct {
		role Role
		by   *Actor
	}{{RoleAuditor, s.AuditorBy}, {RoleHR, s.HRBy}} {
		if waits.by != nil && !slices.ContainsFunc(c.Roles, RoleGranted{Role: waits.role}.Same) {
			events = append(events, RoleRevoked{Role: waits.role})
		}
	}
	return events, nil
}

// grantByTwo grants a role that takes two persons; by said the first word, nil for nobody yet.
func (s MemberState) grantByTwo(c RoleChange, role Role, by *Actor) []Event {
	switch {
	case c.Alone:
		return []Event{RoleGranted{Role: role, Alone: true}}
	case by == nil:
		return []Event{RoleProposed{Member: s.Member, Role: role}}
	case *by == c.By:
		return nil
	}
	return []Event{RoleGranted{Role: role}}
}

// AddOwner makes a member an owner: the first of two persons proposes, another one confirms. Where there is at most one owner, one word is enough.
func (s OrganizationState) AddOwner(member ID, by Actor) ([]Event, error) {
	first, proposed := s.ProposedOwners[member]
	_, removed := s.RemovedOwners[member]
	switch {
	case !s.Exists:
		return nil, errNoOrganization()
	case s.Owners[member] && removed:
		return []Event{OwnerAdded{Member: member}}, nil
	case s.Owners[member], proposed && first == by && len(s.Owners) > 1:
		return None, nil
	case len(s.Owners) <= 1:
		return []Event{OwnerAdded{Member: member, Alone: true}}, nil
	case !proposed:
		return []Event{RoleProposed{Member: member, Role: RoleOwner}}, nil
	}
	return []Event{OwnerAdded{Member: member}}, nil
}

// RemoveOwner takes ownership away, or a proposal of it; the last owner stays. An owner may stop being one; for another it takes two
// persons' words, as an appointment does: there is another owner, or the last would go.
func (s OrganizationState) RemoveOwner(member ID, by Actor) ([]Event, error) {
	_, proposed := s.ProposedOwners[member]
	first, waits := s.RemovedOwners[member]
	switch own := by == (Actor{Kind: ActorMember, ID: member.String()}); {
	case !s.Exists:
		return nil, errNoOrganization()
	case !s.Owners[member] && !proposed, waits && first == by && !own:
		return None, nil
	case s.Owners[member] && len(s.Owners) == 1:
		return nil, Refuse("last_owner", "this is the only owner of the organization; make another member an owner first")
	case s.Owners[member] && !own && !waits:
		return []Event{OwnerRemovalProposed{Member: member}}, nil
	}
	return []Event{OwnerRemoved{Member: member}}, nil
}
