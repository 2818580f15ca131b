package punchfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain/punchfile"
)

// machine writes lines of a machine: "11 2026-03-02 08:50" each.
func machine(lines ...string) string {
	var out strings.Builder
	for _, line := range lines {
		number, at, _ := strings.Cut(line, " ")
		fmt.Fprintf(&out, "%9s\t%s:00\t1\t0\t1\t0\n", number, at)
	}
	return out.String()
}

// doubted gives the lines that are in doubt, refused lines with an exclamation mark.
func doubted(t *testing.T, files ...string) string {
	t.Helper()
	refused, doubts := "", ""
	var p, i []string
	_, _, _, err := readAs(punchfile.Options{}, files, punchfile.Sink{
		Line: func(punchfile.Line) error { return nil },
		Issue: func(issue punchfile.Issue) error {
			switch {
			case issue.Kind == punchfile.Refused:
				refused += fmt.Sprintf("%d! ", issue.Number)
			case issue.Code == "clock_jump":
				doubts += fmt.Sprintf("%d ", issue.Number)
			}
			return nil
		},
	}, &p, &i)
	require.NoError(t, err)
	return strings.TrimSpace(refused + doubts)
}

// threeDays are six sound lines; 12 was not there on the first day.
var threeDays = []string{"11 2026-03-02 08:50", "11 2026-03-02 18:01", "11 2026-03-03 08:50", "12 2026-03-03 08:52", "11 2026-03-04 08:50", "12 2026-03-04 08:52"}

