package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/richardlehane/mscfb"

	"github.com/dakahq/daka/domain/punchfile"
)

var compoundMark = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

// What an old workbook may hold; its own format ends at 65,536 rows of 256 columns a sheet.
const (
	xlsBytes = 64 << 20
	xlsCells = 2_000_000
)

// xls is an old workbook: its cells, sheet by sheet.
type xls struct {
	names []string
	cells [][]xlsCell
}

type xlsCell struct {
	row, column uint16
	cell        punchfile.Cell
}

func openXLS(name string) (Book, error) {
	stat, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("look at the file: %w", err)
	}
	if stat.Size() > xlsBytes {
		return nil, bookTooLarge("the workbook has more than %d MiB", xlsBytes>>20)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	return parseXLS(content)
}

func parseXLS(content []byte) (*xls, error) {
	stream, err := workbookStream(content)
	if err != nil {
		return nil, err
	}
	g := &biff{stream: stream}
	if err := g.globals(); err != nil {
		return nil, err
	}
	book := &xls{}
	total := 0
	for _, sheet := range g.sheets {
		cells, err := g.sheet(sheet.offset, xlsCells-total)
		if err != nil {
			return nil, err
		}
		total += len(cells)
		book.names, book.cells = append(book.names, sheet.name), append(book.cells, cells)
	}
	return book, nil
}

// workbookStream finds the records inside the compound file.
func workbookStream(content []byte) ([]byte, error) {
	file, err := mscfb.New(bytes.NewReader(content))
	if err != nil {
		return nil, noBook("%v", err)
	}
	for {
		entry, err := file.Next()
		if errors.Is(err, io.EOF) {
			return nil, noBook("the file holds no workbook; it may be a document of another program, or protected by a password")
		}
		if err != nil {
			return nil, noBook("%v", err)
		}
		if entry.Name == "Workbook" || entry.Name == "Book" {
			stream, err := io.ReadAll(io.LimitReader(entry, int64(len(content))))
			if err != nil {
				return nil, noBook("%v", err)
			}
			return stream, nil
		}
	}
}

// Sheets names the sheets in their order.
func (x *xls) Sheets() []string { return x.names }

// Close does nothing: the cells are in memory.
func (x *xls) Close() error { return nil }

// Rows gives a sheet's rows from the first; rows without a cell are empty.
func (x *xls) Rows(sheet int) rows {
	return func(yield func([]punchfile.Cell, error) bool) {
		cells := x.cells[sheet]
		slices.SortStableFunc(cells, func(a, b xlsCell) int {
			if a.row != b.row {
				return int(a.row) - int(b.row)
			}
			return int(a.column) - int(b.column)
		})
		var row []punchfile.Cell
		number := uint16(0)
		for _, c := range cells {
			for number < c.row {
				if !yield(row, nil) {
					return
				}
				row, number = nil, number+1
			}
			for len(row) <= int(c.column) {
				row = append(row, punchfile.Cell{})
			}
			row[c.column] = c.cell
		}
		if row != nil {
			yield(row, nil)
		}
	}
}

// numberCell shows a number in the way of its format: a date as text beside its days, zeros in front, else plainly.
func numberCell(value float64, format string, later bool) punchfile.Cell {
	plain := strconv.FormatFloat(value, 'f', -1, 64)
	switch {
	case isDate(format):
		if later && value > 2 {
			value += days1904
		}
		return punchfile.Cell{Text: dateText(value), Raw: strconv.FormatFloat(value, 'f', -1, 64)}
	case len(format) > 1 && strings.Trim(format, "0") == "" && value >= 0 && len(plain) < len(format) && len(format) <= 32 && !strings.Contains(plain, "."):
		return punchfile.Cell{Text: strings.Repeat("0", len(format)-len(plain)) + plain, Raw: plain}
	}
	return punchfile.Cell{Text: plain}
}

// isDate says that a number format shows a date or a time.
func isDate(format string) bool {
	inside := false
	for _, c := range strings.ToLower(format) {
		switch {
		case c == '"', c == '[', c == ']':
			inside = c != ']' && !inside
		case inside:
		case c == 'y' || c == 'd' || c == 'h' || c == 's' || c == 'm':
			return !strings.Contains(strings.ToLower(format), "general")
		}
	}
	return false
}

func dateText(value float64) string {
	if value < 0 || value > 100_000 {
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	at := time.Unix(int64((value-25569)*86400+0.5), 0).UTC()
	if value < 1 {
		return at.Format(time.TimeOnly)
	}
	return at.Format(time.DateTime)
}
