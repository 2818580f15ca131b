package workbook

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/dakahq/daka/domain/punchfile"
)

// The records that are read; all others are passed over.
const (
	recBOF       = 0x0809
	recEOF       = 0x000a
	recPass      = 0x002f
	recCodepage  = 0x0042
	recDateMode  = 0x0022
	recSheet     = 0x0085
	recTexts     = 0x00fc
	recContinue  = 0x003c
	recStyle     = 0x00e0
	recFormat    = 0x041e
	recTextRef   = 0x00fd
	recLabel     = 0x0204
	recRichLabel = 0x00d6
	recNumber    = 0x0203
	recRK        = 0x027e
	recManyRK    = 0x00bd
	recFormula   = 0x0006
	recString    = 0x0207
	versionWide  = 0x0600 // BIFF8, whose texts are Unicode; before it they are bytes of a code page
	versionBytes = 0x0500
	dateFormat14 = 14
	lastDateForm = 22
)

// biff reads the records of a workbook's stream.
type biff struct {
	stream  []byte
	wide    bool
	later   bool
	page    encoding.Encoding
	texts   []string
	styles  []uint16
	formats map[uint16]string
	sheets  []biffSheet
}

type biffSheet struct {
	name   string
	offset int
}

type record struct {
	id   uint16
	data []byte
}

// at gives the record at an offset and the offset behind it.
func (b *biff) at(offset int) (record, int, bool) {
	if offset < 0 || offset+4 > len(b.stream) {
		return record{}, 0, false
	}
	id, length := binary.LittleEndian.Uint16(b.stream[offset:]), int(binary.LittleEndian.Uint16(b.stream[offset+2:]))
	end := offset + 4 + length
	if end > len(b.stream) {
		return record{}, 0, false
	}
	return record{id, b.stream[offset+4 : end]}, end, true
}

// continued gives a record's data and that of the records that continue it.
func (b *biff) continued(r record, next int) [][]byte {
	parts := [][]byte{r.data}
	for {
		more, after, ok := b.at(next)
		if !ok || more.id != recContinue {
			return parts
		}
		parts, next = append(parts, more.data), after
	}
}

func u16(data []byte, at int) uint16 {
	if at < 0 || at+2 > len(data) {
		return 0
	}
	return binary.LittleEndian.Uint16(data[at:])
}

func u32(data []byte, at int) uint32 {
	if at < 0 || at+4 > len(data) {
		return 0
	}
	return binary.LittleEndian.Uint32(data[at:])
}

func f64(data []byte, at int) float64 {
	if at < 0 || at+8 > len(data) {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(data[at:]))
}

// globals reads what the sheets have in common.
func (b *biff) globals() error {
	first, next, ok := b.at(0)
	if !ok || first.id != recBOF {
		return noBook("it does not begin like one")
	}
	switch u16(first.data, 0) {
	case versionWide:
		b.wide = true
	case versionBytes:
	default:
		return noBook("it is older than Excel 5; save it as .xlsx")
	}
	b.page, b.formats = simplifiedchinese.GB18030, map[uint16]string{}
	for {
		r, after, ok := b.at(next)
		if !ok || r.id == recEOF {
			break
		}
		if r.id == recPass {
			return noBook("it is protected by a password; save it without one")
		}
		if err := b.global(r, after); err != nil {
			return err
		}
		next = after
	}
	if len(b.sheets) > bookParts {
		return bookTooLarge("the workbook has %d sheets, more than %d", len(b.sheets), bookParts)
	}
	return nil
}

func (b *biff) global(r record, next int) error {
	switch r.id {
	case recCodepage:
		b.page = pageOf(u16(r.data, 0))
	case recDateMode:
		b.later = u16(r.data, 0) == 1
	case recStyle:
		b.styles = append(b.styles, u16(r.data, 2))
	case recFormat:
		t := &textReader{parts: [][]byte{r.data}, at: 2, b: b}
		b.formats[u16(r.data, 0)] = t.text(b.wide)
	case recSheet:
		if len(r.data) > 6 && r.data[5] == 0 { // worksheets only, no charts or macros
			t := &textReader{parts: [][]byte{r.data}, at: 6, b: b}
			b.sheets = append(b.sheets, biffSheet{name: t.shortText(), offset: int(u32(r.data, 0))})
		}
	case recTexts:
		return b.sharedTexts(b.continued(r, next))
	}
	return nil
}

func pageOf(page uint16) encoding.Encoding {
	switch page {
	case 1252, 367, 0x8001:
		return charmap.Windows1252
	case 1251:
		return charmap.Windows1251
	case 932:
		return japanese.ShiftJIS
	case 950:
		return traditionalchinese.Big5
	}
	return simplifiedchinese.GB18030
}

// sharedTexts reads the table of texts; what is left out for its length or number refuses the book.
func (b *biff) sharedTexts(parts [][]byte) error {
	count := int(u32(parts[0], 4))
	if count > bookTexts {
		return bookTooLarge("the workbook has %d different texts, more than %d", count, bookTexts)
	}
	t := &textReader{parts: parts, at: 8, b: b}
	total := 0
	for range count {
		if t.done() {
			break
		}
		text := t.text(true)
		if total += len(text); total > xlsBytes {
			return bookTooLarge("the texts of the workbook have more than %d MiB", xlsBytes>>20)
		}
		b.texts = append(b.texts, text)
	}
	return nil
}

// format is a cell's number format; the formats of dates that every workbook knows have no record.
func (b *biff) format(style uint16) string {
	if int(style) >= len(b.styles) {
		return ""
	}
	id := b.styles[style]
	if text, has := b.formats[id]; has {
		return text
	}
	if id >= dateFormat14 && id <= lastDateForm || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58 {
		return "yyyy-mm-dd hh:mm"
	}
	return ""
}

