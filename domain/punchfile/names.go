package punchfile

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/dakahq/daka/domain"
)

// columnNames are the header names of the usual programs, as plainName writes them; an earlier one of a column is taken before a later one.
// The room's README shows the table.
var columnNames = map[string][]string{
	"number": {"number", "工号", "员工编号", "员工工号", "职工号", "职工编号", "职工工号", "员工号", "人员编号", "人员工号", "考勤号码", "考勤号", "考勤编号", "登记号码", "登记号", "考勤机编号", "指纹号",
		"badge", "badgenumber", "badgeno", "badgeid", "acno", "acnumber", "pin", "enno", "enrollno", "enrollnumber", "enrollid", "enrolno", "enrolnumber",
		"employee", "employeeid", "employeeno", "employeenumber", "employeecode", "empcode", "empid", "empno", "empnumber", "ecode",
		"staffid", "staffno", "staffcode", "staffnumber", "personid", "personno", "personnelid", "personnelno", "personnelnumber", "personcode", "workerid", "workno", "worknumber", "jobno", "jobnumber",
		"payrollid", "payrollno", "payrollnumber", "personalnummer", "personalnr", "mitarbeiternummer", "matricule", "人员id", "员工id", "员工代码", "用户编号", "用户号", "用户id", "卡号", "cardno", "cardnumber", "card",
		"userid", "userno", "usercode", "usernumber", "deviceuserid", "账号", "帐号", "账户", "编号", "id", "idnumber", "idno", "no"},
	"account": {"userid", "账号", "帐号", "用户id", "员工userid"},
	"at": {"at", "datetime", "dateandtime", "timestamp", "日期时间", "打卡日期时间", "刷卡日期时间", "考勤日期时间", "日期和时间", "实际打卡时间", "打卡时间", "刷卡时间", "签到日期时间", "识别时间", "验证时间", "通行时间", "出入时间", "事件时间", "记录时间", "打卡日期和时间",
		"punchdatetime", "punchtime", "checktime", "checkdatetime", "clocktime", "clockdatetime", "clockingtime", "swipetime", "swipedatetime", "logtime", "logdatetime", "logdate", "eventtime", "eventdatetime", "recordtime", "attendancetime", "attendancedatetime", "scantime", "verifytime", "transactiontime", "datumuhrzeit", "zeitstempel", "时间戳", "考勤时间", "出勤时间"},
	"date":       {"date", "日期", "打卡日期", "考勤日期", "刷卡日期", "出勤日期", "签到日期", "工作日", "工作日期", "记录日期", "punchdate", "attendancedate", "checkdate", "clockdate", "swipedate", "logdate", "eventdate", "recorddate", "workdate", "datum", "tag"},
	"time":       {"time", "时间", "打卡时刻", "时刻", "打卡时间", "刷卡时间", "考勤时间", "签到时间", "punchtime", "checktime", "clocktime", "swipetime", "logtime", "eventtime", "uhrzeit", "zeit"},
	"check_type": {"checktype", "type", "考勤类型", "打卡类型", "签到类型", "inout", "direction", "进出", "进出方向", "进出状态", "出入方向", "上下班", "punchtype"},
	"state":      {"state", "status", "状态", "考勤状态", "attendancestate", "attendancestatus", "punchstate", "checkstate", "iomd", "inoutmode", "inoutstatus"},
	"in": {"签到时间", "签到", "上班打卡时间", "上班打卡", "上班签到", "上班签到时间", "最早打卡", "最早打卡时间", "首次打卡", "首次打卡时间", "in", "cin", "clockin", "clockintime", "checkin", "checkintime", "punchin", "punchintime", "timein", "intime", "firstin", "firstpunch", "actualin", "signin",
		"kommen", "进", "进入", "进门", "到", "上班", "上班时间", "onduty", "ondutytime", "starttime", "start"},
	"out": {"签退时间", "签退", "下班打卡时间", "下班打卡", "下班签退", "下班签退时间", "最晚打卡", "最晚打卡时间", "末次打卡", "末次打卡时间", "out", "cout", "clockout", "clockouttime", "checkout", "checkouttime", "punchout", "punchouttime", "timeout", "outtime", "lastout", "lastpunch", "actualout", "signout",
		"gehen", "出", "离开", "出门", "退", "下班", "下班时间", "offduty", "offdutytime", "endtime", "end"},
	"times": {"times", "打卡记录", "刷卡记录", "打卡明细", "刷卡明细", "打卡数据", "考勤记录", "签卡记录", "打卡", "刷卡", "punches", "punchrecords", "records", "punch", "swipes", "swipe", "clockings", "时间", "time", "打卡时间", "刷卡时间"},
}

