package workbook

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

// workbook writes a zip of parts.
func bookOf(t *testing.T, parts map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "book.xlsx")
	f, err := os.Create(path)
	require.NoError(t, err)
	z := zip.NewWriter(f)
	for name, content := range parts {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(w, content)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	require.NoError(t, f.Close())
	return path
}

// lying is a workbook whose part is larger than it declares.
func lying(t *testing.T, content string, declared uint64) string {
	t.Helper()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	require.NoError(t, err)
	_, err = io.WriteString(w, content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	path := filepath.Join(t.TempDir(), "book.xlsx")
	f, err := os.Create(path)
	require.NoError(t, err)
	z := zip.NewWriter(f)
	raw, err := z.CreateRaw(&zip.FileHeader{Name: "xl/theme/theme1.xml", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE([]byte(content)),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: declared})
	require.NoError(t, err)
	_, err = raw.Write(packed.Bytes())
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.NoError(t, f.Close())
	return path
}

// noise is text that does not pack well.
func noise(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ  "[r.IntN(64)]
	}
	return string(b)
}

func readWorkbook(name, dir, now string, sink punchfile.Sink) (punchfile.Summary, error) {
	book, err := Open(name, dir)
	if err != nil {
		return punchfile.Summary{}, err
	}
	defer book.Close()
	return punchfile.Read(punchfile.Options{Now: now}, []punchfile.Source{{Book: book}}, sink)
}

func nothing() punchfile.Sink {
	return punchfile.Sink{Line: func(punchfile.Line) error { return nil }, Issue: func(punchfile.Issue) error { return nil }}
}

// TestWorkbookBombs: each is refused before the library that reads workbooks sees it.
func TestWorkbookBombs(t *testing.T) {
	cell := func(text string) string {
		return `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>` + text + `</t></is></c></row></sheetData></worksheet>`
	}
	const sheet = "xl/worksheets/sheet1.xml"
	many := map[string]string{}
	for i := range 6 {
		many[fmt.Sprintf("xl/worksheets/sheet%d.xml", i)] = cell("") + strings.Repeat("<row>"+noise(4000)+"</row>", 1800)
	}
	for name, bomb := range map[string]struct{ path, says string }{
		"one cell that packs well":      {bookOf(t, map[string]string{sheet: cell(strings.Repeat("A", 40<<20))}), "200 times"},
		"one long cell":                 {bookOf(t, map[string]string{sheet: cell(noise(600 << 10))}), "32767 characters"},
		"one long shared text in parts": {bookOf(t, map[string]string{"xl/sharedStrings.xml": "<sst><si>" + strings.Repeat("<r><t>"+noise(6000)+"</t></r>", 100) + "</si></sst>"}), "32767 characters"},
		"one long attribute":            {bookOf(t, map[string]string{sheet: `<row><c r="A1" s="` + noise(100<<10) + `"/></row>`}), "32767 characters"},
		"a character section":           {bookOf(t, map[string]string{sheet: "<c><![CDATA[" + strings.Repeat(noise(1000)+">", 700) + "]]></c>"}), "32767 characters"},
		"a column far to the right":     {bookOf(t, map[string]string{sheet: `<row r="1"><c r="XFD1"/></row>`}), "702 columns"},
		"much beside the tables":        {bookOf(t, map[string]string{"xl/media/a.bin": noise(33 << 20)}), "beside its tables"},
		"many sheets of middling size":  {bookOf(t, many), "beside its tables"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readWorkbook(bomb.path, t.TempDir(), "2026-03-02T09:00:00", nothing())
			var refusal *domain.Refusal
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, "workbook_too_large", refusal.Code)
			require.Contains(t, refusal.Text, bomb.says)
		})
	}
	for name, path := range map[string]string{"no workbook": bookOf(t, map[string]string{"a.txt": "x"}), "more than it declares": lying(t, strings.Repeat("A", 9<<20), 1000)} {
		_, err := readWorkbook(path, t.TempDir(), "2026-03-02T09:00:00", nothing())
		_, is := punchfile.IsFileError(err)
		require.True(t, is, "%s: %v", name, err)
	}
}

// TestAnHonestWorkbookIsRead: also one whose sheet and texts are so large that the library lays them aside, in the folder that it was given.
func TestAnHonestWorkbookIsRead(t *testing.T) {
	book := excelize.NewFile()
	sheet, err := book.NewStreamWriter("Sheet1")
	require.NoError(t, err)
	require.NoError(t, sheet.SetRow("A1", []any{"姓名", "工号", "打卡时间", "备注"}))
	for i := range 40_000 {
		at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Minute).Format("2006-01-02 15:04")
		require.NoError(t, sheet.SetRow(fmt.Sprintf("A%d", i+2), []any{"张三", fmt.Sprintf("%04d", i%500), at, "&<>" + strings.Repeat("很", i%10)}))
	}
	require.NoError(t, sheet.Flush())
	path := filepath.Join(t.TempDir(), "book.xlsx")
	require.NoError(t, book.SaveAs(path))
	require.NoError(t, book.Close())
	sum, err := readWorkbook(path, t.TempDir(), "2026-06-02T09:00:00", nothing())
	require.NoError(t, err)
	require.Equal(t, 40_000, sum.Lines)
	require.Zero(t, sum.Refused)
}

