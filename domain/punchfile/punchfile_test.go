package punchfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain/punchfile"
)

const now = "2026-11-23T16:00:00"

// read gives punches and issues as text, one per line.
func read(t *testing.T, format punchfile.Format, files ...string) (punches, issues []string, s punchfile.Summary, err error) {
	t.Helper()
	return readAs(punchfile.Options{Format: format}, files, collect(&punches, &issues), &punches, &issues)
}

// readAs reads texts with options; the time of the import is now.
func readAs(opts punchfile.Options, files []string, sink punchfile.Sink, punches, issues *[]string) ([]string, []string, punchfile.Summary, error) {
	var in []punchfile.Source
	for _, f := range files {
		in = append(in, punchfile.Source{Text: strings.NewReader(f)})
	}
	opts.Now = now
	s, err := punchfile.Read(opts, in, sink)
	return *punches, *issues, s, err
}

func collect(punches, issues *[]string) punchfile.Sink {
	kinds := map[punchfile.Kind]string{punchfile.Refused: "refused", punchfile.Duplicate: "duplicate", punchfile.Warning: "warning"}
	return punchfile.Sink{
		Line: func(l punchfile.Line) error {
			jump := ""
			if l.Jump {
				jump = " jump"
			}
			*punches = append(*punches, fmt.Sprintf("%d:%d:%d %s %s [%s] %s%s", l.File, l.Number, l.Column, l.Badge, l.Wall, l.State, l.CheckType, jump))
			return nil
		},
		Issue: func(i punchfile.Issue) error {
			*issues = append(*issues, fmt.Sprintf("%d:%d %s %s: %s", i.File, i.Number, kinds[i.Kind], i.Code, i.Text))
			return nil
		},
	}
}

