package sheets

import (
	"fmt"
	"time"

	"github.com/dakahq/daka/api/web/verdicts"
	"github.com/dakahq/daka/domain"
)

var (
	weekdays      = [7]verdicts.Words{{ZH: "日", EN: "Sun"}, {ZH: "一", EN: "Mon"}, {ZH: "二", EN: "Tue"}, {ZH: "三", EN: "Wed"}, {ZH: "四", EN: "Thu"}, {ZH: "五", EN: "Fri"}, {ZH: "六", EN: "Sat"}}
	identityWords = []column{
		{name: "number", title: verdicts.Words{ZH: "工号", EN: "Number"}, width: 9},
		{name: "name", title: verdicts.Words{ZH: "姓名", EN: "Name"}, width: 10},
		{name: "department", title: verdicts.Words{ZH: "部门", EN: "Department"}, width: 11},
		{name: "group", title: verdicts.Words{ZH: "考勤组", EN: "Group"}, width: 11},
		{name: "position", title: verdicts.Words{ZH: "职位", EN: "Position"}, width: 10},
	}
)

// inSight is how many of the first columns stay when one scrolls to the right: number and name.
const inSight = 2

func identity(p *Person) []cell {
	return plain(p.Number, p.Name, p.Department, p.Group, p.Position)
}

// dates are those of the file's range.
func (f *File) dates() []domain.Date {
	var all []domain.Date
	for d := f.From; d <= f.To; d = d.AddDays(1) {
		all = append(all, d)
	}
	return all
}

func weekend(d domain.Date) bool {
	day := d.Time().Weekday()
	return day == time.Saturday || day == time.Sunday
}

// dateColumns are a column a date: its day of the month, and of the week below.
func (f *File) dateColumns(width float64, k kind) []column {
	var columns []column
	for _, d := range f.dates() {
		at := d.Time()
		day := weekdays[at.Weekday()]
		columns = append(columns, column{name: string(d), width: width, kind: k, rest: weekend(d),
			title: verdicts.Words{ZH: fmt.Sprintf("%d\n%s", at.Day(), day.ZH), EN: fmt.Sprintf("%d\n%s", at.Day(), day.EN)}})
	}
	return columns
}

// byDate gives each date of the range its cell; a date of which there is no day has an empty one.
func (f *File) byDate(p *Person, of func(*Day) cell) []cell {
	cells := make([]cell, 0, 31)
	next := 0
	for _, d := range f.dates() {
		for next < len(p.Days) && p.Days[next].Date < d {
			next++
		}
		if next < len(p.Days) && p.Days[next].Date == d {
			cells = append(cells, of(&p.Days[next]))
			continue
		}
		cells = append(cells, cell{})
	}
	return cells
}

// marks is the month sheet: members × days in symbols, then the month's figures, those for paper first.
func (f *File) marks() part {
	figures := onPaperFirst(Figures(f.Leave))
	columns := append(append([]column{}, identityWords...), f.dateColumns(3.5, sign)...)
	printed := len(columns)
	for _, figure := range figures {
		columns = append(columns, figure.columns()...)
		if figure.paper {
			printed = len(columns)
		}
	}
	rows := func(p *Person) [][]cell {
		cells := append(identity(p), f.byDate(p, f.mark)...)
		for _, figure := range figures {
			cells = append(cells, figure.cells(p.figure(figure.Name))...)
		}
		return [][]cell{cells}
	}
	return part{name: verdicts.Words{ZH: "月度汇总", EN: "Month"}, columns: columns, fixed: inSight, printed: printed, rows: rows}
}

// figure is a figure by its name; a leave type that nobody took is 0.
func (p *Person) figure(name string) any {
	if len(name) > len(LeavePrefix) && name[:len(LeavePrefix)] == LeavePrefix {
		leave, _ := p.Figures["leave_by_type"].(map[string]int)
		return leave[name[len(LeavePrefix):]]
	}
	return p.Figures[name]
}

// times is members × days with the times of all punches.
func (f *File) times() part {
	columns := append(append([]column{}, identityWords...), f.dateColumns(7.5, sign)...)
	rows := func(p *Person) [][]cell {
		return [][]cell{append(identity(p), f.byDate(p, func(d *Day) cell { return cell{value: d.times(f.Chinese)} })...)}
	}
	return part{name: verdicts.Words{ZH: "打卡时间", EN: "Punch times"}, columns: columns, fixed: inSight, printed: len(columns), tall: true, rows: rows}
}