// TestDingTalksWorkbook: the punches are the rows of 原始记录, wherever that sheet stands; a person without a 工号 is known by the UserId.
func TestDingTalksWorkbook(t *testing.T) {
	head := []any{"姓名", "考勤组", "部门", "工号", "职位", "UserId"}
	book := map[string][][]any{
		"打卡时间": {append(head[:6:6], "打卡时间"), {nil, nil, nil, nil, nil, nil, "劳动节", "六", "日", "4", "5", "6"}, {"安蓝", "", "", "1001", "", "u-1", nil, nil, nil, nil, nil, "08:22  \n18:04  "}},
		"原始记录": {
			append(head[:6:6], "考勤日期", "考勤时间", "打卡时间", "打卡结果"),
			{"安蓝", "", "", "1001", "", "u-1", "26-05-06 星期三", "2026-05-06 08:30", "2026-05-06 08:22", "正常"}, {"安蓝", "", "", "1001", "", "u-1", "26-05-07 星期四", "2026-05-07 08:30", "", "缺卡"},
			{"白青", "", "", "", "", "u-2", "26-05-06 星期三", "2026-05-06 08:30", "2026-05-06 08:25", "正常"}, {"安蓝", "", "", "1001", "", "u-1", 46149.0, 46149.354167, 46149.348611, "正常"},
		},
		"每日统计": {append(head[:6:6], "日期", "workDate", "班次", "上班1打卡时间", "下班1打卡时间"), {}, {"安蓝", "", "", "1001", "", "u-1", "26-05-06 星期三", "1777996800000", "", "08:22", "18:04"}},
		"月度汇总": {append(head[:6:6], "出勤天数"), {}, {"安蓝", "", "", "1001", "", "u-1", 2}},
		"本公司":  {{"number", "at"}, {"99", "2026-05-06 08:00"}},
	}
	write := func(names ...string) string {
		f := excelize.NewFile()
		for i, name := range names {
			if i == 0 {
				require.NoError(t, f.SetSheetName("Sheet1", name))
			} else {
				_, err := f.NewSheet(name)
				require.NoError(t, err)
			}
			require.NoError(t, f.SetCellStr(name, "A1", name+" 统计日期：2026-05-01 至 2026-05-31"))
			require.NoError(t, f.SetCellStr(name, "A2", "报表生成时间：2026-06-01 15:22"))
			for r, row := range book[name] {
				require.NoError(t, f.SetSheetRow(name, fmt.Sprintf("A%d", r+3), &row))
			}
		}
		path := filepath.Join(t.TempDir(), "book.xlsx")
		require.NoError(t, f.SaveAs(path))
		require.NoError(t, f.Close())
		return path
	}
	const raw = "1001 2026-05-06T08:22:00\nu-2 2026-05-06T08:25:00\n1001 2026-05-07T08:22:00"
	for _, names := range [][]string{{"打卡时间", "原始记录", "月度汇总", "每日统计"}, {"月度汇总", "每日统计", "打卡时间", "原始记录"}, {"本公司", "原始记录"}} {
		require.Equal(t, raw, punchesOf(t, write(names...)), "%v", names)
	}
	const times = "1001 2026-05-06T08:22:00\n1001 2026-05-06T18:04:00"
	require.Equal(t, times, punchesOf(t, write("月度汇总", "打卡时间", "每日统计")), "without 原始记录 the sheet of all times speaks")
	require.Equal(t, times, punchesOf(t, write("月度汇总", "每日统计")))
}

// TestDateCells: a date is read as it is stored, whatever country's way it is shown in, and a number keeps the zeros that it is shown with.
func TestDateCells(t *testing.T) {
	f := excelize.NewFile()
	american, zeros := "m/d/yy h:mm AM/PM", "0000"
	date, err := f.NewStyle(&excelize.Style{CustomNumFmt: &american})
	require.NoError(t, err)
	number, err := f.NewStyle(&excelize.Style{CustomNumFmt: &zeros})
	require.NoError(t, err)
	require.NoError(t, f.SetSheetRow("Sheet1", "A1", &[]any{"工号", "打卡时间"}))
	require.NoError(t, f.SetSheetRow("Sheet1", "A2", &[]any{42, time.Date(2026, 3, 2, 8, 55, 0, 0, time.UTC)}))
	require.NoError(t, f.SetSheetRow("Sheet1", "A3", &[]any{123456789012, "2026-03-02 18:05"}))
	require.NoError(t, f.SetCellStyle("Sheet1", "A2", "A2", number))
	require.NoError(t, f.SetCellStyle("Sheet1", "B2", "B2", date))
	path := filepath.Join(t.TempDir(), "book.xlsx")
	require.NoError(t, f.SaveAs(path))
	require.NoError(t, f.Close())
	require.Equal(t, "0042 2026-03-02T08:55:00\n123456789012 2026-03-02T18:05:00", punchesOf(t, path))
}

// TestSharedWorkbooks reads the workbooks that the developers share, where they are at hand.
func TestSharedWorkbooks(t *testing.T) {
	dir := os.Getenv("DAKA_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "cases", "files", "10-dingtalk-workbook")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the shared cases are not here: %v", err)
	}
	a, b := punchesOf(t, filepath.Join(dir, "a_punch_first.xlsx")), punchesOf(t, filepath.Join(dir, "b_month_first.xlsx"))
	require.Equal(t, a, b)
	require.Equal(t, 5, strings.Count(a, "1001 2026-05"))
	require.Equal(t, 2, strings.Count(a, "u-2 2026-05"))
	require.Equal(t, "1001 2026-05-06T08:22:00", punchesOf(t, filepath.Join(dir, "d_date_cells.xlsx")))
}
