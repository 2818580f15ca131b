package punchfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/dakahq/daka/domain/punchfile"
)

// The two punches that most files of this test hold.
const twoPunches = "7 2026-03-02T08:55:00\n7 2026-03-02T18:05:00"

// short gives number and time of each punch, a * where it is in doubt, and code and line of each issue.
func short(punches *[]string, issues *[]string) punchfile.Sink {
	return punchfile.Sink{
		Line: func(l punchfile.Line) error {
			text := l.Badge + " " + l.Wall
			if l.Jump {
				text += " *"
			}
			*punches = append(*punches, text)
			return nil
		},
		Issue: func(i punchfile.Issue) error {
			*issues = append(*issues, fmt.Sprintf("%d %s", i.Number, i.Code))
			return nil
		},
	}
}

func readShort(t *testing.T, opts punchfile.Options, files ...string) (punches, issues string, err error) {
	t.Helper()
	var p, i []string
	_, _, _, err = readAs(opts, files, short(&p, &i), &p, &i)
	return strings.Join(p, "\n"), strings.Join(i, ", "), err
}

// TestTexts reads the texts that machines and programs write, without being told what they are.
func TestTexts(t *testing.T) {
	cases := []struct{ name, file, punches, issues string }{
		{"a machine's lines with blanks between", "       7 2026-03-02 08:55:00 1 0 1 0\n       7 2026-03-02 18:05:00 1 1 1 0\n", twoPunches, ""},
		{"a machine's lines with commas", "7,2026-03-02 08:55:00,1,0,1,0\n7,2026-03-02 18:05:00,1,1,1,0\n", twoPunches, ""},
		{"a machine's lines with date and time apart", "7\t2026-03-02\t08:55:00\t1\n7\t2026-03-02\t18:05:00\t1\n", twoPunches, ""},
		{"GLG: two blanks between date and time", "No\tMchn\tEnNo\t\tName\t\tMode\tIOMd\tDateTime\t\r\n000001\t1\t000000007\t          \t35\t0\t2026/03/02  08:55:00\r\n000002\t1\t000000007\tAnn       \t35\t0\t2026/03/02  18:05:00\r\n",
			"000000007 2026-03-02T08:55:00\n000000007 2026-03-02T18:05:00", ""},
		{"AGL", "No\tTMNo\tEnNo\tName\tGMNo\tMode\tIn/Out\tAntipass\tDateTime\n1\t1\t7\tAnn\t1\t1\t0\t0\t2026/03/02 08:55:00\n2\t1\t7\tAnn\t1\t1\t1\t0\t2026/03/02 18:05:00\n", twoPunches, ""},
		{"the desktop program of ZKTeco", "AC-No.,No.,Name,Time,State,New State,Exception\n7,1,Ann,2026/3/2 8:55,C/In,,OK\n7,1,Ann,2026/3/2 18:05,C/Out,,OK\n", twoPunches, ""},
		{"the same in Chinese", "考勤号码\t姓名\t日期时间\t记录状态\t机器号\t编号\n7\t安蓝\t2026/3/2 8:55\t上班签到\t1\t9\n7\t安蓝\t2026/3/2 18:05\t下班签退\t1\t9\n", twoPunches, ""},
		{"eSSL", "EmpCode,EmpName,LogDate,Direction\n7,Ann,2026-03-02 08:55:00.000,in\n7,Ann,2026-03-02 18:05:00.000,out\n", twoPunches, ""},
		{"ZKTime", "Employee ID;First Name;Punch Date;Punch Time\n7;Ann;2026-03-02;08:55\n7;Ann;2026-03-02;18:05\n", twoPunches, ""},
		{"PunchTime", "EmpCode|PunchTime\n7|2026-03-02 08:55:00\n7|2026-03-02 18:05:00\n", twoPunches, ""},
		{"a day in a row", "Employee ID,Date,C/In,C/Out\n7,2026-03-02,08:55,18:05\n7,2026-03-03,,\n", twoPunches, ""},
		{"a day in a row in Chinese", "工号,姓名,日期,上班,下班\n7,安蓝,2026年3月2日,8:55,18:05\n7,安蓝,2026年3月3日,休息,--\n", twoPunches, ""},
		{"签到时间 beside the plan", "登记号码,日期,上班时间,下班时间,签到时间,签退时间\n7,2026-03-02,09:00,18:00,08:55,18:05\n7,2026-03-03,09:00,18:00,,\n", twoPunches, ""},
		{"two sections", "工号,日期,上班1打卡时间,上班1打卡结果,下班1打卡时间,下班1打卡结果,上班2打卡时间,下班2打卡时间\n7,2026-03-02,08:55,正常,12:01,正常,13:02,18:05\n",
			"7 2026-03-02T08:55:00\n7 2026-03-02T12:01:00\n7 2026-03-02T13:02:00\n7 2026-03-02T18:05:00", ""},
		{"a night in a row", "工号,日期,签到,签退\n7,2026-03-02,21:55,06:05\n", "7 2026-03-02T21:55:00\n7 2026-03-03T06:05:00", "2 next_day"},
		{"numbered times", "Emp No,Date,Time1,Time2,Time3,Time4\n7,2026-03-02,08:55,18:05,,\n", twoPunches, ""},
		{"all times in one cell", "工号,日期,打卡记录\n7,2026-03-02,08:55 18:05\n7,2026-03-03,\n", twoPunches, ""},
		{"line breaks in a cell", "工号,日期,打卡时间\n7,2026-03-02,\"08:55\n18:05\"\n", twoPunches, ""},
		{"times without anything between them", "工号,日期,打卡记录\n7,2026-03-02,08:5518:05\n", twoPunches, ""},
		{"titles above the header", "考勤明细表\n统计日期：2026-03-01 至 2026-03-31,,\n\n工号,姓名,打卡时间\n7,安蓝,2026-03-02 08:55\n7,安蓝,2026-03-02 18:05\n", twoPunches, ""},
		{"a header on every page", "number,at\n7,2026-03-02 08:55\nnumber,at\n7,2026-03-02 18:05\n", twoPunches, ""},
		{"a stated separator", "sep=;\nnumber;at\n7;2026-03-02 08:55\n7;2026-03-02 18:05\n", twoPunches, ""},
		{"lines that end in CR", "number,at\r7,2026-03-02 08:55\r7,2026-03-02 18:05\r", twoPunches, ""},
		{"WeCom", "日期,姓名,账号,打卡类型,应打卡时间,实际打卡时间,打卡状态\n2026/03/02 星期一,安蓝,7,上班打卡,09:00,08:55,正常\n2026/03/02 星期一,安蓝,7,下班打卡,18:00,18:05,正常\n2026/03/03 星期二,安蓝,7,上班打卡,09:00,--,缺卡\n", twoPunches, ""},
		{"columns of dates", "工号,姓名,2026-03-02,2026-03-03\n7,安蓝,\"08:55\n18:05\",\n", twoPunches, ""},
		{"days of the month under a title", "2026年3月考勤表,,,,,,\n工号,姓名,1,2,3,4,5\n7,安蓝,,08:55 18:05,,,\n", twoPunches, ""},
		{"beginning and end under a date", "工号,2026-03-02,,2026-03-03,\n,上班,下班,上班,下班\n7,08:55,18:05,,\n", twoPunches, ""},
		{"the side in the header", "number,2026-03-02 IN,2026-03-02 OUT\n7,08:55,18:05\n", twoPunches, ""},
		{"a machine's report, person by person", "考勤记录表,,,,,\n考勤时间,,2026-03-01 ~ 2026-03-05,,制表,2026-04-01\n1,2,3,4,5,\n工 号:,,7,,姓 名:,安蓝\n,08:5518:05,,,,\n工 号:,,8,,姓 名:,白青\n,,09:01,,,\n",
			twoPunches + "\n8 2026-03-03T09:01:00", ""},
		{"a number that is none", "number,at\n7\x01,2026-03-02 08:55\n1234567890123456789012345,2026-03-02 08:55\n7,2026-03-02 08:55\n7,2026-03-02 18:05\n", twoPunches, "2 number, 3 number"},
		{"a number that a spreadsheet rounded", "number,at\n1.23E+11,2026-03-02 08:55\n7,2026-03-02 08:55\n7,2026-03-02 18:05\n", twoPunches, "2 number"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			punches, issues, err := readShort(t, punchfile.Options{}, c.file)
			require.NoError(t, err)
			require.Equal(t, c.punches, punches)
			require.Equal(t, c.issues, issues)
		})
	}
}

