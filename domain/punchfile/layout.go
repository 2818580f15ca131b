package punchfile

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
)

// The layouts of a table.
const (
	machineLayout = "machine" // number and time by place, without a header
	tableLayout   = "table"   // one punch per row
	daysLayout    = "days"    // one day per row
	wideLayout    = "wide"    // one person per row, columns of dates
	blocksLayout  = "blocks"  // a row with the person's number, then rows of times under days of the month
)

// headRows is how far down a header may stand, below titles.
const headRows = 25

// layout is how a table is to be read.
type layout struct {
	kind  string
	plan  *plan
	comma rune
	// header is the line number of the column names, 0 where there is none; first is the line where punches begin.
	header, first int
	blocks        *blocks
}

// separators that a table may have, the likelier first.
var separators = []rune{'\t', ',', ';', '|'}

// textLayout looks at the first lines and finds out how the columns are meant.
func (r *reader) textLayout(t *textRows) (*layout, error) {
	lines, err := t.peek(peekLines)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(lines, func(l rawLine) bool { return l.bad != nil || len(bytes.TrimSpace(l.text)) > 0 }) {
		return nil, refuseFile("", "the file is empty; its first line names the columns number and at")
	}
	if bad := foreign(lines[0].text); bad != "" {
		return nil, refuseFile("", "%s", bad)
	}
	l, why := r.choose(lines)
	if l == nil {
		return nil, refuseFile("", "%s%s", why, mapHint(r.opts.Map))
	}
	t.comma = l.comma
	if l.kind != wideLayout {
		t.limit = lineLimit
		for i, line := range t.ahead {
			if len(line.text) > lineLimit {
				t.ahead[i] = rawLine{number: line.number, bad: tooLong(line.length, lineLimit)}
			}
		}
	}
	if l.header > 0 {
		t.width = l.plan.width
	}
	return l, nil
}

func mapHint(mapping map[string]string) string {
	if mapping != nil {
		return ""
	}
	return "; where columns have other names, a mapping says which they are: number=NAME,at=NAME"
}

// foreign names files that are often renamed to .xls or .csv.
func foreign(line []byte) string {
	head := strings.ToLower(string(bytes.TrimSpace(line[:min(len(line), 200)])))
	switch {
	case strings.HasPrefix(head, "<html"), strings.HasPrefix(head, "<!doctype"), strings.HasPrefix(head, "<table"), strings.HasPrefix(head, "<meta"):
		return "this is a web page under another name; open it in a spreadsheet and save it as .xlsx or CSV"
	case strings.HasPrefix(head, "<?xml"):
		return "this is an XML file; open it in a spreadsheet and save it as .xlsx or CSV"
	case strings.HasPrefix(head, "%pdf"):
		return "this is a PDF; export the punches as .xlsx, .csv or the machine's text file"
	case strings.HasPrefix(head, "{"), strings.HasPrefix(head, "["):
		return "this is JSON; export the punches as .xlsx, .csv or the machine's text file"
	}
	return ""
}

// choose tries headers first, then lines of a machine, then a machine's report.
func (r *reader) choose(lines []rawLine) (*layout, string) {
	why := "no line looks like a punch, and no line names the columns number and at"
	if r.opts.Format != AttLog {
		stated, skip := statedSeparator(lines)
		l, reason := r.textHeader(lines[skip:], stated)
		if l != nil {
			return l, ""
		}
		if reason != "" {
			why = reason
		}
	}
	if r.opts.Format == AttLog || r.opts.Format == Auto && !wordsOnly(lines) {
		if l := machineLayoutOf(lines, r.opts.Format == AttLog, r.opts.Map); l != nil {
			return l, ""
		}
	}
	return nil, why
}

// wordsOnly says that the first line holds no digit: it is a header whose names are unknown, and no line of a machine.
func wordsOnly(lines []rawLine) bool {
	for _, line := range lines {
		if line.bad == nil && len(bytes.TrimSpace(line.text)) > 0 {
			return !bytes.ContainsAny(line.text, "0123456789\x00")
		}
	}
	return false
}

// statedSeparator reads a spreadsheet's first line sep=; .
func statedSeparator(lines []rawLine) (rune, int) {
	text := strings.ToLower(strings.TrimSpace(string(lines[0].text)))
	if rest, is := strings.CutPrefix(text, "sep="); is && len(rest) == 1 {
		return rune(rest[0]), 1
	}
	return 0, 0
}

// textHeader looks for a header by every separator that its line holds.
func (r *reader) textHeader(lines []rawLine, stated rune) (*layout, string) {
	why := ""
	for i := range min(len(lines), headRows) {
		text := string(lines[i].text)
		if lines[i].bad != nil || strings.TrimSpace(text) == "" {
			continue
		}
		for _, comma := range separatorsOf(text, stated) {
			table := cut(lines, comma)
			l, bad := r.headerAt(table, i)
			if l != nil {
				l.comma = comma
				return l, ""
			}
			if why == "" && bad != nil {
				why = bad.text
			}
		}
	}
	for _, comma := range separators {
		if l := blocksOf(cut(lines, comma)); l != nil && r.opts.Format == Auto {
			l.comma = comma
			return l, ""
		}
	}
	return nil, why
}

