package main

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const columnsRule = `{"name":%q,"time_zone":"Asia/Shanghai","effective_from":"2026-03-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}],"breaks":[{"from":"12:00","to":"13:00"}]}},
	"overtime":{"mode":"approved","min_minutes":30,"step_minutes":30}}`

// reported is the first week of March 2026, Monday the 2nd to Sunday the 8th, of three people in two groups.
type reported struct {
	*story
	office, plant, sales, works string
	chen, bao, cai              string // 1001, 1002, 1003
}

func report(t *testing.T) *reported {
	r := &reported{story: tellStory(t, "2026-02-27 10:00")}
	r.org, _ = r.done("POST", "/orgs", `{"name":"晨光"}`)
	r.base = "/orgs/" + r.org
	r.done("PUT", r.base+"/attendance", `{"enabled":true}`)
	for _, leave := range []string{`"annual","name":"年假"`, `"sick","name":"病假"`} {
		r.done("POST", r.base+"/leave-types", `{"leave_type":`+leave+`,"paid":true,"unit":"hour"}`)
	}
	r.office, _ = r.done("POST", r.base+"/groups", `{"name":"总部","rule":`+fmt.Sprintf(columnsRule, "总部")+`}`)
	r.plant, _ = r.done("POST", r.base+"/groups", `{"name":"工厂","rule":`+fmt.Sprintf(columnsRule, "工厂")+`}`)
	r.sales, _ = r.done("POST", r.base+"/departments", `{"name":"销售"}`)
	r.works, _ = r.done("POST", r.base+"/departments", `{"name":"生产"}`)
	hire := func(number, name, group, department string) string {
		id, _ := r.done("POST", r.base+"/members", fmt.Sprintf(`{"number":%q,"name":%q,"group":%q,"joined":"2026-03-02"%s}`, number, name, group, department))
		return id
	}
	r.chen = hire("1001", "陈静", r.office, `,"department":"`+r.sales+`"`)
	r.bao = hire("1002", "包明", r.plant, `,"department":"`+r.works+`"`)
	r.cai = hire("1003", "蔡云", r.plant, "")
	for _, day := range []struct {
		number, date string
		walls        []string
	}{
		{"1001", "2026-03-02", []string{"08:50", "18:05"}}, {"1002", "2026-03-02", []string{"09:12", "18:00"}}, {"1003", "2026-03-02", []string{"12:50", "18:00"}},
		{"1001", "2026-03-03", []string{"14:58", "18:02"}}, {"1002", "2026-03-03", []string{"08:55", "17:40"}},
		{"1001", "2026-03-04", []string{"10:55", "15:04"}},
		{"1001", "2026-03-05", []string{"08:55", "18:10"}}, {"1002", "2026-03-05", []string{"08:57"}},
		{"1001", "2026-03-06", []string{"08:58", "18:00"}},
	} {
		r.punches(day.number, day.date, day.walls...)
	}
	return r
}

// granted asks and approves, and gives the request's id and the position of the approval.
func (r *reported) granted(member, format string, args ...any) (id, position string) {
	r.t.Helper()
	id, _ = r.done("POST", r.base+"/requests", fmt.Sprintf(`{"member":%q,`+format+`}`, append([]any{member}, args...)...))
	_, position = r.done("POST", r.base+"/requests/"+id+"/approve", "{}")
	return id, position
}

func (r *reported) requests() (position string) {
	r.at("2026-03-08 20:00")
	const span = `"type":%q,"leave_type":%q,"from":"2026-03-%s:00+08:00","to":"2026-03-%s:00+08:00"`
	r.granted(r.chen, span, "leave", "annual", "03T09:00", "03T12:00") // 180
	r.granted(r.chen, span, "leave", "sick", "03T13:00", "03T15:00")   // 120
	r.granted(r.chen, span, "trip", "", "04T09:00", "04T11:00")        // 120
	r.granted(r.chen, span, "out", "", "04T15:00", "04T18:00")         // 180
	r.granted(r.chen, span, "out", "", "05T10:30", "05T11:30")         // 60
	r.granted(r.chen, span, "overtime", "", "06T18:30", "06T21:00")    // 150
	r.granted(r.chen, span, "overtime", "", "07T10:00", "07T12:10")    // 130, rounded down to 120
	r.granted(r.bao, `"type":"leave","leave_type":"annual","from_date":"2026-03-04","to_date":"2026-03-04"`)
	_, position = r.granted(r.cai, span, "out", "", "02T09:00", "02T12:00") // 180
	return position
}

