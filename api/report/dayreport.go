package report

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/sheets"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// DayReport is a day under the columns of DingTalk's daily report. It is derived from the assessed day; texts are in the caller's language.
type DayReport struct {
	Date              domain.Date `json:"date"`
	AttendanceClass   string      `json:"attendance_class" doc:"the shift's name, empty for free hours and days without a shift"`
	PlanDetail        string      `json:"plan_detail" doc:"the planned times, such as 09:00-12:00 13:00-18:00; 26:00 is 02:00 of the next date"`
	AttendResult      string      `json:"attend_result" doc:"the day in words"`
	AttendanceApprove []DayLink   `json:"attendance_approve" doc:"approved requests that speak of the day"`

	OnDutyUserCheckTime1    string `json:"on_duty_user_check_time_1" doc:"local time, yyyy-mm-dd hh:mm, empty without a punch"`
	OnDutyUserCheckResult1  string `json:"on_duty_user_check_result_1" doc:"a time_result, empty where nothing is judged"`
	OffDutyUserCheckTime1   string `json:"off_duty_user_check_time_1"`
	OffDutyUserCheckResult1 string `json:"off_duty_user_check_result_1"`
	OnDutyUserCheckTime2    string `json:"on_duty_user_check_time_2"`
	OnDutyUserCheckResult2  string `json:"on_duty_user_check_result_2"`
	OffDutyUserCheckTime2   string `json:"off_duty_user_check_time_2"`
	OffDutyUserCheckResult2 string `json:"off_duty_user_check_result_2"`
	OnDutyUserCheckTime3    string `json:"on_duty_user_check_time_3"`
	OnDutyUserCheckResult3  string `json:"on_duty_user_check_result_3"`
	OffDutyUserCheckTime3   string `json:"off_duty_user_check_time_3"`
	OffDutyUserCheckResult3 string `json:"off_duty_user_check_result_3"`
}

// checks are the places of a slot's punch and result, nil beyond the third section.
func (d *DayReport) checks(s *reportSlot) (at, result *string) {
	list := [...][2]*string{
		{&d.OnDutyUserCheckTime1, &d.OnDutyUserCheckResult1}, {&d.OffDutyUserCheckTime1, &d.OffDutyUserCheckResult1},
		{&d.OnDutyUserCheckTime2, &d.OnDutyUserCheckResult2}, {&d.OffDutyUserCheckTime2, &d.OffDutyUserCheckResult2},
		{&d.OnDutyUserCheckTime3, &d.OnDutyUserCheckResult3}, {&d.OffDutyUserCheckTime3, &d.OffDutyUserCheckResult3},
	}
	i := 2 * (s.Section - 1)
	if s.CheckType == attendance.OffDuty {
		i++
	}
	if i < 0 || i >= len(list) {
		return nil, nil
	}
	return list[i][0], list[i][1]
}

// DayLink is an approved request that speaks of a day.
type DayLink struct {
	ID        domain.ID `json:"id"`
	Type      string    `json:"type" enum:"makeup,leave,trip,out,overtime"`
	LeaveType string    `json:"leave_type,omitempty"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to" doc:"exclusive; of a makeup the same instant"`

	text string
}

// reportSlot is a slot as the read model writes it (rules §6); its instants carry the offset of the rule's zone.
type reportSlot struct {
	Section        int                       `json:"section"`
	CheckType      attendance.CheckType      `json:"check_type"`
	PlanAt         time.Time                 `json:"plan_at"`
	PunchAt        time.Time                 `json:"punch_at"`
	TimeResult     attendance.TimeResult     `json:"time_result"`
	LocationResult attendance.LocationResult `json:"location_result"`
	Minutes        int                       `json:"minutes"`
}

// Reporter makes reports for one answer.
type Reporter struct {
	words map[string]string
	links map[domain.ID][]query.ApprovedRequest
	leave map[string]string
}

// NewReporter reads what the days of a range are linked to; of the members in those, or of everybody when those is nil.
func NewReporter(ctx context.Context, r *projections.Engine, org domain.ID, those []domain.ID, from, to domain.Date) (*Reporter, error) {
	links, err := r.Requests.Approved(ctx, org, those, from, to)
	if err != nil {
		return nil, err
	}
	types, err := r.Organizations.LeaveTypes(ctx, org)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, t := range types {
		names[t.LeaveType] = t.Name
	}
	return &Reporter{words: reportWords[problem.LanguageOf(ctx)], links: links, leave: names}, nil
}

