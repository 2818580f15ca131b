package projections

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

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
	"slots", "overtime", "anomalies", "unused", "counts", "marks", "digest",
}

// newDayRow encodes a day; the digest tells whether the row differs from the one already there.
func newDayRow(day *attendance.Day, group *domain.ID, anomalies []anomalyRow) dayRow {
	r := dayRow{day: day, group: group, anomalies: anomalies}
	r.slots = appendSlots(make([]byte, 0, 120*len(day.Slots)+2), day.Slots)
	r.overtime = appendOvertime(nil, day.Overtime)
	r.unused = appendUnused(make([]byte, 0, 64*len(day.Unused)+2), day.Unused)
	r.counts = countsOf(day)
	r.digest = r.sum()
	return r
}

func (r *dayRow) sum() int64 {
	d := r.day
	b := make([]byte, 0, 512)
	if r.group != nil {
		b = append(b, r.group[:]...)
	}
	for _, text := range [...]string{string(d.DayType), d.Shift, string(d.Status)} {
		b = append(append(b, text...), '|')
	}
	for _, v := range [...]int{d.RuleVersion, d.WorkedMin, d.PresentMin, d.LateMin, d.EarlyMin, d.LeaveMin, d.TripMin, d.OvertimeMin} {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	for _, a := range r.anomalies {
		b = append(append(append(b, a.kind...), a.state...), a.check...)
		b = binary.LittleEndian.AppendUint32(b, uint32(a.section))
		b = binary.LittleEndian.AppendUint32(b, uint32(a.minutes))
	}
	for _, c := range r.counts {
		b = binary.LittleEndian.AppendUint32(b, uint32(c))
	}
	h := xxhash.New()
	for _, part := range [...][]byte{b, r.overtime, r.unused, r.slots} {
		_, _ = h.Write(part)
	}
	return int64(h.Sum64())
}

// size is about what the row takes in a COPY, in bytes.
func (r *dayRow) size() int {
	return 512 + 8*len(r.counts) + len(r.slots) + len(r.overtime) + len(r.unused)
}

func copyDay(c *copyRows, m member, r *dayRow) {
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
	c.bytes(r.slots)
	c.bytes(r.overtime)
	at := c.array(oidText, len(d.Anomalies))
	for _, a := range d.Anomalies {
		c.text(string(a))
	}
	c.close(at)
	c.bytes(r.unused)
	copyCounts(c, &r.counts)
	c.int4(marksOf(d, punched(d)))
	c.int8(r.digest)
}

// copyCounts leaves out the zeros at the end: most days end with many.
func copyCounts(c *copyRows, counts *[monthCounts]int32) {
	n := len(counts)
	for n > 0 && counts[n-1] == 0 {
		n--
	}
	at := c.array(oidInt4, n)
	for _, v := range counts[:n] {
		c.int4(int(v))
	}
	c.close(at)
}

// punched says that the day shows a punch.
func punched(d *attendance.Day) bool {
	return len(d.Unused) > 0 || slices.ContainsFunc(d.Slots, func(s attendance.Slot) bool { return !s.PunchAt.IsZero() })
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
		b = appendWord(append(b, `,"reason":`...), string(unused[i].Reason))
		b = append(b, '}')
	}
	return append(b, ']')
}
