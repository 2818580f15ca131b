// Package sheets writes days and months as the files that people who keep attendance know: a month sheet, daily details, a register of each
// person. It is given people one after the other and holds none of them.
package sheets

import (
	"io"
	"iter"
	"time"

	"github.com/dakahq/daka/api/web/verdicts"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

// Head is what a file says about itself.
type Head struct {
	Organization string
	From, To     domain.Date // both inclusive
	// Maker is who exports, At when, AsOf up to when the figures know facts (an instant, empty where that is not known).
	Maker, AsOf string
	At          time.Time
	Chinese     bool
	// Leave are the leave types, of which each has a column.
	Leave []query.LeaveType
}

// Person is a member with the days of the file's range, in their order.
type Person struct {
	Number, Name, Department, Group, Position string
	// Figures are the month's, by their names in the API; nil where the file has none.
	Figures map[string]any
	Days    []Day
}

// Day is a day with what the daily report says in words.
type Day struct {
	query.Day
	Plan, Result, Approvals string
	// Errand says that the day's trip is an errand alone.
	Errand bool
}

// People come one after the other, by number.
type People = iter.Seq2[*Person, error]

// File is a file to write.
type File struct {
	Head
	set *verdicts.Set
	// dir is where a workbook lies while it is written.
	dir string
	// rows is how many rows a sheet holds.
	rows int
}

// New prepares a file; a workbook lies in dir while it is written.
func New(h Head, dir string) (*File, error) {
	set, err := verdicts.Read()
	if err != nil {
		return nil, err
	}
	return &File{Head: h, set: set, dir: dir, rows: 1 << 20}, nil
}

// part is a table of the file: what it is called, its columns, and the rows that a person gives.
type part struct {
	name    verdicts.Words
	columns []column
	// fixed columns stay in sight, printed ones are on paper; the others are for the screen.
	fixed, printed int
	tall           bool // cells have several lines
	rows           func(*Person) [][]cell
}

// table takes rows: a sheet of a workbook, or a CSV file.
type table interface {
	add(cells []cell) error
	end() error
}

// CSV writes one part as CSV, which has neither titles nor sums.
func (f *File) CSV(w io.Writer, view View, people People) error {
	p := f.part(view)
	t, err := newLines(w, p, f.Chinese)
	if err != nil {
		return err
	}
	return f.fill(people, []part{p}, []table{t})
}

// Workbook writes parts as sheets, and the legend behind them.
func (f *File) Workbook(w io.Writer, people People, views ...View) error {
	b, err := newBook(f)
	if err != nil {
		return err
	}
	defer b.close()
	parts, tables := make([]part, len(views)), make([]table, len(views))
	for i, view := range views {
		parts[i] = f.part(view)
		if tables[i], err = b.sheet(parts[i]); err != nil {
			return err
		}
	}
	if err := f.fill(people, parts, tables); err != nil {
		return err
	}
	return b.write(w)
}

// fill gives every table every person's rows.
func (f *File) fill(people People, parts []part, tables []table) error {
	for person, err := range people {
		if err != nil {
			return err
		}
		for i := range parts {
			for _, row := range parts[i].rows(person) {
				if err := tables[i].add(row); err != nil {
					return err
				}
			}
		}
	}
	for _, t := range tables {
		if err := t.end(); err != nil {
			return err
		}
	}
	return nil
}

// View is a part of an export.
type View string

// The views.
const (
	ViewMarks    View = "marks"    // members × days in symbols, and the month's figures
	ViewDetails  View = "details"  // a row for each member and day
	ViewTimes    View = "times"    // members × days with the times of punches
	ViewRegister View = "register" // each person's days with what a register must hold
)

func (f *File) part(v View) part {
	switch v {
	case ViewDetails:
		return f.details()
	case ViewTimes:
		return f.times()
	case ViewRegister:
		return f.register()
	default:
		return f.marks()
	}
}
