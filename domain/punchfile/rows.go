package punchfile

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/dakahq/daka/domain"
)

// machineRow reads a line of a machine; runs of NUL bytes, which a power cut leaves, part it.
func (r *reader) machineRow(p *plan, w row) error {
	if !strings.Contains(joined(w), "\x00") {
		return r.machineLine(p, w)
	}
	line := []byte(joined(w))
	nul, parts := bytes.Count(line, []byte{0}), 0
	for _, part := range bytes.FieldsFunc(line, func(c rune) bool { return c == 0 }) {
		if len(bytes.TrimSpace(part)) == 0 {
			continue
		}
		parts++
		if err := r.machineLine(p, row{number: w.number, cells: split(nil, string(part), '\t')}); err != nil {
			return err
		}
	}
	if parts == 0 {
		return r.refuse(w.number, refusal("nul", "nothing but %s", plural(nul, "NUL byte", "NUL bytes")))
	}
	return r.warn(r.file, w.number, "nul", plural(nul, "NUL byte was", "NUL bytes were")+" left out")
}

// joined is the line as it stood, for lines with a zero byte.
func joined(w row) string {
	for i := range w.cells {
		if strings.IndexByte(w.cells[i].Text, 0) >= 0 {
			texts := make([]string, len(w.cells))
			for k := range w.cells {
				texts[k] = w.cells[k].Text
			}
			return strings.Join(texts, "\t")
		}
	}
	return ""
}

func (r *reader) machineLine(p *plan, w row) error {
	if w.blank() {
		return nil
	}
	if len(w.cells) <= p.place() {
		return r.refuse(w.number, refusal("fields", "a machine's line has an id, a TAB and a time; this is %s", quote([]byte(strings.Join(w.texts(), "\t")))))
	}
	return r.single(p, w)
}

// tableRow reads a line under a header.
func (r *reader) tableRow(p *plan, w row) error {
	if p.packed != nil && len(w.cells) < p.width {
		p = p.packed
	}
	switch {
	case w.blank(), p.title != "" && w.text(p.number) == p.title:
		return nil // a header that is repeated on every page is no line
	case len(p.slots) > 0:
		return r.slotRow(p, w)
	}
	return r.single(p, w)
}

// id is a row's number, or the account that stands in where it is empty.
func (p *plan) id(w row) (string, *problem) {
	limit := badgeLimit
	c := w.cell(p.number)
	if strings.TrimSpace(c.Text) == "" && p.account >= 0 {
		c, limit = w.cell(p.account), accountLimit
	}
	return badge([]byte(c.number()), limit)
}

// number is a cell as a badge number; a workbook's large number is not shortened.
func (c Cell) number() string {
	if c.Raw != "" && strings.ContainsAny(c.Text, "eE") {
		if value, err := strconv.ParseFloat(c.Raw, 64); err == nil {
			return strconv.FormatFloat(value, 'f', -1, 64)
		}
	}
	return c.Text
}

// single reads a row of one punch.
func (r *reader) single(p *plan, w row) error {
	if p.slept(w) {
		return nil
	}
	id, bad := p.id(w)
	if bad != nil {
		return r.refuse(w.number, bad)
	}
	all, bad := p.moments(w)
	if bad != nil {
		return r.refuse(w.number, bad)
	}
	check, state, bad := p.words(w)
	if bad != nil {
		return r.refuse(w.number, bad)
	}
	e := entry{line: int32(w.number), number: r.numbers.index(id), state: r.states.index(state), check: checkCode(check)}
	if len(all) == 1 {
		return r.punch(e, all[0])
	}
	return r.chain(e, all, -1)
}

// timeless says that the columns of the time hold nothing, or a word that says so.
func (p *plan) timeless(w row) bool {
	at, clock := w.text(p.at), w.text(p.time)
	return isNothing(at) && (isNothing(clock) || at != "" && p.at >= 0)
}

// slept says that a row without a time is no line: its slot was not punched, as a list of slots, a date or a word says.
func (p *plan) slept(w row) bool {
	return p.timeless(w) && (p.list || w.text(p.number) == "" || p.date >= 0 && w.text(p.date) != "" || w.text(p.at)+w.text(p.time) != "")
}

// words reads check type and state; a machine's state stays verbatim, for machines in the field set it at random.
func (p *plan) words(w row) (check domain.CheckType, state string, bad *problem) {
	text := w.text(p.checkType)
	check, known := checkTypes[plainName(text)]
	if !known && p.stated {
		return "", "", refusal("check_type", "%s is no check type; use OnDuty, OffDuty or nothing", quote([]byte(text)))
	}
	if p.state < 0 {
		return check, string(check), nil
	}
	state, bad = plainText([]byte(w.text(p.state)), "state")
	return check, state, bad
}