func TestAttLog(t *testing.T) {
	cases := []struct{ name, file, punches, issues string }{
		{"a line of a machine", "      126\t2020-01-07 10:34:08\t1\t0\t1\t0\n", "0:1:0 126 2020-01-07T10:34:08 [0] ", ""},
		{"CRLF, leading zeros, last line open", "007\t2020-01-07 10:34:08\t1\t255\t1\t0\r\n008\t2020-01-07 10:34:09\t1\t4\t1\t0",
			"0:1:0 007 2020-01-07T10:34:08 [255] \n0:2:0 008 2020-01-07T10:34:09 [4] ", ""},
		{"no state column", "7\t2020-01-07 10:34:08", "0:1:0 7 2020-01-07T10:34:08 [] ", ""},
		{"broken date", "4\t1971--10--29 -23:-59:-53\t1\t255\t1\t0\n5\t2020-01-07 10:34:08\t1\t0\t1\t0\n", "0:2:0 5 2020-01-07T10:34:08 [0] ",
			`0:1 refused time: "1971--10--29 -23:-59:-53" is not a time such as 2026-03-02 08:55:00`},
		{"a date that is none", "4\t2021-02-29 08:00:00\t1\t0\t1\t0\n", "", `0:1 refused time: "2021-02-29 08:00:00" is not a time such as 2026-03-02 08:55:00`},
		{"a fraction of a second is left out", "4\t2021-02-20 08:00:00.500\t1\t0\t1\t0\n", "0:1:0 4 2021-02-20T08:00:00 [0] ", ""},
		{"duplicate", "4\t2021-02-20 08:00:00\t1\t0\t1\t0\n4\t2021-02-20 08:00:00\t15\t0\t0\t0\n", "0:1:0 4 2021-02-20T08:00:00 [0] ",
			"0:2 duplicate duplicate: equal to an earlier line; one punch"},
		{"another state is another fact", "4\t2021-02-20 08:00:00\t1\t0\n4\t2021-02-20 08:00:00\t1\t1\n", "0:1:0 4 2021-02-20T08:00:00 [0] \n0:2:0 4 2021-02-20T08:00:00 [1] ", ""},
		{"clock reset", "4\t2000-01-01 00:00:07\t1\t0\n", "0:1:0 4 2000-01-01T00:00:07 [0]  jump", "0:1 warning clock_jump: 2000-01-01T00:00:07 is before 2010: the clock was reset"},
		{"after the import", "4\t2026-11-23 16:00:00\t1\t0\n4\t2026-11-23 16:00:01\t1\t0\n", "0:1:0 4 2026-11-23T16:00:00 [0] \n0:2:0 4 2026-11-23T16:00:01 [0]  jump",
			"0:2 warning clock_jump: 2026-11-23T16:00:01 is after the import"},
		{"24 h behind another id's line is none, a second more is", "4\t2021-02-20 08:00:00\t1\t0\n5\t2021-02-19 08:00:00\t1\t0\n6\t2021-02-18 07:59:59\t1\t0\n",
			"0:1:0 4 2021-02-20T08:00:00 [0] \n0:2:0 5 2021-02-19T08:00:00 [0] \n0:3:0 6 2021-02-18T07:59:59 [0]  jump",
			"0:3 warning clock_jump: 2021-02-18T07:59:59 is more than 24 h off its neighbours (2021-02-19T08:00:00)"},
		{"NUL runs", "\x00\x00\x00\n\x00\x004\t2021-02-20 08:00:00\t1\t0\t1\t0\n5\t2021-\x006\t2021-02-20 08:00:01\t1\t0\n",
			"0:2:0 4 2021-02-20T08:00:00 [0] \n0:3:0 6 2021-02-20T08:00:01 [0] ",
			"0:1 refused nul: nothing but 3 NUL bytes\n0:2 warning nul: 2 NUL bytes were left out\n" +
				`0:3 refused time: "2021-" is not a time such as 2026-03-02 08:55:00` + "\n0:3 warning nul: 1 NUL byte was left out"},
		{"no TAB", "hello\n", "", `0:1 refused fields: a machine's line has an id, a TAB and a time; this is "hello"`},
		{"empty id", "   \t2021-02-20 08:00:00\t1\t0\n", "", "0:1 refused number: the number is empty"},
		{"GB2312", "\xd5\xc5\xc8\xfd\t2021-02-20 08:00:00\t1\t0\n", "0:1:0 张三 2021-02-20T08:00:00 [0] ", ""},
		{"neither UTF-8 nor GB18030", "\xff\xff\t2021-02-20 08:00:00\t1\t0\n", "", "0:1 refused encoding: the number is neither UTF-8 nor GB18030: bytes ff ff"},
		{"a control character", "4\x07\t2021-02-20 08:00:00\t1\t0\n", "", `0:1 refused number: the number "4\a" holds a character that cannot be printed`},
		{"a long id", strings.Repeat("9", 65) + "\t2021-02-20 08:00:00\t1\t0\n", "", "0:1 refused number: the number has 65 characters; the limit is 24"},
		{"huge line", strings.Repeat("9", 70000) + "\n4\t2021-02-20 08:00:00\t1\t0\n", "0:2:0 4 2021-02-20T08:00:00 [0] ", "0:1 refused too_long: the line has 70001 bytes; the limit is 65536"},
		{"empty lines are nothing", "\r\n\n4\t2021-02-20 08:00:00\t1\t0\n\n", "0:3:0 4 2021-02-20T08:00:00 [0] ", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			punches, issues, s, err := read(t, punchfile.AttLog, c.file)
			require.NoError(t, err)
			require.Equal(t, c.punches, strings.Join(punches, "\n"))
			require.Equal(t, c.issues, strings.Join(issues, "\n"))
			require.Equal(t, s.Lines, s.Punches+s.Duplicates+s.Refused)
		})
	}
}

