// Package sample founds a marked sample company through the ordinary command path.
//
// It is made up and deterministic: the same seed and dates give the same people, the same rules and the
// same punches, so that a second start adds nothing but the days since.
package sample

import (
	"encoding/json"
	"fmt"
)

// Name is the company's name; the organization is marked as sample data besides.
const Name = "晨光科技（示例） Dawn Technology (sample)"

// Handle is the sign-in name that the company gets, unless another organization has it.
const Handle = "dawn"

// Zone is where the company works.
const Zone = "Asia/Shanghai"

// Days is how far back its history goes, today included.
const Days = 90

// member is a person of the company.
type member struct {
	number, name, position string
	department, group      int // index in departments and groups
	// habit is how far from punctual the person is, 0 to 9.
	habit int
	// crew is the crew of a person who works in shifts, 0 to 3.
	crew int
}

type department struct{ name string }

var departments = []department{
	{"综合管理部 Administration"}, {"研发部 Engineering"}, {"客户服务部 Customer service"}, {"市场部 Marketing"}, {"运维中心 Operations centre"},
}

// The groups by their index in groups.
const (
	headOffice = iota
	engineering
	customerService
	operations
	research
)

// group is an attendance group with its rule; on and off are minutes of the day, for the punches.
type group struct {
	name    string
	on, off int
	lunch   bool // four punches a day
	rule    map[string]any
}

func groups(from string) []group {
	return []group{
		{name: "总部 Head office", on: 9 * 60, off: 18 * 60, rule: fixed("总部 Head office", from, map[string]any{
			"sections":        []any{section("09:00", "18:00")},
			"breaks":          []any{pause("12:00", "13:00")},
			"permit_late_min": 5, "serious_late_min": 30, "absent_late_min": 120,
		})},
		{name: "研发 Engineering", on: 10 * 60, off: 19 * 60, rule: fixed("研发 Engineering", from, map[string]any{
			"sections":      []any{section("10:00", "19:00")},
			"breaks":        []any{pause("12:30", "13:30")},
			"flex_late_min": 30, "flex_early_min": 30, "serious_late_min": 60,
			"late_out_late_in": []any{map[string]any{"out_after_min": 180, "in_later_min": 60}},
		})},
		{name: "客服 Customer service", on: 8*60 + 30, off: 17*60 + 30, lunch: true, rule: fixed("客服 Customer service", from, map[string]any{
			"sections":         []any{section("08:30", "12:00"), section("13:00", "17:30")},
			"serious_late_min": 20,
		})},
		{name: "运维三班 Operations in three shifts", rule: rostered("运维三班 Operations in three shifts", from)},
		{name: "研究 Research, free hours", rule: free("研究 Research, free hours", from)},
	}
}

func section(on, off string) map[string]any { return map[string]any{"on": on, "off": off} }

func pause(from, to string) map[string]any { return map[string]any{"from": from, "to": to} }

func fixed(name, from string, shift map[string]any) map[string]any {
	doc := rule("fixed", name, from)
	doc["shifts"], doc["week"] = map[string]any{"day": shift}, workweek
	doc["overtime"] = map[string]any{"mode": "punched", "min_minutes": 60, "step_minutes": 30}
	return doc
}

var workweek = []any{"day", "day", "day", "day", "day", nil, nil}

// rostered is the rule of three shifts round the clock; the night shift ends on the next date.
func rostered(name, from string) map[string]any {
	doc := rule("rostered", name, from)
	doc["shifts"] = map[string]any{
		early: threeShift(section("06:00", "14:00"), pause("10:00", "10:30")),
		late:  threeShift(section("14:00", "22:00"), pause("18:00", "18:30")),
		night: threeShift(section("22:00", "30:00"), pause("26:00", "26:30")),
	}
	return doc
}

func threeShift(section, pause map[string]any) map[string]any {
	return map[string]any{"sections": []any{section}, "breaks": []any{pause}, "permit_late_min": 5, "serious_late_min": 30, "absent_late_min": 120}
}

// free is the rule of people who come when they like, but are there from 11 to 15.
func free(name, from string) map[string]any {
	doc := rule("free", name, from)
	doc["week"] = workweek
	doc["free"] = map[string]any{"day_start": "04:00", "target_min": 510, "core": pause("11:00", "15:00")}
	return doc
}

func rule(kind, name, from string) map[string]any {
	return map[string]any{
		"name": name, "kind": kind, "time_zone": Zone, "effective_from": from, "holidays": "CN",
		"places":      []any{map[string]any{"id": "hq", "name": "晨光大厦 Dawn Tower", "lat": 31.2304, "lng": 121.4737, "radius_m": 300}},
		"field_punch": "flag", "makeup": map[string]any{"per_month": 3, "within_days": 30},
	}
}

func (g group) document() (json.RawMessage, error) {
	doc, err := json.Marshal(g.rule)
	if err != nil {
		return nil, fmt.Errorf("write the rule of %s: %w", g.name, err)
	}
	return doc, nil
}

var chineseNames = []string{
	"王伟", "李娜", "张敏", "刘洋", "陈静", "杨帆", "赵磊", "黄丽", "周杰", "吴倩", "徐强", "孙悦", "马超", "朱琳", "胡斌",
	"郭晓燕", "何志明", "高雨薇", "林子豪", "罗思源", "郑雅文", "梁嘉怡", "谢建国", "宋美玲", "唐文博", "许晴", "韩冰", "冯涛", "邓婕", "曹阳",
	"彭程", "曾毅", "肖婷", "田野", "董洁", "袁梦", "潘虹", "于洋", "蒋欣", "蔡明",
}

var englishNames = []string{
	"Emma Clark", "Liam Walker", "Olivia Reed", "Noah Bennett", "Ava Foster", "Ethan Price", "Mia Hughes", "Lucas Gray", "Sophie Turner", "Daniel Kim",
	"Grace Lee", "Henry Adams", "Chloe Martin", "Oscar Lopez", "Ella Novak", "Felix Braun", "Nina Rossi", "Omar Haddad", "Priya Nair", "Yuki Tanaka",
}

var positions = [][]string{
	{"行政专员 Administrator", "会计 Accountant", "人事经理 HR manager"},
	{"工程师 Engineer", "高级工程师 Senior engineer", "测试工程师 QA engineer"},
	{"客服专员 Agent", "客服主管 Team lead"},
	{"市场专员 Marketing specialist", "设计师 Designer"},
	{"值班工程师 Shift engineer", "值班长 Shift lead"},
}

// members are the sixty people: two of three with Chinese names, numbers 1001 to 1060.
func members() []member {
	var all []member
	for i := range 60 {
		m := member{number: fmt.Sprint(1001 + i), habit: (i*7 + i/9) % 10, crew: i % crews}
		if i%3 == 2 {
			m.name = englishNames[i/3]
		} else {
			m.name = chineseNames[i/3*2+i%3]
		}
		switch {
		case i < 12:
			m.department, m.group = 0, headOffice
		case i < 26:
			m.department, m.group = 1, engineering
		case i < 32:
			m.department, m.group = 1, research
		case i < 42:
			m.department, m.group = 2, customerService
		case i < 48:
			m.department, m.group = 3, headOffice
		default:
			m.department, m.group = 4, operations
		}
		m.position = positions[m.department][i%len(positions[m.department])]
		all = append(all, m)
	}
	return all
}