// TestClockDoubts: a wrong line is wrong as a run, and a right line is not doubted because the one before it was wrong.
func TestClockDoubts(t *testing.T) {
	cases := []struct{ name, lines, file string }{
		{"a year that cannot be, now and then", "2! 3 5", machine("166 2026-03-02 08:55", " 2000-01-01 00:00", "166 2063-05-03 08:55", "166 2026-03-02 18:01", "777 2000-01-01 12:00")},
		{"a power cut", "5 6 7", machine("11 2026-03-02 08:50", "12 2026-03-02 08:52", "11 2026-03-02 18:02", "12 2026-03-02 18:03", "13 2020-01-01 00:03", "11 2020-01-01 00:04", "12 2020-01-01 00:05",
			"11 2026-03-03 18:02", "12 2026-03-03 18:03", "13 2026-03-03 18:04", "11 2026-03-04 08:50")},
		{"more wrong lines than right ones", "2 3 4", machine("11 2026-03-02 18:02", "12 2020-01-01 00:03", "11 2020-01-01 00:04", "11 2020-01-01 00:05", "11 2026-03-03 18:02")},
		{"a run ahead of both neighbours", "3 4", machine("11 2026-03-02 08:50", "12 2026-03-02 08:52", "13 2026-09-01 00:03", "11 2026-09-01 00:04", "11 2026-03-02 18:02", "12 2026-03-02 18:03")},
		{"a run ahead by days", "3 4 5", machine("11 2026-03-02 08:50", "12 2026-03-02 08:52", "13 2026-03-09 08:50", "11 2026-03-09 09:00", "12 2026-03-09 09:01", "11 2026-03-03 08:50", "12 2026-03-03 08:51")},
		{"a run at the end", "5 6", machine("11 2026-03-02 08:50", "12 2026-03-02 08:52", "11 2026-03-02 18:02", "12 2026-03-03 08:50", "11 2020-01-01 00:03", "12 2020-01-01 00:04")},
		{"a line at the end that is to come", "4", machine("11 2026-03-02 08:50", "12 2026-03-02 08:52", "11 2026-03-03 18:02", "12 2028-01-01 00:04")},
		{"a run at the beginning", "1 2", machine("11 2020-01-01 00:03", "12 2020-01-01 00:04", "11 2026-03-02 08:50", "12 2026-03-02 08:52", "11 2026-03-02 18:02", "12 2026-03-02 18:03")},
		{"two resets", "3 6", machine("11 2026-03-02 08:50", "12 2026-03-02 08:52", "13 2020-01-01 00:01", "11 2026-03-03 08:50", "12 2026-03-03 08:51", "13 2020-01-01 00:02", "11 2026-03-04 08:50")},
		{"set back by less than a day", "", machine("11 2026-03-02 08:50", "12 2026-03-01 09:00", "11 2026-03-02 18:02")},
		{"a company that was closed for a year", "", machine("11 2024-03-04 08:50", "12 2024-03-04 08:52", "11 2024-03-04 18:02", "12 2025-09-01 08:50", "11 2025-09-01 08:52", "12 2025-09-01 18:02")},
		{"the newest first", "", "number,at\n7,2026-03-06 08:55\n8,2026-03-05 08:54\n7,2026-03-05 08:50\n8,2026-03-04 08:55\n7,2026-03-02 08:55\n"},
		{"sorted by number", "", "number,at\n7,2026-03-02 08:55\n7,2026-03-31 08:55\n8,2026-03-02 08:55\n8,2026-03-31 08:55\n9,2026-03-02 08:55\n"},
		{"sorted by number, one line wrong", "4", "number,at\n7,2026-03-02 08:55\n7,2026-03-03 08:55\n7,2020-01-01 00:01\n7,2026-03-04 08:55\n8,2026-03-02 08:55\n8,2026-03-31 08:55\n9,2026-03-02 08:55\n9,2026-03-09 08:55\n"},
		{"a day brought in by hand, late", "", machine(append(slices.Clone(threeDays), "12 2026-03-02 08:50", "12 2026-03-02 18:02", "11 2026-03-05 08:50", "12 2026-03-05 08:51")...)},
		{"set back to a day at which all were there", "7 8", machine(append(slices.Clone(threeDays), "11 2026-03-03 07:50", "12 2026-03-03 07:51", "11 2026-03-05 08:50", "12 2026-03-05 08:51")...)},
		{"longer than the time between its neighbours", "", machine(append(slices.Clone(threeDays), "11 2026-03-02 08:51", "11 2026-03-02 18:02", "11 2026-03-04 08:55", "12 2026-03-05 08:51")...)},
		{"set back to a day of which the file has nothing", "7 8", machine(append(slices.Clone(threeDays), "13 2026-02-20 08:50", "13 2026-02-20 18:51", "11 2026-03-05 08:50", "12 2026-03-05 08:51")...)},
		{"a date to come", "2 3", "number,at\n31,2036-03-02 08:55\n31,2036-03-02 18:05\n"},
		{"a memory that was overwritten", "2! 3 4 5", machine("710011 2026-03-02 08:55", "ZZZZZZZZZZ 2047-02-30 19:13", "ZZA 2038-02-09 09:25", "`?0,?0 2001-02-13 08:04", "20 2131-01-08 08:46", "710011 2026-03-02 18:02")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.lines, doubted(t, c.file)) })
	}
}

