package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/sheets"
	"github.com/dakahq/daka/projections/query"
)

// dayColumns are the columns of the export: the number, then the names of rules §6 in their order; slots, overtime and unused_punches are JSON.
var dayColumns = []string{"number", "date", "day_type", "shift", "status", "absent_days", "rule_version", "slots", "worked_min", "present_min", "late_min", "early_min",
	"leave_min", "trip_min", "overtime_min", "night_min", "overtime", "unused_punches", "anomalies"}

// DayRows writes days one by one: as CSV, or as one JSON array with a line per day.
type DayRows struct {
	out   *bufio.Writer
	csv   *csv.Writer
	json  *json.Encoder
	count int
	// report, where asked for, writes the columns of the daily report instead; name then opens a member's name.
	report *Reporter
	name   func(*query.MemberDay) string
}

// NewDayRows writes csv or json; a nil report writes the columns of the rules, else name opens a member's name.
func NewDayRows(w io.Writer, format string, report *Reporter, name func(*query.MemberDay) string, l problem.Language) *DayRows {
	r := &DayRows{out: bufio.NewWriterSize(w, 64<<10), report: report, name: name}
	if format == "json" {
		r.json = json.NewEncoder(r.out)
		r.json.SetEscapeHTML(false)
		_, _ = r.out.WriteString("[\n")
		return r
	}
	r.csv = csv.NewWriter(r.out)
	columns := dayColumns
	if report != nil {
		_, _ = r.out.WriteString("\xef\xbb\xbf") // so that spreadsheets read UTF-8
		columns = texts(titlesOf(reportHeads, l))
	}
	_ = r.csv.Write(columns)
	return r
}

// exportedDay is a day with its number first.
type exportedDay struct {
	Number string `json:"number"`
	Name   string `json:"name,omitempty"`
	query.Day
	Report *DayReport `json:"report,omitempty"`
}

// Add writes a day.
func (r *DayRows) Add(d *query.MemberDay) error {
	r.count++
	var report *DayReport
	var name string
	if r.report != nil {
		day := r.report.Of(d.Member, &d.Day)
		report, name = &day, r.name(d)
	}
	switch {
	case r.csv != nil && report != nil:
		return r.csv.Write(r.report.record(d, name, report))
	case r.csv != nil:
		return r.csv.Write(dayRecord(d))
	case r.count > 1:
		_, _ = r.out.WriteString(",")
	}
	return r.json.Encode(exportedDay{d.Number, name, d.Day, report})
}

// End completes the file.
func (r *DayRows) End() error {
	if r.csv != nil {
		r.csv.Flush()
		if err := r.csv.Error(); err != nil {
			return err
		}
		return r.out.Flush()
	}
	_, _ = r.out.WriteString("]\n")
	return r.out.Flush()
}

func dayRecord(d *query.MemberDay) []string {
	shift, version := "", ""
	if d.Shift != nil {
		shift = *d.Shift
	}
	if d.RuleVersion != nil {
		version = strconv.Itoa(*d.RuleVersion)
	}
	n := strconv.Itoa
	anomalies, _ := json.Marshal(d.Anomalies)
	return []string{sheets.SafeText(d.Number), string(d.Date), d.DayType, sheets.SafeText(shift), d.Status, strconv.FormatFloat(d.AbsentDays, 'f', -1, 64), version, string(d.Slots), n(d.WorkedMin), n(d.PresentMin), n(d.LateMin),
		n(d.EarlyMin), n(d.LeaveMin), n(d.TripMin), n(d.OvertimeMin), n(d.NightMin), string(d.Overtime), string(d.Unused), string(anomalies)}
}