// TestTimes reads the ways in which a time can be written.
func TestTimes(t *testing.T) {
	const morning, evening, next = "2026-03-02T08:55:00", "2026-03-02T18:05:00", "2026-03-03T06:10:00"
	cases := []struct{ text, wall string }{
		{"2026-3-2 8:55", morning}, {"2026/3/2 8:55:00", morning}, {"2026.3.2 8:55", morning}, {"2026.03.02 08:55", morning},
		{"2026年3月2日 8:55", morning}, {"2026年3月2日 8时55分", morning}, {"2026年03月02日8点55分00秒", morning}, {"２０２６-０３-０２ ０８：５５", morning},
		{"2026-03-02T08:55", morning}, {"2026-03-02T08:55:00Z", morning}, {"2026-03-02T16:55:00+08:00", morning}, {"2026-03-02T08:55:00.123", morning}, {"2026-03-01T23:55:00-0900", morning},
		{"20260302085500", morning}, {"202603020855", morning}, {"20260302 08:55", morning}, {"2026-03-02 星期一 08:55", morning}, {"2026-03-02 (周一) 08:55", morning}, {"Mon 2026-03-02 08:55", morning},
		{"02-Mar-2026 08:55", morning}, {"2 March 2026 08:55", morning}, {"Mar 2, 2026 8:55 AM", morning}, {"02.03.2026 08:55", morning}, {"2.3.26 8:55", morning},
		{"2026-03-02 6:05 PM", evening}, {"2026-03-02 6:05PM", evening}, {"2026-03-02 06:05 p.m.", evening}, {"2026-03-02 下午 6:05", evening}, {"2026-03-02 下午18:05", evening}, {"2026/3/2 下午 06:05:00", evening}, {"2026-03-02 6:05\u202fPM", evening},
		{"2026-03-02 12:00 AM", "2026-03-02T00:00:00"}, {"2026-03-02 12:30 PM", "2026-03-02T12:30:00"}, {"2026-03-02 上午12:10", "2026-03-02T00:10:00"}, {"2026-03-02 中午12:10", "2026-03-02T12:10:00"},
		{"2026-03-02 凌晨1:10", "2026-03-02T01:10:00"}, {"2026-03-02 晚上9:10", "2026-03-02T21:10:00"},
		{"2026-03-02 24:00", "2026-03-03T00:00:00"}, {"2026-03-02 30:10", next}, {"2026-03-02 47:59", "2026-03-03T23:59:00"}, {"2026-03-02 次日 06:10", next}, {"2026-03-02 06:10(次日)", next}, {"2026-03-02 06:10 +1", next},
		{"46083.371527778", morning}, {"46083.3715", "2026-03-02T08:54:58"},
		{"2026-03-02 48:00", ""}, {"2026-03-02 8:5", ""}, {"2026-03-02 08:60", ""}, {"2026-02-30 08:55", ""}, {"2026-13-02 08:55", ""}, {"2026-03-02", ""}, {"08:55", ""}, {"2026-03-02 上午13:00", ""},
		{"2026-03-02 次日 30:00", ""}, {"3月2日 08:55", ""}, {"2026-03-02 08:55 18:05", ""}, {"hello", ""}, {"12", ""}, {"1969-12-31 08:55", ""}, {"2200-01-01 08:55", ""},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			punches, issues, err := readShort(t, punchfile.Options{}, "number;at\n7;"+c.text+"\n")
			require.NoError(t, err)
			if c.wall == "" {
				require.Equal(t, "2 time", issues)
				return
			}
			require.Equal(t, "7 "+c.wall, punches)
		})
	}
}

