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
}

type department struct{ name string }

var departments = []department{{"综合管理部 Administration"}, {"研发部 Engineering"}, {"客户服务部 Customer service"}, {"市场部 Marketing"}}

// group is an attendance group with its rule; on and off are minutes of the day, for the punches.
type group struct {
	name    string
	on, off int
	lunch   bool // four punches a day
	rule    map[string]any
}

func groups(from string) []group {
	return []group{
		{name: "总部 Head office", on: 9 * 60, off: 18 * 60, rule: rule("总部 Head office", from, map[string]any{
			"sections":        []any{section("09:00", "18:00")},
			"breaks":          []any{map[string]any{"from": "12:00", "to": "13:00"}},
			"permit_late_min": 5, "serious_late_min": 30, "absent_late_min": 120,
		})},
		{name: "研发 Engineering", on: 10 * 60, off: 19 * 60, rule: rule("研发 Engineering", from, map[string]any{
			"sections":      []any{section("10:00", "19:00")},
			"breaks":        []any{map[string]any{"from": "12:30", "to": "13:30"}},
			"flex_late_min": 30, "flex_early_min": 30, "serious_late_min": 60,
			"late_out_late_in": []any{map[string]any{"out_after_min": 180, "in_later_min": 60}},
		})},
		{name: "客服 Customer service", on: 8*60 + 30, off: 17*60 + 30, lunch: true, rule: rule("客服 Customer service", from, map[string]any{
			"sections":         []any{section("08:30", "12:00"), section("13:00", "17:30")},
			"serious_late_min": 20,
		})},
	}
}

func section(on, off string) map[string]any { return map[string]any{"on": on, "off": off} }

func rule(name, from string, shift map[string]any) map[string]any {
	return map[string]any{
		"name": name, "kind": "fixed", "time_zone": Zone, "effective_from": from, "holidays": "CN",
		"shifts": map[string]any{"day": shift}, "week": []any{"day", "day", "day", "day", "day", nil, nil},
		"places":      []any{map[string]any{"id": "hq", "name": "晨光大厦 Dawn Tower", "lat": 31.2304, "lng": 121.4737, "radius_m": 300}},
		"field_punch": "flag", "makeup": map[string]any{"per_month": 3, "within_days": 30},
		"overtime": map[string]any{"mode": "punched", "min_minutes": 60, "step_minutes": 30},
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
}

// members are the sixty people: two of three with Chinese names, numbers 1001 to 1060.
func members() []member {
	var all []member
	for i := range 60 {
		m := member{number: fmt.Sprint(1001 + i), habit: (i*7 + i/9) % 10}
		if i%3 == 2 {
			m.name = englishNames[i/3]
		} else {
			m.name = chineseNames[i/3*2+i%3]
		}
		switch {
		case i < 14:
			m.department, m.group = 0, 0
		case i < 40:
			m.department, m.group = 1, 1
		case i < 52:
			m.department, m.group = 2, 2
		default:
			m.department, m.group = 3, 0
		}
		m.position = positions[m.department][i%len(positions[m.department])]
		all = append(all, m)
	}
	return all
}
