package attendance

import "time"

// DayType is what a date is for the member.
type DayType string

// The day types of rules §6.
const (
	Workday DayType = "workday"
	Restday DayType = "restday"
	Holiday DayType = "holiday"
)

// Status is the one word for a day (rules §4).
type Status string

// The statuses of rules §4, first that fits.
const (
	Unscheduled Status = "Unscheduled"
	Rest        Status = "Rest"
	Pending     Status = "Pending"
	OnLeave     Status = "Leave"
	OnTrip      Status = "Trip"
	Absent      Status = "Absent"
	HalfDay     Status = "HalfDay"
	Abnormal    Status = "Abnormal"
	Normal      Status = "Normal"
)

// TimeResult is the verdict of a slot on time; empty = not judged (null).
type TimeResult string

// The time results.
const (
	TimeNormal      TimeResult = "Normal"
	TimeLate        TimeResult = "Late"
	TimeSeriousLate TimeResult = "SeriousLate"
	TimeAbsenteeism TimeResult = "Absenteeism"
	TimeEarly       TimeResult = "Early"
	TimeNotSigned   TimeResult = "NotSigned"
	TimePending     TimeResult = "Pending"
	TimeExcused     TimeResult = "Excused"
)

// LocationResult is the verdict of a slot on place; empty = not judged (null).
type LocationResult string

// The location results.
const (
	LocationNormal    LocationResult = "Normal"
	LocationOutside   LocationResult = "Outside"
	LocationNotSigned LocationResult = "NotSigned"
)

// Reason says why a punch fills nothing (rules §3, closed list).
type Reason string

// The reasons of rules §3.
const (
	SameTap       Reason = "same_tap"
	Between       Reason = "between"
	OutsideWindow Reason = "outside_window"
	Repeated      Reason = "repeated"
	Unpaired      Reason = "unpaired"
	Superseded    Reason = "superseded"
	Rejected      Reason = "rejected"
	Corrected     Reason = "corrected"
	Doubted       Reason = "doubted"
)

// Anomaly is a kind of the closed list of rules §4.
type Anomaly string

// The anomalies of rules §4, in the order in which a day lists them.
const (
	AnomalyLate          Anomaly = "Late"
	AnomalySeriousLate   Anomaly = "SeriousLate"
	AnomalyAbsenteeism   Anomaly = "Absenteeism"
	AnomalyEarly         Anomaly = "Early"
	AnomalyNotSigned     Anomaly = "NotSigned"
	AnomalyOutside       Anomaly = "Outside"
	AnomalyShort         Anomaly = "Short"
	AnomalyNoCalendar    Anomaly = "NoCalendar"
	AnomalyPhotoMissing  Anomaly = "PhotoMissing"
	AnomalyDeviceUnbound Anomaly = "DeviceUnbound"
	AnomalyFlagged       Anomaly = "Flagged"
	AnomalyUnknownShift  Anomaly = "UnknownShift"
)

// Day is the verdict on one workday. Its slices are never nil-sensitive: nil and empty mean the same, JSON writes [].
type Day struct {
	Date        Date
	DayType     DayType
	Shift       string // empty = null
	Status      Status
	AbsentDays  float64 // 0, 0.5 or 1 (rules 4.10)
	RuleVersion int     // 0 = null: no rule holds the date
	Slots       []Slot
	WorkedMin   int
	PresentMin  int
	LateMin     int
	EarlyMin    int
	LeaveMin    int
	TripMin     int
	OvertimeMin int
	NightMin    int // the part of PresentMin that lies in the night of the rule (rules 4.11c)
	Overtime    []OvertimePart
	Unused      []UnusedPunch
	Anomalies   []Anomaly // each kind once, in the order of the closed list
	Used        []string  // ids of punches that count without filling a slot: inner pairs, ends of a rest day
}

// Slot is one place for a punch on a day. Instants are in the rule's zone; a zero time is null.
type Slot struct {
	Section        int // from 1
	CheckType      CheckType
	PlanAt         time.Time
	JudgedAt       time.Time // PlanAt after late-out-late-in, requests and flex: what the verdict compared with
	WindowFrom     time.Time
	WindowTo       time.Time // the slot is over when this is before Facts.Through
	PunchAt        time.Time // the time at which it stands: of a punch that corrects another, the other's (rules 3.9a)
	PunchID        string    // of the punch, makeup or correction that fills the slot
	TimeResult     TimeResult
	LocationResult LocationResult
	Minutes        int
	SourceType     SourceType // empty = null
}

// OvertimePart is the overtime of a workday that fell on one local date.
type OvertimePart struct {
	Date    Date    `json:"date"`
	DayType DayType `json:"day_type"`
	Minutes int     `json:"minutes"`
}

// UnusedPunch is a punch that fills nothing, with the reason.
type UnusedPunch struct {
	At     time.Time
	ID     string
	Reason Reason
}

// Sums are the totals of a range of days (rules §6); maps hold only what occurs.
type Sums struct {
	WorkedMin         int                `json:"worked_min"`
	PresentMin        int                `json:"present_min"`
	LateMin           int                `json:"late_min"`
	EarlyMin          int                `json:"early_min"`
	LeaveMin          int                `json:"leave_min"`
	TripMin           int                `json:"trip_min"`
	OvertimeMin       int                `json:"overtime_min"`
	NightMin          int                `json:"night_min"`
	AbsentDays        float64            `json:"absent_days"`
	DaysByStatus      map[Status]int     `json:"days_by_status"`
	SlotsByResult     map[TimeResult]int `json:"slots_by_result"`
	OvertimeByDayType map[DayType]int    `json:"overtime_by_day_type"`
}

// Totals adds up a range of days; slots that are not judged count in no result.
func Totals(days []Day) Sums {
	sums := Sums{DaysByStatus: map[Status]int{}, SlotsByResult: map[TimeResult]int{}, OvertimeByDayType: map[DayType]int{}}
	for i := range days {
		sums.add(&days[i])
	}
	return sums
}

func (s *Sums) add(day *Day) {
	s.WorkedMin += day.WorkedMin
	s.PresentMin += day.PresentMin
	s.LateMin += day.LateMin
	s.EarlyMin += day.EarlyMin
	s.LeaveMin += day.LeaveMin
	s.TripMin += day.TripMin
	s.OvertimeMin += day.OvertimeMin
	s.NightMin += day.NightMin
	s.AbsentDays += day.AbsentDays
	s.DaysByStatus[day.Status]++
	for i := range day.Slots {
		if result := day.Slots[i].TimeResult; result != "" {
			s.SlotsByResult[result]++
		}
	}
	for _, part := range day.Overtime {
		s.OvertimeByDayType[part.DayType] += part.Minutes
	}
}
