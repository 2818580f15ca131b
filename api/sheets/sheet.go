package sheets

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/dakahq/daka/api/web/verdicts"
)

// sheet is a part as a sheet of a workbook. Where one sheet cannot hold all rows, the next goes on.
type sheet struct {
	book *book
	part part
	out  *excelize.StreamWriter
	name string
	// about are the lines below the title.
	about []string
	title string
	// row is the last that was written, first that of the first person.
	row, first int
	sums       []float64
	// after are lines below the sums, such as those for signatures.
	after []string
}

func (b *book) sheet(p part) (table, error) {
	f := b.of
	title := verdicts.Words{ZH: f.Organization + " " + p.name.ZH + "（" + f.span() + "）", EN: f.Organization + ": " + p.name.EN + ", " + f.span()}
	s := &sheet{book: b, part: p, title: title.In(f.Chinese), about: []string{f.made()}}
	return s, s.begin(p.name.In(f.Chinese))
}

// span is the file's range: a month by its name, anything else by its dates.
func (f *File) span() string {
	from, to := f.From.Time(), f.To.Time()
	if from.Day() == 1 && to.Equal(from.AddDate(0, 1, -1)) {
		return verdicts.Words{ZH: fmt.Sprintf("%d年%d月", from.Year(), int(from.Month())), EN: from.Format("January 2006")}.In(f.Chinese)
	}
	return verdicts.Words{ZH: string(f.From) + " 至 " + string(f.To), EN: string(f.From) + " to " + string(f.To)}.In(f.Chinese)
}

// made says what the file is of, who exported it and when, and up to when the figures know facts.
func (f *File) made() string {
	at := f.At.Format("2006-01-02 15:04 MST")
	zh := "统计周期 " + string(f.From) + " 至 " + string(f.To) + " · 导出 " + at + " · 导出人 " + f.Maker
	en := "Period " + string(f.From) + " to " + string(f.To) + " · exported " + at + " by " + f.Maker
	if f.AsOf != "" {
		zh, en = zh+" · 数据截至 "+f.AsOf, en+" · facts up to "+f.AsOf
	}
	return verdicts.Words{ZH: zh, EN: en}.In(f.Chinese)
}

// begin opens a sheet: how it is printed, its title, and the head of its columns, which stays in sight.
func (s *sheet) begin(name string) (err error) {
	b := s.book
	if s.name, err = b.newSheet(name); err != nil {
		return fmt.Errorf("add the sheet %s: %w", name, err)
	}
	if err := s.paper(); err != nil {
		return fmt.Errorf("lay out the sheet %s: %w", s.name, err)
	}
	if s.out, err = b.file.NewStreamWriter(s.name); err != nil {
		return fmt.Errorf("write the sheet %s: %w", s.name, err)
	}
	s.row, s.sums = 0, make([]float64, len(s.part.columns))
	for i, c := range s.part.columns {
		if err := s.out.SetColWidth(i+1, i+1, c.width); err != nil {
			return fmt.Errorf("lay out the sheet %s: %w", s.name, err)
		}
	}
	head := 2 + len(s.about) // the title, what is about it, the head
	corner, _ := excelize.CoordinatesToCellName(s.part.fixed+1, head+1)
	panes := &excelize.Panes{Freeze: true, XSplit: s.part.fixed, YSplit: head, TopLeftCell: corner, ActivePane: "bottomRight"}
	if s.part.fixed == 0 {
		panes.ActivePane = "bottomLeft"
	}
	if err := s.out.SetPanes(panes); err != nil {
		return fmt.Errorf("lay out the sheet %s: %w", s.name, err)
	}
	return s.head()
}

// paper is A4, landscape, as wide as the printed columns.
func (s *sheet) paper() error {
	file, yes, one, all := s.book.file, true, 1, 0
	landscape, size, narrow := "landscape", a4, 0.4
	if err := file.SetSheetProps(s.name, &excelize.SheetPropsOptions{FitToPage: &yes}); err != nil {
		return err
	}
	if err := file.SetPageLayout(s.name, &excelize.PageLayoutOptions{Size: &size, Orientation: &landscape, FitToWidth: &one, FitToHeight: &all}); err != nil {
		return err
	}
	if err := file.SetPageMargins(s.name, &excelize.PageLayoutMarginsOptions{Left: &narrow, Right: &narrow, Top: &narrow, Bottom: &narrow}); err != nil {
		return err
	}
	return file.SetHeaderFooter(s.name, &excelize.HeaderFooterOptions{OddFooter: "&L&A&R&P / &N"})
}

func (s *sheet) head() error {
	width := s.part.printed
	if err := s.line(s.title, look{title: true}, 28, width); err != nil {
		return err
	}
	for _, about := range s.about {
		if err := s.line(about, look{note: true}, 16, width); err != nil {
			return err
		}
	}
	cells := make([]any, len(s.part.columns))
	for i, c := range s.part.columns {
		id, err := s.book.id(look{head: true, rest: c.rest})
		if err != nil {
			return err
		}
		cells[i] = excelize.Cell{StyleID: id, Value: c.title.In(s.book.of.Chinese)}
	}
	s.first = s.row + 2
	return s.set(cells, 40)
}

// line writes a text over the printed columns.
func (s *sheet) line(text string, l look, height float64, width int) error {
	id, err := s.book.id(l)
	if err != nil {
		return err
	}
	end, _ := excelize.CoordinatesToCellName(width, s.row+1)
	if err := s.out.MergeCell(fmt.Sprintf("A%d", s.row+1), end); err != nil {
		return fmt.Errorf("write the sheet %s: %w", s.name, err)
	}
	return s.set([]any{excelize.Cell{StyleID: id, Value: text}}, height)
}

