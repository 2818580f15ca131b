package domain

// MemberProvisioned is a membership made by HR or by an import, without an account yet.
type MemberProvisioned struct {
	Member ID `json:"member"`
	// Number is the 工号 or a machine's PIN: NFC, trimmed, leading zeros kept.
	Number     string          `json:"number"`
	Name       *Sealed[string] `json:"name,omitempty"`
	Email      *Sealed[string] `json:"email,omitempty"`
	Phone      *Sealed[string] `json:"phone,omitempty"`
	Position   string          `json:"position,omitempty"`
	Department *ID             `json:"department,omitempty"`
	// Joined is the first day of membership, inclusive, a local date.
	Joined Date `json:"joined"`
}

// MemberJoined is a membership of an account, after approval or invitation.
type MemberJoined struct {
	Member     ID              `json:"member"`
	Account    ID              `json:"account"`
	Number     string          `json:"number,omitempty"`
	Name       *Sealed[string] `json:"name,omitempty"`
	Position   string          `json:"position,omitempty"`
	Department *ID             `json:"department,omitempty"`
	Joined     Date            `json:"joined"`
}

// MemberLinked joins an account to a membership that HR provisioned.
type MemberLinked struct {
	Account ID `json:"account"`
}

// MemberChanged replaces the parts that are not null.
type MemberChanged struct {
	Name       *Sealed[string] `json:"name,omitempty"`
	Email      *Sealed[string] `json:"email,omitempty"`
	Phone      *Sealed[string] `json:"phone,omitempty"`
	Number     *string         `json:"number,omitempty"`
	Position   *string         `json:"position,omitempty"`
	Department *ID             `json:"department,omitempty"`
	// DepartmentFrom is the first day in the department, inclusive; left out in events from before departments had dates, which hold from the beginning.
	DepartmentFrom Date  `json:"department_from,omitempty"`
	Joined         *Date `json:"joined,omitempty"`
	// Reason says why a department of days that have passed is changed.
	Reason *Sealed[string] `json:"reason,omitempty" text:"lines"`
}

// MemberLeft ends a membership; Left is the last day, inclusive. History stays.
type MemberLeft struct {
	Left Date `json:"left"`
}

// GroupAssigned puts the member into an attendance group from a local date on, inclusive.
type GroupAssigned struct {
	Group ID   `json:"group"`
	From  Date `json:"from"`
	// Follows ends what was chosen, which Group repeats: from then on the member belongs to the group that takes the member's department, if one does.
	Follows bool `json:"follows,omitempty"`
}

// Role is what a member may do; owner only comes by OwnerAdded.
type Role string

// The roles (design §6).
const (
	RoleOwner    Role = "owner"
	RoleHR       Role = "hr"
	RoleManager  Role = "manager"
	RoleEmployee Role = "employee"
	RoleAuditor  Role = "auditor"
	RoleDevice   Role = "device"
)

// RoleGranted gives a role, a manager's within a department tree or a group. Alone says that no second person confirmed it, for there was none.
type RoleGranted struct {
	Role       Role `json:"role" enum:"hr,manager,employee,auditor,device"`
	Department *ID  `json:"department,omitempty"`
	Group      *ID  `json:"group,omitempty"`
	Alone      bool `json:"alone,omitempty"`
}

// RoleRevoked takes a role away, exactly as it was given, or a proposal of it.
type RoleRevoked struct {
	Role       Role `json:"role" enum:"hr,manager,employee,auditor,device"`
	Department *ID  `json:"department,omitempty"`
	Group      *ID  `json:"group,omitempty"`
}

func (MemberProvisioned) EventType() string { return "MemberProvisioned" }
func (MemberJoined) EventType() string      { return "MemberJoined" }
func (MemberLinked) EventType() string      { return "MemberLinked" }
func (MemberChanged) EventType() string     { return "MemberChanged" }
func (MemberLeft) EventType() string        { return "MemberLeft" }
func (GroupAssigned) EventType() string     { return "GroupAssigned" }
func (RoleGranted) EventType() string       { return "RoleGranted" }
func (RoleRevoked) EventType() string       { return "RoleRevoked" }

// MemberState is a membership as its own stream tells it.
type MemberState struct {
	Exists   bool
	Member   ID
	Account  ID
	Number   string
	Position string
	// Departments are dated; the first is from the beginning.
	Departments Postings
	// Joined and Left are the first and last day, inclusive; Left empty is open.
	Joined, Left Date
	// Batch is the import that provisioned the member, nil for a person's work.
	Batch  *ID
	Groups []GroupAssigned // in recorded order
	Roles  []RoleGranted
	// Waived are the occasions whose penalties were taken back.
	Waived map[Occasion]bool
	// Ask is what the person asked for, nil when nobody ever asked on this stream.
	Ask *JoinAsk
	// AuditorBy proposed the role of an auditor, which nobody has confirmed yet.
	AuditorBy *Actor
	// HRBy proposed the role of HR for themselves, which nobody has confirmed yet.
	HRBy *Actor
}

// Evolve folds one event.
func (s MemberState) Evolve(r Recorded) MemberState {
	switch e := r.Event.(type) {
	case MemberProvisioned:
		s.Exists, s.Member, s.Number, s.Position, s.Departments, s.Joined = true, e.Member, e.Number, e.Position, PostedFirst(e.Department), e.Joined
		s.Batch = r.Metadata.Batch
	case MemberJoined:
		s.Exists, s.Member, s.Account, s.Number, s.Position, s.Departments, s.Joined = true, e.Member, e.Account, e.Number, e.Position, PostedFirst(e.Department), e.Joined
	case MemberLinked:
		s.Account = e.Account
	case MemberChanged:
		s.Number, s.Position, s.Joined = either(e.Number, s.Number), either(e.Position, s.Position), either(e.Joined, s.Joined)
		s.Departments = s.Departments.Moved(e)
	case MemberLeft:
		s.Left = e.Left
	case GroupAssigned:
		s.Groups = append(s.Groups, e)
	default:
		if waived, is := s.evolvePenalties(r.Event); is {
			return waived
		}
		return s.evolveRoles(r).evolveJoin(r.Event)
	}
	return s
}