// TestOrderOfDayAndMonth: the order is decided for the whole file, by a line that proves it, or the file is refused.
func TestOrderOfDayAndMonth(t *testing.T) {
	cases := []struct{ name, dates, file, punches, err string }{
		{"the proof stands later", "", "number,at\n31,03/02/2026 08:55\n31,03/13/2026 18:05\n", "31 2026-03-02T08:55:00\n31 2026-03-13T18:05:00", ""},
		{"day first", "", "number,at\n31,03/02/2026 08:55\n31,13/02/2026 18:05\n", "31 2026-02-03T08:55:00\n31 2026-02-13T18:05:00", ""},
		{"dashes", "", "number,at\n31,03-02-2026 08:55\n31,13-02-2026 18:05\n", "31 2026-02-03T08:55:00\n31 2026-02-13T18:05:00", ""},
		{"two digits of the year", "", "number,at\n31,03/02/26 08:55\n31,03/13/26 18:05\n", "31 2026-03-02T08:55:00\n31 2026-03-13T18:05:00", ""},
		{"year first in two digits, by the weekday", "", "工号,考勤日期,打卡时间\n31,26-03-02 星期一,08:55\n", "31 2026-03-02T08:55:00", ""},
		{"a contradiction", "", "number,date,time\n31,03/02/2026,08:55\n31,03/13/2026,08:55\n31,13/03/2026,18:05\n", "",
			"file 1: the lines contradict each other about the order of day and month: the date on line 4 can only be day first, the one on line 3 only month first; correct the file, or import its parts as files of their own"},
		{"no proof", "", "number,at\n31,03/02/2026 08:55 AM\n31,2026-03-13 8:55 AM\n", "",
			"file 1: the date on line 2 can be read day first (2026-02-03) or month first (2026-03-02), and no line of the file proves which; state the order: --dates dmy or --dates mdy"},
		{"no proof is needed where both are the same", "", "number,at\n31,03/03/2026 08:55\n", "31 2026-03-03T08:55:00", ""},
		{"stated", "mdy", "number,at\n31,03/02/2026 08:55 AM\n31,03/02/2026 06:05 PM\n31,2026-03-03 8:55 AM\n31,2026-03-03 下午 6:05\n",
			"31 2026-03-02T08:55:00\n31 2026-03-02T18:05:00\n31 2026-03-03T08:55:00\n31 2026-03-03T18:05:00", ""},
		{"stated otherwise", "dmy", "number,at\n31,03/02/2026 08:55\n", "31 2026-02-03T08:55:00", ""},
		{"dots are day first", "", "Personalnummer;Datum;Uhrzeit\n31;02.03.2026;08:55\n", "31 2026-03-02T08:55:00", ""},
		{"an unknown order", "ydm", "number,at\n31,03/02/2026 08:55\n", "", `file 1: there is no order of dates "ydm"; the orders are ymd, dmy and mdy`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			punches, _, err := readShort(t, punchfile.Options{Dates: c.dates}, c.file)
			if c.err != "" {
				require.EqualError(t, err, c.err)
				require.Empty(t, punches)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.punches, punches)
		})
	}
	many := "number,at\n"
	for i := range 500 {
		many += fmt.Sprintf("31,03/%02d/2026 08:55\n", i%12+1)
	}
	_, _, err := readShort(t, punchfile.Options{}, many)
	require.ErrorContains(t, err, "can be read day first")
	punches, _, err := readShort(t, punchfile.Options{}, many+"31,03/13/2026 08:55\n")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(punches, "31 2026-03-01T08:55:00\n31 2026-03-02T08:55:00\n"), "what was read before the proof is right too")
	punches, issues, err := readShort(t, punchfile.Options{Dates: "dmy"}, "number,at\n31,03/13/2026 08:55\n")
	require.NoError(t, err)
	require.Empty(t, punches)
	require.Equal(t, "2 time", issues, "a line that cannot be read in the stated order is refused by its number")
}

