package punchfile

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/dakahq/daka/domain"
)

// Book is a workbook that the caller has opened.
type Book interface {
	// Sheets names the sheets in their order.
	Sheets() []string
	// Rows gives the rows of a sheet by its place, from the first on each call; empty rows count.
	Rows(sheet int) iter.Seq2[[]Cell, error]
}

// dingTalkSheet holds DingTalk's punches; its other sheets hold verdicts about them.
const dingTalkSheet = "原始记录"

// sheetLayout is a sheet that can be read.
type sheetLayout struct {
	sheet  int
	name   string
	layout *layout
	rank   int
}

// workbook reads the sheets that hold punches: DingTalk's 原始记录, else those of the first kind that is there. It says whether that is one table of dates.
func (r *reader) workbook(book Book, pair bool) (wide bool, err error) {
	var found []sheetLayout
	why, best := "", 0
	for i, name := range book.Sheets() {
		l, reason, err := r.sheetLayout(book, i)
		if err != nil {
			return false, err
		}
		if l == nil {
			if why == "" {
				why = reason
			}
			continue
		}
		one := sheetLayout{sheet: i, name: name, layout: l, rank: rankOf(l.kind)}
		if strings.TrimSpace(name) == dingTalkSheet {
			one.rank = 10
		}
		best = max(best, one.rank)
		found = append(found, one)
	}
	if len(found) == 0 {
		if why == "" {
			why = "the workbook has no sheet with the columns 工号 and 打卡时间 (number and at)"
		}
		return false, refuseFile("", "%s%s", why, mapHint(r.opts.Map))
	}
	found = slices.DeleteFunc(found, func(one sheetLayout) bool { return one.rank < best })
	if len(found) == 1 {
		wide = r.sides(found[0].layout, pair)
	}
	for _, one := range found {
		if err := r.sheet(book, one); err != nil {
			return false, err
		}
	}
	return wide, nil
}

// rankOf says which of two sheets says more about punches.
func rankOf(kind string) int {
	return map[string]int{tableLayout: 5, machineLayout: 4, wideLayout: 3, blocksLayout: 2, daysLayout: 1}[kind]
}

// sheetLayout looks at the first rows of a sheet.
func (r *reader) sheetLayout(book Book, sheet int) (*layout, string, error) {
	table, err := firstRows(book, sheet)
	if err != nil {
		return nil, "", err
	}
	why := ""
	for i := range min(len(table), headRows) {
		if table[i].blank() {
			continue
		}
		l, bad := r.headerAt(table, i)
		if l != nil {
			if check := side(book.Sheets()[sheet]); check != "" && l.kind == wideLayout && l.plan.plain() {
				l.plan.sided(check)
			}
			return l, "", nil
		}
		if why == "" && bad != nil && len(table[i].cells) > 1 {
			why = bad.text
		}
	}
	if l := blocksOf(table); l != nil {
		return l, "", nil
	}
	if l := machineRows(table); l != nil {
		return l, "", nil
	}
	return nil, why, nil
}

// firstRows copies the first rows of a sheet.
func firstRows(book Book, sheet int) ([]row, error) {
	var table []row
	for cells, err := range book.Rows(sheet) {
		if err != nil {
			return nil, fmt.Errorf("read row %d: %w", len(table)+1, err)
		}
		table = append(table, row{number: len(table) + 1, cells: append([]Cell(nil), cells...)})
		if len(table) == peekLines {
			break
		}
	}
	return table, nil
}

// machineRows finds number and time in a sheet without a header.
func machineRows(table []row) *layout {
	votes := map[timePlace]int{}
	for _, w := range table {
		if at := timeColumn(w); at.column > 0 && w.text(0) != "" {
			votes[at]++
		}
	}
	best, most := timePlace{}, len(table)/2
	for at, n := range votes {
		if n > most {
			best, most = at, n
		}
	}
	if best.column == 0 {
		return nil
	}
	return &layout{kind: machineLayout, first: 1, plan: machinePlan(best)}
}

// bookRows gives the rows of one sheet.
type bookRows struct {
	next_  func() ([]Cell, error, bool)
	number int
}

func (b *bookRows) next() (row, error) {
	cells, err, ok := b.next_()
	if !ok {
		return row{}, io.EOF
	}
	b.number++
	if err != nil {
		var file *FileError
		var refusal *domain.Refusal
		if errors.As(err, &file) || errors.As(err, &refusal) {
			return row{}, err
		}
		return row{}, fmt.Errorf("read row %d: %w", b.number, err)
	}
	return row{number: b.number, cells: cells}, nil
}

func (r *reader) sheet(book Book, one sheetLayout) error {
	next, stop := iter.Pull2(book.Rows(one.sheet))
	defer stop()
	about := &r.summary.Files[r.file]
	about.Layout, about.Header = one.layout.kind, one.layout.header
	about.Sheets = append(about.Sheets, one.name)
	return r.rows(&bookRows{next_: next}, one.layout)
}
