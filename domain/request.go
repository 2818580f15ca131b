package domain

// MakeupRequested asks to fill one slot (补卡); Proofs name encrypted files by the SHA-256 of their ciphertext, as everywhere below.
type MakeupRequested struct {
	Request   ID              `json:"request"`
	Member    ID              `json:"member"`
	Date      Date            `json:"date"`
	Section   int             `json:"section" min:"1"` // from 1
	CheckType CheckType       `json:"check_type" enum:"OnDuty,OffDuty"`
	At        Instant         `json:"at"`
	Zone      string          `json:"zone"`
	Kind      string          `json:"kind" enum:"missing,late,early"` // missing, late or early: what the makeup mends
	Reason    *Sealed[string] `json:"reason,omitempty" text:"lines"`
	Proofs    []string        `json:"proofs,omitempty"`
}

// Span is a stretch of time: instants, or whole local days when the dates are set.
type Span struct {
	From     *Instant `json:"from,omitempty"`
	To       *Instant `json:"to,omitempty"`
	FromDate Date     `json:"from_date,omitempty"` // inclusive
	ToDate   Date     `json:"to_date,omitempty"`   // inclusive
	Zone     string   `json:"zone"`
}

// LeaveRequested asks for leave (请假).
type LeaveRequested struct {
	Request   ID              `json:"request"`
	Member    ID              `json:"member"`
	LeaveType string          `json:"leave_type"`
	Span      Span            `json:"span"`
	Reason    *Sealed[string] `json:"reason,omitempty" text:"lines"`
	Proofs    []string        `json:"proofs,omitempty"`
}

// TripRequested asks for a business trip (出差).
type TripRequested struct {
	Request ID              `json:"request"`
	Member  ID              `json:"member"`
	Span    Span            `json:"span"`
	Reason  *Sealed[string] `json:"reason,omitempty" text:"lines"`
	Proofs  []string        `json:"proofs,omitempty"`
}

// OutRequested asks to be out on business (外出).
type OutRequested struct {
	Request ID              `json:"request"`
	Member  ID              `json:"member"`
	Span    Span            `json:"span"`
	Reason  *Sealed[string] `json:"reason,omitempty" text:"lines"`
	Proofs  []string        `json:"proofs,omitempty"`
}

// OvertimeRequested asks for overtime (加班).
type OvertimeRequested struct {
	Request ID              `json:"request"`
	Member  ID              `json:"member"`
	Span    Span            `json:"span"`
	Reason  *Sealed[string] `json:"reason,omitempty" text:"lines"`
	Proofs  []string        `json:"proofs,omitempty"`
}

// RequestCommented adds a word to a request.
type RequestCommented struct {
	Request ID              `json:"request"`
	Member  ID              `json:"member"`
	Comment *Sealed[string] `json:"comment" text:"lines"`
}

// RequestApproved grants a request; its effect on the days is derived.
type RequestApproved struct {
	Request ID              `json:"request"`
	Member  ID              `json:"member"`
	Comment *Sealed[string] `json:"comment,omitempty" text:"lines"`
	// SelfApproved flags an approval by the person concerned, allowed in an organization of one.
	SelfApproved bool `json:"self_approved,omitempty"`
}

// RequestRejected refuses a request, with the reason.
type RequestRejected struct {
	Request ID              `json:"request"`
	Member  ID              `json:"member"`
	Reason  *Sealed[string] `json:"reason,omitempty" text:"lines"`
}

// RequestWithdrawn takes a pending request back.
type RequestWithdrawn struct {
	Request ID `json:"request"`
	Member  ID `json:"member"`
}

// RequestCancelled undoes an approved request.
type RequestCancelled struct {
	Request ID              `json:"request"`
	Member  ID              `json:"member"`
	Reason  *Sealed[string] `json:"reason,omitempty" text:"lines"`
}

// MakeupCounted claims one makeup of a month's quota; Released gives it back.
type MakeupCounted struct {
	Request ID `json:"request"`
	// Month is yyyy-mm of the day that is made up.
	Month    string `json:"month"`
	Released bool   `json:"released,omitempty"`
}

// LeaveReserved claims the range of a leave, so that two leaves of a member cannot overlap.
type LeaveReserved struct {
	Request   ID     `json:"request"`
	LeaveType string `json:"leave_type"`
	// From and Until are the first instant claimed and the first no longer claimed.
	From  Instant `json:"from"`
	Until Instant `json:"until"`
}

// LeaveReleased gives the range back: the request was rejected, withdrawn or cancelled.
type LeaveReleased struct {
	Request ID `json:"request"`
}

func (MakeupRequested) EventType() string   { return "MakeupRequested" }
func (LeaveRequested) EventType() string    { return "LeaveRequested" }
func (TripRequested) EventType() string     { return "TripRequested" }
func (OutRequested) EventType() string      { return "OutRequested" }
func (OvertimeRequested) EventType() string { return "OvertimeRequested" }
func (RequestCommented) EventType() string  { return "RequestCommented" }
func (RequestApproved) EventType() string   { return "RequestApproved" }
func (RequestRejected) EventType() string   { return "RequestRejected" }
func (RequestWithdrawn) EventType() string  { return "RequestWithdrawn" }
func (RequestCancelled) EventType() string  { return "RequestCancelled" }
func (MakeupCounted) EventType() string     { return "MakeupCounted" }
func (LeaveReserved) EventType() string     { return "LeaveReserved" }
func (LeaveReleased) EventType() string     { return "LeaveReleased" }