// sheet reads the cells of one sheet, at most limit.
func (b *biff) sheet(offset, limit int) ([]xlsCell, error) {
	first, next, ok := b.at(offset)
	if !ok || first.id != recBOF {
		return nil, noBook("a sheet is missing")
	}
	var cells []xlsCell
	var formula *xlsCell
	for {
		r, after, ok := b.at(next)
		if !ok || r.id == recEOF {
			return cells, nil
		}
		next = after
		switch {
		case r.id == recString && formula != nil:
			t := &textReader{parts: b.continued(r, after), b: b}
			formula.cell = punchfile.Cell{Text: t.text(b.wide)}
			cells = append(cells, *formula)
			formula = nil
		case r.id == recFormula && u16(r.data, 12) == 0xffff && len(r.data) > 6:
			formula = nil
			if r.data[6] == 0 {
				formula = &xlsCell{row: u16(r.data, 0), column: u16(r.data, 2)}
			}
		default:
			cells = append(cells, b.cells(r, b.continued(r, after))...)
		}
		if len(cells) > limit {
			return nil, bookTooLarge("the workbook has more than %d cells", xlsCells)
		}
	}
}

// cells are what one record holds.
func (b *biff) cells(r record, parts [][]byte) []xlsCell {
	one := func(cell punchfile.Cell) []xlsCell {
		if len(r.data) < 6 {
			return nil
		}
		return []xlsCell{{row: u16(r.data, 0), column: u16(r.data, 2) & 0xff, cell: cell}}
	}
	switch r.id {
	case recTextRef:
		if i := u32(r.data, 6); int64(i) < int64(len(b.texts)) {
			return one(punchfile.Cell{Text: b.texts[i]})
		}
	case recLabel, recRichLabel:
		t := &textReader{parts: parts, at: 6, b: b}
		return one(punchfile.Cell{Text: t.text(b.wide)})
	case recNumber, recFormula:
		return one(b.number(f64(r.data, 6), u16(r.data, 4)))
	case recRK:
		return one(b.number(packed(u32(r.data, 6)), u16(r.data, 4)))
	case recManyRK:
		var out []xlsCell
		for i, column := 4, u16(r.data, 2)&0xff; i+8 <= len(r.data) && column < 256; i, column = i+6, column+1 {
			out = append(out, xlsCell{row: u16(r.data, 0), column: column, cell: b.number(packed(u32(r.data, i+2)), u16(r.data, i))})
		}
		return out
	}
	return nil
}

func (b *biff) number(value float64, style uint16) punchfile.Cell {
	if math.IsNaN(value) || math.IsInf(value, 0) || math.Abs(value) > 1e15 {
		return punchfile.Cell{}
	}
	return numberCell(value, b.format(style), b.later)
}

// packed unpacks a number that was stored in 30 bits: an integer or the upper half of a float, perhaps of a hundredfold.
func packed(rk uint32) float64 {
	value := math.Float64frombits(uint64(rk&^3) << 32)
	if rk&2 != 0 {
		value = float64(int32(rk) >> 2)
	}
	if rk&1 != 0 {
		value /= 100
	}
	return value
}

// textReader reads texts from a record and those that continue it. A text that goes on in the next record says there again how wide its
// characters are.
type textReader struct {
	parts [][]byte
	at    int
	b     *biff
}

func (t *textReader) done() bool {
	t.settle()
	return len(t.parts) == 0
}

// settle goes to the next part at the end of one.
func (t *textReader) settle() {
	for len(t.parts) > 0 && t.at >= len(t.parts[0]) {
		t.at -= len(t.parts[0])
		t.parts = t.parts[1:]
	}
}

func (t *textReader) byte() byte {
	if t.done() {
		return 0
	}
	c := t.parts[0][t.at]
	t.at++
	return c
}

func (t *textReader) short() int { low := int(t.byte()); return low | int(t.byte())<<8 }

// text reads a text with its length in two bytes.
func (t *textReader) text(wide bool) string {
	length := t.short()
	if !wide {
		return t.paged(length)
	}
	return t.unicode(length)
}

// shortText reads a sheet's name, with its length in one byte.
func (t *textReader) shortText() string {
	length := int(t.byte())
	if !t.b.wide {
		return t.paged(length)
	}
	return t.unicode(length)
}

func (t *textReader) paged(length int) string {
	raw := make([]byte, 0, min(length, 1<<12))
	for range length {
		if t.done() {
			break
		}
		raw = append(raw, t.byte())
	}
	text, err := t.b.page.NewDecoder().Bytes(raw)
	if err != nil {
		return string(raw)
	}
	return string(text)
}

// unicode reads a text of BIFF8: its options, its characters in one or two bytes each, then what is about its fonts.
func (t *textReader) unicode(length int) string {
	options := t.byte()
	runs, extra := 0, 0
	if options&8 != 0 {
		runs = t.short()
	}
	if options&4 != 0 {
		extra = t.short() | t.short()<<16
	}
	two := options&1 != 0
	units := make([]uint16, 0, min(length, cellRunes))
	for range length {
		if len(t.parts) > 0 && t.at == len(t.parts[0]) && len(t.parts) > 1 {
			t.settle()
			two = t.byte()&1 != 0
		}
		if t.done() {
			break
		}
		unit := uint16(t.byte())
		if two {
			unit |= uint16(t.byte()) << 8
		}
		units = append(units, unit)
	}
	t.skip(4*runs + extra)
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}

func (t *textReader) skip(n int) {
	t.at += max(n, 0)
	t.settle()
}
