package attendance

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Kind says how a rule chooses the shift of a date (rules §1, §2).
type Kind string

// The kinds of rules §1.
const (
	Fixed    Kind = "fixed"
	Rostered Kind = "rostered"
	FreeKind Kind = "free"
)

// Pairing says how punches become pairs (rules §3).
type Pairing string

// The pairings of rules §3.
const (
	FirstLast   Pairing = "first_last"
	Alternating Pairing = "alternating"
)

// The values of seconds, datum, field_punch, offline_punch.mode and overtime.mode (rules §1).
const (
	SecondsTruncate = "truncate"
	SecondsExact    = "exact"

	DatumWGS84 = "wgs84"
	DatumGCJ02 = "gcj02"

	FieldForbid  = "forbid"
	FieldFlag    = "flag"
	FieldAccept  = "accept"
	FieldApprove = "approve"

	OfflineAccept  = "accept"
	OfflineApprove = "approve"
	OfflineForbid  = "forbid"

	TargetDay   = "day"
	TargetWeek  = "week"
	TargetMonth = "month"

	OvertimeOff      = "off"
	OvertimeApproved = "approved"
	OvertimePunched  = "punched"
	OvertimeBoth     = "both"

	HolidaysNone  = "none"
	HolidaysChina = "CN"
)

// Rule is a rule document (rules §1) with its defaults filled in. Make one with ParseRule or json.Unmarshal, which do the same.
type Rule struct {
	Version             int              `json:"version,omitempty"` // 0: the document carries none
	Name                string           `json:"name,omitempty"`
	Kind                Kind             `json:"kind"`
	TimeZone            string           `json:"time_zone"`
	EffectiveFrom       Date             `json:"effective_from"`
	Seconds             string           `json:"seconds"`
	DayStart            Clock            `json:"day_start"`
	Shifts              Shifts           `json:"shifts,omitempty"`
	Week                []*string        `json:"week,omitempty"` // seven entries, Monday first, nil is rest; none beside a week cycle
	WeekCycle           *WeekCycle       `json:"week_cycle,omitempty"`
	Holidays            string           `json:"holidays"`
	SpecialDays         map[Date]*string `json:"special_days,omitempty"` // nil is rest
	Free                *Free            `json:"free,omitempty"`
	TapSec              int              `json:"tap_sec"`
	Night               *Span            `json:"night,omitempty"`
	Places              []Place          `json:"places,omitempty"`
	Networks            []Network        `json:"networks,omitempty"`
	PhotoRequired       bool             `json:"photo_required"`
	BoundDeviceRequired bool             `json:"bound_device_required"`
	FieldPunch          string           `json:"field_punch"`
	OfflinePunch        OfflinePunch     `json:"offline_punch"`
	Makeup              MakeupLimits     `json:"makeup"`
	Overtime            OvertimeRule     `json:"overtime"`
	Allowances          []Allowance      `json:"allowances,omitempty"`
	Penalties           []Penalty        `json:"penalties,omitempty"`
}

// WeekCycle repeats several weeks: the week of the anchor, a Monday, is the first (rules 2.2c). Each week has seven entries, Monday first, nil is rest.
type WeekCycle struct {
	Anchor Date        `json:"anchor"`
	Weeks  [][]*string `json:"weeks"`
}

// Shifts keeps the order of the document, because the default week takes the first shift named (rules §1).
type Shifts []Shift

// Shift is one named shift of a rule (rules §1); all thresholds are minutes, 0 is off.
type Shift struct {
	Name           string          `json:"-"`
	Sections       []Section       `json:"sections"`
	Breaks         []Span          `json:"breaks,omitempty"`
	BreakAfter     []BreakAfter    `json:"break_after,omitempty"`
	PermitLateMin  int             `json:"permit_late_min"`
	PermitEarlyMin int             `json:"permit_early_min"`
	SeriousLateMin int             `json:"serious_late_min"`
	AbsentLateMin  int             `json:"absent_late_min"`
	AbsentEarlyMin int             `json:"absent_early_min"`
	FlexLateMin    int             `json:"flex_late_min"`
	FlexEarlyMin   int             `json:"flex_early_min"`
	LateOutLateIn  []LateOutLateIn `json:"late_out_late_in,omitempty"`
	HalfDayBelow   int             `json:"half_day_below_min"`
	AbsentBelow    int             `json:"absent_below_min"`
	MinStayMin     int             `json:"min_stay_min"`
	Pairing        Pairing         `json:"pairing"`
}

// BreakAfter takes minutes off who worked longer than so many (rules 4.11a).
type BreakAfter struct {
	WorkedMin int `json:"worked_min"`
	MinusMin  int `json:"minus_min"`
}

// Section is one OnDuty and OffDuty pair of a shift (rules §1). A nil window is unset: rules 3.3 says what holds at the outer sides, M towards a gap (rules 3.5).
type Section struct {
	On            Clock `json:"on"`
	Off           Clock `json:"off"`
	OpenBeforeMin *int  `json:"open_before_min,omitempty"`
	CloseAfterMin *int  `json:"close_after_min,omitempty"`
	OnRequired    bool  `json:"on_required"`
	OffRequired   bool  `json:"off_required"`
}

