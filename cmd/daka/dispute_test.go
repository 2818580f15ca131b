package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const disputedRule = `{"name":"总部","time_zone":"Asia/Shanghai","effective_from":"2026-03-01",
	"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}],"breaks":[{"from":"12:00","to":"13:00"}],"permit_late_min":0,"serious_late_min":30,"absent_late_min":120}},
	"makeup":{"per_month":2,"within_days":30,"kinds":["missing","late"]}}`

// disputed is March 2026 of 陈静, number 1001, from 09:00 to 18:00 with lunch from 12:00 to 13:00. On a plain day she is there from 08:50 to
// 18:05: present 555, worked 540 - 60 = 480.
type disputed struct {
	*story
	member, group string
}

func (d *disputed) ask(format string, args ...any) string {
	d.t.Helper()
	id, _ := d.done("POST", d.base+"/requests", fmt.Sprintf(`{"member":%q,`+format+`}`, append([]any{d.member}, args...)...))
	return id
}

func (d *disputed) decide(request, verb, comment string) {
	d.t.Helper()
	d.done("POST", d.base+"/requests/"+request+"/"+verb, fmt.Sprintf(`{"comment":%q}`, comment))
}

func (d *disputed) plain(dates ...string) {
	d.t.Helper()
	for _, date := range dates {
		d.punches("1001", "2026-03-"+date, "08:50", "18:05")
	}
}

const makeup = `"type":"makeup","date":"2026-03-%s","check_type":%q,"at":"2026-03-%sT%s:00+08:00","kind":%q,"reason":%q`

// begin founds the company and tells the first half of the month.
func (d *disputed) begin() {
	d.tell(d.t, "2026-02-27 10:00")
	d.org, _ = d.done("POST", "/orgs", `{"name":"晨光"}`)
	d.base = "/orgs/" + d.org
	d.done("PUT", d.base+"/attendance", `{"enabled":true}`)
	d.group, _ = d.done("POST", d.base+"/groups", `{"name":"总部","rule":`+disputedRule+`}`)
	d.done("POST", d.base+"/leave-types", `{"leave_type":"annual","name":"年假","paid":true,"unit":"hour"}`)
	d.member, _ = d.done("POST", d.base+"/members", fmt.Sprintf(`{"number":"1001","name":"陈静","group":%q,"joined":"2026-03-01"}`, d.group))
	d.plain("02")
	d.punches("1001", "2026-03-03", "09:12", "18:03") // late
	d.punches("1001", "2026-03-04", "08:55")          // forgot to punch out
	d.at("2026-03-05 09:30")
	forgot := d.ask(makeup, "04", "OffDuty", "04", "18:10", "missing", "忘记打卡")
	d.at("2026-03-05 10:00")
	d.decide(forgot, "approve", "属实")
	d.plain("05", "06")
	d.punches("1001", "2026-03-09", "18:20") // forgot to punch in
	d.at("2026-03-10 09:30")
	forgot = d.ask(makeup, "09", "OnDuty", "09", "08:58", "missing", "门禁坏了")
	d.decide(forgot, "approve", "")
	d.plain("10", "11")
	d.punches("1001", "2026-03-12", "09:14") // late, and the punch out is only in her phone
	d.at("2026-03-13 09:30")
	third := fmt.Sprintf(`{"member":%q,`+makeup+`}`, d.member, "12", "OffDuty", "12", "18:05", "missing", "手机离线")
	require.Equal(d.t, "makeup_limit: the rule allows 2 makeups a month; 2026-03 has 2 already; ask an administrator for a correction, or cancel another makeup of that month",
		d.refused("en", d.base+"/requests", third))
	require.Equal(d.t, "makeup_limit: 考勤规则每月允许补卡 2 次，2026-03 已有 2 次；请联系管理员改签，或撤销该月的另一次补卡", d.refused("zh-CN", d.base+"/requests", third))
	d.plain("13")
}

