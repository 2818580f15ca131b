package domain

// RequestStatus is where a request stands.
type RequestStatus string

// The states of a request.
const (
	RequestPending        RequestStatus = "pending"
	RequestStateApproved  RequestStatus = "approved"
	RequestStateRejected  RequestStatus = "rejected"
	RequestStateWithdrawn RequestStatus = "withdrawn"
	RequestStateCancelled RequestStatus = "cancelled"
)

// RequestKind is what is asked for (design §3).
type RequestKind string

// The kinds of request.
const (
	KindMakeup   RequestKind = "makeup"
	KindLeave    RequestKind = "leave"
	KindTrip     RequestKind = "trip"
	KindOut      RequestKind = "out"
	KindOvertime RequestKind = "overtime"
)

// RequestState is one request as its own stream tells it.
type RequestState struct {
	Status  RequestStatus // empty before it is made
	Kind    RequestKind
	Request ID
	Member  ID
	// Date is the day of a makeup.
	Date Date
}

// Evolve folds one event.
func (s RequestState) Evolve(r Recorded) RequestState {
	made := func(kind RequestKind, request, member ID) RequestState {
		return RequestState{Status: RequestPending, Kind: kind, Request: request, Member: member}
	}
	switch e := r.Event.(type) {
	case MakeupRequested:
		s = made(KindMakeup, e.Request, e.Member)
		s.Date = e.Date
	case LeaveRequested:
		return made(KindLeave, e.Request, e.Member)
	case TripRequested:
		return made(KindTrip, e.Request, e.Member)
	case OutRequested:
		return made(KindOut, e.Request, e.Member)
	case OvertimeRequested:
		return made(KindOvertime, e.Request, e.Member)
	case RequestApproved:
		s.Status = RequestStateApproved
	case RequestRejected:
		s.Status = RequestStateRejected
	case RequestWithdrawn:
		s.Status = RequestStateWithdrawn
	case RequestCancelled:
		s.Status = RequestStateCancelled
	}
	return s
}

// Claims says that a request of this kind holds something in the member's balance stream.
func (s RequestState) Claims() bool { return s.Kind == KindMakeup || s.Kind == KindLeave }

// Live says that the request holds its claim: it is pending or approved.
func (s RequestState) Live() bool {
	return s.Status == RequestPending || s.Status == RequestStateApproved
}

// Make opens the request with its first event.
func (s RequestState) Make(e Event) ([]Event, error) {
	if s.Status != "" {
		return nil, Refuse("request_exists", "the request exists already")
	}
	return []Event{e}, nil
}

func (s RequestState) mustBe(status RequestStatus, to string) error {
	switch s.Status {
	case "":
		return Refuse("request_not_found", "there is no such request")
	case status:
		return nil
	}
	return Refuse("request_"+string(s.Status), "the request is %s; only a request that is %s can be %s", s.Status, status, to)
}

// Judge is who decides about a request, and whether they may decide about their own.
type Judge struct {
	// Member is the deciding member, the nil id for a token or the system.
	Member ID
	// Alone says that the organization has one member (design §6).
	Alone bool
	// Named are the approvers that the organization named, none when anyone with the right may approve.
	Named []ID
}

// Approve grants a pending request; its effect on the days is derived.
func (s RequestState) Approve(j Judge, comment *Sealed[string]) ([]Event, error) {
	if err := s.mustBe(RequestPending, "approved"); err != nil {
		return nil, err
	}
	self := j.Member == s.Member
	if err := s.mayJudge(j, self); err != nil {
		return nil, err
	}
	return []Event{RequestApproved{Request: s.Request, Member: s.Member, Comment: comment, SelfApproved: self}}, nil
}

func (s RequestState) mayJudge(j Judge, self bool) error {
	if j.Member == (ID{}) || self && j.Alone {
		return nil
	}
	if self {
		return Refuse("self_approval", "nobody decides about their own request; another approver must")
	}
	if len(j.Named) == 0 {
		return nil
	}
	for _, id := range j.Named {
		if id == j.Member {
			return nil
		}
	}
	return Refuse("not_an_approver", "this organization named its approvers, and you are not one of them; ask one of them to decide")
}

// Reject refuses a pending request.
func (s RequestState) Reject(j Judge, reason *Sealed[string]) ([]Event, error) {
	if err := s.mustBe(RequestPending, "rejected"); err != nil {
		return nil, err
	}
	if err := s.mayJudge(j, j.Member == s.Member); err != nil {
		return nil, err
	}
	return []Event{RequestRejected{Request: s.Request, Member: s.Member, Reason: reason}}, nil
}

// Withdraw takes a pending request back; by is the member who asks, the nil id for a token.
func (s RequestState) Withdraw(by ID) ([]Event, error) {
	if err := s.mustBe(RequestPending, "withdrawn"); err != nil {
		return nil, err
	}
	if by != (ID{}) && by != s.Member {
		return nil, Refuse("not_your_request", "only the person who made the request can withdraw it")
	}
	return []Event{RequestWithdrawn{Request: s.Request, Member: s.Member}}, nil
}

// Cancel undoes an approved request; its effect on the days goes.
func (s RequestState) Cancel(reason *Sealed[string]) ([]Event, error) {
	if err := s.mustBe(RequestStateApproved, "cancelled"); err != nil {
		return nil, err
	}
	return []Event{RequestCancelled{Request: s.Request, Member: s.Member, Reason: reason}}, nil
}

// Comment adds a word, in any state.
func (s RequestState) Comment(comment *Sealed[string]) ([]Event, error) {
	if s.Status == "" {
		return nil, Refuse("request_not_found", "there is no such request")
	}
	return []Event{RequestCommented{Request: s.Request, Member: s.Member, Comment: comment}}, nil
}
