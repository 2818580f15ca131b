package punchfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dakahq/daka/domain"
)

// slotColumn is a column that holds clock times: of the beginning or the end of work, or any (check is empty).
type slotColumn struct {
	index   int
	check   domain.CheckType
	section int
	// day is the date that the column stands for in a wide table.
	day moment
}

// plan says what the columns of a table mean; a missing column is -1.
type plan struct {
	number, account, at, date, time, checkType, state int
	// stated says that the header names check_type, so that a word which is none is a fault.
	stated bool
	// slots are the columns of clock times of one row, in the order of the day.
	slots []slotColumn
	// wide says that slots are of many dates.
	wide bool
	// list says that a row without a time is a slot that nobody punched, and no line.
	list bool
	// width is the number of header columns; packed is the plan without the header's empty cells, for rows that have none (GLG).
	width  int
	packed *plan
	// title is the header's number cell, by which a repeated header is known.
	title string
}

func (p *plan) complete() bool {
	return p != nil && p.number >= 0 && (p.at >= 0 || p.date >= 0 && p.time >= 0 || len(p.slots) > 0)
}

// find gives the first column with one of the names, the earlier name first.
func find(names []string, known []string, taken ...int) int {
	for _, want := range known {
		for i, name := range names {
			if name == want && !slices.Contains(taken, i) {
				return i
			}
		}
	}
	return -1
}

// tablePlan reads a header; mapping names columns by field where a person states them.
func tablePlan(header []string, mapping map[string]string) (*plan, *problem) {
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = plainName(name)
	}
	p := &plan{width: len(header), number: find(names, columnNames["number"]), account: -1}
	p.at = find(names, columnNames["at"])
	p.date = find(names, columnNames["date"], p.at)
	p.time = find(names, columnNames["time"], p.at, p.date)
	p.checkType, p.state = find(names, columnNames["check_type"]), find(names, columnNames["state"])
	p.stated = p.checkType >= 0 && (names[p.checkType] == "checktype" || names[p.checkType] == "type")
	p.list = find(names, verdicts) >= 0 || find(names, []string{"考勤日期"}) >= 0 && find(names, []string{"打卡时间"}) >= 0
	if p.list {
		p.checkType, p.state = -1, -1 // verdicts of another program are no facts
		if p.at >= 0 {
			p.time = -1 // 考勤时间 beside 打卡时间 is the plan
		}
	}
	if other := find(names, columnNames["account"], p.number); p.number >= 0 {
		p.account = other
	}
	p.slots = slotsOf(names, p)
	p.prefer()
	if bad := p.mapped(header, mapping); bad != nil {
		return nil, bad
	}
	if p.number >= 0 && p.number < len(header) {
		p.title = strings.TrimSpace(header[p.number])
	}
	return p, p.lacks(header)
}

// prefer decides between a single time and the columns of a whole day.
func (p *plan) prefer() {
	both := slices.ContainsFunc(p.slots, func(s slotColumn) bool { return s.check == domain.OffDuty })
	switch {
	case (both || len(p.slots) > 1) && (p.at < 0 || p.date >= 0):
		p.at, p.time = -1, -1
	case p.at < 0 && p.date < 0 && p.time >= 0: // one column Time that holds date and time
		p.at, p.time, p.slots = p.time, -1, nil
	case p.at < 0 && p.time < 0 && len(p.slots) == 1:
	default:
		p.slots = nil
	}
}

// slotsOf finds the columns of clock times: pairs of beginning and end, else columns of all times of a day.
func slotsOf(names []string, p *plan) []slotColumn {
	ins, outs := sideColumns(names, "in"), sideColumns(names, "out")
	if len(ins) > 0 && len(outs) > 0 {
		all := append(ins, outs...)
		slices.SortStableFunc(all, func(a, b slotColumn) int {
			if a.section != b.section {
				return a.section - b.section
			}
			return a.index - b.index
		})
		return all
	}
	if len(ins)+len(outs) == 1 && p.at < 0 && p.time < 0 {
		return append(ins, outs...)
	}
	var all []slotColumn
	for i, name := range names {
		base, number := section(name)
		if i == p.number || i == p.date || !slices.Contains(columnNames["times"], base) {
			continue
		}
		if number > 0 || !slices.Contains(columnNames["at"], base) && base != "time" && base != "时间" {
			all = append(all, slotColumn{index: i, section: number})
		}
	}
	return all
}

// sideColumns takes the columns of the most certain name of a side: 签到时间 before 上班时间, which may be the plan.
func sideColumns(names []string, which string) []slotColumn {
	check := map[string]domain.CheckType{"in": domain.OnDuty, "out": domain.OffDuty}[which]
	for _, want := range columnNames[which] {
		var found []slotColumn
		for i, name := range names {
			if base, number := section(name); base == want {
				found = append(found, slotColumn{index: i, check: check, section: number})
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// fields are what a mapping may name.
var fields = []string{"number", "at", "date", "time", "in", "out", "check_type", "state"}

// mapped puts in the columns that a person names, by header or by place from 1.
func (p *plan) mapped(header []string, mapping map[string]string) *problem {
	for _, field := range fields {
		name, has := mapping[field]
		if !has {
			continue
		}
		i := place(header, name)
		if i < 0 {
			return refusal("header", "the mapping names the column %q for %s, and the header has %s", name, field, quote([]byte(strings.Join(header, ", "))))
		}
		p.put(field, i)
	}
	return nil
}

func (p *plan) put(field string, i int) {
	switch field {
	case "number":
		p.number, p.account = i, -1
	case "at":
		p.at, p.date, p.time, p.slots = i, -1, -1, nil
	case "date":
		p.date = i
	case "time":
		p.time, p.at, p.slots = i, -1, nil
	case "in":
		p.slots, p.at, p.time = []slotColumn{{index: i, check: domain.OnDuty}}, -1, -1
	case "out":
		p.slots, p.at, p.time = append(p.slots, slotColumn{index: i, check: domain.OffDuty}), -1, -1
	case "check_type":
		p.checkType, p.stated = i, true
	case "state":
		p.state = i
	}
}

// place finds a column by its name, else by its number from 1.
func place(header []string, name string) int {
	for i, h := range header {
		if strings.TrimSpace(h) == strings.TrimSpace(name) {
			return i
		}
	}
	for i, h := range header {
		if plainName(h) == plainName(name) && plainName(name) != "" {
			return i
		}
	}
	if n, is := digits(strings.TrimSpace(name)); is && n >= 1 && n <= len(header) {
		return n - 1
	}
	return -1
}

// lacks names the columns that a table needs.
func (p *plan) lacks(header []string) *problem {
	switch {
	case p.number >= 0 && p.date >= 0 && p.at < 0 && p.time < 0 && len(p.slots) == 0:
		return refusal("header", "the header has date but no time column")
	case !p.complete():
		return refusal("header", "the header needs the columns number and at (or date and time); it has %s", quote([]byte(strings.Join(header, ", "))))
	}
	return nil
}

// CheckMap reads a mapping such as number=列名,at=列名.
func CheckMap(text string) (map[string]string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	mapping := map[string]string{}
	for _, pair := range strings.Split(text, ",") {
		field, name, has := strings.Cut(pair, "=")
		if field = strings.TrimSpace(field); !has || !slices.Contains(fields, field) || strings.TrimSpace(name) == "" {
			return nil, fmt.Errorf("%q is no mapping of a column; write number=NAME,at=NAME, with the fields %s", pair, strings.Join(fields, ", "))
		}
		mapping[field] = strings.TrimSpace(name)
	}
	return mapping, nil
}