// end tells the second half, and what came of the dispute.
func (d *disputed) end() {
	d.at("2026-03-16 10:00") // her phone is online again: the punch of the 12th arrives, more than a day late
	made := d.instant(d.t, "2026-03-12 18:05")
	late := d.post("POST", d.base+"/punches", fmt.Sprintf(`{"member":%q,"claimed_at":%q,"offline":true}`, d.member, made.Format(time.RFC3339)), made)
	require.Equal(d.t, 201, late.status, late.body)
	d.plain("16")
	d.punches("1001", "2026-03-17", "09:40", "18:01") // seriously late
	d.at("2026-03-17 21:00")
	leave := d.ask(`"type":"leave","leave_type":"annual","from":"2026-03-18T11:30:00+08:00","to":"2026-03-18T14:00:00+08:00","reason":"看病"`)
	d.decide(leave, "approve", "")
	d.punches("1001", "2026-03-18", "08:58", "11:31", "13:57", "18:01")
	leave = d.ask(`"type":"leave","leave_type":"annual","from":"2026-03-19T09:00:00+08:00","to":"2026-03-19T12:00:00+08:00"`)
	require.Equal(d.t, "leave_overlaps: another leave is asked for or approved from 2026-03-19T01:00:00.000000Z to 2026-03-19T04:00:00.000000Z; withdraw or cancel it, or choose another time",
		d.refused("en", d.base+"/requests", fmt.Sprintf(`{"member":%q,"type":"leave","leave_type":"annual","from_date":"2026-03-19","to_date":"2026-03-19"}`, d.member)))
	d.decide(leave, "approve", "")
	d.punches("1001", "2026-03-19", "12:56", "18:02")
	d.plain("20", "23")
	withdrawn := d.ask(`"type":"leave","leave_type":"annual","from_date":"2026-03-24","to_date":"2026-03-24"`)
	d.done("POST", d.base+"/requests/"+withdrawn+"/withdraw", "{}")
	d.plain("24")
	cancelled := d.ask(`"type":"leave","leave_type":"annual","from_date":"2026-03-25","to_date":"2026-03-25"`)
	d.decide(cancelled, "approve", "")
	d.at("2026-03-25 08:30")
	d.decide(cancelled, "cancel", "项目上线")
	d.plain("25")
	d.at("2026-03-27 09:00") // nobody saw her on the 26th
	rejected := d.ask(`"type":"leave","leave_type":"annual","from_date":"2026-03-26","to_date":"2026-03-26"`)
	d.decide(rejected, "reject", "未提前申请")
	d.plain("27", "30", "31")
	d.at("2026-04-02 10:00") // a permit of 15 minutes, from 1 March on
	d.done("PUT", d.base+"/groups/"+d.group+"/rule", strings.Replace(disputedRule, `"permit_late_min":0`, `"permit_late_min":15`, 1))
	d.at("2026-04-03 09:30")
	_, at := d.done("POST", d.base+"/members/"+d.member+"/corrections", `{"date":"2026-03-17","check_type":"OnDuty","at":"2026-03-17T08:59:00+08:00","reason":"闸机录像"}`)
	d.at("2026-04-03 12:00")
	d.day(d.base, d.member, "2026-03-17", at)
}

func (d *disputed) march(known string) (raw string, days map[string]string) {
	d.t.Helper()
	path := "/api/v1" + d.base + "/members/" + d.member + "/days?from=2026-03-01&to=2026-03-31"
	if known != "" {
		path += "&known_at=" + url.QueryEscape(d.instant(d.t, known).Format(time.RFC3339))
	}
	var answer struct{ Days json.RawMessage }
	d.get(path).json(d.t, &answer)
	var list []workedDay
	require.NoError(d.t, json.Unmarshal(answer.Days, &list))
	days = map[string]string{}
	for _, day := range list {
		days[day.Date[8:]] = day.line(d.zone)
	}
	return string(answer.Days), days
}

