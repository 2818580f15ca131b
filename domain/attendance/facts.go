package attendance

import "time"

// Facts is everything that Assess knows about one member. Nothing in it is changed by Assess.
type Facts struct {
	Assignments []Assignment         // the member's groups over time; where two hold a date, the later in the list
	Joined      Date                 // first date of membership; zero = open
	Left        Date                 // last date of membership; zero = open
	Since       time.Time            // attendance counts from this instant on (rules 2.7); zero = from the start
	Roster      map[Date]RosterEntry // planned shifts; an entry with Rest is an explicit null
	Calendar    *Calendar            // the organization's calendar; nil = none
	Punches     []Punch              // in any order
	Requests    []Request            // in recorded order: of two makeups of a slot the later holds
	Through     time.Time            // a window is over when its close is before this instant; zero = everything is over
	KnownAt     time.Time            // facts received after this instant are not seen; zero = all given are seen
}

// Assignment is a stretch of dates in one group, both ends inclusive, zero = open, with the group's rules in recorded order.
type Assignment struct {
	From, To Date
	Plans    []*Plan
}

// RosterEntry is one planned date.
type RosterEntry struct {
	Shift string
	Rest  bool // an explicit null: no work on this date
}

// Calendar is an organization's own days and the holidays of countries it has loaded (rules §2).
type Calendar struct {
	Holidays map[Date]string // date → name
	Workdays map[Date]string // date → shift name, or empty for the shift of the week
	National map[string]*Calendar
}

// Judgement says whether a recorded punch was judged inside or outside when it was written (events §3).
type Judgement uint8

// The judgements; Assess judges raw coordinates and networks of Unjudged punches itself.
const (
	Unjudged Judgement = iota
	Inside
	Outside
)

// CheckType names one of the two slots of a section; empty = the punch does not say.
type CheckType string

// The check types.
const (
	OnDuty  CheckType = "OnDuty"
	OffDuty CheckType = "OffDuty"
)

// SourceType says where a punch came from; empty is read as USER.
type SourceType string

// The source types.
const (
	SourceUser      SourceType = "USER"
	SourceATM       SourceType = "ATM"
	SourceBeacon    SourceType = "BEACON"
	SourceBoss      SourceType = "BOSS"
	SourceApprove   SourceType = "APPROVE"
	SourceSystem    SourceType = "SYSTEM"
	SourceAutoCheck SourceType = "AUTO_CHECK"
	SourceImport    SourceType = "IMPORT"
)

// The reviews of a punch; empty = not reviewed.
const (
	ReviewApproved = "approved"
	ReviewRejected = "rejected"
)

// FlagOfflineUnapproved is dropped as soon as a punch is reviewed (rules §6).
const FlagOfflineUnapproved = "offline_unapproved"

// FlagClockJump keeps a punch out of every slot until it is approved (rules 6.2a).
const FlagClockJump = "clock_jump"

// FlagOffline and FlagSelfWritten alone are no anomaly (rules 6.2).
const (
	FlagOffline     = "offline"
	FlagSelfWritten = "self_written"
)

// Punch is one raw fact.
type Punch struct {
	ID          string // opaque, for example the event id; returned with the slot that it fills
	At          time.Time
	Lat, Lng    *float64 // WGS-84 degrees
	Place       Judgement
	SSID        string
	BSSID       string
	IP          string
	CheckType   CheckType
	SourceType  SourceType
	ReceivedAt  time.Time // zero = At
	Photo       *bool
	DeviceBound *bool
	Flags       []string
	Review      string
}

// RequestType is the kind of a request or correction.
type RequestType string

// The request types of rules §6.
const (
	Leave      RequestType = "leave"
	Trip       RequestType = "trip"
	Out        RequestType = "out"
	Overtime   RequestType = "overtime"
	Makeup     RequestType = "makeup"
	Correction RequestType = "correction"
)

// StateApproved is the only state of a request that counts (rules §4).
const StateApproved = "approved"

// The kinds of a makeup or correction (rules 3.12b).
const (
	KindMissing = "missing"
	KindLate    = "late"
	KindEarly   = "early"
)

// Moment is an instant, or a bare date that stands for the whole local day.
type Moment struct {
	At   time.Time
	Date Date // not zero: a bare date
}

// Request is a leave, trip, out or overtime with From and To, or a makeup or correction of one slot.
type Request struct {
	ID         string
	Type       RequestType
	State      string
	From, To   Moment
	Date       Date // makeup and correction: the workday
	Section    int  // from 1
	CheckType  CheckType
	Kind       string // of a makeup or correction: missing, late or early; empty = as rules 6.4a says
	At         time.Time
	ReceivedAt time.Time // zero = known from the start
}
