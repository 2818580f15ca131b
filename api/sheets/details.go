package sheets

import (
	"encoding/json"
	"fmt"

	"github.com/dakahq/daka/api/web/verdicts"
	"github.com/dakahq/daka/domain/attendance"
)

// sections is how many sections of a shift have columns.
const sections = 3

// dayMinutes are a day's sums, each in minutes and hours.
var dayMinutes = []struct {
	name  string
	title verdicts.Words
	of    func(*Day) int
}{
	{"worked_min", verdicts.Words{ZH: "工作时长", EN: "Worked"}, func(d *Day) int { return d.WorkedMin }},
	{"late_min", verdicts.Words{ZH: "迟到时长", EN: "Late"}, func(d *Day) int { return d.LateMin }},
	{"early_min", verdicts.Words{ZH: "早退时长", EN: "Left early"}, func(d *Day) int { return d.EarlyMin }},
	{"leave_min", verdicts.Words{ZH: "请假时长", EN: "Leave"}, func(d *Day) int { return d.LeaveMin }},
	{"trip_min", verdicts.Words{ZH: "出差外出时长", EN: "Trips and errands"}, func(d *Day) int { return d.TripMin }},
	{"overtime_min", verdicts.Words{ZH: "加班时长", EN: "Overtime"}, func(d *Day) int { return d.OvertimeMin }},
	{"night_min", verdicts.Words{ZH: "夜间时长", EN: "At night"}, func(d *Day) int { return d.NightMin }},
}

func minuteColumns() (columns []column) {
	for _, m := range dayMinutes {
		columns = append(columns, minuted(m.name, m.title)...)
	}
	return columns
}

func minuteCells(d *Day) (cells []cell) {
	for _, m := range dayMinutes {
		cells = append(cells, minutes(float64(m.of(d)))...)
	}
	return cells
}

// slotColumns are time and result of each slot.
func slotColumns() (columns []column) {
	for i := 1; i <= sections; i++ {
		for _, s := range []struct{ name, zh, en string }{{"on_duty", "上班", "On"}, {"off_duty", "下班", "Off"}} {
			columns = append(columns,
				column{name: fmt.Sprintf("%s_time_%d", s.name, i), width: 9, kind: sign, title: verdicts.Words{ZH: fmt.Sprintf("%s%d时间", s.zh, i), EN: fmt.Sprintf("%s %d", s.en, i)}},
				column{name: fmt.Sprintf("%s_result_%d", s.name, i), width: 9, kind: sign, title: verdicts.Words{ZH: fmt.Sprintf("%s%d结果", s.zh, i), EN: fmt.Sprintf("%s %d result", s.en, i)}})
		}
	}
	return columns
}

func (f *File) slotCells(d *Day) []cell {
	cells := make([]cell, 4*sections)
	for _, s := range d.slots() {
		at := 4 * (s.Section - 1)
		if s.CheckType == attendance.OffDuty {
			at += 2
		}
		if at < 0 || at+1 >= len(cells) {
			continue
		}
		if s.PunchAt != nil {
			cells[at].value = clock(d.Date, *s.PunchAt, f.Chinese)
		}
		cells[at+1] = f.result(d, s.TimeResult)
	}
	return cells
}

// result tells a slot's result by its word; a slot that leave or a trip excused says which.
func (f *File) result(d *Day, r attendance.TimeResult) cell {
	name := string(r)
	if r == attendance.TimeExcused {
		name = ""
		if why := away(d); len(why) > 0 {
			name = why[0]
		}
	}
	v, is := f.set.Verdict(name)
	if !is {
		return cell{}
	}
	return cell{value: v.In(f.Chinese), style: v.Style}
}

// dateCells are a day's date, its weekday and its shift as planned.
func (f *File) dateCells(d *Day) []cell {
	shift := ""
	if d.Shift != nil {
		shift = *d.Shift
	}
	return plain(string(d.Date), weekdays[d.Date.Time().Weekday()].In(f.Chinese), shift, d.Plan)
}

var dateWords = []column{
	{name: "date", title: verdicts.Words{ZH: "日期", EN: "Date"}, width: 11},
	{name: "weekday", title: verdicts.Words{ZH: "星期", EN: "Day"}, width: 5, kind: sign},
	{name: "shift", title: verdicts.Words{ZH: "班次", EN: "Shift"}, width: 9},
	{name: "plan", title: verdicts.Words{ZH: "应打卡时间", EN: "Planned"}, width: 13},
}

