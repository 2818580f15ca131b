package workbook

import (
	"strconv"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/dakahq/daka/domain/punchfile"
)

// days1904 lie between the two days from which workbooks count.
const days1904 = 1462

type xlsx struct {
	file   *excelize.File
	sheets []string
	// later says that the workbook counts its days from 1904.
	later bool
}

func openXLSX(name, dir string) (Book, error) {
	if err := checkBook(name); err != nil {
		return nil, err
	}
	file, err := excelize.OpenFile(name, excelize.Options{UnzipSizeLimit: bookBytes, UnzipXMLSizeLimit: partInMemory, TmpDir: dir})
	if err != nil {
		return nil, noBook("%v", err)
	}
	x := &xlsx{file: file, sheets: file.GetSheetList()}
	if props, err := file.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		x.later = *props.Date1904
	}
	return x, nil
}

// Sheets names the sheets in their order.
func (x *xlsx) Sheets() []string { return x.sheets }

// Close gives back what the library holds.
func (x *xlsx) Close() error { return x.file.Close() }

// Rows gives a sheet's rows, each cell as it is shown and as it is stored: a date is shown as a country writes it, and stored as a number.
func (x *xlsx) Rows(sheet int) rows {
	return func(yield func([]punchfile.Cell, error) bool) {
		shown, err := x.file.Rows(x.sheets[sheet])
		if err != nil {
			return // a chart has no rows
		}
		defer shown.Close()
		stored, err := x.file.Rows(x.sheets[sheet])
		if err != nil {
			yield(nil, noBook("the sheet %s: %v", x.sheets[sheet], err))
			return
		}
		defer stored.Close()
		for shown.Next() && stored.Next() {
			cells, err := x.row(shown, stored)
			if !yield(cells, err) || err != nil {
				return
			}
		}
		if err := shown.Error(); err != nil {
			yield(nil, noBook("the sheet %s: %v", x.sheets[sheet], err))
		}
	}
}

func (x *xlsx) row(shown, stored *excelize.Rows) ([]punchfile.Cell, error) {
	texts, err := shown.Columns()
	if err != nil {
		return nil, noBook("%v", err)
	}
	raw, err := stored.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, noBook("%v", err)
	}
	cells := make([]punchfile.Cell, len(texts))
	for i, text := range texts {
		if len(text) > cellRunes && utf8.RuneCountInString(text) > cellRunes {
			return nil, bookTooLarge("a cell of the workbook has more than %d characters", cellRunes)
		}
		cells[i].Text = text
		if i < len(raw) && raw[i] != text {
			cells[i].Raw = x.number(raw[i])
		}
	}
	return cells, nil
}

// number gives a stored number, as days since 1899-12-30 where it may be a date; other stored texts are none.
func (x *xlsx) number(raw string) string {
	value, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return ""
	}
	if x.later && value > 2 {
		value += days1904
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}
