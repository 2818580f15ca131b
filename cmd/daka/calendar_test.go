package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAYearOfHolidaysFromAFile: a year that is not shipped is loaded by the verb, judges the days that have come, is replaced by loading another
// file, and the years that are missing are asked for.
func TestAYearOfHolidaysFromAFile(t *testing.T) {
	r := serve(t, nil).ready()
	org := r.company(`{"name":"Office","time_zone":"Asia/Shanghai","effective_from":"2020-01-01","holidays":"CN","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}`)
	base := "/orgs/" + org
	groups := struct{ Items []struct{ ID string } }{}
	require.Eventually(t, func() bool {
		r.get("/api/v1"+base+"/groups").json(t, &groups)
		return len(groups.Items) == 1
	}, waitLong, tick)
	member, position := r.id("POST", base+"/members", fmt.Sprintf(`{"number":"1","group":%q,"joined":"2023-01-02"}`, groups.Items[0].ID))
	_, position = r.id("DELETE", base+"/members/"+member, `{"left":"2023-05-31"}`)
	require.Eventually(t, func() bool { return r.daysOf(base, member, position, "2023-04-29") == "restday Rest NoCalendar" }, waitLong, tick, "a Saturday of a year without data")
	require.Equal(t, "workday Absent NotSigned,NoCalendar", r.daysOf(base, member, position, "2023-05-01"))

	json := r.file("2023.json", `{"year":2023,"papers":["https://www.gov.cn/2023.htm"],"days":[{"name":"劳动节","date":"2023-05-01","isOffDay":true},{"name":"劳动节","date":"2023-04-29","isOffDay":false}]}`)
	verb := func(args ...string) (int, string, string) {
		return r.daka(append([]string{"calendar", "load", "--org", org, "--server", r.base, "--token", r.token}, args...)...)
	}
	code, out, errs := verb("--dry-run", json)
	require.Zero(t, code, errs)
	require.Equal(t, "CN 2023: 1 holidays, 1 workdays; source: https://www.gov.cn/2023.htm\n+ 2023-04-29 workday 劳动节\n+ 2023-05-01 holiday 劳动节\n2 dates change; 2 days of members are assessed again\n", out)
	require.Equal(t, "workday Absent NotSigned,NoCalendar", r.daysOf(base, member, position, "2023-05-01"), "a dry run writes nothing")
	code, _, errs = verb(json)
	require.Zero(t, code, errs)
	require.Eventually(t, func() bool { return r.daysOf(base, member, position, "2023-05-01") == "holiday Rest " }, waitLong, tick)
	require.Eventually(t, func() bool { return r.daysOf(base, member, position, "2023-04-29") == "workday Absent NotSigned" }, waitLong, tick)

	ics := r.file("2023.ics", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:劳动节假期\r\nDTSTART;VALUE=DATE:20230502\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	code, out, errs = verb(ics)
	require.Zero(t, code, errs)
	require.Contains(t, out, "- 2023-05-01 holiday 劳动节\n")
	require.Eventually(t, func() bool { return r.daysOf(base, member, position, "2023-05-02") == "holiday Rest " }, waitLong, tick)
	require.Equal(t, "workday Absent NotSigned", r.daysOf(base, member, position, "2023-05-01"))

	var calendar struct {
		Sources []struct {
			Year   int
			Source string
		}
		Shipped []string
		Wanted  []struct {
			Year int
			Text struct{ ZH string }
		}
	}
	r.get("/api/v1"+base+"/calendar?from=2023-01-01&to=2023-12-31").json(t, &calendar)
	require.Equal(t, 2023, calendar.Sources[0].Year)
	require.Equal(t, []string{"CN-2024", "CN-2025", "CN-2026"}, calendar.Shipped)
	setup := r.get("/api/v1" + base + "/setup").body
	today := r.get("/api/v1" + base + "/members/" + member + "/today").body
	for _, w := range calendar.Wanted { // which years are missing depends on the day of the test
		require.Contains(t, w.Text.ZH, "2026 年为止")
		require.Contains(t, setup, fmt.Sprintf(`"year":%d`, w.Year))
		require.Contains(t, today, fmt.Sprintf(`"year":%d`, w.Year))
	}
	require.Contains(t, setup, `"calendars":[`)

	code, _, errs = verb("--year", "2019")
	require.NotZero(t, code)
	require.Contains(t, errs, "China: 2024 to 2026")
	bad := r.send(ask{"PUT", "/api/v1" + base + "/calendar?dry_run=true", `{"country":"CN","file":"eA=="}`, map[string]string{"Accept-Language": "zh"}})
	require.Equal(t, 422, bad.status)
	require.Contains(t, bad.body, "该文件不是节假日日历：开头既不是 { 也不是 BEGIN:VCALENDAR")
}

// daysOf tells a date: the type of the day, the status, the anomalies.
func (r *rig) daysOf(base, member, position, date string) string {
	r.t.Helper()
	var days struct {
		Days []struct {
			DayType   string `json:"day_type"`
			Status    string
			Anomalies []string
		}
	}
	r.get("/api/v1"+base+"/members/"+member+"/days?from="+date+"&to="+date+"&min_position="+position).json(r.t, &days)
	if len(days.Days) != 1 {
		return ""
	}
	d := days.Days[0]
	return d.DayType + " " + d.Status + " " + strings.Join(d.Anomalies, ",")
}
