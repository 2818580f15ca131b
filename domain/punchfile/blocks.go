package punchfile

import (
	"regexp"
	"slices"
	"strings"
)

// blocks is a machine's report: days of the month in one row, then for each person a row with the number and rows of times below.
type blocks struct {
	slots []slotColumn
	// id is the number of the person whose rows are read; bad why it cannot be one.
	id  string
	bad *problem
	// any says that a person has begun.
	any bool
}

// inlineNumber is a label with its value in one cell: 工号:12 or "ID: 12 Name: Ann".
var inlineNumber = regexp.MustCompile(`^\s*([^:：]{1,12})[:：]\s*(\S+)?`)

// blocksOf finds the days and a title with the month above them.
func blocksOf(table []row) *layout {
	for i, w := range table {
		start, ok := period(table[:i+1])
		if !ok || w.bad != nil {
			continue
		}
		slots := labels(w, start, -1)
		if len(slots) < 4 {
			continue
		}
		for _, below := range table[i+1:] {
			if _, is := labelledNumber(below); is {
				return &layout{kind: blocksLayout, plan: &plan{}, header: w.number, first: w.number + 1, blocks: &blocks{slots: slots}}
			}
		}
		for _, above := range table[:i] { // the person's row may stand above the days, once for each person
			if _, is := labelledNumber(above); is {
				return &layout{kind: blocksLayout, plan: &plan{}, header: w.number, first: above.number, blocks: &blocks{slots: slots}}
			}
		}
	}
	return nil
}

// labelledNumber finds a label such as 工号 and the value beside or behind it.
func labelledNumber(w row) (string, bool) {
	for i := range w.cells {
		text := w.text(i)
		if found := inlineNumber.FindStringSubmatch(text); found != nil && isNumberName(found[1]) {
			if found[2] != "" {
				return found[2], true
			}
			return valueAfter(w, i), true
		}
		if isNumberName(text) {
			return valueAfter(w, i), true
		}
	}
	return "", false
}

func isNumberName(text string) bool {
	name := plainName(text)
	return name != "" && slices.Contains(columnNames["number"], name)
}

// valueAfter is the next cell that holds something.
func valueAfter(w row, i int) string {
	for k := i + 1; k < len(w.cells); k++ {
		if text := strings.TrimSpace(w.cells[k].number()); text != "" {
			if strings.HasSuffix(text, ":") || strings.HasSuffix(text, "：") {
				return ""
			}
			return text
		}
	}
	return ""
}

// blockRow reads a row of a machine's report.
func (r *reader) blockRow(b *blocks, w row) error {
	if number, is := labelledNumber(w); is {
		b.id, b.bad = badge([]byte(number), badgeLimit)
		b.any = true
		return nil
	}
	if !b.any || isDayRow(b, w) {
		return nil
	}
	filled := filled(&plan{slots: b.slots}, w)
	if len(filled) == 0 {
		return nil
	}
	if b.bad != nil {
		return r.refuse(w.number, b.bad)
	}
	number := r.numbers.index(b.id)
	for _, slot := range filled {
		e := entry{line: int32(w.number), column: uint16(slot.index + 1), number: number, state: r.states.index("")}
		if _, err := r.slot(e, w.cell(slot.index), slot.day, -1); err != nil {
			return err
		}
	}
	return nil
}

// isDayRow says that a row repeats the days of the month.
func isDayRow(b *blocks, w row) bool {
	days := 0
	for _, slot := range b.slots {
		if text := w.text(slot.index); text != "" && !labelStart.MatchString(text) {
			return false
		} else if text != "" {
			days++
		}
	}
	return days > 3
}