func TestWideCSV(t *testing.T) {
	in := ",31/12/2014,02/01/2015\n007,NA,02/01/2015 09:43\n8,2015-01-01 09:00:05,\n"
	out := ",31/12/2014,02/01/2015\n007,NA,18:05\n8,03/01/2015 01:10,soon\n"
	punches, issues, s, err := read(t, punchfile.WideCSV, in, out)
	require.NoError(t, err)
	require.Equal(t, []string{
		"0:2:3 007 2015-01-02T09:43:00 [IN] OnDuty", "0:3:2 8 2015-01-01T09:00:05 [IN] OnDuty",
		"1:2:3 007 2015-01-02T18:05:00 [OUT] OffDuty", "1:3:2 8 2015-01-03T01:10:00 [OUT] OffDuty",
	}, punches)
	require.Equal(t, []string{`1:3 refused time: column 3: "soon" is not a time such as 2026-03-02 08:55:00`}, issues)
	require.Equal(t, punchfile.Summary{Lines: 5, Punches: 4, Refused: 1, First: "2014-12-31", Files: []punchfile.Reading{
		{Layout: "wide", Encoding: "UTF-8", Dates: "dmy", Header: 1}, {Layout: "wide", Encoding: "UTF-8", Dates: "dmy", Header: 1}}}, s)
}

func TestCSV(t *testing.T) {
	cases := []struct{ name, file, punches, issues string }{
		{"number and at", "number,at\n007,2026-03-02 09:06:00\n", "0:2:0 007 2026-03-02T09:06:00 [] ", ""},
		{"date and time, semicolons, BOM, check type", "\xef\xbb\xbfNumber;Date;Time;Check_Type\n7;2026-03-02;09:06;OnDuty\n7;2026-03-02;18:01;OUT\n",
			"0:2:0 7 2026-03-02T09:06:00 [OnDuty] OnDuty\n0:3:0 7 2026-03-02T18:01:00 [OffDuty] OffDuty", ""},
		{"Chinese header, TAB, state kept", "工号\t打卡时间\t状态\n7\t2026/03/02 09:06\t4\n", "0:2:0 7 2026-03-02T09:06:00 [4] ", ""},
		{"quoted", "\"number\",\"at\"\n\"7\",\"2026-03-02 09:06\"\n", "0:2:0 7 2026-03-02T09:06:00 [] ", ""},
		{"a stray quote costs one line", "number,at\n\"7,2026-03-02 09:06\n8,2026-03-02 09:06\n", "0:3:0 8 2026-03-02T09:06:00 [] ",
			"0:2 refused quotes: the quotation marks of the line do not match"},
		{"an offset", "number,at\n7,2026-03-02T09:06:00+08:00\n7,2026-03-02T09:07:00Z\n", "0:2:0 7 2026-03-02T01:06:00 [] \n0:3:0 7 2026-03-02T09:07:00 [] ", ""},
		{"check type", "number,at,check_type\n7,2026-03-02 09:06,maybe\n", "", `0:2 refused check_type: "maybe" is no check type; use OnDuty, OffDuty or nothing`},
		{"sorted by number is no clock jump", "number,at\n7,2026-03-02 09:06\n7,2026-03-09 09:06\n8,2026-03-02 09:07\n8,2026-02-28 09:07\n",
			"0:2:0 7 2026-03-02T09:06:00 [] \n0:3:0 7 2026-03-09T09:06:00 [] \n0:4:0 8 2026-03-02T09:07:00 [] \n0:5:0 8 2026-02-28T09:07:00 []  jump",
			"0:5 warning clock_jump: 2026-02-28T09:07:00 is more than 24 h off its neighbours (2026-03-02T09:07:00)"},
		{"a short line", "number,at\n7\n", "", `0:2 refused time: "" is not a time such as 2026-03-02 08:55:00`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			punches, issues, _, err := read(t, punchfile.CSV, c.file)
			require.NoError(t, err)
			require.Equal(t, c.punches, strings.Join(punches, "\n"))
			require.Equal(t, c.issues, strings.Join(issues, "\n"))
		})
	}
}