// Of reports one day; slots that cannot be read leave their columns empty.
func (r *Reporter) Of(member domain.ID, d *query.Day) DayReport {
	out := DayReport{Date: d.Date, AttendanceApprove: []DayLink{}}
	if d.Shift != nil {
		out.AttendanceClass = *d.Shift
	}
	var slots []reportSlot
	_ = json.Unmarshal(d.Slots, &slots)
	var on, off time.Time
	for i := range slots {
		s := &slots[i]
		if on.IsZero() {
			on = s.PlanAt
		}
		off = s.PlanAt
		if at, result := out.checks(s); at != nil {
			*at, *result = localMinute(s.PunchAt), string(s.TimeResult)
		}
	}
	out.PlanDetail = planDetail(d.Date, slots)
	out.AttendResult = r.result(d, slots)
	for i := range r.links[member] {
		if q := &r.links[member][i]; q.Touches(d.Date, on, off) {
			out.AttendanceApprove = append(out.AttendanceApprove, r.link(q))
		}
	}
	return out
}

func localMinute(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format("2006-01-02 15:04")
}

// planDetail writes the planned times of the sections as rules write local times.
func planDetail(date domain.Date, slots []reportSlot) string {
	var parts []string
	for i := 0; i+1 < len(slots); i += 2 {
		if !slots[i].PlanAt.IsZero() {
			parts = append(parts, wallOf(date, slots[i].PlanAt)+"-"+wallOf(date, slots[i+1].PlanAt))
		}
	}
	return strings.Join(parts, " ")
}

func wallOf(date domain.Date, at time.Time) string {
	days := int(domain.Date(at.Format(time.DateOnly)).Time().Sub(date.Time()).Hours() / 24)
	return fmt.Sprintf("%02d:%02d", at.Hour()+24*days, at.Minute())
}

// result tells the day: its status, then what is wrong slot by slot. An Abnormal day is told by that alone.
func (r *Reporter) result(d *query.Day, slots []reportSlot) string {
	var parts []string
	for i := range slots {
		if text := r.slot(&slots[i], len(slots) > 2); text != "" {
			parts = append(parts, text)
		}
	}
	for _, a := range d.Anomalies {
		if a == string(attendance.AnomalyShort) {
			parts = append(parts, r.words[a])
		}
	}
	switch attendance.Status(d.Status) {
	case attendance.Absent:
		parts = nil // both slots are missing, or too little was worked
	case attendance.Abnormal:
		if len(parts) > 0 {
			return strings.Join(parts, r.words[","])
		}
	}
	return strings.Join(append([]string{r.words[d.Status]}, parts...), r.words[","])
}

func (r *Reporter) slot(s *reportSlot, numbered bool) string {
	name := r.words[string(s.CheckType)]
	if numbered {
		name += fmt.Sprint(s.Section)
	}
	text := ""
	switch s.TimeResult {
	case attendance.TimeLate, attendance.TimeSeriousLate, attendance.TimeAbsenteeism, attendance.TimeEarly:
		text = fmt.Sprintf(r.words["minutes"], name, r.words[string(s.TimeResult)], s.Minutes)
	case attendance.TimeNotSigned:
		text = name + r.words[" "] + r.words[string(s.TimeResult)]
	}
	if s.LocationResult == attendance.LocationOutside {
		if text != "" {
			text += r.words[","]
		}
		text += name + r.words[" "] + r.words[string(s.LocationResult)]
	}
	return text
}

func (r *Reporter) link(q *query.ApprovedRequest) DayLink {
	l := DayLink{ID: q.ID, Type: q.Type, LeaveType: q.LeaveType, From: q.From, To: q.To, text: r.words[q.Type]}
	if name := r.leave[q.LeaveType]; name != "" {
		l.text = name
	}
	if q.Zone == nil {
		l.text += " " + r.words[q.CheckType]
		return l
	}
	const layout = "01-02 15:04"
	l.text += " " + q.From.In(q.Zone).Format(layout) + "~" + q.To.In(q.Zone).Format(layout)
	return l
}

