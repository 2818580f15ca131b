package projections

import (
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// dayRow is one day as the read model keeps it.
type dayRow struct {
	day       *attendance.Day
	group     *domain.ID
	slots     []byte
	overtime  []byte
	unused    []byte
	anomalies []anomalyRow
	counts    [monthCounts]int32
	digest    int64
}

var dayColumns = []string{
	"org", "member", "date", "group_id", "day_type", "shift", "status", "rule_version",
	"worked_min", "present_min", "late_min", "early_min", "leave_min", "trip_min", "overtime_min",
	"slots", "overtime", "anomalies", "unused", "first_at", "last_at", "counts", "marks", "digest",
}

// newDayRow encodes a day; the digest tells whether the row differs from the one already there.
func newDayRow(day *attendance.Day, group *domain.ID, anomalies []anomalyRow) dayRow {
	r := dayRow{day: day, group: group, anomalies: anomalies}
	r.slots = appendSlots(make([]byte, 0, 200*len(day.Slots)+2), day.Slots)
	r.overtime = appendOvertime(nil, day.Overtime)
	r.unused = appendUnused(nil, day.Unused)
	r.counts = countsOf(day)
	r.digest = r.sum()
	return r
}

func (r *dayRow) sum() int64 {
	h := fnv.New64a()
	d := r.day
	var n [8]byte
	number := func(v int) {
		binary.LittleEndian.PutUint64(n[:], uint64(v))
		_, _ = h.Write(n[:])
	}
	if r.group != nil {
		_, _ = h.Write(r.group[:])
	}
	for _, text := range []string{string(d.DayType), "|", d.Shift, "|", string(d.Status), "|"} {
		_, _ = h.Write([]byte(text))
	}
	for _, v := range []int{d.RuleVersion, d.WorkedMin, d.PresentMin, d.LateMin, d.EarlyMin, d.LeaveMin, d.TripMin, d.OvertimeMin} {
		number(v)
	}
	for _, b := range [][]byte{r.slots, r.overtime, r.unused} {
		_, _ = h.Write(b)
	}
	for _, a := range r.anomalies {
		_, _ = h.Write([]byte(a.kind + a.state + a.check))
		number(a.section)
		number(a.minutes)
	}
	for _, c := range r.counts {
		number(int(c))
	}
	return int64(h.Sum64())
}

func (c *copyRows) day(m member, r *dayRow) {
	d := r.day
	c.row(len(dayColumns))
	c.id(m.org)
	c.id(m.id)
	c.date(d.Date)
	c.maybeID(r.group)
	c.text(string(d.DayType))
	c.maybeText(d.Shift)
	c.text(string(d.Status))
	if d.RuleVersion == 0 {
		c.null()
	} else {
		c.int4(d.RuleVersion)
	}
	for _, n := range [...]int{d.WorkedMin, d.PresentMin, d.LateMin, d.EarlyMin, d.LeaveMin, d.TripMin, d.OvertimeMin} {
		c.int4(n)
	}
	c.text(string(r.slots))
	c.text(string(r.overtime))
	at := c.array(oidText, len(d.Anomalies))
	for _, a := range d.Anomalies {
		c.text(string(a))
	}
	c.close(at)
	c.text(string(r.unused))
	first, last := ends(d)
	c.maybeInstant(first)
	c.maybeInstant(last)
	at = c.array(oidInt4, len(r.counts))
	for _, n := range r.counts {
		c.int4(int(n))
	}
	c.close(at)
	c.int4(marksOf(d, first != nil))
	c.int8(r.digest)
}

// ends are the first and last punch that the day shows, for the dashboard.
func ends(d *attendance.Day) (first, last *time.Time) {
	see := func(t time.Time) {
		if t.IsZero() {
			return
		}
		if first == nil || t.Before(*first) {
			first = &t
		}
		if last == nil || t.After(*last) {
			last = &t
		}
	}
	for i := range d.Slots {
		see(d.Slots[i].PunchAt)
	}
	for i := range d.Unused {
		see(d.Unused[i].At)
	}
	return first, last
}

// appendSlots writes rules §5's names; Go's encoder would take ten times as long.
func appendSlots(b []byte, slots []attendance.Slot) []byte {
	b = append(b, '[')
	for i := range slots {
		s := &slots[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"section":`...)
		b = strconv.AppendInt(b, int64(s.Section), 10)
		b = appendField(b, "check_type", string(s.CheckType))
		b = appendTime(b, "plan_at", s.PlanAt)
		b = appendTime(b, "punch_at", s.PunchAt)
		b = appendField(b, "time_result", string(s.TimeResult))
		b = appendField(b, "location_result", string(s.LocationResult))
		b = append(b, `,"minutes":`...)
		b = strconv.AppendInt(b, int64(s.Minutes), 10)
		b = appendField(b, "source_type", string(s.SourceType))
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendField writes a word of a closed list, null when empty.
func appendField(b []byte, name, word string) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	if word == "" {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = append(b, word...)
	return append(b, '"')
}

func appendTime(b []byte, name string, t time.Time) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	if t.IsZero() {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = t.AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

func appendOvertime(b []byte, parts []attendance.OvertimePart) []byte {
	if len(parts) == 0 {
		return append(b, "[]"...)
	}
	text, err := json.Marshal(parts)
	if err != nil {
		return append(b, "[]"...)
	}
	return append(b, text...)
}

func appendUnused(b []byte, unused []attendance.UnusedPunch) []byte {
	b = append(b, '[')
	for i := range unused {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"at":"`...)
		b = unused[i].At.AppendFormat(b, time.RFC3339Nano)
		b = append(b, '"')
		b = appendField(b, "reason", string(unused[i].Reason))
		b = append(b, '}')
	}
	return append(b, ']')
}
