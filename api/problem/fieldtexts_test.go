package problem

import (
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

func TestFieldTextsInChinese(t *testing.T) {
	for english, want := range map[string]string{
		"06:00 is not after on 22:00; write a later time, 24:00 and more for the dates after it, up to 71:59": "06:00 不晚于上班时间 22:00；请填写更晚的时间，次日起写 24:00 以上，最晚 71:59",
		"5 is less than permit_late_min 10; write at least 10, or 0 to switch it off":                         "5 小于 permit_late_min 的 10；请填写不小于 10 的值，或填 0 关闭",
		`"dya" is not a shift of this rule; write one of day, night, or null for rest`:                        `本规则没有班次 "dya"；请填写其中之一：day, night，或 null 表示休息`,
		"is a text; write a number":                                           "是文本；请填写数字",
		"is missing; write the radius in metres":                              "缺失；请填写半径（米）",
		`"%s" is unknown; write one of fixed, rostered, free`:                 `不认识 "%s"；请填写其中之一：fixed, rostered, free`,
		"something that nobody has translated":                                "something that nobody has translated",
		"08:00 to 08:30 is outside the shift; write it within 09:00 to 18:00": "08:00 至 08:30 不在班次之内；请填写在 09:00 至 18:00 之内",
		domain.RangeText(domain.FirstDate, domain.LastDate):                   "超出范围；请填写 1970-01-01 至 2199-12-31",
		"holds the control character U+0000; leave it out":                    "含有控制字符 U+0000；请删去",
		"the number holds the control character U+0000; leave it out":         "工号含有控制字符 U+0000；请删去",
	} {
		require.Equal(t, want, fieldInChinese(english))
	}
}

// TestEveryFaultOfATextIsToldInChinese finds no English sentence in what the gate says of a text, a date or a number.
func TestEveryFaultOfATextIsToldInChinese(t *testing.T) {
	english := regexp.MustCompile(`\b(is|write|the|or|and|from|has|holds)\b`)
	p := domain.Problems{Today: "2026-11-30"}
	for _, text := range []string{"a\x00b", "a\nb", "a\u202eb", "\xff", ""} {
		p.Text("/name", text, true)
		p.Number("/number", text)
	}
	p.AddAs(domain.CodeText, "/name", domain.QuotedFault([]byte(`"\ud800"`), false))
	p.Date("/joined", "0001-01-01", true)
	p.Date("/joined", "x", true)
	p.Within("/lat", 91, -90, 90)
	refusal, is := errors.AsType[*domain.Refusal](p.Err())
	require.True(t, is)
	require.Len(t, refusal.Fields, 14)
	for _, f := range fieldsInChinese(refusal.Fields) {
		require.NotRegexp(t, english, f.Text)
	}
}

// TestEveryProblemOfARuleIsToldInChinese feeds the rules of all refused cases, and finds no English sentence in what is said of them.
func TestEveryProblemOfARuleIsToldInChinese(t *testing.T) {
	raw, err := os.ReadFile("../../domain/attendance/testdata/cases/refused.json")
	require.NoError(t, err)
	var cases []struct {
		ID string
		In json.RawMessage
	}
	require.NoError(t, json.Unmarshal(raw, &cases))
	english, told := regexp.MustCompile(`\b(is|write|the|or|and|from|has)\b`), 0
	for _, c := range cases {
		var in struct{ Rules []json.RawMessage }
		if json.Unmarshal(c.In, &in) != nil {
			continue
		}
		for _, rule := range in.Rules {
			refusal, is := errors.AsType[*domain.Refusal](commands.CheckRule(rule))
			if !is {
				continue
			}
			for _, f := range fieldsInChinese(refusal.Fields) {
				require.NotRegexp(t, english, f.Text, c.ID)
				told++
			}
		}
	}
	require.Greater(t, told, 40)
}