// moments reads at, or date and time; where both stand, at gives the time. A cell may hold all times of its date.
func (p *plan) moments(w row) ([]moment, *problem) {
	day, dated := moment{}, false
	if p.date >= 0 {
		day, dated = w.cell(p.date).moment()
	}
	c := w.cell(p.at)
	if p.at < 0 || isNothing(w.text(p.at)) && p.time >= 0 {
		c = w.cell(p.time)
		if p.time < 0 {
			c = w.cell(p.date)
		}
	}
	m, ok := c.moment()
	if !ok && p.at < 0 {
		m, ok = clockDigits(c.Text)
	}
	switch {
	case ok && m.clock && m.form != noDate && m.form != dayMonth:
		return []moment{m}, nil
	case ok && !m.clock && p.at >= 0 && p.time >= 0: // the date stands in at, the time beside it
		if t, is := w.cell(p.time).moment(); is && t.clock {
			return []moment{m.with(t)}, nil
		}
	case ok && m.clock && dated && day.form != noDate && day.form != dayMonth:
		return []moment{day.with(m)}, nil
	case !ok && dated:
		if all := timesIn(c.Text); len(all) > 0 {
			for i := range all {
				if all[i].form == noDate {
					all[i] = day.with(all[i])
				}
			}
			return all, nil
		}
	}
	return nil, p.noTime(w)
}

func (p *plan) noTime(w row) *problem {
	text := w.text(p.at)
	if p.at < 0 || text == "" && p.date >= 0 {
		text = strings.TrimSpace(w.text(p.date) + " " + w.text(p.time))
	}
	return noMoment(text)
}

func noMoment(text string) *problem {
	return refusal("time", "%s is not a time such as 2026-03-02 08:55:00", quote([]byte(text)))
}

// with is a date with another moment's time.
func (m moment) with(t moment) moment {
	m.clock, m.sec, m.next, m.zoned, m.offset = true, t.sec, t.next, t.zoned, t.offset
	return m
}

// clockDigits reads 0855, 855 or 085500 in a column that holds times alone.
func clockDigits(text string) (moment, bool) {
	text = plainTime(text)
	n, is := digits(text)
	if !is || len(text) < 3 || len(text) > 6 {
		return moment{}, false
	}
	if len(text) <= 4 {
		n *= 100
	}
	m := moment{weekday: -1, clock: true, sec: n/10000*3600 + n/100%100*60 + n%100}
	return m, n/10000 < 48 && n/100%100 < 60 && n%100 < 60
}

// slotRow reads a row whose columns hold the times of one day, or of one date each.
func (r *reader) slotRow(p *plan, w row) error {
	slots := filled(p, w)
	if len(slots) == 0 {
		return nil
	}
	id, bad := p.id(w)
	if bad != nil {
		return r.refuse(w.number, bad)
	}
	number := r.numbers.index(id)
	day := moment{}
	if !p.wide && p.date >= 0 {
		if day, _ = w.cell(p.date).moment(); day.form == noDate || day.form == dayMonth {
			return r.refuse(w.number, refusal("time", "%s is not a date such as 2026-03-02", quote([]byte(w.text(p.date)))))
		}
	}
	before, last := moment{}, -1
	for _, slot := range slots {
		if p.wide {
			day = slot.day
		}
		if day != before {
			before, last = day, -1
		}
		e := entry{line: int32(w.number), number: number, check: checkCode(slot.check), state: r.states.index(stateOf(slot.check))}
		if p.wide {
			e.column = uint16(slot.index + 1)
		}
		var err error
		if last, err = r.slot(e, w.cell(slot.index), day, last); err != nil {
			return err
		}
	}
	return nil
}

// filled are the slots of a row that hold something.
func filled(p *plan, w row) []slotColumn {
	out := make([]slotColumn, 0, len(p.slots))
	for _, slot := range p.slots {
		if !isNothing(w.text(slot.index)) {
			out = append(out, slot)
		}
	}
	return out
}

func stateOf(check domain.CheckType) string {
	return map[domain.CheckType]string{domain.OnDuty: "IN", domain.OffDuty: "OUT"}[check]
}

// slot reads the times of one cell; last is the time before it on the same day, -1 where there is none.
func (r *reader) slot(e entry, c Cell, day moment, last int) (int, error) {
	all := momentsIn(c)
	if all == nil {
		bad := noMoment(strings.TrimSpace(c.Text))
		if e.column > 0 {
			bad.text = fmt.Sprintf("column %d: %s", e.column, bad.text)
		}
		return last, r.refuse(int(e.line), bad)
	}
	for i := range all {
		switch {
		case all[i].form != noDate:
			e.own = true
		case day.form == noDate:
			bad := refusal("time", "%s has no date, and the column's header is none", quote([]byte(strings.TrimSpace(c.Text))))
			return last, r.refuse(int(e.line), bad)
		default:
			all[i] = day.with(all[i])
		}
	}
	if e.own {
		for _, m := range all {
			if err := r.punch(e, m); err != nil {
				return last, err
			}
		}
		return -1, nil
	}
	return r.chained(e, all, last)
}

// chain gives times of one date, each of the next day when it lies before the one before it.
func (r *reader) chain(e entry, all []moment, last int) error {
	_, err := r.chained(e, all, last)
	return err
}

func (r *reader) chained(e entry, all []moment, last int) (int, error) {
	for _, m := range all {
		if last >= 0 && m.sec < last && m.sec+secondsADay > last && m.sec < secondsADay {
			m.sec += secondsADay
			if err := r.nextDay(int(e.line), e.column); err != nil {
				return last, err
			}
		}
		last = m.sec
		if err := r.punch(e, m); err != nil {
			return last, err
		}
	}
	return last, nil
}

func (r *reader) nextDay(line int, column uint16) error {
	where := ""
	if column > 0 {
		where = fmt.Sprintf("column %d: ", column)
	}
	return r.warn(r.file, line, "next_day", where+"the time lies before the one before it, and was read as of the next date")
}