var resultWord = column{name: "result", title: verdicts.Words{ZH: "考勤结果", EN: "Result"}, width: 18}

// resultCell tells a day in words, in the style of its mark.
func (f *File) resultCell(d *Day) cell {
	return cell{value: SafeText(d.Result), style: f.mark(d).style}
}

// details is a row for each member and day.
func (f *File) details() part {
	columns := append(append([]column{}, identityWords...), dateWords...)
	columns = append(columns, resultWord, column{name: "approvals", title: verdicts.Words{ZH: "关联的审批单", EN: "Approvals"}, width: 22})
	columns = append(append(columns, slotColumns()...), minuteColumns()...)
	rows := func(p *Person) [][]cell {
		out := make([][]cell, len(p.Days))
		for i := range p.Days {
			d := &p.Days[i]
			cells := append(append(identity(p), f.dateCells(d)...), f.resultCell(d), cell{value: SafeText(d.Approvals)})
			out[i] = append(append(cells, f.slotCells(d)...), minuteCells(d)...)
		}
		return out
	}
	return part{name: verdicts.Words{ZH: "每日统计", EN: "Daily details"}, columns: columns, fixed: inSight, printed: len(columns), rows: rows}
}

// overtimeKinds are the types of days by which overtime is paid.
var overtimeKinds = []struct {
	dayType attendance.DayType
	title   verdicts.Words
}{
	{attendance.Workday, verdicts.Words{ZH: "工作日加班", EN: "Overtime, workday"}},
	{attendance.Restday, verdicts.Words{ZH: "休息日加班", EN: "Overtime, rest day"}},
	{attendance.Holiday, verdicts.Words{ZH: "节假日加班", EN: "Overtime, holiday"}},
}

// overtimeBy are a day's minutes of overtime by the type of the day on which they lie.
func overtimeBy(d *Day) (by [3]int) {
	var parts []struct {
		DayType attendance.DayType `json:"day_type"`
		Minutes int                `json:"minutes"`
	}
	_ = json.Unmarshal(d.Overtime, &parts)
	for _, p := range parts {
		for i, k := range overtimeKinds {
			if p.DayType == k.dayType {
				by[i] += p.Minutes
			}
		}
	}
	return by
}

// register is what a register of working time must hold for each day of a person: begin, end, length, overtime by the type of day.
func (f *File) register() part {
	columns := append(append([]column{}, identityWords...), dateWords...)
	columns = append(columns, column{name: "begin", title: verdicts.Words{ZH: "上班", EN: "Begin"}, width: 9, kind: sign}, column{name: "end", title: verdicts.Words{ZH: "下班", EN: "End"}, width: 9, kind: sign})
	columns = append(columns, minuteColumns()...)
	for i, name := range []string{"overtime_workday", "overtime_restday", "overtime_holiday"} {
		columns = append(columns, minuted(name, overtimeKinds[i].title)...)
	}
	columns = append(columns, resultWord, column{name: "approvals", title: verdicts.Words{ZH: "备注", EN: "Notes"}, width: 22})
	rows := func(p *Person) [][]cell {
		out := make([][]cell, len(p.Days))
		for i := range p.Days {
			d := &p.Days[i]
			cells := append(append(append(identity(p), f.dateCells(d)...), f.beginEnd(d)...), minuteCells(d)...)
			for _, n := range overtimeBy(d) {
				cells = append(cells, minutes(float64(n))...)
			}
			out[i] = append(cells, f.resultCell(d), cell{value: SafeText(d.Approvals)})
		}
		return out
	}
	return part{name: verdicts.Words{ZH: "工时登记", EN: "Register"}, columns: columns, fixed: 0, printed: len(columns), rows: rows}
}

// beginEnd are the first and the last punch that fill slots of a day; on days without slots those that were made.
func (f *File) beginEnd(d *Day) []cell {
	cells := make([]cell, 2)
	if made := d.made(); len(d.slots()) == 0 && len(made) > 0 {
		cells[0].value = clock(d.Date, made[0], f.Chinese)
		if len(made) > 1 {
			cells[1].value = clock(d.Date, made[len(made)-1], f.Chinese)
		}
	}
	for _, s := range d.slots() {
		switch {
		case s.PunchAt == nil:
		case s.CheckType == attendance.OffDuty:
			cells[1].value = clock(d.Date, *s.PunchAt, f.Chinese)
		case cells[0].value == nil:
			cells[0].value = clock(d.Date, *s.PunchAt, f.Chinese)
		}
	}
	return cells
}