// byHand is the month as a person works it out. Plain days are left out: 2 5 6 10 11 13 16 20 23 24 25 27 30 31.
var byHand = map[string]string{
	"03": "Normal [09:12 Normal ATM] [18:03 Normal ATM] worked 468 present 531 v2",           // 18:00 - 09:12 = 528, less lunch
	"04": "Normal [08:55 Normal ATM] [18:10 Normal APPROVE] worked 480 present 555 v2",       // made up
	"09": "Normal [08:58 Normal APPROVE] [18:20 Normal ATM] worked 480 present 562 v2",       // made up
	"12": "Normal [09:14 Normal ATM] [18:05 Normal USER] worked 466 present 531 v2 Flagged",  // 526 - 60; the flag is a doubt, no fault
	"17": "Normal [08:59 Normal BOSS] [18:01 Normal ATM] worked 480 present 542 v2",          // corrected
	"18": "Normal [08:58 Normal ATM] [18:01 Normal ATM] worked 390 present 543 leave 90 v2",  // 11:30-12:00 and 13:00-14:00
	"19": "Normal [12:56 Normal ATM] [18:02 Normal ATM] worked 300 present 306 leave 180 v2", // leave and lunch move on to 13:00
	"26": "Absent [- NotSigned SYSTEM] [- NotSigned SYSTEM] v2 NotSigned",
}

// asKnown are twenty instants and what was known then of one day, worked out by hand.
var asKnown = []struct{ at, day, want string }{
	{"2026-02-28 12:00", "02", ""},
	{"2026-03-02 22:00", "02", "Normal [08:50 Normal ATM] [18:05 Normal ATM] worked 480 present 555 v1"},
	{"2026-03-03 22:00", "03", "Abnormal [09:12 Late 12 ATM] [18:03 Normal ATM] worked 468 present 531 late 12 v1 Late"},
	{"2026-03-04 21:00", "04", "Pending [08:55 Normal ATM] [- Pending] v1"},
	{"2026-03-05 09:45", "04", "Abnormal [08:55 Normal ATM] [- NotSigned SYSTEM] v1 NotSigned"},
	{"2026-03-05 12:00", "04", "Normal [08:55 Normal ATM] [18:10 Normal APPROVE] worked 480 present 555 v1"},
	{"2026-03-09 23:00", "09", "Abnormal [- NotSigned SYSTEM] [18:20 Normal ATM] v1 NotSigned"},
	{"2026-03-10 12:00", "09", "Normal [08:58 Normal APPROVE] [18:20 Normal ATM] worked 480 present 562 v1"},
	{"2026-03-12 21:00", "12", "Pending [09:14 Late 14 ATM] [- Pending] late 14 v1 Late"},
	{"2026-03-13 12:00", "12", "Abnormal [09:14 Late 14 ATM] [- NotSigned SYSTEM] late 14 v1 Late NotSigned"},
	{"2026-03-16 12:00", "12", "Abnormal [09:14 Late 14 ATM] [18:05 Normal USER] worked 466 present 531 late 14 v1 Late Flagged"},
	{"2026-03-17 22:00", "17", "Abnormal [09:40 SeriousLate 40 ATM] [18:01 Normal ATM] worked 440 present 501 late 40 v1 SeriousLate"},
	{"2026-03-18 23:00", "18", "Normal [08:58 Normal ATM] [18:01 Normal ATM] worked 390 present 543 leave 90 v1"},
	{"2026-03-19 23:00", "19", "Normal [12:56 Normal ATM] [18:02 Normal ATM] worked 300 present 306 leave 180 v1"},
	{"2026-03-24 23:00", "24", "Normal [08:50 Normal ATM] [18:05 Normal ATM] worked 480 present 555 v1"},
	{"2026-03-25 00:30", "25", ""},
	{"2026-03-25 12:00", "25", "Pending [- Pending] [- Pending] v1"},
	{"2026-03-27 12:00", "26", "Absent [- NotSigned SYSTEM] [- NotSigned SYSTEM] v1 NotSigned"},
	{"2026-04-02 12:00", "17", "Abnormal [09:40 SeriousLate 40 ATM] [18:01 Normal ATM] worked 440 present 501 late 40 v2 SeriousLate"},
	{"2026-04-03 10:00", "17", "Normal [08:59 Normal BOSS] [18:01 Normal ATM] worked 480 present 542 v2"},
}

