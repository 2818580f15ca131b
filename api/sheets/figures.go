package sheets

import (
	"slices"

	"github.com/dakahq/daka/api/web/verdicts"
	"github.com/dakahq/daka/projections/query"
)

// Unit is what a figure counts.
type Unit int

// The units.
const (
	Occurrences Unit = iota
	InDays
	InMinutes
)

// Figure is a figure of a month: its name in the API, and what people call it.
type Figure struct {
	Name string
	verdicts.Words
	Unit Unit
	// paper says that it is printed; the others are on the screen alone.
	paper bool
}

// LeavePrefix begins the name of a leave type's figure.
const LeavePrefix = "leave_by_type."

// leaveFigure is the figure behind which the leave types come.
const leaveFigure = "leave_time"

// Figures are a month's, in their order, each leave type behind the sum of leave.
func Figures(types []query.LeaveType) []Figure {
	all := []Figure{
		{"should_attendance_days", verdicts.Words{ZH: "应出勤天数", EN: "Days due"}, InDays, true},
		{"attendance_days", verdicts.Words{ZH: "出勤天数", EN: "Days attended"}, InDays, true},
		{"attendance_rest_days", verdicts.Words{ZH: "休息日出勤天数", EN: "Rest days worked"}, InDays, false},
		{"attendance_work_time", verdicts.Words{ZH: "工作时长", EN: "Worked"}, InMinutes, true},
		{"present_min", verdicts.Words{ZH: "在岗时长", EN: "Present"}, InMinutes, false},
		{"late_times", verdicts.Words{ZH: "迟到次数", EN: "Late"}, Occurrences, true},
		{"late_minute", verdicts.Words{ZH: "迟到时长", EN: "Late"}, InMinutes, true},
		{"serious_late_times", verdicts.Words{ZH: "严重迟到次数", EN: "Seriously late"}, Occurrences, false},
		{"serious_late_minute", verdicts.Words{ZH: "严重迟到时长", EN: "Seriously late"}, InMinutes, false},
		{"absenteeism_late_times", verdicts.Words{ZH: "旷工迟到次数", EN: "Absent by lateness"}, Occurrences, false},
		{"absenteeism_days", verdicts.Words{ZH: "旷工天数", EN: "Days absent"}, InDays, true},
		{"leave_early_times", verdicts.Words{ZH: "早退次数", EN: "Left early"}, Occurrences, true},
		{"leave_early_minute", verdicts.Words{ZH: "早退时长", EN: "Left early"}, InMinutes, true},
		{"on_work_lack_card_times", verdicts.Words{ZH: "上班缺卡次数", EN: "On-duty punches missing"}, Occurrences, true},
		{"off_work_lack_card_times", verdicts.Words{ZH: "下班缺卡次数", EN: "Off-duty punches missing"}, Occurrences, true},
		{"making_up_lack_times", verdicts.Words{ZH: "补卡次数", EN: "Makeups"}, Occurrences, true},
		{"business_trip_time", verdicts.Words{ZH: "出差时长", EN: "Trips"}, InMinutes, true},
		{"out_time", verdicts.Words{ZH: "外出时长", EN: "Errands"}, InMinutes, false},
		{leaveFigure, verdicts.Words{ZH: "请假时长", EN: "Leave"}, InMinutes, true},
		{"overtime_approve_count", verdicts.Words{ZH: "加班审批单数", EN: "Overtime requests"}, Occurrences, false},
		{"overtime_duration", verdicts.Words{ZH: "加班总时长", EN: "Overtime"}, InMinutes, true},
		{"overtime_workday", verdicts.Words{ZH: "工作日加班", EN: "Overtime on workdays"}, InMinutes, false},
		{"overtime_restday", verdicts.Words{ZH: "休息日加班", EN: "Overtime on rest days"}, InMinutes, false},
		{"overtime_holiday", verdicts.Words{ZH: "节假日加班", EN: "Overtime on holidays"}, InMinutes, false},
		{"night_min", verdicts.Words{ZH: "夜间时长", EN: "At night"}, InMinutes, false},
		{"allowed_late_times", verdicts.Words{ZH: "允许迟到次数", EN: "Late, allowed"}, Occurrences, false},
		{"allowed_early_times", verdicts.Words{ZH: "允许早退次数", EN: "Left early, allowed"}, Occurrences, false},
		{"penalty_times", verdicts.Words{ZH: "处罚次数", EN: "Penalties"}, Occurrences, false},
		{"waived_times", verdicts.Words{ZH: "免除处罚次数", EN: "Penalties waived"}, Occurrences, false},
		{"deducted_days", verdicts.Words{ZH: "扣除天数", EN: "Days deducted"}, InDays, false},
		{"pending_days", verdicts.Words{ZH: "未结束天数", EN: "Days not over"}, InDays, false},
		{"leave_days", verdicts.Words{ZH: "请假天数", EN: "Days of leave"}, InDays, false},
		{"half_days", verdicts.Words{ZH: "半天天数", EN: "Half days"}, InDays, false},
		{"abnormal_days", verdicts.Words{ZH: "异常天数", EN: "Abnormal days"}, InDays, false},
		{"normal_days", verdicts.Words{ZH: "正常天数", EN: "Normal days"}, InDays, false},
	}
	var leave []Figure
	for _, t := range types {
		leave = append(leave, Figure{Name: LeavePrefix + t.LeaveType, Words: verdicts.Words{ZH: "请假-" + t.Name, EN: "Leave: " + t.Name}, Unit: InMinutes})
	}
	behind := slices.IndexFunc(all, func(f Figure) bool { return f.Name == leaveFigure }) + 1
	return slices.Insert(all, behind, leave...)
}

// columns of a figure: minutes have hours beside them.
func (f Figure) columns() []column {
	switch f.Unit {
	case InMinutes:
		return minuted(f.Name, f.Words)
	case InDays:
		return []column{{name: f.Name, title: f.Words, width: 5.5, kind: tenth}}
	}
	return []column{{name: f.Name, title: f.in(f.Words), width: 5.5, kind: whole}}
}

// in adds what is counted, where the word alone does not say it.
func (f Figure) in(w verdicts.Words) verdicts.Words {
	return verdicts.Words{ZH: w.ZH, EN: w.EN + " (times)"}
}

func (f Figure) cells(v any) []cell {
	if f.Unit == InMinutes {
		return minutes(number(v))
	}
	return plain(number(v))
}

// onPaperFirst puts what is printed before the rest.
func onPaperFirst(all []Figure) []Figure {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b Figure) int {
		switch {
		case a.paper == b.paper:
			return 0
		case a.paper:
			return -1
		}
		return 1
	})
	return sorted
}