func TestFilesThatAreNotOfTheFormat(t *testing.T) {
	cases := []struct {
		format punchfile.Format
		files  []string
		text   string
	}{
		{punchfile.WideCSV, []string{"a"}, "file 1: wide-csv takes the pair IN.csv OUT.csv, but 1 were given"},
		{punchfile.WideCSV, []string{"", ""}, "file 1: the file is empty; its first line names the columns number and at"},
		{punchfile.WideCSV, []string{"hello\n", ""}, "file 1: the first line is no header: a corner cell, then one date per column; where columns have other names, a mapping says which they are: number=NAME,at=NAME"},
		{punchfile.CSV, []string{""}, "file 1: the file is empty; its first line names the columns number and at"},
		{punchfile.CSV, []string{"name,when\n"}, `file 1: the header needs the columns number and at (or date and time); it has "name, when"; where columns have other names, a mapping says which they are: number=NAME,at=NAME`},
		{punchfile.CSV, []string{"number,date\n"}, "file 1: the header has date but no time column; where columns have other names, a mapping says which they are: number=NAME,at=NAME"},
		{"tsv", nil, `file 1: there is no format "tsv"; the formats are auto, wide-csv, csv, attlog and dingtalk-xlsx`},
	}
	for _, c := range cases {
		_, _, _, err := read(t, c.format, c.files...)
		require.EqualError(t, err, c.text)
		_, is := punchfile.IsFileError(err)
		require.True(t, is)
	}
}

func TestDingTalkRows(t *testing.T) {
	rows := [][]string{
		{"原始记录 统计日期：2024-03-01 至 2024-03-31"}, {"报表生成时间：2024-04-01"},
		{"姓名", "考勤组", "部门", "工号", "UserId", "考勤日期", "考勤时间", "打卡时间", "打卡结果"},
		{"张三", "总部", "研发", "007", "u1", "24-03-01 星期五", "09:00", "2024-03-01 08:55", "正常"},
		{"张三", "总部", "研发", "007", "u1", "24-03-01 星期五", "18:00", "18:04", "正常"},
		{"李四", "总部", "研发", "008", "u2", "24-03-01 星期五", "09:00", "", "缺卡"},
		{"李四", "总部", "研发", "", "u2", "24-03-01 星期五", "18:00", "18:04", "正常"},
	}
	var punches, issues []string
	s, err := punchfile.Read(punchfile.Options{Now: now}, []punchfile.Source{{Book: sheets{{"原始记录", rows}}}}, collect(&punches, &issues))
	require.NoError(t, err)
	require.Equal(t, []string{"0:4:0 007 2024-03-01T08:55:00 [] ", "0:5:0 007 2024-03-01T18:04:00 [] ", "0:7:0 u2 2024-03-01T18:04:00 [] "}, punches)
	require.Empty(t, issues)
	require.Equal(t, 3, s.Lines)
	_, err = punchfile.Read(punchfile.Options{Now: now}, []punchfile.Source{{Book: sheets{{"原始记录", rows[:2]}}}}, collect(&punches, &issues))
	require.ErrorContains(t, err, "file 1: the workbook has no sheet with the columns 工号 and 打卡时间")
}

// sheets is a workbook of texts; a cell that begins with # is a number without a text of its own.
type sheets []struct {
	name string
	rows [][]string
}

func (s sheets) Sheets() []string {
	var names []string
	for _, sheet := range s {
		names = append(names, sheet.name)
	}
	return names
}

func (s sheets) Rows(sheet int) iter.Seq2[[]punchfile.Cell, error] {
	return func(yield func([]punchfile.Cell, error) bool) {
		for _, texts := range s[sheet].rows {
			var cells []punchfile.Cell
			for _, text := range texts {
				if raw, is := strings.CutPrefix(text, "#"); is {
					cells = append(cells, punchfile.Cell{Text: raw, Raw: raw})
					continue
				}
				cells = append(cells, punchfile.Cell{Text: text})
			}
			if !yield(cells, nil) {
				return
			}
		}
	}
}

