package sheets

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/dakahq/daka/api/web/verdicts"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// slot is what a day's slot says; its instants carry the offset of the rule's zone.
type slot struct {
	Section        int                       `json:"section"`
	CheckType      attendance.CheckType      `json:"check_type"`
	PunchAt        *time.Time                `json:"punch_at"`
	TimeResult     attendance.TimeResult     `json:"time_result"`
	LocationResult attendance.LocationResult `json:"location_result"`
	SourceType     attendance.SourceType     `json:"source_type"`
}

// slots of a day; what cannot be read is left out.
func (d *Day) slots() (list []slot) {
	_ = json.Unmarshal(d.Slots, &list)
	return list
}

// gravest orders what a day consists of: its cell has the colours of the first.
var gravest = []string{"Absenteeism", "Absent", "HalfDay", "SeriousLate", "NotSigned", "Late", "Early", "Short", "Leave", "Trip", "Out", "Pending"}

// verdictsOf names what a day's cell tells, in the order in which it is written.
func verdictsOf(d *Day, slots []slot) []string {
	var found []string
	for _, s := range slots {
		switch s.TimeResult {
		case attendance.TimeLate, attendance.TimeSeriousLate, attendance.TimeAbsenteeism, attendance.TimeEarly, attendance.TimeNotSigned:
			if !slices.Contains(found, string(s.TimeResult)) {
				found = append(found, string(s.TimeResult))
			}
		}
	}
	if slices.Contains(d.Anomalies, string(attendance.AnomalyShort)) {
		found = append(found, string(attendance.AnomalyShort))
	}
	switch status := attendance.Status(d.Status); status {
	case attendance.Absent, attendance.HalfDay:
		found = []string{d.Status} // what is missing is why
	case attendance.Unscheduled:
		return []string{d.Status}
	case attendance.Rest:
		if d.DayType == string(attendance.Holiday) {
			return []string{"Holiday"}
		}
		return []string{d.Status}
	case attendance.OnLeave, attendance.OnTrip:
		return append(found, away(d)...)
	case attendance.Pending:
		return append(found, d.Status)
	default:
		if len(found) == 0 {
			found = []string{string(attendance.Normal)}
		}
	}
	return append(found, away(d)...)
}

// away names leave and trips that take a part of a day, or all of it.
func away(d *Day) (found []string) {
	if d.LeaveMin > 0 || d.Status == string(attendance.OnLeave) {
		found = append(found, string(attendance.OnLeave))
	}
	switch {
	case d.TripMin == 0 && d.Status != string(attendance.OnTrip):
	case d.Errand:
		found = append(found, "Out")
	default:
		found = append(found, string(attendance.OnTrip))
	}
	return found
}

// cornersOf names what stands beside a day's verdict.
func cornersOf(d *Day, slots []slot) (found []string) {
	add := func(is bool, name string) {
		if is && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	for _, s := range slots {
		add(s.LocationResult == attendance.LocationOutside, "Outside")
		add(s.SourceType == attendance.SourceApprove, "Makeup")
		add(s.SourceType == attendance.SourceBoss, "Corrected")
	}
	add(slices.Contains(d.Anomalies, string(attendance.AnomalyPhotoMissing)), "PhotoMissing")
	return found
}

// mark is a day in one cell: the symbols of its verdicts, the signs beside them, and the style of the gravest.
func (f *File) mark(d *Day) cell {
	slots := d.slots()
	names := verdictsOf(d, slots)
	var text strings.Builder
	c := cell{}
	best := len(gravest) + 1
	for _, name := range names {
		v, is := f.set.Verdict(name)
		if !is {
			continue
		}
		text.WriteString(v.Symbol.In(f.Chinese))
		at := slices.Index(gravest, name)
		if at < 0 {
			at = len(gravest)
		}
		if at < best {
			best, c.style = at, v.Style
		}
	}
	for _, name := range cornersOf(d, slots) {
		if corner, is := f.set.Corner(name); is {
			text.WriteString(corner.Symbol)
		}
	}
	c.value = text.String()
	return c
}

// styleOf is the style of a verdict by its name, empty where it has none.
func (f *File) styleOf(name string) string {
	v, _ := f.set.Verdict(name)
	return v.Style
}

// made are the instants of a day's punches in their order, those that fill slots and those that do not.
func (d *Day) made() (all []time.Time) {
	var unused []struct {
		At time.Time `json:"at"`
	}
	_ = json.Unmarshal(d.Unused, &unused)
	for _, s := range d.slots() {
		if s.PunchAt != nil {
			all = append(all, *s.PunchAt)
		}
	}
	for _, u := range unused {
		all = append(all, u.At)
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// times are a day's punches as a clock shows them, one a line.
func (d *Day) times(chinese bool) string {
	all := d.made()
	lines := make([]string, len(all))
	for i, at := range all {
		lines[i] = clock(d.Date, at, chinese)
	}
	return strings.Join(slices.Compact(lines), "\n")
}

// clock writes a time of day; one of another date than the day's is marked.
func clock(date domain.Date, at time.Time, chinese bool) string {
	text := at.Format("15:04")
	if domain.Date(at.Format(time.DateOnly)) > date {
		return verdicts.Words{ZH: "次日" + text, EN: text + " +1"}.In(chinese)
	}
	return text
}
