package assess

import (
	"slices"
	"time"

	"github.com/dakahq/daka/domain/attendance"
)

// The states of an anomaly: open, explained by a request that waits for its answer, excused by an approved one.
const (
	stateOpen      = "open"
	stateExplained = "explained"
	stateExcused   = "excused"
)

// anomalyRow is one anomaly of a day; section 0 is the day as a whole.
type anomalyRow struct {
	kind    string
	section int
	check   string
	minutes int
	state   string
}

// AnomalyColumns are the columns of an anomaly's row, in the order in which they are written.
var AnomalyColumns = []string{"org", "member", "date", "ordinal", "kind", "section", "check_type", "minutes", "state"}

// anomaliesOf lists a day's anomalies slot by slot, then those of the whole day.
func anomaliesOf(d *attendance.Day) []anomalyRow {
	var rows []anomalyRow
	outside := slices.Contains(d.Anomalies, attendance.AnomalyOutside)
	for i := range d.Slots {
		s := &d.Slots[i]
		if kind := attendance.Anomaly(s.TimeResult); slices.Contains(d.Anomalies, kind) {
			rows = append(rows, anomalyRow{string(kind), s.Section, string(s.CheckType), s.Minutes, stateOpen})
		}
		if outside && s.LocationResult == attendance.LocationOutside {
			rows = append(rows, anomalyRow{string(attendance.AnomalyOutside), s.Section, string(s.CheckType), 0, stateOpen})
			continue
		}
	}
	for _, kind := range d.Anomalies {
		if !slices.ContainsFunc(rows, func(r anomalyRow) bool { return r.kind == string(kind) }) {
			rows = append(rows, anomalyRow{string(kind), 0, "", 0, stateOpen})
		}
	}
	return rows
}

// explain marks what a waiting request speaks of.
func explain(rows []anomalyRow, d *attendance.Day, pending []attendance.Request) {
	for i := range rows {
		for j := range pending {
			if speaks(&pending[j], d, &rows[i]) {
				rows[i].state = stateExplained
			}
		}
	}
}

func speaks(q *attendance.Request, d *attendance.Day, a *anomalyRow) bool {
	if q.Type == attendance.Makeup {
		return q.Date == d.Date && q.Section == a.section && string(q.CheckType) == a.check
	}
	if q.Type == attendance.Overtime {
		return false
	}
	for i := range d.Slots {
		s := &d.Slots[i]
		if (a.section == 0 || (s.Section == a.section && string(s.CheckType) == a.check)) && covers(q, s.PlanAt) {
			return true
		}
	}
	return false
}

// covers says that an instant lies in a request's span; a bare date is the whole local day, to its end.
func covers(q *attendance.Request, at time.Time) bool {
	from, to := q.From.At, q.To.At
	if !q.From.Date.IsZero() {
		from = q.From.Date.In(at.Location())
	}
	if !q.To.Date.IsZero() {
		to = (q.To.Date + 1).In(at.Location())
	}
	return !at.Before(from) && !at.After(to)
}

// excused are the anomalies that the day would have without its approved requests and corrections.
func excused(actual []anomalyRow, bare *attendance.Day) []anomalyRow {
	for _, was := range anomaliesOf(bare) {
		same := func(a anomalyRow) bool { return a.kind == was.kind && a.section == was.section && a.check == was.check }
		if !slices.ContainsFunc(actual, same) {
			was.state = stateExcused
			actual = append(actual, was)
		}
	}
	return actual
}