// TestADisputedMonth: every figure of a month with everything in it is worked out by hand, now and as it was known at twenty instants, where the
// answer equals that of a store which holds nothing later; and `daka replay` tells it.
func TestADisputedMonth(t *testing.T) {
	if testing.Short() {
		t.Skip("tells a month and folds it twenty times")
	}
	d := &disputed{story: tellStory(t, "2026-02-27 10:00")}
	d.begin()
	d.end()
	_, days := d.march("")
	require.Len(t, days, 31)
	for day, line := range days {
		date, err := time.Parse(time.DateOnly, "2026-03-"+day)
		require.NoError(t, err)
		want, special := byHand[day]
		switch {
		case date.Weekday() == time.Saturday || date.Weekday() == time.Sunday:
			want = "Rest v2"
		case !special:
			want = "Normal [08:50 Normal ATM] [18:05 Normal ATM] worked 480 present 555 v2"
		}
		require.Equal(t, want, line, day)
	}
	d.monthByHand()
	copied := d.truncated()
	for _, k := range asKnown {
		raw, known := d.march(k.at)
		require.Equal(t, k.want, known[k.day], "%s as known at %s", k.day, k.at)
		require.Equal(t, copied.days(d.instant(t, k.at), d.org, d.member, "2026-03-01", "2026-03-31"), raw, "known at %s", k.at)
	}
	d.replayTells()
	code, said, errs := d.daka("diff", "--org", d.org)
	require.Equal(t, exitClean, code, said+errs)
}

// monthByHand: 22 workdays less the 26th; worked 14×480 + 468+480+480+466+480+390+300 = 9784; present 14×555 + 531+555+562+531+542+543+306 = 11340.
func (d *disputed) monthByHand() {
	d.t.Helper()
	var months struct{ Items []map[string]any }
	d.get("/api/v1"+d.base+"/months/2026-03").json(d.t, &months)
	require.Len(d.t, months.Items, 1)
	for name, want := range map[string]float64{
		"should_attendance_days": 22, "attendance_days": 21, "attendance_work_time": 9784, "present_min": 11340, "late_times": 0, "late_minute": 0,
		"serious_late_times": 0, "absenteeism_days": 1, "on_work_lack_card_times": 1, "off_work_lack_card_times": 1, "making_up_lack_times": 2,
		"leave_time": 270, "normal_days": 21, "abnormal_days": 0,
	} {
		require.Equal(d.t, want, months.Items[0][name], name)
	}
}

// replayTells checks the whole story of the 12th and of the 17th, but for the ids of the events.
func (d *disputed) replayTells() {
	d.t.Helper()
	for day, want := range map[string]string{"12": storyOf12, "17": storyOf17} {
		code, story, errs := d.daka("replay", "--org", d.org, "--member", "1001", "--day", "2026-03-"+day)
		require.Equal(d.t, exitClean, code, errs)
		require.Equal(d.t, strings.TrimSpace(want), strings.TrimSpace(withoutIDs(story)), story)
	}
}

var ids = regexp.MustCompile(`(?m)^ +event .*\n`)

func withoutIDs(story string) string { return ids.ReplaceAllString(story, "") }

const storyBegins = `, in the time of Asia/Shanghai

1. MemberProvisioned by token admin
   recorded  2026-02-27 10:00:00
   effective 2026-03-01
   no verdict yet

2. GroupAssigned by token admin
   recorded  2026-02-27 10:00:00
   effective 2026-03-01
   no verdict yet
`

