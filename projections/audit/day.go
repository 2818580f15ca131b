package audit

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections/query"
)

// day is a day as the log tells it.
type day struct {
	attendance.Day
	// decidedOwn says that the member decided about themselves on this day.
	decidedOwn bool
}

// unused is a punch without a slot as rules §6 writes it.
type unused struct {
	At     string            `json:"at"`
	Reason attendance.Reason `json:"reason"`
}

// shown is the day as a reader gets it from the read models, byte for byte.
func (d *day) shown() (query.Day, error) {
	out := query.Day{
		Date: domain.Date(d.Date.String()), DayType: string(d.DayType), Status: string(d.Status), WorkedMin: d.WorkedMin, PresentMin: d.PresentMin,
		LateMin: d.LateMin, EarlyMin: d.EarlyMin, LeaveMin: d.LeaveMin, TripMin: d.TripMin, OvertimeMin: d.OvertimeMin, NightMin: d.NightMin, AbsentDays: d.AbsentDays,
		Anomalies: make([]string, 0, len(d.Anomalies)), SelfDecided: d.decidedOwn,
	}
	if d.Shift != "" {
		out.Shift = &d.Shift
	}
	if d.RuleVersion != 0 {
		out.RuleVersion = &d.RuleVersion
	}
	for _, a := range d.Anomalies {
		out.Anomalies = append(out.Anomalies, string(a))
	}
	out.Slots = appendSlots(make([]byte, 0, 256*len(d.Slots)+2), d.Slots)
	left := make([]unused, 0, len(d.Unused))
	for _, u := range d.Unused {
		left = append(left, unused{u.At.Format(time.RFC3339Nano), u.Reason})
	}
	for _, part := range []struct {
		into *json.RawMessage
		list any
		none bool
	}{{&out.Overtime, d.Overtime, len(d.Overtime) == 0}, {&out.Unused, left, false}} {
		if *part.into = json.RawMessage("[]"); part.none {
			continue
		}
		text, err := json.Marshal(part.list)
		if err != nil {
			return out, fmt.Errorf("show the day %s: %w", out.Date, err)
		}
		*part.into = text
	}
	return out, nil
}

// appendSlots writes slots as rules §6, by hand: a month has some hundred, and by reflection they cost a tenth of a question. Their values are
// numbers, words of closed lists and instants, which need no escaping.
func appendSlots(b []byte, slots []attendance.Slot) []byte {
	b = append(b, '[')
	for i := range slots {
		s := &slots[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, `{"section":`...), int64(s.Section), 10)
		b = appendWord(append(b, `,"check_type":`...), string(s.CheckType))
		b = appendInstant(append(b, `,"plan_at":`...), s.PlanAt)
		b = appendInstant(append(b, `,"punch_at":`...), s.PunchAt)
		b = appendWord(append(b, `,"time_result":`...), string(s.TimeResult))
		b = appendWord(append(b, `,"location_result":`...), string(s.LocationResult))
		b = strconv.AppendInt(append(b, `,"minutes":`...), int64(s.Minutes), 10)
		b = append(appendWord(append(b, `,"source_type":`...), string(s.SourceType)), '}')
	}
	return append(b, ']')
}

// appendWord writes a word of a closed list, null when empty.
func appendWord(b []byte, word string) []byte {
	if word == "" {
		return append(b, "null"...)
	}
	return append(append(append(b, '"'), word...), '"')
}

func appendInstant(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}
