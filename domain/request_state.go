package domain

import "slices"

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
	// FiledBy is who made it.
	FiledBy Actor
}

// Evolve folds one event.
func (s RequestState) Evolve(r Recorded) RequestState {
	made := func(kind RequestKind, request, member ID) RequestState {
		return RequestState{Status: RequestPending, Kind: kind, Request: request, Member: member, FiledBy: r.Metadata.Actor}
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

// Judge is who decides about a request.
type Judge struct {
	// Member is the deciding member, or the one for whom a program acts; the nil id is the administrator of the installation.
	Member ID
	// Alone says that nobody else could decide: no other member administers the organization.
	Alone bool
	// Filed says that the deciding person made the request, alone or by a program.
	Filed bool
	// Program says that a program decides which made the request itself.
	Program bool
	// Named are the approvers that the organization named, none when anyone with the right may approve.
	Named []ID
}

// Self says that the judge is the person concerned.
func (j Judge) Self(s RequestState) bool { return j.Member != (ID{}) && j.Member == s.Member }

// Approve grants a pending request; its effect on the days is derived.
func (s RequestState) Approve(j Judge, comment *Sealed[string]) ([]Event, error) {
	if err := s.mustBe(RequestPending, "approved"); err != nil {
		return nil, err
	}
	if err := s.mayJudge(j); err != nil {
		return nil, err
	}
	return []Event{RequestApproved{Request: s.Request, Member: s.Member, Comment: comment, SelfApproved: j.Self(s)}}, nil
}

// mayJudge refuses who files and decides, and who decides about themselves while another could. Whoever is alone decides about their own
// request, but never by the program that filed it.
func (s RequestState) mayJudge(j Judge) error {
	switch {
	case j.Member == (ID{}), j.Self(s) && j.Alone && !j.Program:
		return nil
	case j.Self(s) && !j.Alone:
		return errSelf()
	case j.Filed:
		return Refuse("filed_by_you", "whoever files a request does not decide about it, alone or by a program; another approver must")
	case len(j.Named) == 0 || slices.Contains(j.Named, j.Member):
		return nil
	}
	return Refuse("not_an_approver", "this organization named its approvers, and you are not one of them; ask one of them to decide")
}

func errSelf() error {
	return Refuse("self_approval", "nobody decides about their own request; another approver must")
}

// Reject refuses a pending request.
func (s RequestState) Reject(j Judge, reason *Sealed[string]) ([]Event, error) {
	if err := s.mustBe(RequestPending, "rejected"); err != nil {
		return nil, err
	}
	if err := s.mayJudge(j); err != nil {
		return nil, err
	}
	return []Event{RequestRejected{Request: s.Request, Member: s.Member, Reason: reason}}, nil
}

// Withdraw takes a pending request back: the person concerned does, or whoever made it for them.
func (s RequestState) Withdraw(j Judge) ([]Event, error) {
	if err := s.mustBe(RequestPending, "withdrawn"); err != nil {
		return nil, err
	}
	if j.Member != (ID{}) && !j.Self(s) && !j.Filed {
		return nil, Refuse("not_your_request", "only the person who made the request can withdraw it")
	}
	return []Event{RequestWithdrawn{Request: s.Request, Member: s.Member}}, nil
}

// Cancel undoes an approved request; its effect on the days goes. Nobody but who is alone cancels their own.
func (s RequestState) Cancel(j Judge, reason *Sealed[string]) ([]Event, error) {
	if err := s.mustBe(RequestStateApproved, "cancelled"); err != nil {
		return nil, err
	}
	if j.Self(s) && !j.Alone {
		return nil, errSelf()
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