// monthsOfReport are worked out by hand. 1001: 480 + 15:00-18:00 180 + 11:00-15:00 less lunch 180 + 480 + 480. 1002: 528 - 60, 8:40 - 60; absent on the 6th.
// 1003: 13:00-18:00 on the 2nd, then absent.
var monthsOfReport = map[string]map[string]any{
	"1001": {"should_attendance_days": 5., "attendance_days": 5., "attendance_work_time": 1800., "leave_time": 300., "leave_by_type": map[string]any{"annual": 180., "sick": 120.},
		"business_trip_time": 120., "out_time": 240., "overtime_approve_count": 2., "overtime_duration": 270., "overtime_workday": 150., "overtime_restday": 120.,
		"normal_days": 5., "absenteeism_days": 0., "on_work_lack_card_times": 0., "off_work_lack_card_times": 0., "late_times": 0.},
	"1002": {"should_attendance_days": 5., "attendance_days": 3., "attendance_work_time": 928., "leave_time": 480., "leave_by_type": map[string]any{"annual": 480.},
		"business_trip_time": 0., "out_time": 0., "overtime_approve_count": 0., "overtime_duration": 0., "leave_days": 1., "absenteeism_days": 1.,
		"late_times": 1., "late_minute": 12., "leave_early_times": 1., "leave_early_minute": 20., "on_work_lack_card_times": 1., "off_work_lack_card_times": 2.},
	"1003": {"should_attendance_days": 5., "attendance_days": 1., "attendance_work_time": 300., "leave_time": 0., "leave_by_type": map[string]any{},
		"business_trip_time": 0., "out_time": 180., "absenteeism_days": 4., "on_work_lack_card_times": 4., "off_work_lack_card_times": 4., "normal_days": 1.},
}

// plantOfReport are 1002 and 1003 together.
var plantOfReport = map[string]any{
	"members": 2., "should_attendance_days": 10., "attendance_days": 4., "attendance_work_time": 1228., "leave_time": 480., "leave_by_type": map[string]any{"annual": 480.},
	"out_time": 180., "absenteeism_days": 5., "late_times": 1., "on_work_lack_card_times": 5., "off_work_lack_card_times": 6.,
}

func (r *reported) rows(path, position, key string) map[string]map[string]any {
	r.t.Helper()
	var list struct{ Items []map[string]any }
	a := r.fresh("/api/v1" + r.base + path + "min_position=" + position)
	a.json(r.t, &list)
	out := map[string]map[string]any{}
	for _, item := range list.Items {
		name, _ := item[key].(string)
		out[name] = item
	}
	return out
}

func requireFigures(t *testing.T, want, got map[string]any, of string) {
	t.Helper()
	for name, figure := range want {
		require.Equal(t, figure, got[name], "%s of %s", name, of)
	}
}

// TestTheColumnsOfAMonth counts a week by member, by group and by department, as JSON and as files.
func TestTheColumnsOfAMonth(t *testing.T) {
	r := report(t)
	position := r.requests()
	months := r.rows("/months/2026-03?", position, "number")
	require.Len(t, months, 3)
	for number, want := range monthsOfReport {
		requireFigures(t, want, months[number], number)
	}
	groups := r.rows("/months/2026-03/totals?by=group&", position, "name")
	require.Len(t, groups, 2)
	requireFigures(t, plantOfReport, groups["工厂"], "工厂")
	requireFigures(t, monthsOfReport["1001"], groups["总部"], "总部")
	require.Equal(t, r.office, groups["总部"]["id"])
	departments := r.rows("/months/2026-03/totals?by=department&", position, "name")
	require.Len(t, departments, 3)
	requireFigures(t, monthsOfReport["1001"], departments["销售"], "销售")
	requireFigures(t, monthsOfReport["1002"], departments["生产"], "生产")
	requireFigures(t, monthsOfReport["1003"], departments[""], "nobody's department")
	require.Nil(t, departments[""]["id"])
	require.Len(t, r.rows("/months/2026-03/totals?group="+r.plant+"&", position, "name"), 1)

	r.filesOfReport(position)
	for group, want := range map[string]int{r.office: 0, r.plant: 13} { // 1002: 1 + 1 + 1 + 2, 1003: four days of two slots
		var list struct{ Items []map[string]any }
		r.fresh("/api/v1"+r.base+"/anomalies?from=2026-03-01&to=2026-03-31&state=open&group="+group+"&min_position="+position).json(t, &list)
		require.Len(t, list.Items, want)
	}
}

func (r *reported) filesOfReport(position string) {
	r.t.Helper()
	for _, c := range []struct{ path, language, first, columns, values string }{
		{"/months/2026-03.csv", "en", "number", "business_trip_time,out_time,leave_time,leave_by_type.annual,leave_by_type.sick,overtime_approve_count,overtime_duration", "120,240,300,180,120,2,270"},
		{"/months/2026-03.csv", "zh", "工号", "出差时长(分钟),外出时长(分钟),请假时长(分钟),请假-年假(分钟),请假-病假(分钟),加班审批单数,加班总时长(分钟)", "120,240,300,180,120,2,270"},
		{"/months/2026-03.csv/totals", "zh", "名称", "外出时长(分钟),请假时长(分钟),请假-年假(分钟),请假-病假(分钟)", "240,300,180,120"},
	} {
		a := r.send(ask{method: "GET", path: "/api/v1" + r.base + c.path + "?min_position=" + position, header: map[string]string{"Accept-Language": c.language}})
		require.Equal(r.t, 200, a.status, a.body)
		lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff"))).ReadAll()
		require.NoError(r.t, err)
		require.Equal(r.t, c.first, lines[0][0])
		at := strings.Split(strings.Join(lines[0], ","), c.columns)
		require.Len(r.t, at, 2, "%s has not %s", lines[0], c.columns)
		from := strings.Count(at[0], ",")
		require.Equal(r.t, c.values, strings.Join(lines[1][from:from+strings.Count(c.columns, ",")+1], ","), c.path)
	}
}