// verdicts are columns that stand in a list of slots: a row of such a list without a time is a slot that nobody punched.
var verdicts = []string{"打卡结果", "考勤结果", "打卡状态", "考勤状态", "应打卡时间", "规定打卡时间", "班次时间", "实际打卡时间"}

// plainName writes a header without case, width, blanks and marks.
func plainName(name string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return c
		}
		return -1
	}, strings.ToLower(norm.NFKC.String(name)))
}

// section takes the number out of a name: 上班2打卡时间 is 上班打卡时间 of section 2, "In 1" is in of section 1.
func section(name string) (base string, number int) {
	base = strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			number = min(number*10+int(c-'0'), 100)
			return -1
		}
		return c
	}, name)
	return base, number
}

// checkTypes are the words for a slot; an empty cell names none.
var checkTypes = map[string]domain.CheckType{
	"": "", "onduty": domain.OnDuty, "on": domain.OnDuty, "in": domain.OnDuty, "cin": domain.OnDuty, "checkin": domain.OnDuty, "clockin": domain.OnDuty, "punchin": domain.OnDuty,
	"上班": domain.OnDuty, "上班打卡": domain.OnDuty, "上班签到": domain.OnDuty, "签到": domain.OnDuty, "进": domain.OnDuty, "进入": domain.OnDuty, "进门": domain.OnDuty, "kommen": domain.OnDuty,
	"offduty": domain.OffDuty, "off": domain.OffDuty, "out": domain.OffDuty, "cout": domain.OffDuty, "checkout": domain.OffDuty, "clockout": domain.OffDuty, "punchout": domain.OffDuty,
	"下班": domain.OffDuty, "下班打卡": domain.OffDuty, "下班签退": domain.OffDuty, "签退": domain.OffDuty, "出": domain.OffDuty, "离开": domain.OffDuty, "出门": domain.OffDuty, "gehen": domain.OffDuty,
}

// side says whether a name is of the beginning or the end of work.
func side(name string) domain.CheckType {
	base, _ := section(plainName(name))
	for _, known := range columnNames["in"] {
		if base == known {
			return domain.OnDuty
		}
	}
	for _, known := range columnNames["out"] {
		if base == known {
			return domain.OffDuty
		}
	}
	return ""
}

// nothing are the words of a cell without a punch.
var nothing = map[string]bool{
	"": true, "na": true, "nan": true, "null": true, "none": true, "nil": true, "absent": true, "off": true, "holiday": true, "leave": true, "wo": true, "weekoff": true, "missing": true, "a": true,
	"无": true, "未打卡": true, "缺卡": true, "未签到": true, "未签退": true, "无打卡": true, "休": true, "休息": true, "休息日": true, "假": true, "请假": true, "旷工": true, "缺勤": true, "节假日": true, "放假": true, "公休": true, "未排班": true, "无需打卡": true, "不打卡": true,
	"事假": true, "病假": true, "年假": true, "调休": true, "出差": true, "外出": true, "婚假": true, "产假": true, "丧假": true, "陪产假": true,
}

// isNothing says that a cell holds no punch: empty, marks alone, or a word for it.
func isNothing(text string) bool {
	if text == "" {
		return true
	}
	name := plainName(text)
	return nothing[name] && !strings.ContainsAny(text, "0123456789")
}
