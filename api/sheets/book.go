package sheets

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/dakahq/daka/api/web/verdicts"
)

const (
	a4       = 9 // a workbook's number for the size of paper
	font     = "Microsoft YaHei"
	lineGrey = "D0D5DB"
	headGrey = "E6EAEF"
	restGrey = "EEF2F6" // of a weekend
	nameMax  = 31       // characters of a sheet's name
)

// look is how a cell is drawn.
type look struct {
	kind        kind
	style       string // a verdict's
	rest        bool
	title, note bool // lines above and below the table, without borders
	head, total bool
	tall        bool
}

// book is a workbook that is written row by row; rows lie in a folder until it is whole.
type book struct {
	of    *File
	file  *excelize.File
	looks map[look]int
	names map[string]bool
}

func newBook(f *File) (*book, error) {
	b := &book{of: f, file: excelize.NewFile(excelize.Options{TmpDir: f.dir}), looks: map[look]int{}, names: map[string]bool{}}
	if err := b.file.SetDefaultFont(font); err != nil {
		return nil, fmt.Errorf("begin a workbook: %w", err)
	}
	return b, nil
}

func (b *book) close() { _ = b.file.Close() }

// newSheet adds a sheet whose name nobody has yet.
func (b *book) newSheet(name string) (string, error) {
	name = freeName(name, b.names)
	if len(b.names) == 1 {
		return name, b.file.SetSheetName("Sheet1", name)
	}
	_, err := b.file.NewSheet(name)
	return name, err
}

// freeName makes a name that a workbook takes and does not have yet.
func freeName(name string, taken map[string]bool) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || r < ' ' {
			return -1
		}
		return r
	}, name), " '")
	if name == "" {
		name = "-"
	}
	for i := 1; ; i++ {
		suffix := ""
		if i > 1 {
			suffix = fmt.Sprintf(" (%d)", i)
		}
		cut := []rune(name)
		for utf16Length(cut)+len(suffix) > nameMax {
			cut = cut[:len(cut)-1]
		}
		if free := strings.TrimRight(string(cut), " '") + suffix; !taken[strings.ToLower(free)] {
			taken[strings.ToLower(free)] = true
			return free
		}
	}
}

// utf16Length is the length of a name as workbooks count it.
func utf16Length(name []rune) (n int) {
	for _, r := range name {
		n++
		if utf8.RuneLen(r) == 4 {
			n++
		}
	}
	return n
}

func (b *book) write(w io.Writer) error {
	if err := b.legend(); err != nil {
		return err
	}
	if err := b.file.Write(w); err != nil {
		return fmt.Errorf("write a workbook: %w", err)
	}
	return nil
}

// id is the workbook's number for a look.
func (b *book) id(l look) (int, error) {
	if id, is := b.looks[l]; is {
		return id, nil
	}
	id, err := b.file.NewStyle(b.of.drawn(l))
	if err != nil {
		return 0, fmt.Errorf("make a style: %w", err)
	}
	b.looks[l] = id
	return id, nil
}

// drawn is a look in the workbook's words. Colours are those of the light ground: paper is white.
func (f *File) drawn(l look) *excelize.Style {
	s := &excelize.Style{Font: &excelize.Font{Family: font, Size: 9}, Alignment: &excelize.Alignment{Vertical: "center", WrapText: l.tall || l.head}}
	border, line := lineGrey, 1
	if l.kind == sign || l.head {
		s.Alignment.Horizontal = "center"
	}
	fill := ""
	switch {
	case l.title:
		s.Font.Bold, s.Font.Size, s.Alignment.Horizontal = true, 16, "left"
		return s
	case l.note:
		return s
	case l.head, l.total:
		s.Font.Bold, fill = true, headGrey
	}
	if l.rest {
		fill = restGrey
	}
	if style, is := f.set.Styles[l.style]; is {
		s.Font.Color = style.Light.Text
		s.Font.Bold = style.Form == "solid" || style.Form == "square"
		switch {
		case style.Light.Fill != "":
			fill = style.Light.Fill
		case style.Form == "outline":
			border = style.Light.Text
		case style.Form == "dashed":
			border, line = style.Light.Text, 3
		}
	}
	if fill != "" {
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{strings.TrimPrefix(fill, "#")}}
	}
	for _, side := range []string{"left", "right", "top", "bottom"} {
		s.Border = append(s.Border, excelize.Border{Type: side, Color: strings.TrimPrefix(border, "#"), Style: line})
	}
	if format, is := formats[l.kind]; is {
		s.CustomNumFmt = &format
	}
	return s
}

// formats show nothing where there is nothing: a page of zeros hides what counts.
var formats = map[kind]string{whole: "0;-0;;@", tenth: "General;-General;;@", hours: "0.0;-0.0;;@"}

// legend is the last sheet: every symbol with its word, and what the columns count.
func (b *book) legend() error {
	name, err := b.newSheet(verdicts.Words{ZH: "图例", EN: "Legend"}.In(b.of.Chinese))
	if err != nil {
		return fmt.Errorf("add the legend: %w", err)
	}
	out, err := b.file.NewStreamWriter(name)
	if err != nil {
		return fmt.Errorf("add the legend: %w", err)
	}
	_ = out.SetColWidth(1, 1, 10)
	_ = out.SetColWidth(2, 2, 60)
	row := 0
	add := func(style string, cells ...string) error {
		row++
		values := make([]any, len(cells))
		for i, text := range cells {
			l := look{kind: sign, style: style}
			if i > 0 {
				l = look{tall: true}
			}
			id, err := b.id(l)
			if err != nil {
				return err
			}
			values[i] = excelize.Cell{StyleID: id, Value: text}
		}
		return out.SetRow(fmt.Sprintf("A%d", row), values)
	}
	chinese := b.of.Chinese
	for _, v := range b.of.set.Verdicts {
		if v.Name == "Review" || v.Name == "Unsaved" {
			continue // of a page alone
		}
		if err := add(v.Style, v.Symbol.In(chinese), v.In(chinese)); err != nil {
			return fmt.Errorf("write the legend: %w", err)
		}
	}
	for _, c := range b.of.set.Corners {
		if c.Name == "Waiting" {
			continue
		}
		if err := add("", c.Symbol, c.In(chinese)); err != nil {
			return fmt.Errorf("write the legend: %w", err)
		}
	}
	for _, note := range legendNotes {
		if err := add("", "", note.In(chinese)); err != nil {
			return fmt.Errorf("write the legend: %w", err)
		}
	}
	return out.Flush()
}

// legendNotes say what cannot be seen from a symbol.
var legendNotes = []verdicts.Words{
	{ZH: "一格里有几个符号时，按上班、下班的先后排列，颜色取最重的一个。", EN: "Several symbols in one cell stand in the order of the slots; the cell has the colour of the gravest."},
	{ZH: "时长以分钟为准；小时由分钟换算，四舍五入到一位小数，合计由分钟合计换算。", EN: "Minutes count; hours are minutes divided by 60, rounded to one decimal, and sums of hours come from sums of minutes."},
	{ZH: "浅灰的列是周六、周日。", EN: "Columns in light grey are Saturdays and Sundays."},
}
