package sheets

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/dakahq/daka/api/sheets/sheetstest"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

func head(chinese bool) Head {
	return Head{Organization: "晨星科技", From: "2026-03-01", To: "2026-03-31", Maker: "王芳", Chinese: chinese,
		At: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC), Leave: []query.LeaveType{{LeaveType: "annual", Name: "年假"}}}
}

// day is a day of the shift 09:00 to 18:00 with slots of these results, "Normal" or "Late@09:12/USER".
func day(date domain.Date, status string, on, off string) Day {
	shift := "day"
	d := Day{Day: query.Day{Date: date, DayType: "workday", Shift: &shift, Status: status, Slots: []byte("[]"), Overtime: []byte("[]"), Unused: []byte("[]")}, Plan: "09:00-18:00", Result: status}
	if on+off != "" {
		d.Slots = []byte("[" + slotJSON(date, "OnDuty", on) + "," + slotJSON(date, "OffDuty", off) + "]")
	}
	return d
}

func slotJSON(date domain.Date, check, text string) string {
	result, at, _ := strings.Cut(text, "@")
	at, source, _ := strings.Cut(at, "/")
	source, location, _ := strings.Cut(source, "/")
	punch := "null"
	if at != "" {
		punch = strconv.Quote(string(date) + "T" + at + ":00+08:00")
	}
	if location == "" {
		location = "Normal"
	}
	return fmt.Sprintf(`{"section":1,"check_type":%q,"punch_at":%s,"time_result":%q,"location_result":%q,"source_type":%q}`, check, punch, result, location, source)
}

func TestMarks(t *testing.T) {
	f, err := New(head(true), t.TempDir())
	require.NoError(t, err)
	leave := day("2026-03-02", "Leave", "Excused", "Excused")
	leave.LeaveMin = 480
	half := day("2026-03-02", "Normal", "Excused", "Normal@18:00")
	half.LeaveMin = 240
	errand := day("2026-03-02", "Trip", "Excused", "Excused")
	errand.TripMin, errand.Errand = 480, true
	rest := day("2026-03-01", "Rest", "", "")
	holiday := day("2026-10-01", "Rest", "", "")
	holiday.DayType = "holiday"
	short := day("2026-03-02", "Abnormal", "Normal@09:00", "Normal@12:00")
	short.Anomalies = []string{"Short"}
	photo := day("2026-03-02", "Normal", "Normal@09:00", "Normal@18:00")
	photo.Anomalies = []string{"PhotoMissing"}
	for name, row := range map[string]struct {
		day         Day
		text, style string
	}{
		"normal":               {day("2026-03-02", "Normal", "Normal@08:55", "Normal@18:03"), "√", "normal"},
		"late and left early":  {day("2026-03-02", "Abnormal", "Late@09:12", "Early@17:00"), "迟早", "late"},
		"the gravest colours":  {day("2026-03-02", "Abnormal", "Late@09:12", "NotSigned"), "迟缺", "missing"},
		"absent says no more":  {day("2026-03-02", "Absent", "NotSigned", "NotSigned"), "旷", "absent"},
		"half a day":           {day("2026-03-02", "HalfDay", "NotSigned", "Normal@18:00"), "半", "absent"},
		"leave":                {leave, "假", "leave"},
		"half a day of leave":  {half, "√假", "leave"},
		"errand":               {errand, "外", "trip"},
		"rest day":             {rest, "休", "rest"},
		"holiday":              {holiday, "节", "rest"},
		"unscheduled":          {day("2026-03-02", "Unscheduled", "", ""), "–", "rest"},
		"not over":             {day("2026-03-02", "Pending", "Late@09:12", "Pending"), "迟…", "late"},
		"outside and made up":  {day("2026-03-02", "Abnormal", "Normal@09:00/APPROVE", "Normal@18:00/USER/Outside"), "√△◎", "normal"},
		"corrected":            {day("2026-03-02", "Normal", "Normal@09:00/BOSS", "Normal@18:00"), "√▲", "normal"},
		"hours short":          {short, "短", "late"},
		"a photo that lacks":   {photo, "√□", "normal"},
		"what cannot be known": {Day{Day: query.Day{Date: "2026-03-02", Status: "Normal"}}, "√", "normal"},
	} {
		got := f.mark(&row.day)
		require.Equal(t, row.text, got.value, name)
		require.Equal(t, row.style, got.style, name)
	}
}