// Span is a stretch of local time inside a day (a break or the core hours).
type Span struct {
	From Clock `json:"from"`
	To   Clock `json:"to"`
}

// LateOutLateIn lets who left late yesterday come late today (rules §4).
type LateOutLateIn struct {
	OutAfterMin int `json:"out_after_min"`
	InLaterMin  int `json:"in_later_min"`
}

// Free is the free-hours part of a rule (rules §1, §4).
type Free struct {
	DayStart  Clock   `json:"day_start"`
	TargetMin int     `json:"target_min"`
	TargetPer string  `json:"target_per"`
	Core      *Span   `json:"core,omitempty"`
	Pairing   Pairing `json:"pairing"`
}

// Place is a circle where punches count as inside; the datum is that of lat and lng (rules §1).
type Place struct {
	ID      string  `json:"id"`
	Name    string  `json:"name,omitempty"`
	Lat     float64 `json:"lat"`
	Lng     float64 `json:"lng"`
	Datum   string  `json:"datum"`
	RadiusM float64 `json:"radius_m"`
}

// Network is a Wi-Fi (ssid, bssid or both) or an address range (cidr) where punches count as inside (rules §1).
type Network struct {
	ID    string `json:"id"`
	SSID  string `json:"ssid,omitempty"`
	BSSID string `json:"bssid,omitempty"`
	CIDR  string `json:"cidr,omitempty"`
}

// OfflinePunch says what happens to punches that arrive late (rules §1, §6).
type OfflinePunch struct {
	Mode        string `json:"mode"`
	MaxDelayMin int    `json:"max_delay_min"`
}

// MakeupLimits bounds makeup requests (rules §1); kinds are missing, late, early.
type MakeupLimits struct {
	PerMonth   int      `json:"per_month"`
	WithinDays int      `json:"within_days"`
	Kinds      []string `json:"kinds"`
}

// OvertimeRule says which overtime counts (rules §1, §4).
type OvertimeRule struct {
	Mode        string          `json:"mode"`
	MinMinutes  int             `json:"min_minutes"`
	StepMinutes int             `json:"step_minutes"`
	MaxDayMin   int             `json:"max_day_min"` // 0 = no limit
	Breaks      []Span          `json:"breaks,omitempty"`
	Minus       []OvertimeMinus `json:"minus,omitempty"`
}

// OvertimeMinus takes minutes off overtime that is longer than so many (rules 4.12b).
type OvertimeMinus struct {
	OverMin  int `json:"over_min"`
	MinusMin int `json:"minus_min"`
}

// Allowance lets so many occurrences of a kind in a month go without consequence (rules 5.2).
type Allowance struct {
	When     string `json:"when"`
	PerMonth int    `json:"per_month"`
	UpToMin  int    `json:"up_to_min"`
}

// Penalty is a consequence of the from_count-th and each later occurrence (rules 5.3).
type Penalty struct {
	When       string  `json:"when"`
	FromCount  int     `json:"from_count"`
	PerMonth   bool    `json:"per_month"`
	DeductDays float64 `json:"deduct_days"`
	Note       string  `json:"note,omitempty"`
}

// Clock is a local wall time in minutes after the date's 00:00; hours from 24 on are of the dates after it, up to 71:59 (rules, first paragraph).
type Clock int

// String gives HH:MM.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// MarshalText writes HH:MM.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// ParseClock reads HH:MM from 00:00 to 71:59.
func ParseClock(text string) (Clock, error) {
	bad := fmt.Errorf("%q is not a local time; write HH:MM from 00:00 to 71:59", text)
	if len(text) != 5 || text[2] != ':' {
		return 0, bad
	}
	var digits [4]int
	for i, at := range []int{0, 1, 3, 4} {
		if text[at] < '0' || text[at] > '9' {
			return 0, bad
		}
		digits[i] = int(text[at] - '0')
	}
	hour, minute := digits[0]*10+digits[1], digits[2]*10+digits[3]
	if hour > 71 || minute > 59 {
		return 0, bad
	}
	return Clock(hour*60 + minute), nil
}

// Named finds a shift by its name.
func (s Shifts) Named(name string) (*Shift, bool) {
	for i := range s {
		if s[i].Name == name {
			return &s[i], true
		}
	}
	return nil, false
}

// MarshalJSON writes an object whose members keep their order.
func (s Shifts) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i := range s {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(s[i].Name)
		if err != nil {
			return nil, fmt.Errorf("write the name of shift %d: %w", i, err)
		}
		body, err := json.Marshal(s[i])
		if err != nil {
			return nil, fmt.Errorf("write shift %q: %w", s[i].Name, err)
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(body)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON reads a rule document as ParseRule does, with the same refusals.
func (r *Rule) UnmarshalJSON(raw []byte) error {
	parsed, err := ParseRule(raw)
	if err != nil {
		return err
	}
	*r = *parsed
	return nil
}
