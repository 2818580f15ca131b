package punchfile

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/dakahq/daka/domain"
)

var (
	dateLayouts = []string{"02/01/2006", "2006-01-02", "2006/01/02"}
	cellLayouts = []string{"02/01/2006 15:04", "02/01/2006 15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006/01/02 15:04", "2006/01/02 15:04:05"}
	timeLayouts = []string{"15:04", "15:04:05"}
)

// wide reads the pair IN.csv OUT.csv: the first column is the number, each other column a date, NA or empty is no punch.
// A cell holds its own date and time, or a time alone under a header that is a date.
func (r *reader) wide(files []io.Reader) error {
	if len(files) != 2 {
		return &FileError{File: 0, Text: fmt.Sprintf("wide-csv takes the pair IN.csv OUT.csv, but %d were given", len(files))}
	}
	states := []struct {
		name  string
		check domain.CheckType
	}{{"IN", domain.OnDuty}, {"OUT", domain.OffDuty}}
	for i, f := range files {
		r.file = i
		w := &wideFile{r: r, state: states[i].name, check: states[i].check}
		if err := lines(f, wideLimit, w.line); err != nil {
			return err
		}
		if w.columns == nil {
			return &FileError{File: i, Text: "the file is empty; its first line names the dates"}
		}
	}
	return nil
}

type wideFile struct {
	r       *reader
	state   string
	check   domain.CheckType
	columns []time.Time // the date of each column, zero where the header is none
}

func (w *wideFile) line(number int, line []byte, length int) error {
	switch {
	case line == nil && length > wideLimit:
		return w.r.refuse(number, tooLong(length, wideLimit))
	case number == 1:
		return w.header(line)
	case len(bytes.TrimSpace(line)) == 0:
		return nil
	}
	cells, bad := cells(line, ',')
	if bad != nil {
		return w.r.refuse(number, bad)
	}
	id, bad := badge([]byte(cells[0]))
	if bad != nil {
		return w.r.refuse(number, bad)
	}
	w.r.last = map[string]time.Time{} // each row starts its own clock
	for i, cell := range cells[1:] {
		if err := w.cell(number, i+1, id, []byte(cell)); err != nil {
			return err
		}
	}
	return nil
}

func (w *wideFile) header(line []byte) error {
	names, bad := cells(line, ',')
	if bad != nil || len(names) < 2 || utf16(line) {
		return &FileError{File: w.r.file, Text: "the first line is no header: a corner cell, then one date per column, separated by commas"}
	}
	w.columns = make([]time.Time, len(names))
	for i, name := range names[1:] {
		w.columns[i+1], _ = wallClock([]byte(name), dateLayouts...)
	}
	if first := w.columns[1]; !first.IsZero() {
		date := domain.Date(first.Format(time.DateOnly))
		if w.r.summary.First == "" || date < w.r.summary.First {
			w.r.summary.First = date
		}
	}
	return nil
}

func (w *wideFile) cell(number, column int, id string, raw []byte) error {
	text := bytes.TrimSpace(raw)
	if len(text) == 0 || bytes.EqualFold(text, []byte("NA")) {
		return nil
	}
	at, bad := w.instant(column, text)
	if bad != nil {
		bad.text = fmt.Sprintf("column %d: %s", column+1, bad.text)
		return w.r.refuse(number, bad)
	}
	l := Line{Number: number, Column: column + 1, Badge: id, Wall: at.Format(wallLayout), State: w.state, CheckType: w.check}
	return w.r.accept(l, at, id)
}

func (w *wideFile) instant(column int, text []byte) (time.Time, *problem) {
	clock, bad := wallClock(text, timeLayouts...)
	if bad != nil {
		return wallClock(text, cellLayouts...)
	}
	if column >= len(w.columns) || w.columns[column].IsZero() {
		return time.Time{}, refusal("time", "%s has no date, and the column's header is none", quote(text))
	}
	day := w.columns[column]
	return day.Add(clock.Sub(clock.Truncate(24 * time.Hour))), nil
}