// staff are people with a month each: late every Monday, 61 minutes of overtime on the 3rd, a night until the next day on the 4th.
func staff(n int) People {
	return func(yield func(*Person, error) bool) {
		for i := range n {
			p := &Person{Number: fmt.Sprintf("%04d", i+1), Name: fmt.Sprintf("张%d", i+1), Department: "研发", Group: "总部", Position: "工程师"}
			late := 0
			for d := domain.Date("2026-03-01"); d <= "2026-03-31"; d = d.AddDays(1) {
				one := day(d, "Normal", "Normal@08:55", "Normal@18:03")
				switch {
				case weekend(d):
					one = day(d, "Rest", "", "")
				case d.Time().Weekday() == time.Monday:
					one = day(d, "Abnormal", "Late@09:07", "Normal@18:00")
					one.LateMin = 7
					late++
				}
				if !weekend(d) {
					one.WorkedMin = 475 + i
				}
				if d == "2026-03-03" {
					one.OvertimeMin, one.Overtime = 61, []byte(`[{"date":"2026-03-03","day_type":"workday","minutes":61}]`)
				}
				p.Days = append(p.Days, one)
			}
			p.Figures = map[string]any{"should_attendance_days": 22, "attendance_days": 22, "attendance_work_time": 22 * (475 + i), "late_times": late, "late_minute": 7 * late,
				"absenteeism_days": 0.5, "overtime_duration": 61, "overtime_workday": 61, "leave_by_type": map[string]int{"annual": 90}}
			if !yield(p, nil) {
				return
			}
		}
	}
}

func saved(t *testing.T, write func(*bytes.Buffer) error) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, write(&out))
	path := filepath.Join(t.TempDir(), "book.xlsx")
	require.NoError(t, os.WriteFile(path, out.Bytes(), 0o600))
	return path
}

// TestAMonthAsItIsOpened by the library and by LibreOffice: the same sums, which are those of the figures.
func TestAMonthAsItIsOpened(t *testing.T) {
	f, err := New(head(true), t.TempDir())
	require.NoError(t, err)
	path := saved(t, func(out *bytes.Buffer) error { return f.Workbook(out, staff(3), ViewMarks, ViewDetails, ViewTimes) })
	for name, open := range map[string]func(*testing.T, string) map[string][][]string{"excelize": sheetstest.Excelize, "LibreOffice": sheetstest.Office} {
		t.Run(name, func(t *testing.T) {
			book := open(t, path)
			require.Len(t, book, 4)
			rows, sums := sheetstest.Table(t, book["月度汇总"], "应出勤天数")
			require.Len(t, rows, 3)
			require.Equal(t, "0001", rows[0]["工号"])
			require.Equal(t, "研发", rows[0]["部门"])
			require.Equal(t, "休", rows[0]["1 日"])
			require.Equal(t, "迟", rows[0]["2 一"])
			require.Equal(t, map[string]string{"应出勤天数": "66", "工作时长(分钟)": "31416", "工作时长(小时)": "523.6", "迟到次数": "15", "迟到时长(分钟)": "105", "旷工天数": "1.5",
				"加班总时长(分钟)": "183", "加班总时长(小时)": "3.1", "请假-年假(分钟)": "270", "请假-年假(小时)": "4.5"}, only(sums, "应出勤天数", "工作时长(分钟)", "工作时长(小时)", "迟到次数",
				"迟到时长(分钟)", "旷工天数", "加班总时长(分钟)", "加班总时长(小时)", "请假-年假(分钟)", "请假-年假(小时)"))
			require.Equal(t, "1", rows[0]["加班总时长(小时)"], "61 minutes")
			rows, sums = sheetstest.Table(t, book["每日统计"], "应打卡时间")
			require.Len(t, rows, 93)
			require.Equal(t, "09:07", rows[1]["上班1时间"])
			require.Equal(t, "迟到", rows[1]["上班1结果"])
			require.Equal(t, map[string]string{"工作时长(分钟)": "31416", "加班时长(分钟)": "183", "加班时长(小时)": "3.1"}, only(sums, "工作时长(分钟)", "加班时长(分钟)", "加班时长(小时)"))
			rows, _ = sheetstest.Table(t, book["打卡时间"], "考勤组")
			require.Equal(t, "08:55\n18:03", rows[0]["3 二"])
			require.Contains(t, fmt.Sprint(book["图例"]), "严重迟到")
			require.Contains(t, book["月度汇总"][0][0], "晨星科技 月度汇总（2026年3月）")
			require.Contains(t, book["月度汇总"][1][0], "导出人 王芳")
		})
	}
}

