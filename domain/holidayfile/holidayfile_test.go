package holidayfile

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

const published = `{"$schema":"https://example.org/schema.json","year":2027,"papers":["https://www.gov.cn/zhengce/2027.htm"],"days":[
	{"name":"元旦","date":"2026-12-31","isOffDay":true},{"name":"元旦","date":"2027-01-01","isOffDay":true},
	{"name":"春节","date":"2027-02-06","isOffDay":true},{"name":"春节","date":"2027-02-14","isOffDay":false}]}`

func TestTheJSONOfHolidayCN(t *testing.T) {
	for _, year := range []int{0, 2027} {
		y, err := Read([]byte("\xef\xbb\xbf"+published), year)
		require.NoError(t, err)
		require.Equal(t, 2027, y.Year)
		require.Equal(t, map[domain.Date]string{"2027-01-01": "元旦", "2027-02-06": "春节"}, y.Holidays)
		require.Equal(t, map[domain.Date]string{"2027-02-14": "春节"}, y.Workdays)
		require.Equal(t, "https://www.gov.cn/zhengce/2027.htm", y.Source)
		require.Equal(t, []Left{{"2026-12-31", "元旦", AnotherYear}}, y.Left, "it would make a calendar of 2026 out of one day")
		sum := sha256.Sum256([]byte("\xef\xbb\xbf" + published))
		require.Equal(t, hex.EncodeToString(sum[:]), y.SHA256)
	}
}

// calendar is an iCalendar file of these entries, with an alarm inside each, as calendars have it.
func calendar(events ...string) []byte {
	var out strings.Builder
	out.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:中国法定\r\n 节假日\r\nBEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n")
	for _, e := range events {
		out.WriteString("BEGIN:VEVENT\r\n" + e + "\r\nBEGIN:VALARM\r\nSUMMARY:alarm\r\nEND:VALARM\r\nEND:VEVENT\r\n")
	}
	out.WriteString("END:VCALENDAR\r\n")
	return []byte(out.String())
}

func TestCalendars(t *testing.T) {
	for name, row := range map[string]struct {
		events             []string
		holidays, workdays map[domain.Date]string
		left               []Left
	}{
		"as holiday-cn writes it": {
			events:   []string{"SUMMARY:元旦假期\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270103", "SUMMARY:上班(补春节假期)\r\nDTSTART;VALUE=DATE:20270214\r\nDTEND;VALUE=DATE:20270215"},
			holidays: map[domain.Date]string{"2027-01-01": "元旦", "2027-01-02": "元旦"}, workdays: map[domain.Date]string{"2027-02-14": "春节"},
		},
		"as Apple writes it": {
			events: []string{"SUMMARY;LANGUAGE=zh_CN:春节（休）\r\nDTSTART;VALUE=DATE:20270206\r\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY", "SUMMARY:春节（班）\r\nDTSTART;VALUE=DATE:20270214\r\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY",
				"SUMMARY:立春\r\nDTSTART;VALUE=DATE:20270204", "SUMMARY:生日\r\nDTSTART;VALUE=DATE:20270301\r\nRRULE:FREQ=YEARLY"},
			holidays: map[domain.Date]string{"2027-02-06": "春节"}, workdays: map[domain.Date]string{"2027-02-14": "春节"},
			left: []Left{{"2027-02-04", "立春", Unmarked}, {"2027-03-01", "生日", Repeats}},
		},
		"without marks every entry is a holiday": {
			events:   []string{"SUMMARY:New Year\\, observed\r\nDTSTART:20270101T000000\r\nDTEND:20270101T235900", "SUMMARY:Labour Day\r\nDTSTART;VALUE=DATE:20270501", "SUMMARY:Labour Day\r\nDTSTART;VALUE=DATE:20280501"},
			holidays: map[domain.Date]string{"2027-01-01": "New Year, observed", "2027-05-01": "Labour Day"}, workdays: map[domain.Date]string{},
			left: []Left{{"2028-05-01", "Labour Day", AnotherYear}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			y, err := Read(calendar(row.events...), 2027)
			require.NoError(t, err)
			require.Equal(t, row.holidays, y.Holidays)
			require.Equal(t, row.workdays, y.Workdays)
			require.Equal(t, row.left, y.Left)
			require.Equal(t, "中国法定节假日", y.Source)
		})
	}
}

func TestWhatIsNoYear(t *testing.T) {
	for text, want := range map[string]struct {
		year int
		code string
	}{
		"":                               {0, "calendar_file_invalid"},
		"date,name\n2027-01-01,元旦":       {0, "calendar_file_invalid"},
		"{":                              {0, "calendar_file_invalid"},
		`{"year":2027}`:                  {0, "calendar_file_invalid"},
		`{"year":2027,"days":[]}`:        {0, "calendar_file_empty"},
		published:                        {2026, "calendar_file_year"},
		"\xff\xfe{":                      {0, "calendar_file_invalid"},
		strings.Repeat(" ", 1<<20) + "{": {0, "calendar_file_invalid"},
		`{"year":2027,"days":[{"date":"2027-02-30","isOffDay":true}]}`:                                           {0, "calendar_file_invalid"},
		`{"year":2027,"days":[{"date":"2027-02-03"}]}`:                                                           {0, "calendar_file_invalid"},
		`{"year":2027,"days":[{"date":"2027-02-03","isOffDay":true},{"date":"2027-02-03","isOffDay":false}]}`:    {0, "calendar_file_invalid"},
		string(calendar("SUMMARY:a\r\nDTSTART;VALUE=DATE:20270101", "SUMMARY:b\r\nDTSTART;VALUE=DATE:20280101")): {0, "calendar_file_years"},
		string(calendar("SUMMARY:a\r\nDTSTART;VALUE=DATE:20270101")):                                             {2029, "calendar_file_empty"},
		string(calendar("SUMMARY:a\r\nDTSTART:soon")):                                                            {0, "calendar_file_invalid"},
		string(calendar("SUMMARY:a\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20280101")):                {2027, "calendar_file_invalid"},
	} {
		_, err := Read([]byte(text), want.year)
		var refusal *domain.Refusal
		require.ErrorAs(t, err, &refusal, "%.80q", text)
		require.Equal(t, want.code, refusal.Code, "%.80q: %v", text, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(published))
	f.Add(calendar("SUMMARY:元旦假期\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270103"))
	f.Fuzz(func(t *testing.T, file []byte) {
		y, err := Read(file, 2027)
		if err != nil {
			return
		}
		require.NotEmpty(t, y.Holidays)
		for date, name := range y.Holidays {
			require.True(t, date.Writable())
			require.True(t, strings.HasPrefix(string(date), "2027-"))
			require.LessOrEqual(t, len([]rune(name)), mostName)
		}
	})
}