// separatorsOf lists those that a line holds, the most frequent first.
func separatorsOf(text string, stated rune) []rune {
	if stated != 0 {
		return []rune{stated}
	}
	found := []rune{}
	for _, comma := range separators {
		if strings.ContainsRune(text, comma) {
			found = append(found, comma)
		}
	}
	slices.SortStableFunc(found, func(a, b rune) int { return strings.Count(text, string(b)) - strings.Count(text, string(a)) })
	if len(found) == 0 {
		return []rune{',', blanks}
	}
	return found
}

// cut takes lines apart for looking at them.
func cut(lines []rawLine, comma rune) []row {
	out := make([]row, len(lines))
	for i, line := range lines {
		out[i] = row{number: line.number, bad: line.bad}
		if line.bad != nil {
			continue
		}
		if bytes.IndexByte(line.text, '"') >= 0 && comma != blanks {
			out[i].cells, _, _ = splitQuoted(string(line.text), comma)
			continue
		}
		out[i].cells = split(nil, string(line.text), comma)
	}
	return out
}

// headerAt reads row i as a header: of dates, else of names.
func (r *reader) headerAt(table []row, i int) (*layout, *problem) {
	if l := wideOf(table, i, r.opts.Map, r.opts.Format == WideCSV); l != nil {
		return l, nil
	}
	if r.opts.Format == WideCSV {
		return nil, refusal("header", "the first line is no header: a corner cell, then one date per column")
	}
	p, bad := tablePlan(table[i].texts(), r.opts.Map)
	if bad != nil {
		return nil, bad
	}
	p.packs(table[i], r.opts.Map)
	l := &layout{kind: tableLayout, plan: p, header: table[i].number, first: table[i].number + 1}
	if len(p.slots) > 0 {
		l.kind = daysLayout
	}
	return l, nil
}

// packs prepares for headers that hold more TABs than their rows (GLG): the names in order are then the columns.
func (p *plan) packs(header row, mapping map[string]string) {
	var names []string
	for i := range header.cells {
		if header.text(i) != "" {
			names = append(names, header.text(i))
		}
	}
	if len(names) == len(header.cells) {
		return
	}
	if packed, bad := tablePlan(names, mapping); bad == nil {
		p.packed = packed
	}
}

// machineLayoutOf finds number and time by what stands in the lines.
func machineLayoutOf(lines []rawLine, stated bool, mapping map[string]string) *layout {
	best, most := (*layout)(nil), 0
	for _, comma := range []rune{'\t', ',', ';', '|', blanks} {
		votes := map[timePlace]int{}
		for _, line := range cut(lines, comma) {
			if at := timeColumn(line); at.column > 0 {
				votes[at]++
			}
		}
		for at, n := range votes {
			if n > most || n == most && best != nil && best.comma == comma && at.column < best.plan.place() {
				most = n
				best = &layout{kind: machineLayout, comma: comma, first: 1, plan: machinePlan(at)}
			}
		}
	}
	if best == nil && stated {
		best = &layout{kind: machineLayout, comma: '\t', first: 1, plan: machinePlan(timePlace{column: 1})}
	}
	if best != nil && mapping != nil {
		if bad := best.plan.mapped(make([]string, 64), mapping); bad != nil {
			return nil
		}
	}
	return best
}

// timePlace is where a machine's lines hold the time: one column, or a date and a time beside it.
type timePlace struct {
	column int
	apart  bool
}

// machinePlan is the number in front, the time, then verify, state, mode and work code.
func machinePlan(at timePlace) *plan {
	p := &plan{number: 0, account: -1, at: at.column, date: -1, time: -1, checkType: -1, state: at.column + 2}
	if at.apart {
		p.at, p.date, p.time, p.state = -1, at.column, at.column+1, at.column+3
	}
	return p
}

// place is the column where the time begins.
func (p *plan) place() int { return max(p.at, p.date) }

// timeColumn finds the first column after the first that holds date and time, or a date with a time behind it.
func timeColumn(line row) timePlace {
	for i := 1; i < min(len(line.cells), 8); i++ {
		m, ok := line.cell(i).moment()
		if !ok || m.form == noDate || m.form == dayMonth {
			continue
		}
		if m.clock {
			return timePlace{column: i}
		}
		if t, ok := line.cell(i + 1).moment(); ok && t.clock && t.form == noDate {
			return timePlace{column: i, apart: true}
		}
	}
	return timePlace{}
}

// rows reads the punches of a table from its first line on.
func (r *reader) rows(in rows, l *layout) error {
	r.batch.begin(r.file, l.kind)
	r.headerDates(l)
	for {
		w, err := in.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if w.number < l.first {
			continue
		}
		if err := r.row(l, w); err != nil {
			return err
		}
	}
}

// headerDates takes the dates of a wide header as evidence of their order, and keeps the first one.
func (r *reader) headerDates(l *layout) {
	if l.kind != wideLayout {
		return
	}
	for i, slot := range l.plan.slots {
		if slot.day.form == noDate {
			continue
		}
		day, left := r.batch.weigh(slot.day, r.file, l.header)
		if left != 0 && (i == 0 || len(r.batch.first) == 0) {
			r.batch.first = append(r.batch.first, day)
		}
	}
}

func (r *reader) row(l *layout, w row) error {
	if w.bad != nil {
		return r.refuse(w.number, w.bad)
	}
	switch l.kind {
	case machineLayout:
		return r.machineRow(l.plan, w)
	case blocksLayout:
		return r.blockRow(l.blocks, w)
	}
	return r.tableRow(l.plan, w)
}