// GroupOn is the group that was chosen for a date: the greatest From not after it, then the later recorded (rules §2). False where the member follows
// the department.
func (s MemberState) GroupOn(date Date) (ID, bool) {
	var best *GroupAssigned
	for i, g := range s.Groups {
		if g.From <= date && (best == nil || g.From >= best.From) {
			best = &s.Groups[i]
		}
	}
	if best == nil || best.Follows {
		return ID{}, false
	}
	return best.Group, true
}

func errNoMember() error { return Refuse("member_not_found", "there is no such member") }

// Provision makes the membership, in a group if one is named.
func (s MemberState) Provision(e MemberProvisioned, group *ID) ([]Event, error) {
	if s.Exists {
		return None, nil
	}
	events := []Event{e}
	if group != nil {
		events = append(events, GroupAssigned{Group: *group, From: e.Joined})
	}
	return events, nil
}

// Change replaces the parts that are given; parts that stay the same are left out. Personal parts cannot be compared and always count. Today is the
// day where the member is: a department of days before it needs a reason.
func (s MemberState) Change(e MemberChanged, today Date) ([]Event, error) {
	if !s.Exists {
		return nil, errNoMember()
	}
	if e.Joined != nil && s.Left != "" && *e.Joined > s.Left {
		return nil, Refuse("joined_after_left", "the member left on %s; joined must not be later", s.Left)
	}
	e.Number, e.Position, e.Joined = unlike(e.Number, s.Number), unlike(e.Position, s.Position), unlike(e.Joined, s.Joined)
	e, err := s.move(e, today)
	if err != nil || e == (MemberChanged{}) {
		return None, err
	}
	return []Event{e}, nil
}

// move checks the dates of another department; one that the member is in on its first day anyway is left out.
func (s MemberState) move(e MemberChanged, today Date) (MemberChanged, error) {
	if e.Department == nil {
		e.DepartmentFrom, e.Reason = "", nil
		return e, nil
	}
	if e.DepartmentFrom == "" {
		e.DepartmentFrom = today
	}
	switch {
	case s.Left != "" && e.DepartmentFrom > s.Left:
		return e, Refuse("department_after_left", "the member left on %s; the first day in the department must not be later", s.Left)
	case sameID(s.Departments.On(e.DepartmentFrom), e.Department):
		e.Department, e.DepartmentFrom, e.Reason = nil, "", nil
	case e.DepartmentFrom < today && e.Reason == nil:
		return e, Refuse("department_reason", "%s has passed, so that figures of days gone by change; write the reason, or choose %s or later", e.DepartmentFrom, today)
	}
	return e, nil
}

// ExtendBack moves the first day, and the first group's, back to an earlier date: an import brought older punches (design §7).
func (s MemberState) ExtendBack(to Date) ([]Event, error) {
	if !s.Exists {
		return nil, errNoMember()
	}
	var events []Event
	if to < s.Joined {
		events = append(events, MemberChanged{Joined: &to})
	}
	if first, ok := s.firstGroup(); ok && first.From <= s.Joined && to < first.From && !first.Follows {
		events = append(events, GroupAssigned{Group: first.Group, From: to})
	}
	return events, nil
}

// firstGroup is the assignment that holds the member's first days.
func (s MemberState) firstGroup() (GroupAssigned, bool) {
	var first GroupAssigned
	for i, g := range s.Groups {
		if i == 0 || g.From < first.From || g.From == first.From {
			first = g
		}
	}
	return first, len(s.Groups) > 0
}

// AssignGroup puts the member into a group from a date on, or lets the member follow the department.
func (s MemberState) AssignGroup(e GroupAssigned) ([]Event, error) {
	switch {
	case !s.Exists:
		return nil, errNoMember()
	case e.Follows && len(s.Groups) == 0:
		return None, nil
	case e.Follows:
		e.Group = s.Groups[len(s.Groups)-1].Group
	}
	for i := len(s.Groups) - 1; i >= 0; i-- {
		if s.Groups[i].From == e.From {
			if s.Groups[i] == e {
				return None, nil
			}
			break
		}
	}
	return []Event{e}, nil
}

// Leave ends the membership; history stays.
func (s MemberState) Leave(left Date) ([]Event, error) {
	switch {
	case !s.Exists:
		return nil, errNoMember()
	case left < s.Joined:
		return nil, Refuse("left_before_joined", "the member joined on %s; the last day must not be earlier", s.Joined)
	case s.Left == left:
		return None, nil
	}
	return []Event{MemberLeft{Left: left}}, nil
}

// Undo ends, before it began, a membership that an import made by mistake; one that a person has joined stays.
func (s MemberState) Undo() ([]Event, error) {
	if !s.Exists || s.Account != (ID{}) || s.Left != "" {
		return None, nil
	}
	return []Event{MemberLeft{Left: s.Joined.AddDays(-1)}}, nil
}

// PutBack gives a first day back that an import had moved to `moved`; a later change of it stays.
func (s MemberState) PutBack(moved, to Date) ([]Event, error) {
	if !s.Exists || s.Joined != moved || to == moved {
		return None, nil
	}
	return []Event{MemberChanged{Joined: &to}}, nil
}
