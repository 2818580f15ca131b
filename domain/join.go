package domain

// JoinRequested asks to become a member; it stands in the stream of the member that the account would become (events §1).
type JoinRequested struct {
	Member  ID              `json:"member"`
	Account ID              `json:"account"`
	Name    *Sealed[string] `json:"name,omitempty"`
	// Number is what the person says; nobody has checked it.
	Number     string          `json:"number,omitempty"`
	Department *ID             `json:"department,omitempty"`
	Message    *Sealed[string] `json:"message,omitempty" text:"lines"`
	// Invitation is the one by which the person came, null for a search.
	Invitation *ID `json:"invitation,omitempty"`
}

// JoinApproved lets the person in: MemberJoined follows in the same append, or As names the member that the account was linked to.
type JoinApproved struct {
	As *ID `json:"as,omitempty"`
}

// JoinRejected refuses; the person may ask again.
type JoinRejected struct {
	Reason *Sealed[string] `json:"reason,omitempty" text:"lines"`
	// Withdrawn says that the person took the request back.
	Withdrawn bool `json:"withdrawn,omitempty"`
}

// RoleProposed is the first of two persons' words for a role that needs two: an auditor's, and an owner's own as HR, in the member's stream, an
// owner's in the organization's. RoleGranted or OwnerAdded by another confirms it, RoleRevoked or OwnerRemoved takes it back.
type RoleProposed struct {
	Member ID   `json:"member"`
	Role   Role `json:"role" enum:"owner,auditor,hr"`
}

// OwnerRemovalProposed is the first of two persons' words that an owner shall be one no longer. OwnerRemoved by another confirms it,
// OwnerAdded takes it back.
type OwnerRemovalProposed struct {
	Member ID `json:"member"`
}

func (OwnerRemovalProposed) EventType() string { return "OwnerRemovalProposed" }

func (JoinRequested) EventType() string { return "JoinRequested" }
func (JoinApproved) EventType() string  { return "JoinApproved" }
func (JoinRejected) EventType() string  { return "JoinRejected" }
func (RoleProposed) EventType() string  { return "RoleProposed" }

// JoinAsk is a person's request to join, as the member's stream tells it.
type JoinAsk struct {
	Account    ID
	Number     string
	Department *ID
	Invitation *ID
	// Pending says that nobody has answered yet.
	Pending bool
	// As is the member that the account was linked to on approval.
	As *ID
}

func (s MemberState) evolveJoin(event Event) MemberState {
	switch e := event.(type) {
	case JoinRequested:
		s.Ask = &JoinAsk{Account: e.Account, Number: e.Number, Department: e.Department, Invitation: e.Invitation, Pending: true}
	case JoinApproved:
		s.Ask = s.Ask.answered(e.As)
	case JoinRejected:
		s.Ask = s.Ask.answered(nil)
	}
	return s
}

func (a *JoinAsk) answered(as *ID) *JoinAsk {
	if a == nil {
		return nil
	}
	out := *a
	out.Pending, out.As = false, as
	return &out
}

func (s MemberState) current() bool { return s.Exists && s.Left == "" }

func (s MemberState) pending() bool { return s.Ask != nil && s.Ask.Pending }

func errAlreadyMember() error {
	return Refuse("already_member", "you are a member of this organization already; open it")
}

// RequestJoin asks; who waits already or is a member does not ask again.
func (s MemberState) RequestJoin(e JoinRequested) ([]Event, error) {
	switch {
	case s.current():
		return nil, errAlreadyMember()
	case s.pending():
		return nil, Refuse("join_pending", "your request to join waits for an approval already; ask an administrator of the organization")
	}
	return []Event{e}, nil
}

// Join lets an account in without a question, by an invitation or as the founder; a request that waits is answered by it.
func (s MemberState) Join(e MemberJoined, group *ID) ([]Event, error) {
	switch {
	case s.current():
		return nil, errAlreadyMember()
	case s.Exists:
		return nil, Refuse("join_by_request", "you were a member until %s; ask to join without a code, so that an administrator lets you in again", s.Left)
	case s.pending():
		return append([]Event{JoinApproved{}}, joined(e, group)...), nil
	}
	return joined(e, group), nil
}

func joined(e MemberJoined, group *ID) []Event {
	if group == nil {
		return []Event{e}
	}
	return []Event{e, GroupAssigned{Group: *group, From: e.Joined}}
}

// ApproveJoin lets the person in as a new member.
func (s MemberState) ApproveJoin(e MemberJoined, group *ID) ([]Event, error) {
	if err := s.answerable(); err != nil {
		return nil, err
	}
	if s.Exists {
		return nil, Refuse("join_as_needed", "this person was a member until %s; add a member with a number and approve the request as that member", s.Left)
	}
	return append([]Event{JoinApproved{}}, joined(e, group)...), nil
}

// ApproveJoinAs closes the request of an account that was linked to a member.
func (s MemberState) ApproveJoinAs(as ID) ([]Event, error) {
	if s.Ask != nil && s.Ask.As != nil && *s.Ask.As == as {
		return None, nil
	}
	if err := s.answerable(); err != nil {
		return nil, err
	}
	return []Event{JoinApproved{As: &as}}, nil
}

// RejectJoin refuses the request.
func (s MemberState) RejectJoin(e JoinRejected) ([]Event, error) {
	if err := s.answerable(); err != nil {
		return nil, err
	}
	return []Event{e}, nil
}

// WithdrawJoin takes an account's own request back.
func (s MemberState) WithdrawJoin(account ID) ([]Event, error) {
	if s.Ask == nil || s.Ask.Account != account {
		return nil, errNoJoinRequest()
	}
	return s.RejectJoin(JoinRejected{Withdrawn: true})
}

func errNoJoinRequest() error {
	return Refuse("join_request_not_found", "there is no such request to join")
}

func (s MemberState) answerable() error {
	switch {
	case s.Ask == nil:
		return errNoJoinRequest()
	case !s.Ask.Pending:
		return Refuse("join_decided", "this request to join was answered already; look at the list again")
	}
	return nil
}

// Link joins an account to a provisioned member.
func (s MemberState) Link(account ID) ([]Event, error) {
	switch {
	case !s.Exists:
		return nil, errNoMember()
	case s.Account == account:
		return None, nil
	case s.Left != "":
		return nil, Refuse("member_left", "this member left on %s; choose a member who is there", s.Left)
	case s.Account != ID{}:
		return nil, Refuse("member_linked", "this member has an account already; choose a member without one")
	}
	return []Event{MemberLinked{Account: account}}, nil
}
