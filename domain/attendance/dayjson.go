package attendance

import (
	"encoding/json"
	"time"
)

// dayDocument is a day as rules §6 writes it.
type dayDocument struct {
	Date        Date             `json:"date"`
	DayType     DayType          `json:"day_type"`
	Shift       *string          `json:"shift"`
	Status      Status           `json:"status"`
	AbsentDays  float64          `json:"absent_days"`
	RuleVersion *int             `json:"rule_version"`
	Slots       []Slot           `json:"slots"`
	WorkedMin   int              `json:"worked_min"`
	PresentMin  int              `json:"present_min"`
	LateMin     int              `json:"late_min"`
	EarlyMin    int              `json:"early_min"`
	LeaveMin    int              `json:"leave_min"`
	TripMin     int              `json:"trip_min"`
	OvertimeMin int              `json:"overtime_min"`
	NightMin    int              `json:"night_min"`
	Overtime    []OvertimePart   `json:"overtime"`
	Unused      []unusedDocument `json:"unused_punches"`
	Anomalies   []Anomaly        `json:"anomalies"`
}

type slotDocument struct {
	Section        int       `json:"section"`
	CheckType      CheckType `json:"check_type"`
	PlanAt         *string   `json:"plan_at"`
	PunchAt        *string   `json:"punch_at"`
	TimeResult     *string   `json:"time_result"`
	LocationResult *string   `json:"location_result"`
	Minutes        int       `json:"minutes"`
	SourceType     *string   `json:"source_type"`
}

type unusedDocument struct {
	At     string `json:"at"`
	Reason Reason `json:"reason"`
}

// MarshalJSON writes a day as rules §6: absent values are null, lists are never null.
func (d Day) MarshalJSON() ([]byte, error) {
	doc := dayDocument{
		Date: d.Date, DayType: d.DayType, Shift: textOrNull(d.Shift), Status: d.Status, AbsentDays: d.AbsentDays, Slots: d.Slots,
		WorkedMin: d.WorkedMin, PresentMin: d.PresentMin, LateMin: d.LateMin, EarlyMin: d.EarlyMin,
		LeaveMin: d.LeaveMin, TripMin: d.TripMin, OvertimeMin: d.OvertimeMin, NightMin: d.NightMin, Overtime: d.Overtime, Anomalies: d.Anomalies,
		Unused: make([]unusedDocument, 0, len(d.Unused)),
	}
	if d.RuleVersion != 0 {
		doc.RuleVersion = &d.RuleVersion
	}
	for _, unused := range d.Unused {
		doc.Unused = append(doc.Unused, unusedDocument{At: formatInstant(unused.At), Reason: unused.Reason})
	}
	if doc.Slots == nil {
		doc.Slots = []Slot{}
	}
	if doc.Overtime == nil {
		doc.Overtime = []OvertimePart{}
	}
	if doc.Anomalies == nil {
		doc.Anomalies = []Anomaly{}
	}
	return json.Marshal(doc)
}

// MarshalJSON writes a slot as rules §6.
func (s Slot) MarshalJSON() ([]byte, error) {
	return json.Marshal(slotDocument{
		Section: s.Section, CheckType: s.CheckType, PlanAt: instantOrNull(s.PlanAt), PunchAt: instantOrNull(s.PunchAt),
		TimeResult: textOrNull(string(s.TimeResult)), LocationResult: textOrNull(string(s.LocationResult)),
		Minutes: s.Minutes, SourceType: textOrNull(string(s.SourceType)),
	})
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func instantOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := formatInstant(t)
	return &text
}

// formatInstant writes RFC 3339 in the rule's zone; a fraction of a second is kept, so that a punch is found again.
func formatInstant(t time.Time) string { return t.Format(time.RFC3339Nano) }
