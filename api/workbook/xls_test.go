package workbook

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain/punchfile"
)

// oldBook writes workbooks of Excel 97: records in one stream, the stream in a compound file.
type oldBook struct{ bytes.Buffer }

func (b *oldBook) record(id uint16, data []byte) {
	_ = binary.Write(b, binary.LittleEndian, id)
	_ = binary.Write(b, binary.LittleEndian, uint16(len(data)))
	b.Write(data)
}

func le(values ...any) []byte {
	var out bytes.Buffer
	for _, v := range values {
		_ = binary.Write(&out, binary.LittleEndian, v)
	}
	return out.Bytes()
}

// wideText is a text of BIFF8 in two bytes a character, after its length.
func wideText(text string, short bool) []byte {
	units := utf16.Encode([]rune(text))
	out := le(uint16(len(units)), uint8(1), units)
	if short {
		return append([]byte{byte(len(units))}, out[2:]...)
	}
	return out
}

// The styles of oldBook: general, a date, zeros in front.
const (
	general = iota
	dated
	padded
)

// cellOf is what a sheet of the test holds: a string, a float64, or a styled number.
type styled struct {
	value float64
	style uint16
}

// write gives the stream of a workbook; split is where the table of texts is cut for a record that continues it, 0 for nowhere.
func (b *oldBook) write(sheets map[string][][]any, names []string, split int) []byte {
	texts, index := []string{}, map[string]uint32{}
	for _, name := range names {
		for _, row := range sheets[name] {
			for _, cell := range row {
				if text, is := cell.(string); is && text != "" {
					if _, known := index[text]; !known {
						index[text] = uint32(len(texts))
						texts = append(texts, text)
					}
				}
			}
		}
	}
	b.record(recBOF, le(uint16(versionWide), uint16(5), uint32(0), uint32(0), uint32(0)))
	b.record(recFormat, append(le(uint16(164)), wideText("yyyy/m/d h:mm", false)...))
	b.record(recFormat, append(le(uint16(165)), wideText("0000", false)...))
	for _, format := range []uint16{0, 164, 165} {
		b.record(recStyle, le(uint16(0), format, make([]byte, 16)))
	}
	places := []int{}
	for _, name := range names {
		places = append(places, b.Len()+4)
		b.record(recSheet, append(le(uint32(0), uint16(0)), wideText(name, true)...))
	}
	b.texts(texts, split)
	b.record(recEOF, nil)
	stream := b.Bytes()
	for i, name := range names {
		binary.LittleEndian.PutUint32(stream[places[i]:], uint32(b.Len()))
		b.sheet(sheets[name], index)
		stream = b.Bytes()
	}
	return stream
}

func (b *oldBook) texts(texts []string, split int) {
	table := le(uint32(len(texts)), uint32(len(texts)))
	for _, text := range texts {
		table = append(table, wideText(text, false)...)
	}
	if split == 0 {
		b.record(recTexts, table)
		return
	}
	// the cut lies inside the characters of the first text: the next record says again that they have two bytes
	b.record(recTexts, table[:split])
	b.record(recContinue, append([]byte{1}, table[split:]...))
}

func (b *oldBook) sheet(rows [][]any, index map[string]uint32) {
	b.record(recBOF, le(uint16(versionWide), uint16(16), uint32(0), uint32(0), uint32(0)))
	for r, row := range rows {
		for c, cell := range row {
			at := le(uint16(r), uint16(c))
			switch v := cell.(type) {
			case string:
				if v != "" {
					b.record(recTextRef, append(at, le(uint16(general), index[v])...))
				}
			case int:
				b.record(recRK, append(at, le(uint16(general), uint32(v)<<2|2)...))
			case float64:
				b.record(recNumber, append(at, le(uint16(general), v)...))
			case styled:
				b.record(recNumber, append(at, le(v.style, v.value)...))
			}
		}
	}
	b.record(recEOF, nil)
}

