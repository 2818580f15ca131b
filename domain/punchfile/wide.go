package punchfile

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dakahq/daka/domain"
)

// wideOf reads row i as the header of a table with a column per date; nil if it is none. Stated says that a person called the file one,
// so that headers need not be dates if the cells hold their own.
func wideOf(table []row, i int, mapping map[string]string, stated bool) *layout {
	header := table[i]
	if header.bad != nil || len(header.cells) < 2 {
		return nil
	}
	number, named := wideNumber(header, mapping)
	slots := dateColumns(header, number)
	if len(slots) == 0 && named {
		if l := labelled(table, i, number); l != nil {
			return l
		}
	}
	l := &layout{kind: wideLayout, header: header.number, first: header.number + 1}
	switch {
	case len(slots) == 0 && stated:
		slots = anyColumns(header, number)
	case len(slots) == 0, !named && !stated && !onlyDates(header, number, len(slots)):
		return nil
	}
	if sided := sidesBelow(table, i, number, slots); sided != nil {
		slots = sided
		l.first = table[i+1].number + 1
	}
	l.plan = widePlan(number, slots, header)
	return l
}

func widePlan(number int, slots []slotColumn, header row) *plan {
	p := &plan{number: number, account: -1, at: -1, date: -1, time: -1, checkType: -1, state: -1, slots: slots, wide: true, width: len(header.cells), title: header.text(number)}
	for i := range header.cells {
		if i != number && slices.Contains(columnNames["account"], plainName(header.text(i))) {
			p.account = i
		}
	}
	return p
}

// wideNumber finds the column of the numbers: by its name, else the first.
func wideNumber(header row, mapping map[string]string) (column int, named bool) {
	names := header.texts()
	if name, has := mapping["number"]; has {
		if i := place(names, name); i >= 0 {
			return i, true
		}
	}
	for i, name := range names {
		names[i] = plainName(name)
	}
	if i := find(names, columnNames["number"]); i >= 0 {
		return i, true
	}
	return 0, false
}

// dateColumns are the columns whose header is a date, with a word for beginning or end beside it or not.
func dateColumns(header row, number int) []slotColumn {
	var out []slotColumn
	for i := range header.cells {
		if i == number {
			continue
		}
		if day, check, ok := headerDay(header.cell(i)); ok {
			out = append(out, slotColumn{index: i, day: day, check: check})
		}
	}
	return out
}

// headerDay reads a header such as 2026-03-02, 3/30/2026, 2026-03-02 (周一) or "2026-03-02 上班".
func headerDay(c Cell) (day moment, check domain.CheckType, ok bool) {
	if m, ok := c.moment(); ok {
		return m, "", m.form != noDate && m.form != dayMonth && m.sec == 0
	}
	text := plainTime(c.Text)
	first, last := strings.IndexAny(text, "0123456789"), strings.LastIndexAny(text, "0123456789日号")
	if first < 0 || last < first {
		return moment{}, "", false
	}
	for _, end := range []string{"日", "号"} {
		if strings.HasPrefix(text[last:], end) {
			last += len(end) - 1
		}
	}
	m, ok := readMoment(text[first : last+1])
	if !ok || m.form == noDate || m.form == dayMonth || m.clock {
		return moment{}, "", false
	}
	check = side(text[:first] + text[last+1:])
	return m, check, check != ""
}

// onlyDates says that a header without a name for the number is nothing but dates behind its first cell.
func onlyDates(header row, number, dates int) bool {
	others := 0
	for i := range header.cells {
		if i != number && header.text(i) != "" {
			others++
		}
	}
	_, _, corner := headerDay(header.cell(number))
	return others == dates && !corner && (dates > 1 || header.text(number) == "")
}

// anyColumns are all columns but the first, for cells that hold their own dates.
func anyColumns(header row, number int) []slotColumn {
	var out []slotColumn
	for i := range header.cells {
		if i != number {
			out = append(out, slotColumn{index: i})
		}
	}
	return out
}

// sidesBelow reads a second header row of 上班 and 下班 under dates, where a date stands over two columns.
func sidesBelow(table []row, i, number int, slots []slotColumn) []slotColumn {
	if i+1 >= len(table) || table[i+1].text(number) != "" || len(slots) == 0 {
		return nil
	}
	below := table[i+1]
	var out []slotColumn
	day := moment{}
	for c := slots[0].index; c < len(below.cells); c++ {
		for _, slot := range slots {
			if slot.index == c {
				day = slot.day
			}
		}
		check := side(below.text(c))
		if check == "" {
			if below.text(c) != "" {
				return nil
			}
			continue
		}
		out = append(out, slotColumn{index: c, day: day, check: check})
	}
	return out
}