func (s *sheet) set(cells []any, height float64) error {
	s.row++
	if err := s.out.SetRow(fmt.Sprintf("A%d", s.row), cells, excelize.RowOpts{Height: height}); err != nil {
		return fmt.Errorf("write row %d of the sheet %s: %w", s.row, s.name, err)
	}
	return nil
}

// add writes a row; a sheet that is full gets its sums, and the next begins.
func (s *sheet) add(cells []cell) error {
	if s.row >= s.book.of.rows-1-len(s.after) {
		if err := s.end(); err != nil {
			return err
		}
		if err := s.begin(s.part.name.In(s.book.of.Chinese)); err != nil {
			return err
		}
	}
	values, height := make([]any, len(cells)), 16.0
	for i, c := range cells {
		column := s.part.columns[i]
		id, err := s.book.id(look{kind: column.kind, style: c.style, rest: column.rest, tall: s.part.tall && column.kind == sign})
		if err != nil {
			return err
		}
		values[i] = excelize.Cell{StyleID: id, Value: c.value}
		if column.kind == whole || column.kind == tenth {
			s.sums[i] += number(c.value)
		}
		if text, is := c.value.(string); is && s.part.tall {
			height = max(height, 12*float64(1+strings.Count(text, "\n")))
		}
	}
	return s.set(values, height)
}

// end writes the sums, as formulas that go with a filter and with their values, and what is printed.
func (s *sheet) end() error {
	last := s.row
	cells := make([]any, len(s.part.columns))
	for i, c := range s.part.columns {
		id, err := s.book.id(look{kind: c.kind, total: true, rest: c.rest})
		if err != nil {
			return err
		}
		total := excelize.Cell{StyleID: id}
		switch {
		case i == 0:
			total.Value = verdicts.Words{ZH: "合计", EN: "Sum"}.In(s.book.of.Chinese)
		case last < s.first: // nobody
		case c.kind == whole || c.kind == tenth:
			name, _ := excelize.ColumnNumberToName(i + 1)
			total.Formula, total.Value = fmt.Sprintf("SUBTOTAL(109,%s%d:%s%d)", name, s.first, name, last), s.sums[i]
		case c.kind == hours:
			minutes, _ := excelize.CoordinatesToCellName(i, last+1)
			total.Formula, total.Value = fmt.Sprintf("ROUND(%s/60,1)", minutes), inHours(s.sums[i-1])
		}
		cells[i] = total
	}
	if err := s.set(cells, 18); err != nil {
		return err
	}
	for _, text := range s.after {
		if err := s.line(text, look{note: true}, 26, s.part.printed); err != nil {
			return err
		}
	}
	return s.finish(last)
}

// finish names what is printed and repeated on every page, lets the head filter, and ends the rows.
func (s *sheet) finish(last int) error {
	file := s.book.file
	quoted := "'" + strings.ReplaceAll(s.name, "'", "''") + "'"
	right, _ := excelize.ColumnNumberToName(s.part.printed)
	names := []excelize.DefinedName{
		{Name: "_xlnm.Print_Area", RefersTo: fmt.Sprintf("%s!$A$1:$%s$%d", quoted, right, s.row), Scope: s.name},
		{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("%s!$%d:$%d", quoted, s.first-1, s.first-1), Scope: s.name},
	}
	for _, name := range names {
		if err := file.SetDefinedName(&name); err != nil {
			return fmt.Errorf("lay out the sheet %s: %w", s.name, err)
		}
	}
	if s.part.fixed > 0 && last >= s.first {
		corner, _ := excelize.CoordinatesToCellName(len(s.part.columns), last)
		if err := file.AutoFilter(s.name, fmt.Sprintf("A%d:%s", s.first-1, corner), nil); err != nil {
			return fmt.Errorf("lay out the sheet %s: %w", s.name, err)
		}
	}
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("end the sheet %s: %w", s.name, err)
	}
	return nil
}

// Registers writes a sheet for each person, in the style of a register of working time, with lines for signatures.
func (f *File) Registers(w io.Writer, people People) error {
	b, err := newBook(f)
	if err != nil {
		return err
	}
	defer b.close()
	whole := f.register()
	one := whole
	one.columns, one.printed = whole.columns[len(identityWords):], whole.printed-len(identityWords)
	for person, err := range people {
		if err != nil {
			return err
		}
		if err := b.register(one, whole.rows(person), person); err != nil {
			return err
		}
	}
	return b.write(w)
}

func (b *book) register(p part, rows [][]cell, person *Person) error {
	f := b.of
	zh := fmt.Sprintf("姓名：%s　工号：%s　部门：%s　职位：%s　考勤组：%s", person.Name, person.Number, person.Department, person.Position, person.Group)
	en := fmt.Sprintf("Name: %s   Number: %s   Department: %s   Position: %s   Group: %s", person.Name, person.Number, person.Department, person.Position, person.Group)
	s := &sheet{book: b, part: p,
		title: verdicts.Words{ZH: f.Organization + " 员工工时登记表（" + f.span() + "）", EN: f.Organization + ": register of working time, " + f.span()}.In(f.Chinese),
		about: []string{verdicts.Words{ZH: zh, EN: en}.In(f.Chinese), f.made()},
		after: []string{verdicts.Words{
			ZH: "员工签字：______________　日期：__________　　主管签字：______________　日期：__________　　人事签字：______________　日期：__________",
			EN: "Employee: ______________  Date: __________    Manager: ______________  Date: __________    HR: ______________  Date: __________"}.In(f.Chinese)},
	}
	if err := s.begin(strings.TrimSpace(person.Number + " " + person.Name)); err != nil {
		return err
	}
	for _, row := range rows {
		if err := s.add(row[len(identityWords):]); err != nil {
			return err
		}
	}
	return s.end()
}