// compound puts a stream into a compound file of sectors of 512 bytes.
func compound(stream []byte) []byte {
	const sector, free, end = 512, 0xffffffff, 0xfffffffe
	for len(stream) < 4096 || len(stream)%sector != 0 {
		stream = append(stream, 0)
	}
	n := len(stream) / sector
	fats := 1
	for fats*128 < n+1+fats {
		fats++
	}
	head := le(compoundMark, make([]byte, 16), uint16(0x3e), uint16(3), uint16(0xfffe), uint16(9), uint16(6), make([]byte, 6), uint32(0), uint32(fats), uint32(n), uint32(0), uint32(4096), uint32(end), uint32(0), uint32(end), uint32(0))
	for i := range 109 {
		if i < fats {
			head = append(head, le(uint32(n+1+i))...)
		} else {
			head = append(head, le(uint32(free))...)
		}
	}
	out := append(head, stream...)
	out = append(out, entry("Root Entry", 5, end, 0, 1)...)
	out = append(out, entry("Workbook", 2, 0, len(stream), free)...)
	out = append(out, make([]byte, 256)...)
	var table []byte
	for i := range fats * 128 {
		switch {
		case i < n-1:
			table = append(table, le(uint32(i+1))...)
		case i == n-1 || i == n:
			table = append(table, le(uint32(end))...)
		case i <= n+fats:
			table = append(table, le(uint32(0xfffffffd))...)
		default:
			table = append(table, le(uint32(free))...)
		}
	}
	return append(out, table...)
}

func entry(name string, kind byte, start uint32, size int, child uint32) []byte {
	var field [64]byte
	units := utf16.Encode([]rune(name))
	copy(field[:], le(units))
	return le(field, uint16(2*len(units)+2), kind, uint8(1), uint32(0xffffffff), uint32(0xffffffff), child, make([]byte, 16), uint32(0), uint64(0), uint64(0), start, uint64(size))
}

func oldFile(t *testing.T, sheets map[string][][]any, names []string, split int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "book.xls")
	require.NoError(t, os.WriteFile(path, compound(new(oldBook).write(sheets, names, split)), 0o600))
	return path
}

// punchesOf reads a workbook as number and time, one per line.
func punchesOf(t *testing.T, path string) string {
	t.Helper()
	var out []string
	_, err := readWorkbook(path, t.TempDir(), "2026-06-02T09:00:00", punchfile.Sink{
		Line:  func(l punchfile.Line) error { out = append(out, l.Badge+" "+l.Wall); return nil },
		Issue: func(i punchfile.Issue) error { out = append(out, i.Code+": "+i.Text); return nil },
	})
	require.NoError(t, err)
	return strings.Join(out, "\n")
}

func TestAnOldWorkbook(t *testing.T) {
	const morning = 46083 + (8*60+55)/1440.0
	rows := [][]any{{"考勤明细"}, {}, {"工号", "姓名", "打卡时间"}, {7, "安蓝", styled{morning, dated}}, {styled{42, padded}, "白青", "2026-03-02 18:05"}, {"A01", "", styled{46083.75, dated}}, {3000000000.0, "", morning}}
	want := "7 2026-03-02T08:55:00\n0042 2026-03-02T18:05:00\nA01 2026-03-02T18:00:00\n3000000000 2026-03-02T08:55:00"
	for name, split := range map[string]int{"in one record": 0, "texts cut inside a character row": 8 + 3 + 4} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, want, punchesOf(t, oldFile(t, map[string][][]any{"汇总": {{"nothing"}}, "明细": rows}, []string{"汇总", "明细"}, split)))
		})
	}
}