// labelled reads days of the month as headers, in row i or in the one below, when a title above says which month.
func labelled(table []row, i, number int) *layout {
	start, ok := period(table[:i+1])
	if !ok {
		return nil
	}
	if slots := labels(table[i], start, number); slots != nil {
		l := &layout{kind: wideLayout, plan: widePlan(number, slots, table[i]), header: table[i].number, first: table[i].number + 1}
		if sided := sidesBelow(table, i, number, slots); sided != nil {
			l.plan.slots, l.first = sided, table[i+1].number+1
		}
		return l
	}
	if i+1 >= len(table) || table[i+1].text(number) != "" {
		return nil
	}
	slots := labels(table[i+1], start, number)
	if slots == nil {
		return nil
	}
	return &layout{kind: wideLayout, plan: widePlan(number, slots, table[i]), header: table[i].number, first: table[i+1].number + 1}
}

var (
	fullDay    = regexp.MustCompile(`(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})`)
	monthOnly  = regexp.MustCompile(`(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\D|$)`)
	labelStart = regexp.MustCompile(`^\s*(\d{1,2})(?:\s*(?:日|号|[\s(（].*)?)$`)
)

// period finds the first day that titles name: of a range, of a date, or of a month.
func period(titles []row) (time.Time, bool) {
	best, rank := time.Time{}, 0
	for _, title := range titles {
		text := strings.Join(title.texts(), " ")
		days := fullDay.FindAllStringSubmatch(text, -1)
		var found []string
		score := 0
		switch {
		case len(days) > 1:
			found, score = days[0], 3
		case monthOnly.MatchString(fullDay.ReplaceAllString(text, " ")):
			found, score = append(monthOnly.FindStringSubmatch(fullDay.ReplaceAllString(text, " ")), "1"), 2
		case len(days) == 1:
			found, score = days[0], 1
		}
		if score <= rank {
			continue
		}
		year, _ := digits(found[1])
		month, _ := digits(found[2])
		day, _ := digits(found[3])
		if realDate(year, month, day) {
			best, rank = time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC), score
		}
	}
	return best, rank > 0
}

// labels reads a row of days of the month: 1 2 3 …, with weekdays or holidays between them, each column a day after the one before.
func labels(header row, start time.Time, number int) []slotColumn {
	origin, known, right, wrong := 0, false, 0, 0
	last := 0
	for c := number + 1; c < len(header.cells); c++ {
		if header.text(c) != "" {
			last = c
		}
		found := labelStart.FindStringSubmatch(header.text(c))
		if found == nil {
			continue
		}
		day, _ := digits(found[1])
		if !known {
			offset, ok := daysUntil(start, day)
			if !ok {
				return nil
			}
			origin, known = c-offset, true
		}
		if start.AddDate(0, 0, c-origin).Day() == day {
			right++
		} else {
			wrong++
		}
	}
	if known {
		right += weekdays(header, start, origin)
	}
	if right < 4 || wrong > 0 {
		return nil
	}
	var out []slotColumn
	for c := max(origin, number+1); c <= last; c++ {
		at := start.AddDate(0, 0, c-origin)
		out = append(out, slotColumn{index: c, day: moment{form: certain, a: at.Year(), b: int(at.Month()), c: at.Day(), weekday: -1}})
	}
	return out
}

// weekdays counts the headers that are the weekday of their column's date, as DingTalk writes rest days.
func weekdays(header row, start time.Time, origin int) int {
	right := 0
	for c := max(origin, 0); c < len(header.cells); c++ {
		name := strings.TrimPrefix(strings.TrimPrefix(header.text(c), "星期"), "周")
		if at := strings.Index("日一二三四五六", name); name != "" && len(name) == 3 && at >= 0 && start.AddDate(0, 0, c-origin).Weekday() == time.Weekday(at/3) {
			right++
		}
	}
	return right
}

// daysUntil counts from a period's first day to the first one with a day of the month.
func daysUntil(start time.Time, day int) (int, bool) {
	for n := range 32 {
		if start.AddDate(0, 0, n).Day() == day {
			return n, true
		}
	}
	return 0, false
}

// plain says that no column of a wide table is of beginning or end.
func (p *plan) plain() bool {
	return !slices.ContainsFunc(p.slots, func(s slotColumn) bool { return s.check != "" })
}

// sided makes all columns of a wide table those of beginning or of end.
func (p *plan) sided(check domain.CheckType) {
	for i := range p.slots {
		p.slots[i].check = check
	}
}
