package punchfile

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/dakahq/daka/domain"
)

// Table is a file of anything but punches, such as members or a roster, read with the same separators, encodings and workbooks.
type Table struct {
	// Header is the row of the column names, Titles the rows above it, Rows those below it; blank rows are left out.
	Header TableRow
	Titles []TableRow
	Rows   []TableRow
	// Encoding is the text's, empty for a workbook, whose Sheet is named.
	Encoding, Sheet string
}

// TableRow is a row by its line in the file, from 1.
type TableRow struct {
	Line  int
	Cells []Cell
	// Bad says why a line could not be taken apart; it has no cells then.
	Bad string
}

// Text gives a cell trimmed and without what protects it from a spreadsheet, or nothing where the row is short.
func (r TableRow) Text(i int) string {
	return unprotected(row{cells: r.Cells}.text(i))
}

// Cell gives a cell, or an empty one where the row is short.
func (r TableRow) Cell(i int) Cell { return row{cells: r.Cells}.cell(i) }

// ReadTable reads a file of at most `most` rows below the header, which is the first row that `head` takes, below titles. It fails with a
// *FileError when no row is the header, when there are more rows, or when the file is none of a text and a workbook.
func ReadTable(src Source, encoding string, most int, head func([]string) bool) (Table, error) {
	if src.Book != nil {
		return bookTable(src.Book, most, head)
	}
	if src.Text == nil {
		return Table{}, refuseFile("", "the file has no content")
	}
	text, err := openText(src.Text, encoding)
	if err != nil {
		return Table{}, err
	}
	in := &textRows{file: text, limit: wideLimit}
	lines, err := in.peek(peekLines)
	if err != nil {
		return Table{}, err
	}
	if len(lines) == 0 {
		return Table{}, noHeader()
	}
	if bad := foreign(bytes.TrimSpace(lines[0].text)); bad != "" {
		return Table{}, refuseFile("", "%s", bad)
	}
	stated, skip := statedSeparator(lines)
	for range skip {
		_, _ = in.line()
	}
	in.comma = separatorOf(lines[skip:], stated, head)
	if in.comma == 0 {
		return Table{}, noHeader()
	}
	t := Table{Encoding: text.name}
	return t, t.read(in, most, func(names []string) bool {
		is := head(names)
		if is {
			in.width = len(names) // from here on a quoted cell may go on in the next line
		}
		return is
	})
}

func noHeader() *FileError { return refuseFile("", "no line names the columns") }

// separatorOf finds the separator with which one of the first lines is the header, 0 for none.
func separatorOf(lines []rawLine, stated rune, head func([]string) bool) rune {
	for i := range min(len(lines), headRows) {
		for _, comma := range separatorsOf(string(lines[i].text), stated) {
			if head(cut(lines[i:i+1], comma)[0].texts()) {
				return comma
			}
		}
	}
	return 0
}

// bookTable reads the first sheet that has the header.
func bookTable(book Book, most int, head func([]string) bool) (Table, error) {
	for i, name := range book.Sheets() {
		first, err := firstRows(book, i)
		if err != nil {
			return Table{}, err
		}
		if !slices.ContainsFunc(first[:min(len(first), headRows)], func(w row) bool { return head(w.texts()) }) {
			continue
		}
		next, stop := iter.Pull2(book.Rows(i))
		defer stop()
		t := Table{Sheet: name}
		return t, t.read(&bookRows{next_: next}, most, head)
	}
	return Table{}, noHeader()
}

func (t *Table) read(in rows, most int, head func([]string) bool) error {
	for {
		w, err := in.next()
		switch {
		case errors.Is(err, io.EOF) && t.Header.Line == 0:
			return noHeader()
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case w.bad == nil && w.blank():
			continue
		}
		one := TableRow{Line: w.number, Cells: slices.Clone(w.cells)}
		switch {
		case w.bad != nil:
			one.Bad = w.bad.text
		case t.Header.Line == 0 && head(w.texts()):
			t.Header = one
			continue
		case t.Header.Line == 0:
			t.Titles = append(t.Titles, one)
			continue
		}
		if len(t.Rows) == most {
			return refuseFile("", "the file has more than %d rows; send it in parts", most)
		}
		t.Rows = append(t.Rows, one)
	}
}

// TableDate is a date cell by its line.
type TableDate struct {
	Line int
	Cell Cell
}

// ReadDates reads date cells whose order of day and month is one for all, as stated or as one of them proves it. An empty date is a cell that is
// none; a *FileError says that no order fits, or that the order must be stated.
func ReadDates(stated string, cells []TableDate) ([]domain.Date, error) {
	b := newBatch(orderNamed(stated))
	moments := make([]moment, len(cells))
	read := make([]bool, len(cells))
	for i, c := range cells {
		m, ok := c.Cell.moment()
		if !ok || m.form == noDate || m.form == dayMonth {
			continue
		}
		var left orderBits
		moments[i], left = b.weigh(m, 0, c.Line)
		read[i] = left != 0
	}
	long, two := b.stated, b.stated
	if b.stated == 0 {
		var bad *FileError
		if long, bad = b.long.decide(); bad != nil {
			return nil, bad
		}
		if two, bad = b.two.decide(); bad != nil {
			return nil, bad
		}
	}
	out := make([]domain.Date, len(cells))
	for i, m := range moments {
		if read[i] {
			out[i] = m.date(long, two)
		}
	}
	return out, nil
}

func (m moment) date(long, two orderBits) domain.Date {
	year, month, day := m.a, m.b, m.c
	switch m.form {
	case yearLast:
		year, month, day = m.parts(long)
	case short:
		year, month, day = m.parts(two)
	}
	if !realDate(year, month, day) {
		return ""
	}
	return domain.Date(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
}

// ColumnName is a column's name without case, width, blanks and marks: AC-No. is acno.
func ColumnName(name string) string { return plainName(name) }

// HeaderDay is the date that a column's name says, such as 2026-03-02 or 3/2/2026; false for a name that says none in one way only.
func HeaderDay(c Cell) (domain.Date, bool) {
	m, ok := c.moment()
	if !ok || m.form == noDate || m.form == dayMonth {
		return "", false
	}
	m, certainly := m.settle(m.orders())
	if m.form != certain && !certainly {
		return "", false
	}
	return m.date(0, 0), true
}