const storyOf12 = `1001 陈静 on 2026-03-12: 7 events` + storyBegins + `
3. ClockAdvanced by system daka
   recorded  2026-03-12 20:30:00
   effective 2026-03-12 20:30:00
   rule      version 1
   * status: none → Pending
   * shift: none → day
   * rule_version: 0 → 1
   * OnDuty 1: none → NotSigned (SYSTEM)
   * OffDuty 1: none → Pending
   * anomalies: none → [NotSigned]

4. PunchRecorded by token admin
   recorded  2026-03-12 20:30:00
   effective 2026-03-12 09:14:00
   rule      version 1
   * OnDuty 1: NotSigned (SYSTEM) → Late 14 min at 2026-03-12 09:14:00 (ATM)
   * late_min: 0 → 14
   * anomalies: [NotSigned] → [Late]

5. ClockAdvanced by system daka
   recorded  2026-03-13 09:30:00
   effective 2026-03-13 09:30:00
   rule      version 1
   * status: Pending → Abnormal
   * OffDuty 1: Pending → NotSigned (SYSTEM)
   * anomalies: [Late] → [Late NotSigned]

6. PunchRecorded by token admin
   recorded  2026-03-16 10:00:00
   effective 2026-03-12 18:05:00
   rule      version 1
   flags: offline, offline_unapproved
   * OffDuty 1: NotSigned (SYSTEM) → Normal at 2026-03-12 18:05:00 (USER)
   * worked_min: 0 → 466
   * present_min: 0 → 531
   * anomalies: [Late NotSigned] → [Late Flagged]

7. RuleChanged by token admin
   recorded  2026-04-02 10:00:00
   effective 2026-03-01
   rule      version 2
   * status: Abnormal → Normal
   * rule_version: 1 → 2
   * OnDuty 1: Late 14 min at 2026-03-12 09:14:00 (ATM) → Normal at 2026-03-12 09:14:00 (ATM)
   * late_min: 14 → 0
   * anomalies: [Late Flagged] → [Flagged]

The day is Normal: worked 466 min, late 0, early 0, leave 0, overtime 0; anomalies: Flagged.
`

const storyOf17 = `1001 陈静 on 2026-03-17: 7 events` + storyBegins + `
3. ClockAdvanced by system daka
   recorded  2026-03-17 20:30:00
   effective 2026-03-17 20:30:00
   rule      version 1
   * status: none → Pending
   * shift: none → day
   * rule_version: 0 → 1
   * OnDuty 1: none → NotSigned (SYSTEM)
   * OffDuty 1: none → Pending
   * anomalies: none → [NotSigned]

4. PunchRecorded by token admin
   recorded  2026-03-17 20:30:00
   effective 2026-03-17 09:40:00
   rule      version 1
   * OnDuty 1: NotSigned (SYSTEM) → SeriousLate 40 min at 2026-03-17 09:40:00 (ATM)
   * late_min: 0 → 40
   * anomalies: [NotSigned] → [SeriousLate]

5. PunchRecorded by token admin
   recorded  2026-03-17 20:30:00
   effective 2026-03-17 18:01:00
   rule      version 1
   * status: Pending → Abnormal
   * OffDuty 1: Pending → Normal at 2026-03-17 18:01:00 (ATM)
   * worked_min: 0 → 440
   * present_min: 0 → 501

6. RuleChanged by token admin
   recorded  2026-04-02 10:00:00
   effective 2026-03-01
   rule      version 2
   * rule_version: 1 → 2

7. SlotCorrected by token admin
   recorded  2026-04-03 09:30:00
   effective 2026-03-17
   rule      version 2
   reason: 闸机录像
   * status: Abnormal → Normal
   * OnDuty 1: SeriousLate 40 min at 2026-03-17 09:40:00 (ATM) → Normal at 2026-03-17 08:59:00 (BOSS)
   * worked_min: 440 → 480
   * present_min: 501 → 542
   * late_min: 40 → 0
   * anomalies: [SeriousLate] → none

The day is Normal: worked 480 min, late 0, early 0, leave 0, overtime 0; anomalies: none.
`