// TestPairsOfTables: an end that lies before the beginning in the same column is of the next date.
func TestPairsOfTables(t *testing.T) {
	const night = "7 2026-03-30T21:55:00\n7 2026-03-31T21:58:00\n7 2026-03-31T06:03:00\n7 2026-04-01T06:10:00"
	const day = "7 2026-03-30T09:05:00\n7 2026-03-31T09:02:00\n7 2026-03-30T18:05:00\n7 2026-03-31T18:01:00"
	const in = "number,2026-03-30,2026-03-31,2026-04-01\n7,21:55,21:58,\n"
	for _, c := range []struct{ name, in, out, punches, issues string }{
		{"a night shift", in, "number,2026-03-30,2026-03-31,2026-04-01\n7,06:03,06:10,\n", night, "2 next_day, 2 next_day"},
		{"hours past midnight and words", in, "number,2026-03-30,2026-03-31,2026-04-01\n7,30:03,次日 06:10,\n", night, ""},
		{"dates month first, one-digit hours, a blank, PM", "number,3/30/2026,3/31/2026\n7,9:05,09:02 \n", "number,3/30/2026,3/31/2026\n7,18:05,6:01 PM\n", day, ""},
		{"semicolons", "number;2026-03-30;2026-03-31\n7;09:05;09:02\n", "number;2026-03-30;2026-03-31\n7;18:05;18:01\n", day, ""},
		{"a column of names", "number,name,2026-03-30,2026-03-31\n7,Ann,09:05,09:02\n", "number,name,2026-03-30,2026-03-31\n7,Ann,18:05,18:01\n", day, ""},
	} {
		for _, format := range []punchfile.Format{punchfile.Auto, punchfile.WideCSV} {
			t.Run(c.name+" as "+string(format), func(t *testing.T) {
				punches, issues, err := readShort(t, punchfile.Options{Format: format}, c.in, c.out)
				require.NoError(t, err)
				require.Equal(t, c.punches, punches)
				require.Equal(t, c.issues, issues)
			})
		}
	}
}

// sharedCase reads a file that the developers share, or skips where it is not at hand.
func sharedCase(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("DAKA_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	text, err := os.ReadFile(filepath.Join(dir, "cases", "files", name))
	if err != nil {
		t.Skipf("the shared cases are not here: %v", err)
	}
	return string(text)
}

// TestSharedCases reads the files that the developers share, where they are at hand.
func TestSharedCases(t *testing.T) {
	punches, issues, err := readShort(t, punchfile.Options{}, sharedCase(t, "04-us-dates/us.csv"))
	require.NoError(t, err)
	require.Equal(t, 12, strings.Count(punches, "31 2026-03-"))
	require.Empty(t, issues)
	for name, says := range map[string]string{"us_cols.csv": "contradict each other", "us_ampm.csv": "--dates dmy or --dates mdy"} {
		_, _, err = readShort(t, punchfile.Options{}, sharedCase(t, "04-us-dates/"+name))
		require.ErrorContains(t, err, says)
	}
	punches, _, err = readShort(t, punchfile.Options{Dates: "mdy"}, sharedCase(t, "04-us-dates/us_ampm.csv"))
	require.NoError(t, err)
	require.Equal(t, 4, strings.Count(punches, "31 2026-03-0"))
	for name, lines := range map[string]string{"07-clock-garbage/attlog.dat": "2! 3 5", "08-clock-reset/attlog.dat": "5 6 7", "08-clock-reset/existing.dat": "2 3 4", "16-corrupted-memory/attlog.dat": "2! 3 4 5 6 7", "33-future-dates/future.csv": "2 3"} {
		require.Equal(t, lines, doubted(t, sharedCase(t, name)), name)
	}
	for _, out := range []string{"OUT.csv", "OUT_times26.csv"} {
		punches, _, err = readShort(t, punchfile.Options{}, sharedCase(t, "12-wide-night/IN.csv"), sharedCase(t, "12-wide-night/"+out))
		require.NoError(t, err)
		require.Equal(t, "7 2026-03-30T21:55:00\n7 2026-03-31T21:58:00\n7 2026-03-31T06:03:00\n7 2026-04-01T06:10:00", punches)
	}
	for i, last := range map[int]string{1: "18:05", 2: "18:01", 3: "18:01"} {
		punches, _, err = readShort(t, punchfile.Options{}, sharedCase(t, fmt.Sprintf("12-wide-night/IN%d.csv", i)), sharedCase(t, fmt.Sprintf("12-wide-night/OUT%d.csv", i)))
		require.NoError(t, err)
		require.Equal(t, "7 2026-03-30T09:05:00\n7 2026-03-31T09:02:00\n7 2026-03-30T18:05:00\n7 2026-03-31T"+last+":00", punches)
	}
}
