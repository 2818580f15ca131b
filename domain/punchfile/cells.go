package punchfile

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// Cell is one cell of a table.
type Cell struct {
	// Text is the cell as a person sees it.
	Text string
	// Raw is the number behind it where a workbook holds one, else empty: a date is days since 1899-12-30.
	Raw string
}

// row is one line of a table.
type row struct {
	number int
	cells  []Cell
	bad    *problem
}

// text gives a cell trimmed, or nothing where the row is short.
func (r row) text(i int) string {
	if i < 0 || i >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.cells[i].Text)
}

// cell gives a cell, or an empty one where the row is short.
func (r row) cell(i int) Cell {
	if i < 0 || i >= len(r.cells) {
		return Cell{}
	}
	return r.cells[i]
}

func (r row) texts() []string {
	out := make([]string, len(r.cells))
	for i := range r.cells {
		out[i] = r.text(i)
	}
	return out
}

func (r row) blank() bool {
	for i := range r.cells {
		if r.text(i) != "" {
			return false
		}
	}
	return true
}

// moment reads a cell; a workbook's number speaks before its text, which depends on a country's habits.
func (c Cell) moment() (moment, bool) {
	if c.Raw != "" {
		if m, ok := serialMoment(fraction(c.Raw)); ok {
			return m, true
		}
	}
	return readMoment(c.Text)
}

// fraction writes a number that may be a time of day with a point, so that 0 and 1 are read as times.
func fraction(raw string) string {
	if raw == "0" || raw == "1" {
		return raw + ".0"
	}
	return raw
}

// rows gives the lines of a table one by one; io.EOF ends it.
type rows interface{ next() (row, error) }

// blanks separates columns by runs of blanks, as in an aligned listing.
const blanks = ' '

// textRows splits the lines of a text file.
type textRows struct {
	file  *textFile
	limit int
	comma rune
	// ahead are lines that were read and not yet given.
	ahead []rawLine
	// width is how many cells a row has at most; a quoted cell may hold line breaks only inside such a row.
	width int
	cells []Cell
}

const (
	peekLines = 60
	// joinLines bounds a row whose quoted cells hold line breaks.
	joinLines = 64
)

// peek reads lines ahead without giving them.
func (t *textRows) peek(n int) ([]rawLine, error) {
	for len(t.ahead) < n {
		line, err := t.file.next(t.limit)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		t.ahead = append(t.ahead, line)
	}
	return t.ahead[:min(n, len(t.ahead))], nil
}

func (t *textRows) line() (rawLine, error) {
	if len(t.ahead) > 0 {
		line := t.ahead[0]
		t.ahead = t.ahead[1:]
		return line, nil
	}
	return t.file.next(t.limit)
}

func (t *textRows) next() (row, error) {
	line, err := t.line()
	if err != nil || line.bad != nil {
		return row{number: line.number, bad: line.bad}, err
	}
	if t.comma != blanks && t.comma != '\t' && bytes.IndexByte(line.text, '"') >= 0 || t.comma == '\t' && bytes.Count(line.text, []byte(`"`))%2 == 1 {
		return t.quoted(line)
	}
	t.cells = split(t.cells[:0], string(line.text), t.comma)
	return row{number: line.number, cells: t.cells}, nil
}

// quoted reads a line with quotation marks. A cell that does not end on its line goes on in the next ones only if a whole row comes of it:
// a stray mark costs one line.
func (t *textRows) quoted(line rawLine) (row, error) {
	cells, open, ok := splitQuoted(string(line.text), t.comma)
	if ok {
		return row{number: line.number, cells: cells}, nil
	}
	broken := row{number: line.number, bad: refusal("quotes", "the quotation marks of the line do not match")}
	if !open || t.width == 0 {
		return broken, nil
	}
	ahead, err := t.peek(joinLines)
	if err != nil {
		return row{}, err
	}
	text := append([]byte(nil), line.text...)
	for i, more := range ahead {
		if len(text)+len(more.text) > t.limit || more.bad != nil {
			return broken, nil
		}
		text = append(append(text, '\n'), more.text...)
		if bytes.Count(more.text, []byte(`"`))%2 == 0 {
			continue
		}
		cells, open, ok = splitQuoted(string(text), t.comma)
		if ok && len(cells) == t.width {
			t.ahead = t.ahead[i+1:]
			return row{number: line.number, cells: cells}, nil
		}
		if !open {
			return broken, nil
		}
	}
	return broken, nil
}

// split takes a line without quotation marks apart.
func split(cells []Cell, line string, comma rune) []Cell {
	if comma == blanks {
		for _, text := range strings.Fields(line) {
			cells = append(cells, Cell{Text: text})
		}
		return cells
	}
	for {
		i := strings.IndexRune(line, comma)
		if i < 0 {
			return append(cells, Cell{Text: unquote(line)})
		}
		cells = append(cells, Cell{Text: unquote(line[:i])})
		line = line[i+1:]
	}
}

// unquote takes the marks from a whole cell of a file with TABs.
func unquote(text string) string {
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		return strings.ReplaceAll(text[1:len(text)-1], `""`, `"`)
	}
	return text
}

// splitQuoted takes a line with quotation marks apart. A cell that begins with another character keeps its marks. Open says that a quoted
// cell has not ended.
func splitQuoted(line string, comma rune) (cells []Cell, open, ok bool) {
	for {
		rest := strings.TrimLeft(line, " ")
		if !strings.HasPrefix(rest, `"`) {
			i := strings.IndexRune(line, comma)
			if i < 0 {
				return append(cells, Cell{Text: line}), false, true
			}
			cells, line = append(cells, Cell{Text: line[:i]}), line[i+1:]
			continue
		}
		text, after, closed := quotedCell(rest[1:])
		if !closed {
			return cells, true, false
		}
		cells = append(cells, Cell{Text: text})
		after = strings.TrimLeft(after, " ")
		switch {
		case after == "":
			return cells, false, true
		case !strings.HasPrefix(after, string(comma)):
			return cells, false, false
		}
		line = after[1:]
	}
}

// quotedCell reads up to the closing mark; two marks are one inside.
func quotedCell(rest string) (text, after string, closed bool) {
	var out strings.Builder
	for {
		i := strings.IndexByte(rest, '"')
		if i < 0 {
			return "", "", false
		}
		out.WriteString(rest[:i])
		if i+1 < len(rest) && rest[i+1] == '"' {
			out.WriteByte('"')
			rest = rest[i+2:]
			continue
		}
		return out.String(), rest[i+1:], true
	}
}