// TestAMachinesReport reads the sheet that every machine of ZKTeco writes: days in a row, a person's number, then the day's times in one cell.
func TestAMachinesReport(t *testing.T) {
	sheets := map[string][][]any{
		"考勤汇总表": {{"考勤汇总表"}, {"工号", "姓名", "部门", "工作时间"}, {1, "安蓝", "一部", "160:00"}},
		"考勤记录表": {
			{"考勤记录表"}, {"考勤时间", "", "2026-03-01 ~ 2026-03-31", "", "", "", "", "制表时间", "", "2026-04-01"},
			{1, 2, 3, 4, 5, 6, 7}, {"工 号:", "", "1", "", "姓 名:", "", "安蓝"}, {"", "08:5518:05", "08:50\n12:01\n13:00\n18:01"}, {"工 号:", "", "2", "", "姓 名:", "", "白青"}, {"", "", "09:01"},
		},
	}
	require.Equal(t, "1 2026-03-02T08:55:00\n1 2026-03-02T18:05:00\n1 2026-03-03T08:50:00\n1 2026-03-03T12:01:00\n1 2026-03-03T13:00:00\n1 2026-03-03T18:01:00\n2 2026-03-03T09:01:00",
		punchesOf(t, oldFile(t, sheets, []string{"考勤汇总表", "考勤记录表"}, 0)))
}

func TestOldWorkbooksThatCannotBeRead(t *testing.T) {
	good := compound(new(oldBook).write(map[string][][]any{"a": {{"number", "at"}}}, []string{"a"}, 0))
	locked := new(oldBook)
	locked.record(recBOF, le(uint16(versionWide), uint16(5), uint32(0), uint32(0), uint32(0)))
	locked.record(recPass, make([]byte, 6))
	old := new(oldBook)
	old.record(recBOF, le(uint16(0x0400), uint16(5)))
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"cut":      {good[:600], "this is no workbook"},
		"locked":   {compound(locked.Bytes()), "protected by a password"},
		"too old":  {compound(old.Bytes()), "older than Excel 5"},
		"no books": {bytes.Replace(good, le(utf16.Encode([]rune("Workbook"))), le(utf16.Encode([]rune("WordDocu"))), 1), "holds no workbook"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.xls")
			require.NoError(t, os.WriteFile(path, c.content, 0o600))
			_, err := Open(path, t.TempDir())
			file, is := punchfile.IsFileError(err)
			require.True(t, is, "%v", err)
			require.Contains(t, file.Text, c.says)
		})
	}
}

func TestNumbersInThirtyBits(t *testing.T) {
	for rk, want := range map[uint32]float64{7<<2 | 2: 7, 0xfffffffe: -1, 1234<<2 | 3: 12.34, uint32(math.Float64bits(1.5) >> 32): 1.5} {
		require.InDelta(t, want, packed(rk), 1e-9)
	}
}

// FuzzOldWorkbook gives damaged files; they are refused or read, and never more than they hold.
func FuzzOldWorkbook(f *testing.F) {
	stream := new(oldBook).write(map[string][][]any{"a": {{"工号", "打卡时间"}, {7, styled{46083.5, dated}}, {"A01", "2026-03-02 18:05"}}}, []string{"a"}, 8+3+2)
	f.Add(compound(stream))
	f.Fuzz(func(t *testing.T, content []byte) {
		book, err := parseXLS(content)
		if err != nil {
			return
		}
		for i := range book.Sheets() {
			for row, err := range book.Rows(i) {
				require.NoError(t, err)
				require.LessOrEqual(t, len(row), 256)
			}
		}
	})
}

// FuzzRecords damages the records themselves, which a compound file would hide from the fuzzer.
func FuzzRecords(f *testing.F) {
	f.Add(new(oldBook).write(map[string][][]any{"a": {{"工号", "打卡时间"}, {7, styled{46083.5, dated}}, {"A01", "2026-03-02 18:05"}}}, []string{"a"}, 8+3+2))
	f.Fuzz(func(t *testing.T, stream []byte) {
		b := &biff{stream: stream}
		if b.globals() != nil {
			return
		}
		for _, sheet := range b.sheets {
			cells, err := b.sheet(sheet.offset, 10_000)
			if err == nil {
				require.LessOrEqual(t, len(cells), 10_000)
			}
		}
	})
}