func only(all map[string]string, keys ...string) map[string]string {
	some := map[string]string{}
	for _, k := range keys {
		some[k] = all[k]
	}
	return some
}

// TestHowAMonthLooks: what stays in sight, what is shaded and coloured, what is printed and how.
func TestHowAMonthLooks(t *testing.T) {
	f, err := New(head(true), t.TempDir())
	require.NoError(t, err)
	file, err := excelize.OpenFile(saved(t, func(out *bytes.Buffer) error { return f.Workbook(out, staff(2), ViewMarks) }))
	require.NoError(t, err)
	defer file.Close()
	panes, err := file.GetPanes("月度汇总")
	require.NoError(t, err)
	require.True(t, panes.Freeze)
	require.Equal(t, []int{2, 3}, []int{panes.XSplit, panes.YSplit})
	layout, err := file.GetPageLayout("月度汇总")
	require.NoError(t, err)
	require.Equal(t, 9, *layout.Size)
	require.Equal(t, "landscape", *layout.Orientation)
	require.Equal(t, 1, *layout.FitToWidth)
	var printed []string
	for _, n := range file.GetDefinedName() {
		printed = append(printed, n.Name+" "+n.RefersTo)
	}
	require.Contains(t, printed, "_xlnm.Print_Titles '月度汇总'!$3:$3")
	require.Regexp(t, `_xlnm.Print_Area '月度汇总'!\$A\$1:\$[A-Z]{2}\$6`, strings.Join(printed, "\n"))
	require.Equal(t, "EEF2F6", fill(t, file, "F3"), "a Sunday's head")
	require.Equal(t, "E6EAEF", fill(t, file, "G3"), "a Monday's head")
	require.Equal(t, "F0F1F3", fill(t, file, "F4"), "rest")
	require.Equal(t, "FFE3A3", fill(t, file, "G4"), "late")
	require.Empty(t, fill(t, file, "H4"), "normal is quiet")
	for _, sum := range []string{"AK6", "AM6", "AN6"} { // what the formulas give is what stands there
		stored, err := file.GetCellValue("月度汇总", sum, excelize.Options{RawCellValue: true})
		require.NoError(t, err)
		worked, err := file.CalcCellValue("月度汇总", sum, excelize.Options{RawCellValue: true})
		require.NoError(t, err)
		require.NotEmpty(t, stored)
		require.Equal(t, stored, worked, sum)
	}
	for column, wide := range map[string]float64{"A": 9, "B": 10, "F": 3.5} {
		width, err := file.GetColWidth("月度汇总", column)
		require.NoError(t, err)
		require.InDelta(t, wide, width, 0.01)
	}
}

func fill(t *testing.T, file *excelize.File, at string) string {
	t.Helper()
	id, err := file.GetCellStyle("月度汇总", at)
	require.NoError(t, err)
	style, err := file.GetStyle(id)
	require.NoError(t, err)
	if len(style.Fill.Color) == 0 {
		return ""
	}
	return style.Fill.Color[0]
}

// TestRegisters: a sheet for each person, with the sums of the person's days and lines to sign.
func TestRegisters(t *testing.T) {
	f, err := New(head(true), t.TempDir())
	require.NoError(t, err)
	path := saved(t, func(out *bytes.Buffer) error { return f.Registers(out, staff(2)) })
	for _, open := range []func(*testing.T, string) map[string][][]string{sheetstest.Excelize, sheetstest.Office} {
		book := open(t, path)
		require.Len(t, book, 3)
		rows, sums := sheetstest.Table(t, book["0002 张2"], "应打卡时间")
		require.Len(t, rows, 31)
		require.Equal(t, map[string]string{"上班": "09:07", "下班": "18:00", "星期": "一", "考勤结果": "Abnormal"}, only(rows[1], "上班", "下班", "星期", "考勤结果"))
		require.Equal(t, map[string]string{"工作时长(分钟)": "10472", "工作时长(小时)": "174.5", "工作日加班(分钟)": "61"}, only(sums, "工作时长(分钟)", "工作时长(小时)", "工作日加班(分钟)"))
		require.Contains(t, fmt.Sprint(book["0002 张2"]), "员工签字")
		require.Contains(t, fmt.Sprint(book["0002 张2"]), "姓名：张2")
	}
}