func TestSinkErrorsEndTheReading(t *testing.T) {
	stop := errors.New("stop")
	_, err := punchfile.Read(punchfile.Options{Format: punchfile.AttLog, Now: now}, []punchfile.Source{{Text: strings.NewReader("4\t2021-02-20 08:00:00\n")}},
		punchfile.Sink{Line: func(punchfile.Line) error { return stop }})
	require.ErrorIs(t, err, stop)
}

// TestRealFiles asserts what the real files hold; see their README.
func TestRealFiles(t *testing.T) {
	cases := []struct {
		format   punchfile.Format
		files    []string
		summary  punchfile.Summary
		badges   int
		refusals string
	}{
		{punchfile.WideCSV, []string{"kaggle50_in_time.csv", "kaggle50_out_time.csv"}, punchfile.Summary{Lines: 23648, Punches: 23648, First: "2015-01-01"}, 50, ""},
		{punchfile.AttLog, []string{"zk_alden_1_attlog.dat"}, punchfile.Summary{Lines: 24162, Punches: 24162, Warnings: 1}, 23, ""},
		{punchfile.AttLog, []string{"zk_thrawn_1_attlog.dat"}, punchfile.Summary{Lines: 14360, Punches: 14359, Refused: 1, Warnings: 89}, 11,
			`0:7175 refused time: "1990-00--8 -16:-29:-40" is not a time such as 2026-03-02 08:55:00`},
		{punchfile.AttLog, []string{"zk_saisandeep_1_attlog.dat"}, punchfile.Summary{Lines: 5567, Punches: 5567}, 135, ""},
	}
	for _, c := range cases {
		t.Run(c.files[0], func(t *testing.T) {
			var in []punchfile.Source
			for _, name := range c.files {
				in = append(in, punchfile.Source{Text: bytes.NewReader(sharedFile(t, name))})
			}
			badges := map[string]bool{}
			var refusals []string
			s, err := punchfile.Read(punchfile.Options{Format: c.format, Now: now}, in, punchfile.Sink{
				Line: func(l punchfile.Line) error { badges[l.Badge] = true; return nil },
				Issue: func(i punchfile.Issue) error {
					if i.Kind == punchfile.Refused {
						refusals = append(refusals, fmt.Sprintf("%d:%d refused %s: %s", i.File, i.Number, i.Code, i.Text))
					}
					return nil
				},
			})
			require.NoError(t, err)
			s.Files = nil
			require.Equal(t, c.summary, s)
			require.Len(t, badges, c.badges)
			require.Equal(t, c.refusals, strings.Join(refusals, "\n"))
		})
	}
}

func sharedFile(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("DAKA_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	data, err := os.ReadFile(filepath.Join(dir, "data", name))
	if err != nil {
		t.Skipf("the real files are not here: %v", err)
	}
	return data
}

func FuzzRead(f *testing.F) {
	f.Add("attlog", []byte("126\t2020-01-07 10:34:08\t1\t0\t1\t0\r\n\x00\x00\n"))
	f.Add("csv", []byte("number,date,time\n\"7\",2026-03-02,09:06\n"))
	f.Add("wide-csv", []byte(",01/01/2015\n7,01/01/2015 09:00\n"))
	f.Fuzz(func(t *testing.T, format string, data []byte) {
		count := 0
		sink := punchfile.Sink{
			Line: func(l punchfile.Line) error {
				count++
				require.NotEmpty(t, l.Badge)
				require.Len(t, l.Wall, len("2006-01-02T15:04:05"))
				return nil
			},
			Issue: func(i punchfile.Issue) error { require.NotEmpty(t, i.Code+i.Text); return nil },
		}
		s, err := punchfile.Read(punchfile.Options{Format: punchfile.Format(format), Now: now}, []punchfile.Source{{Text: bytes.NewReader(data)}, {Text: bytes.NewReader(data)}}, sink)
		if err == nil {
			require.Equal(t, s.Lines, s.Punches+s.Duplicates+s.Refused)
			require.Equal(t, s.Punches, count)
		}
	})
}