// TestEncodings reads one file in every encoding that is detected, and by name.
func TestEncodings(t *testing.T) {
	text := "工号,姓名,打卡时间\r\n7,安蓝,2026-03-02 08:55\r\n7,安蓝,2026-03-02 18:05\r\n"
	encode := func(e encoding.Encoding) string {
		out, err := e.NewEncoder().String(text)
		require.NoError(t, err)
		return out
	}
	for _, c := range []struct{ name, file, stated, says string }{
		{"UTF-8", text, "", "UTF-8"}, {"UTF-8 with a mark", "\xef\xbb\xbf" + text, "", "UTF-8"},
		{"GBK", encode(simplifiedchinese.GBK), "", "GB18030"}, {"GB18030", encode(simplifiedchinese.GB18030), "", "GB18030"}, {"GBK by name", encode(simplifiedchinese.GBK), "gbk", "GBK"},
		{"UTF-16LE with a mark", encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)), "", "UTF-16LE"}, {"UTF-16BE with a mark", encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM)), "", "UTF-16BE"},
		{"UTF-16LE", encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)), "", "UTF-16LE"}, {"UTF-16BE", encode(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)), "", "UTF-16BE"},
		{"UTF-16 by name", encode(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)), "utf-16be", "UTF-16BE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p, i []string
			punches, issues, s, err := readAs(punchfile.Options{Encoding: c.stated}, []string{c.file}, short(&p, &i), &p, &i)
			require.NoError(t, err)
			require.Empty(t, issues)
			require.Equal(t, twoPunches, strings.Join(punches, "\n"))
			require.Equal(t, c.says, s.Files[0].Encoding)
		})
	}
	_, _, err := readShort(t, punchfile.Options{Encoding: "klingon"}, text)
	require.ErrorContains(t, err, `there is no encoding "klingon"`)
}