// Approvals are the requests that speak of a day, in words.
func (r *Reporter) Approvals(d *DayReport) string {
	links := make([]string, len(d.AttendanceApprove))
	for i, l := range d.AttendanceApprove {
		links[i] = l.text
	}
	return strings.Join(links, r.words[","])
}

// reportWords are what a report says, in both languages.
var reportWords = map[problem.Language]map[string]string{
	problem.English: {
		",": ", ", " ": " ", "minutes": "%s %s %d min", "OnDuty": "on duty", "OffDuty": "off duty",
		"Late": "late", "SeriousLate": "seriously late", "Absenteeism": "absent by lateness", "Early": "left early", "NotSigned": "not signed", "Outside": "outside", "Short": "hours short",
		"Normal": "normal", "Abnormal": "abnormal", "Absent": "absent", "HalfDay": "half day", "Leave": "leave", "Trip": "trip", "Rest": "rest", "Unscheduled": "unscheduled", "Pending": "not over",
		"Excused": "excused", "makeup": "makeup", "leave": "leave", "trip": "trip", "out": "errand", "overtime": "overtime",
	},
	problem.Chinese: {
		",": "，", " ": "", "minutes": "%s%s%d分钟", "OnDuty": "上班", "OffDuty": "下班",
		"Late": "迟到", "SeriousLate": "严重迟到", "Absenteeism": "旷工迟到", "Early": "早退", "NotSigned": "缺卡", "Outside": "位置异常", "Short": "工时不足",
		"Normal": "正常", "Abnormal": "异常", "Absent": "旷工", "HalfDay": "半天", "Leave": "请假", "Trip": "出差", "Rest": "休息", "Unscheduled": "未排班", "Pending": "未结束",
		"Excused": "免打卡", "makeup": "补卡", "leave": "请假", "trip": "出差", "out": "外出", "overtime": "加班",
	},
}

// reportHeads are the columns of the report's file.
var reportHeads = []head{
	{"number", "工号"}, {"name", "姓名"}, {"date", "日期"}, {"attendance_class", "班次"}, {"plan_detail", "应打卡时间"}, {"attend_result", "考勤结果"}, {"attendance_approve", "关联的审批单"},
	{"on_duty_user_check_time_1", "上班1打卡时间"}, {"on_duty_user_check_result_1", "上班1打卡结果"}, {"off_duty_user_check_time_1", "下班1打卡时间"}, {"off_duty_user_check_result_1", "下班1打卡结果"},
	{"on_duty_user_check_time_2", "上班2打卡时间"}, {"on_duty_user_check_result_2", "上班2打卡结果"}, {"off_duty_user_check_time_2", "下班2打卡时间"}, {"off_duty_user_check_result_2", "下班2打卡结果"},
	{"on_duty_user_check_time_3", "上班3打卡时间"}, {"on_duty_user_check_result_3", "上班3打卡结果"}, {"off_duty_user_check_time_3", "下班3打卡时间"}, {"off_duty_user_check_result_3", "下班3打卡结果"},
	{"worked_min", "工作时长(分钟)"}, {"late_min", "迟到时长(分钟)"}, {"early_min", "早退时长(分钟)"}, {"leave_min", "请假时长(分钟)"}, {"trip_min", "出差外出时长(分钟)"}, {"overtime_min", "加班时长(分钟)"},
	{"absent_days", "旷工天数"}, {"night_min", "夜间时长(分钟)"},
}

// record is a row of the report's file; results are in words.
func (r *Reporter) record(d *query.MemberDay, name string, report *DayReport) []string {
	values := map[string]any{"number": d.Number, "name": name}
	gather(values, reflect.ValueOf(d.Day))
	gather(values, reflect.ValueOf(*report))
	values["attendance_approve"] = r.Approvals(report)
	cells := make([]string, len(reportHeads))
	for i, h := range reportHeads {
		cells[i] = fmt.Sprint(values[h[0]])
		if strings.Contains(h[0], "check_result") {
			cells[i] = r.words[cells[i]]
		}
		cells[i] = sheets.SafeText(cells[i])
	}
	return cells
}