// TestTheColumnsOfADay: class, plan, result in words, requests and checks, as a file in Chinese and as JSON in English; without asking, the
// export keeps the names of the rules.
func TestTheColumnsOfADay(t *testing.T) {
	r := report(t)
	position := r.requests()
	r.fresh("/api/v1" + r.base + "/members?min_position=" + position)
	export := "/days/export?from=2026-03-02&to=2026-03-08&min_position=" + position
	a := r.send(ask{method: "GET", path: "/api/v1" + r.base + export + "&columns=report", header: map[string]string{"Accept-Language": "zh"}})
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 1+3*7)
	require.Equal(t, "工号,姓名,日期,班次,应打卡时间,考勤结果,关联的审批单,上班1打卡时间,上班1打卡结果,下班1打卡时间,下班1打卡结果", strings.Join(lines[0][:11], ","))
	got := map[string]string{}
	for _, line := range lines[1:] {
		got[line[0]+" "+line[2][8:]] = strings.Join(append(line[3:11], line[19:]...), "|") // sections 2 and 3 are empty
	}
	for day, want := range map[string]string{
		"1001 02": "day|09:00-18:00|正常||2026-03-02 08:50|正常|2026-03-02 18:05|正常|480|0|0|0|0|0|0|0",
		"1001 03": "day|09:00-18:00|正常|年假 03-03 09:00~03-03 12:00，病假 03-03 13:00~03-03 15:00|2026-03-03 14:58|正常|2026-03-03 18:02|正常|180|0|0|300|0|0|0|0",
		"1001 06": "day|09:00-18:00|正常|加班 03-06 18:30~03-06 21:00|2026-03-06 08:58|正常|2026-03-06 18:00|正常|480|0|0|0|0|150|0|0",
		"1001 07": "||休息|加班 03-07 10:00~03-07 12:10|||||0|0|0|0|0|120|0|0",
		"1002 02": "day|09:00-18:00|上班迟到12分钟||2026-03-02 09:12|迟到|2026-03-02 18:00|正常|468|12|0|0|0|0|0|0",
		"1002 03": "day|09:00-18:00|下班早退20分钟||2026-03-03 08:55|正常|2026-03-03 17:40|早退|460|0|20|0|0|0|0|0",
		"1002 04": "day|09:00-18:00|请假|年假 03-04 00:00~03-05 00:00||免打卡||免打卡|0|0|0|480|0|0|0|0",
		"1002 05": "day|09:00-18:00|下班缺卡||2026-03-05 08:57|正常||缺卡|0|0|0|0|0|0|0|0",
		"1002 06": "day|09:00-18:00|旷工|||缺卡||缺卡|0|0|0|0|0|0|1|0",
		"1003 02": "day|09:00-18:00|正常|外出 03-02 09:00~03-02 12:00|2026-03-02 12:50|正常|2026-03-02 18:00|正常|300|0|0|0|180|0|0|0",
	} {
		require.Equal(t, want, got[day], day)
	}
	plain := r.get("/api/v1" + r.base + export)
	require.True(t, strings.HasPrefix(plain.body, "number,date,day_type,shift,status,absent_days,rule_version,slots,worked_min"), plain.body[:80])

	var days struct {
		Report []struct {
			AttendResult string `json:"attend_result"`
			Approve      []struct {
				Type      string
				LeaveType string `json:"leave_type"`
			} `json:"attendance_approve"`
			OffResult string `json:"off_duty_user_check_result_1"`
		}
	}
	r.get("/api/v1"+r.base+"/members/"+r.bao+"/days?from=2026-03-02&to=2026-03-06&columns=report").json(t, &days)
	require.Len(t, days.Report, 5)
	for i, want := range []string{"on duty late 12 min", "off duty left early 20 min", "leave", "off duty not signed", "absent"} {
		require.Equal(t, want, days.Report[i].AttendResult)
	}
	require.Equal(t, "annual", days.Report[2].Approve[0].LeaveType)
	require.Equal(t, "Early", days.Report[1].OffResult)
	var everybody struct {
		Items []struct {
			Number string
			Report struct {
				AttendResult string `json:"attend_result"`
			}
		}
	}
	r.get("/api/v1"+r.base+"/days?date=2026-03-02&columns=report").json(t, &everybody)
	require.Len(t, everybody.Items, 3)
	require.Equal(t, "on duty late 12 min", everybody.Items[1].Report.AttendResult)
}