// TestChineseAfterMuchASCII finds the encoding although the first 64 KiB do not show it.
func TestChineseAfterMuchASCII(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("安蓝")
	require.NoError(t, err)
	var file strings.Builder
	file.WriteString("number,name,at\n")
	for i := range 4000 {
		fmt.Fprintf(&file, "%d,Ann,2026-03-02 08:55\n", i)
	}
	file.WriteString("9001," + gbk + ",2026-03-02 08:55\n")
	var p, i []string
	punches, issues, s, err := readAs(punchfile.Options{}, []string{file.String()}, short(&p, &i), &p, &i)
	require.NoError(t, err)
	require.Empty(t, issues)
	require.Len(t, punches, 4001)
	require.Equal(t, "GB18030", s.Files[0].Encoding)
}

func TestMapping(t *testing.T) {
	mapping, err := punchfile.CheckMap("number=Wer, at=Wann")
	require.NoError(t, err)
	file := "Wer;Was;Wann\n7;x;2026-03-02 08:55\n7;x;2026-03-02 18:05\n"
	_, _, err = readShort(t, punchfile.Options{}, file)
	require.ErrorContains(t, err, `the header needs the columns number and at (or date and time); it has "Wer, Was, Wann"; where columns have other names, a mapping says which they are: number=NAME,at=NAME`)
	punches, _, err := readShort(t, punchfile.Options{Map: mapping}, file)
	require.NoError(t, err)
	require.Equal(t, twoPunches, punches)
	byPlace, err := punchfile.CheckMap("number=1,date=2,in=3,out=4")
	require.NoError(t, err)
	punches, _, err = readShort(t, punchfile.Options{Map: byPlace}, "a;b;c;d\n7;2026-03-02;08:55;18:05\n")
	require.NoError(t, err)
	require.Equal(t, twoPunches, punches)
	_, _, err = readShort(t, punchfile.Options{Map: map[string]string{"number": "Nobody"}}, file)
	require.ErrorContains(t, err, `the mapping names the column "Nobody" for number`)
	for _, bad := range []string{"number", "who=x", "number="} {
		_, err = punchfile.CheckMap(bad)
		require.ErrorContains(t, err, "is no mapping of a column")
	}
}

// TestFilesUnderAnotherName says what a file is that only its name calls a table.
func TestFilesUnderAnotherName(t *testing.T) {
	for file, text := range map[string]string{
		"<html><table><tr><td>7</td></tr></table></html>": "this is a web page", "<?xml version=\"1.0\"?><a/>": "this is an XML file", "%PDF-1.4\n": "this is a PDF", "[{\"a\":1}]": "this is JSON",
		"hello\nworld\n": "the header needs the columns number and at", "hello 1\n": "the header needs", "\n\n": "the file is empty",
	} {
		_, _, err := readShort(t, punchfile.Options{}, file)
		require.ErrorContains(t, err, text)
	}
}

func TestLookAlikes(t *testing.T) {
	for _, same := range [][]string{{"0042", "42", "42.0", "４２", "'0042", `="0042"`, "4.2E+01", "00042.00"}, {"A01", "a01", "Ａ０１"}, {"0", "000"}} {
		for _, number := range same {
			require.Equal(t, punchfile.LookAlike(same[0]), punchfile.LookAlike(number), number)
		}
	}
	require.NotEqual(t, punchfile.LookAlike("42"), punchfile.LookAlike("420"))
	require.NotEqual(t, punchfile.LookAlike("A1"), punchfile.LookAlike("A01"), "zeros inside are no zeros in front")
	for number, want := range map[string]string{"42.0": "42", "4.2E+01": "42", "1.2E+03": "1.2E+03", "42.5": "42.5", "A.0": "A.0"} {
		plain, mangled := punchfile.Plain(number)
		require.Equal(t, want, plain)
		require.Equal(t, want != number, mangled)
	}
}
