package assess

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections/tables"
)

// dayRow is one day as the read model keeps it.
type dayRow struct {
	Day       *attendance.Day
	group     *domain.ID
	slots     []byte
	overtime  []byte
	unused    []byte
	anomalies []anomalyRow
	counts    [tables.CountsLen]int32
	digest    int64
}

// DayColumns are the columns of a day's row, in the order in which they are written.
var DayColumns = []string{
	"org", "member", "date", "group_id", "day_type", "shift", "status", "rule_version",
	"worked_min", "present_min", "late_min", "early_min", "leave_min", "trip_min", "overtime_min", "night_min", "absent_days",
	"slots", "overtime", "anomalies", "unused", "counts", "marks", "digest",
}

// newDayRow encodes a day; the digest tells whether the row differs from the one already there.
func newDayRow(day *attendance.Day, group *domain.ID, anomalies []anomalyRow) dayRow {
	r := dayRow{Day: day, group: group, anomalies: anomalies}
	r.slots = tables.AppendSlots(make([]byte, 0, 120*len(day.Slots)+2), day.Slots)
	r.overtime = appendOvertime(nil, day.Overtime)
	r.unused = appendUnused(make([]byte, 0, 64*len(day.Unused)+2), day.Unused)
	r.counts = tables.CountsOf(day)
	r.digest = r.sum()
	return r
}

func (r *dayRow) sum() int64 {
	d := r.Day
	b := make([]byte, 0, 512)
	if r.group != nil {
		b = append(b, r.group[:]...)
	}
	for _, text := range [...]string{string(d.DayType), d.Shift, string(d.Status)} {
		b = append(append(b, text...), '|')
	}
	for _, v := range [...]int{d.RuleVersion, d.WorkedMin, d.PresentMin, d.LateMin, d.EarlyMin, d.LeaveMin, d.TripMin, d.OvertimeMin, d.NightMin, int(2 * d.AbsentDays)} {
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

func copyDay(c *tables.Rows, m tables.MemberKey, r *dayRow) {
	d := r.Day
	c.Begin(len(DayColumns))
	c.ID(m.Org)
	c.ID(m.ID)
	c.Date(d.Date)
	c.MaybeID(r.group)
	c.Text(string(d.DayType))
	c.MaybeText(d.Shift)
	c.Text(string(d.Status))
	if d.RuleVersion == 0 {
		c.Null()
	} else {
		c.Int4(d.RuleVersion)
	}
	for _, n := range [...]int{d.WorkedMin, d.PresentMin, d.LateMin, d.EarlyMin, d.LeaveMin, d.TripMin, d.OvertimeMin, d.NightMin} {
		c.Int4(n)
	}
	c.Float4(d.AbsentDays)
	c.Blob(r.slots)
	c.Blob(r.overtime)
	at := c.Array(tables.OIDText, len(d.Anomalies))
	for _, a := range d.Anomalies {
		c.Text(string(a))
	}
	c.Close(at)
	c.Blob(r.unused)
	copyCounts(c, &r.counts)
	c.Int4(tables.MarksOf(d, punched(d)))
	c.Int8(r.digest)
}

// copyCounts leaves out the zeros at the end: most days end with many.
func copyCounts(c *tables.Rows, counts *[tables.CountsLen]int32) {
	n := len(counts)
	for n > 0 && counts[n-1] == 0 {
		n--
	}
	at := c.Array(tables.OIDInt4, n)
	for _, v := range counts[:n] {
		c.Int4(int(v))
	}
	c.Close(at)
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
		b = tables.AppendWord(append(b, `,"reason":`...), string(unused[i].Reason))
		b = append(b, '}')
	}
	return append(b, ']')
}
