package punchfile

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dakahq/daka/domain"
)

// The column names that csv and dingtalk-xlsx know, lower case; the first is the one to use.
var columnNames = map[string][]string{
	"number":     {"number", "工号", "员工编号", "badge", "pin", "employee", "employee_id", "user_id", "userid", "id"},
	"at":         {"at", "datetime", "timestamp", "打卡时间", "实际打卡时间", "考勤时间"},
	"date":       {"date", "日期", "打卡日期", "考勤日期", "工作日"},
	"time":       {"time", "时间"},
	"check_type": {"check_type", "type", "考勤类型", "打卡类型"},
	"state":      {"state", "status", "状态"},
}

var atLayouts = []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04",
	"2006/01/02 15:04:05", "2006/01/02 15:04", "02/01/2006 15:04:05", "02/01/2006 15:04"}

// checkTypes are the words for a slot; an empty cell names none.
var checkTypes = map[string]domain.CheckType{
	"": "", "onduty": domain.OnDuty, "on": domain.OnDuty, "in": domain.OnDuty, "上班": domain.OnDuty, "上班打卡": domain.OnDuty,
	"offduty": domain.OffDuty, "off": domain.OffDuty, "out": domain.OffDuty, "下班": domain.OffDuty, "下班打卡": domain.OffDuty,
}

// table is a header and what its columns mean; a missing column is -1.
type table struct{ number, at, date, time, checkType, state int }

// csvFile reads one punch per line under a header: number and at, or number, date and time; check_type and state may follow.
// Columns are separated by comma, semicolon or TAB; a quoted cell ends on its own line.
func (r *reader) csvFile(f io.Reader) error {
	var head *table
	comma := ','
	err := lines(f, lineLimit, func(number int, line []byte, length int) error {
		if head == nil {
			var err error
			comma = separator(line)
			head, err = r.csvHeader(line, comma)
			return err
		}
		switch {
		case line == nil && length > lineLimit:
			return r.refuse(number, tooLong(length, lineLimit))
		case len(bytes.TrimSpace(line)) == 0:
			return nil
		}
		row, bad := cells(line, comma)
		if bad != nil {
			return r.refuse(number, bad)
		}
		return r.row(head, number, row)
	})
	if err == nil && head == nil {
		return &FileError{File: r.file, Text: "the file is empty; its first line names the columns number and at"}
	}
	return err
}

func (r *reader) csvHeader(line []byte, comma rune) (*table, error) {
	if utf16(line) {
		return nil, &FileError{File: r.file, Text: "the file is UTF-16; save it as CSV UTF-8"}
	}
	names, bad := cells(line, comma)
	if bad != nil {
		return nil, &FileError{File: r.file, Text: "the header: " + bad.text}
	}
	head, bad := columns(names)
	if bad != nil {
		return nil, &FileError{File: r.file, Text: bad.text}
	}
	return head, nil
}

// columns finds the columns by name.
func columns(names []string) (*table, *problem) {
	find := func(column string) int {
		for _, known := range columnNames[column] {
			for i, name := range names {
				if strings.ToLower(strings.TrimSpace(name)) == known {
					return i
				}
			}
		}
		return -1
	}
	t := &table{find("number"), find("at"), find("date"), find("time"), find("check_type"), find("state")}
	if t.at < 0 && t.date >= 0 && t.time < 0 {
		return nil, refusal("header", "the header has date but no time column")
	}
	if t.number < 0 || (t.at < 0 && t.date < 0) {
		return nil, refusal("header", "the header needs the columns number and at (or date and time); it has %s", quote([]byte(strings.Join(names, ", "))))
	}
	return t, nil
}

// row reads one punch of a table.
func (r *reader) row(t *table, number int, row []string) error {
	cell := func(i int) string {
		if i < 0 || i >= len(row) {
			return ""
		}
		return strings.TrimSpace(row[i])
	}
	id, bad := badge([]byte(cell(t.number)))
	if bad != nil {
		return r.refuse(number, bad)
	}
	at, bad := t.instant(cell)
	if bad != nil {
		return r.refuse(number, bad)
	}
	check, known := checkTypes[strings.ToLower(cell(t.checkType))]
	if !known {
		return r.refuse(number, refusal("check_type", "%s is no check type; use OnDuty, OffDuty or nothing", quote([]byte(cell(t.checkType)))))
	}
	state, bad := plainText([]byte(cell(t.state)), "state")
	if bad != nil {
		return r.refuse(number, bad)
	}
	if t.state < 0 {
		state = string(check)
	}
	l := Line{Number: number, Badge: id, Wall: at.Format(wallLayout), State: state, CheckType: check}
	return r.accept(l, at, id)
}

// instant reads at, or date and time; where both stand, at speaks.
func (t *table) instant(cell func(int) string) (time.Time, *problem) {
	text := cell(t.at)
	if t.at < 0 || (text == "" && t.date >= 0) {
		text = cell(t.date) + " " + cell(t.time)
	}
	if t.at >= 0 && t.date >= 0 {
		if clock, bad := wallClock([]byte(text), timeLayouts...); bad == nil {
			text = fmt.Sprintf("%s %s", cell(t.date), clock.Format("15:04:05"))
		}
	}
	return wallClock([]byte(text), atLayouts...)
}

// cells takes one line of CSV apart.
func cells(line []byte, comma rune) ([]string, *problem) {
	in := csv.NewReader(bytes.NewReader(line))
	in.Comma, in.FieldsPerRecord = comma, -1
	row, err := in.Read()
	if err != nil {
		return nil, refusal("quotes", "the quotation marks of the line do not match")
	}
	return row, nil
}

func separator(line []byte) rune {
	best, most := ',', bytes.Count(line, []byte(","))
	for _, c := range ";\t" {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}
