package audit

import (
	"encoding/json"
	"fmt"
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

// unused is a punch without a slot as rules §5 writes it.
type unused struct {
	At     string            `json:"at"`
	Reason attendance.Reason `json:"reason"`
}

// shown is the day as a reader gets it from the read models, byte for byte.
func (d *day) shown() (query.Day, error) {
	out := query.Day{
		Date: domain.Date(d.Date.String()), DayType: string(d.DayType), Status: string(d.Status), WorkedMin: d.WorkedMin, PresentMin: d.PresentMin,
		LateMin: d.LateMin, EarlyMin: d.EarlyMin, LeaveMin: d.LeaveMin, TripMin: d.TripMin, OvertimeMin: d.OvertimeMin,
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
	left := make([]unused, 0, len(d.Unused))
	for _, u := range d.Unused {
		left = append(left, unused{u.At.Format(time.RFC3339Nano), u.Reason})
	}
	for _, part := range []struct {
		into *json.RawMessage
		list any
		none bool
	}{{&out.Slots, d.Slots, len(d.Slots) == 0}, {&out.Overtime, d.Overtime, len(d.Overtime) == 0}, {&out.Unused, left, false}} {
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
