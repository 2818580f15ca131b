package attendance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChinaCalendarIsTheNotices compares every shipped date with the State Council's notices, retyped as their sentences give them: days off, then
// days of work. A weekend that a notice only joins to a holiday (2024: 元旦, 端午节) is a weekend.
func TestChinaCalendarIsTheNotices(t *testing.T) {
	notices := map[int]struct{ number, off, work string }{
		2024: {"国办发明电〔2023〕7号", "元旦 01-01..01-01, 春节 02-10..02-17, 清明节 04-04..04-06, 劳动节 05-01..05-05, 端午节 06-10..06-10, 中秋节 09-15..09-17, 国庆节 10-01..10-07",
			"02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12"},
		2025: {"国办发明电〔2024〕12号", "元旦 01-01..01-01, 春节 01-28..02-04, 清明节 04-04..04-06, 劳动节 05-01..05-05, 端午节 05-31..06-02, 国庆节、中秋节 10-01..10-08",
			"01-26 02-08 04-27 09-28 10-11"},
		2026: {"国办发明电〔2025〕7号", "元旦 01-01..01-03, 春节 02-15..02-23, 清明节 04-04..04-06, 劳动节 05-01..05-05, 端午节 06-19..06-21, 中秋节 09-25..09-27, 国庆节 10-01..10-07",
			"01-04 02-14 02-28 05-09 09-20 10-10"},
	}
	for year, notice := range notices {
		want := Calendar{Holidays: map[Date]string{}, Workdays: map[Date]string{}}
		for _, span := range strings.Split(notice.off, ", ") {
			name, dates, _ := strings.Cut(span, " ")
			from, to, _ := strings.Cut(dates, "..")
			for d := mustDate(t, fmt.Sprint(year, "-", from)); d <= mustDate(t, fmt.Sprint(year, "-", to)); d++ {
				want.Holidays[d] = name
			}
		}
		for _, day := range strings.Fields(notice.work) {
			d := mustDate(t, fmt.Sprint(year, "-", day))
			want.Workdays[d] = ""
			require.Contains(t, []string{"Saturday", "Sunday"}, d.Weekday().String(), "%s is made up for on a weekend", d)
		}
		got, ok := ChinaCalendar(year)
		require.True(t, ok)
		require.Equal(t, want, got, year)
		source := ChinaCalendarSource(year)
		require.Contains(t, source, notice.number)
		require.Contains(t, source, "https://www.gov.cn/zhengce/content/")
	}
	require.Empty(t, ChinaCalendarSource(2023))
}