// TestASheetThatIsFull goes on in the next, each with its sums.
func TestASheetThatIsFull(t *testing.T) {
	f, err := New(head(false), t.TempDir())
	require.NoError(t, err)
	f.rows = 50
	book := sheetstest.Excelize(t, saved(t, func(out *bytes.Buffer) error { return f.Workbook(out, staff(3), ViewDetails) }))
	require.Len(t, book, 4)
	days, late := 0, 0
	for name, rows := range book {
		if !strings.HasPrefix(name, "Daily details") {
			continue
		}
		require.LessOrEqual(t, len(rows), 50)
		all, sums := sheetstest.Table(t, rows, "Planned")
		days += len(all)
		minutes, err := strconv.Atoi(sums["Late (min)"])
		require.NoError(t, err)
		late += minutes
	}
	require.Equal(t, []int{93, 105}, []int{days, late})
}

// TestCSVHasNoSums: a line a person, titles for people in Chinese, names of the API else, nothing that runs.
func TestCSV(t *testing.T) {
	var people People = func(yield func(*Person, error) bool) {
		for p, err := range staff(1) {
			p.Name = "=cmd()"
			yield(p, err)
		}
	}
	for _, chinese := range []bool{true, false} {
		f, err := New(head(chinese), t.TempDir())
		require.NoError(t, err)
		for view, want := range map[View]struct {
			lines      int
			zh, en, in string
		}{
			ViewMarks:    {2, "工号,姓名,部门,考勤组,职位,1 日,2 一", "number,name,department,group,position,2026-03-01,2026-03-02", "0001,'=cmd(),研发,总部,工程师,"},
			ViewTimes:    {2, "工号,姓名,部门,考勤组,职位,1 日", "number,name,department,group,position,2026-03-01", "08:55 18:03"},
			ViewDetails:  {32, "工号,姓名,部门,考勤组,职位,日期,星期,班次,应打卡时间", "number,name,department,group,position,date,weekday,shift,plan,result", "2026-03-02,"},
			ViewRegister: {32, "工号,姓名,部门,考勤组,职位,日期,星期,班次,应打卡时间,上班,下班", "number,name,department,group,position,date,weekday,shift,plan,begin,end,worked_min,worked_min_hours", ",09:07,18:00,475,7.9,"},
		} {
			var out bytes.Buffer
			require.NoError(t, f.CSV(&out, view, people))
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			require.Len(t, lines, want.lines)
			title := want.en
			if chinese {
				title = want.zh
			}
			require.True(t, strings.HasPrefix(lines[0], "\xef\xbb\xbf"+title), lines[0])
			require.Contains(t, out.String(), want.in)
		}
	}
}

func TestSheetNames(t *testing.T) {
	taken := map[string]bool{}
	require.Equal(t, "1001 张三", freeName("1001 张[三]", taken))
	require.Equal(t, "1001 张三 (2)", freeName("1001 张三", taken))
	require.Equal(t, "-", freeName("'*?'", taken))
	long := freeName(strings.Repeat("𠮷", 40), taken)
	require.Equal(t, 15, len([]rune(long)), "31 units of UTF-16")
	require.NotEqual(t, long, freeName(strings.Repeat("𠮷", 40), taken))
}

// TestWhatFailsIsTold: a reader that breaks off breaks the file off.
func TestWhatFailsIsTold(t *testing.T) {
	f, err := New(head(false), t.TempDir())
	require.NoError(t, err)
	var people iter.Seq2[*Person, error] = func(yield func(*Person, error) bool) { yield(nil, os.ErrClosed) }
	for _, write := range []func() error{
		func() error { return f.CSV(&bytes.Buffer{}, ViewMarks, people) },
		func() error { return f.Workbook(&bytes.Buffer{}, people, ViewMarks) },
		func() error { return f.Registers(&bytes.Buffer{}, people) },
	} {
		require.ErrorIs(t, write(), os.ErrClosed)
	}
}
