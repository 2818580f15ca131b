package problem

import (
	"regexp"
	"strings"

	"github.com/dakahq/daka/domain"
)

// fieldTexts are what is wrong with a field of a rule, and the mend, in both languages; the first that fits is taken. %s stands for what is quoted
// from the document.
var fieldTexts = [][2]string{
	{"%s is less than %s %s; write at least %s, or 0 to switch it off", "%s 小于 %s 的 %s；请填写不小于 %s 的值，或填 0 关闭"},
	{"%s is not a shift of this rule; write one of %s, or null for rest", "本规则没有班次 %s；请填写其中之一：%s，或 null 表示休息"},
	{"%s is not a zone of the IANA database; write a name like Asia/Shanghai", "%s 不是 IANA 时区名；请填写如 Asia/Shanghai"},
	{"%s is not an address range; write it like 203.0.113.0/24", "%s 不是地址段；请填写如 203.0.113.0/24"},
	{"%s is unknown; write an anomaly, Absent or HalfDay", "不认识 %s；请填写一种异常，或 Absent、HalfDay"},
	{"%s is unknown; write one of %s", "不认识 %s；请填写其中之一：%s"},
	{"%s is used twice; give each place its own id", "%s 用了两次；每个地点的 id 不能相同"},
	{"%s is before the section above ends at %s; write the sections in order, without overlap", "%s 早于上一班段的结束时间 %s；请按顺序填写班段，不要重叠"},
	{"%s is not after from %s; write a later time", "%s 不晚于开始时间 %s；请填写更晚的时间"},
	{"has %s entries; write seven, Monday first, null for rest", "有 %s 项；请填写七项，从星期一开始，休息写 null"},
	{"is empty; write at least one week with seven entries", "为空；请至少填写一周，每周七项"},
	{"is %s; write a list of seven entries", "是 %s；请填写七项的列表"},
	{"%s is not after from %s; write a later time, 24:00 and more for the next date", "%s 不晚于开始时间 %s；请填写更晚的时间，次日写 24:00 以上"},
	{"and follow_department exclude each other; give one of them", "与 follow_department 只能填写其中之一"},
	{"comes with a department; write which one", "须与部门（department）一起填写"},
	{"stands beside week; keep one of the two", "与 week 不能同时填写；请保留其中一个"},
	{"%s is a %s; write a Monday", "%s 是 %s；请填写星期一的日期"},
	{"lasts %s minutes from its first on to its last off, more than 24 h; shorten it", "从第一次上班到最后一次下班共 %s 分钟，超过 24 小时；请缩短"},
	{"%s is more than a day; write at most %s", "%s 超过一天；最多填写 %s"},
	{"%s is more than ten minutes; write at most %s", "%s 超过十分钟；最多填写 %s"},
	{"%s is more than four hours; write at most %s", "%s 超过四小时；最多填写 %s"},
	{"%s is two dates later; write a time up to 47:59 and name the shift on a later date", "%s 已晚了两天；请填写不晚于 47:59 的时间，并把班次写在更晚的日期"},
	{"%s is not after on %s; write a later time, 24:00 and more for the dates after it, up to 71:59", "%s 不晚于上班时间 %s；请填写更晚的时间，次日起写 24:00 以上，最晚 71:59"},
	{"%s is not usable; write a whole number from %s to %s", "%s 不可用；请填写 %s 到 %s 的整数"},
	{"%s is on the next date; write a time up to 23:59", "%s 已到次日；请填写不晚于 23:59 的时间"},
	{"is out of range; write one from %s to %s", "超出范围；请填写 %s 至 %s"},
	{"must be a date such as 2026-03-02", "应为日期，如 2026-03-02"},
	{"it has more than %s bytes", "超过 %s 字节"},
	{"it is not UTF-8", "不是 UTF-8 编码"},
	{"%s is both a holiday and a workday in it", "%s 既是节假日又是工作日"},
	{"its JSON cannot be read at %s", "JSON 有误（%s）"},
	{"it has no days, or more than %s", "没有 days，或超过 %s 天"},
	{"days[%s] lacks a date like 2026-10-01, or isOffDay", "days[%s] 缺少日期（如 2026-10-01）或 isOffDay"},
	{"it begins neither with { nor with BEGIN:VCALENDAR", "开头既不是 { 也不是 BEGIN:VCALENDAR"},
	{"it has more than %s days", "超过 %s 天"},
	{"the entry %s begins at %s, which is no date", "条目 %s 的开始 %s 不是日期"},
	{"the entry %s ends at %s, which is no date", "条目 %s 的结束 %s 不是日期"},
	{"the entry %s begins on %s, which is out of range", "条目 %s 的开始日期 %s 超出范围"},
	{"the entry %s lasts more than %s days", "条目 %s 超过 %s 天"},
	{"holds the control character %s; leave it out", "含有控制字符 %s；请删去"},
	{"holds %s, which turns the direction of writing; leave it out", "含有改变书写方向的字符 %s；请删去"},
	{"holds half of a surrogate pair; send the whole character", "含有不完整的字符（单独的代理项）；请发送完整字符"},
	{"holds a line break; write it on one line", "含有换行；请写在一行内"},
	{"is not valid UTF-8; send it as UTF-8", "不是有效的 UTF-8；请以 UTF-8 发送"},
	{"is too long; shorten it to %s characters", "过长；请缩短到 %s 个字符以内"},
	{"is empty; write it", "为空；请填写"},
	{"is empty; write your name", "为空；请填写您的姓名"},
	{"is empty; write why the slot is corrected", "为空；请填写改正的原因"},
	{"is empty; write why", "为空；请填写原因"},
	{"is missing; known_at tells of one member at a time", "缺失；known_at 每次只能查询一名成员"},
	{"says from when, but not on which day; give period_start_day, too", "只填写了起始月份，请同时填写 period_start_day"},
	{"is empty; name what the program may do, such as members:read", "为空；请选择程序可以做什么，例如 members:read"},
	{"is empty; give 1 to %s characters", "为空；请填写 1 至 %s 个字符"},
	{"has %s characters; give at most %s", "有 %s 个字符；最多 %s 个"},
	{"the number %s", "工号%s"},
	{"%s is out of range; write a number from %s to %s", "%s 超出范围；请填写 %s 到 %s 的数"},
	{"%s to %s is outside the day that starts at %s; write it within that day", "%s 至 %s 不在自 %s 开始的一天之内；请填写在这一天之内"},
	{"%s to %s is outside the shift; write it within %s to %s", "%s 至 %s 不在班次之内；请填写在 %s 至 %s 之内"},
	{"%s is not a local time; write HH:MM from 00:00 to 71:59", "%s 不是时间；请按 HH:MM 填写，从 00:00 到 71:59"},
	{"%s is not a date; write it like 2026-03-02", "%s 不是日期；请填写如 2026-03-02"},
	{"a shift has an empty name; give it one", "有一个班次没有名称；请填写名称"},
	{"is %s; write the name of a shift, or null for rest", "是%s；请填写班次名，或 null 表示休息"},
	{"is too short; use at least 10 characters, a short sentence is good", "太短；请至少使用 10 个字符，例如一个短句"},
	{"is too long; use at most 128 characters", "太长；请最多使用 128 个字符"},
	{"is not valid UTF-8", "不是有效的 UTF-8 文本"},
	{"holds little but your name, number or address; choose another", "只比您的姓名、号码、邮箱或企业名多一点；请换一个"},
	{"is among the passwords that are guessed first; choose another, a short sentence is good", "是最先被猜到的密码之一；请换一个，例如一个短句"},
	{"is made of words that are guessed first, also in pinyin, with a year or with signs; choose another, a sentence of several rare words is good", "由最先被猜到的词语（含拼音、年份和符号）组成；请换一个，例如由几个不常见词语组成的句子"},
	{"is little but a date, such as a birthday; choose another, a short sentence is good", "只比一个日期（例如生日）多一点；请换一个，例如一个短句"},
	{"is little but a phone number; choose another, a short sentence is good", "只比一个手机号多一点；请换一个，例如一个短句"},
	{"is a run of keys or a repetition; choose another, a short sentence is good", "是键盘上连续的键或重复的字符；请换一个，例如一个短句"},
	{"is empty; name at least one shift with its sections", "为空；请至少填写一个班次及其班段"},
	{"is empty; write at least one section with on and off", "为空；请至少填写一个班段，含上班和下班时间"},
	{"must have 3 to 32 of a-z, 0-9 and -, and begin and end with a letter or digit", "须为 3 至 32 个小写字母、数字或 -，首尾是字母或数字"},
	{"is missing; write a whole number of minutes", "缺失；请填写整数分钟"},
	{"is missing; write a zone of the IANA database, like Asia/Shanghai", "缺失；请填写 IANA 时区名，如 Asia/Shanghai"},
	{"is missing; write the first date on which the rule holds, like 2026-03-01", "缺失；请填写规则生效的首日，如 2026-03-01"},
	{"is missing; write %s", "缺失；请填写%s"},
	{"is not a known field; remove it or write one of %s", "不是已知字段；请删除，或填写其中之一：%s"},
	{"is written twice; keep one", "写了两次；请只保留一个"},
	{"lasts %s minutes with its outer windows, 24 h or more; shorten it, or open_before_min or close_after_min", "连同前后打卡窗口共 %s 分钟，达到或超过 24 小时；请缩短班次，或缩短 open_before_min、close_after_min"},
	{"names no network; write ssid, bssid or cidr", "没有写明网络；请填写 ssid、bssid 或 cidr"},
	{"is %s; write %s", "是%s；请填写%s"},
}

// fieldWords are parts of those texts that are words themselves.
var fieldWords = map[string]string{
	"null": "null", "true or false": "true 或 false", "a number": "数字", "a text": "文本", "a list": "列表", "an object": "对象",
	"the latitude in degrees": "纬度（度）", "the longitude in degrees": "经度（度）", "the radius in metres": "半径（米）",
	"the local time HH:MM at which it starts": "开始时间 HH:MM", "the local time HH:MM at which it ends": "结束时间 HH:MM",
	"the local time HH:MM at which the section starts": "上班时间 HH:MM", "the local time HH:MM at which the section ends": "下班时间 HH:MM",
}

// fieldsInChinese gives the texts of fields in Chinese; a text that is not in the table stays English.
func fieldsInChinese(fields []domain.FieldProblem) []domain.FieldProblem {
	out := make([]domain.FieldProblem, len(fields))
	for i, f := range fields {
		out[i] = domain.FieldProblem{Pointer: f.Pointer, Text: fieldInChinese(f.Text)}
	}
	return out
}

// fieldInChinese finds the text by its fixed words: those of the domain stay plain English sentences, which name the mend by themselves.
func fieldInChinese(text string) string {
	for _, pair := range fieldTexts {
		pattern := "(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(pair[0]), "%s", "(.+?)") + "$"
		parts := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if parts == nil {
			continue
		}
		words := strings.Split(pair[1], "%s")
		for i, part := range parts[1:] {
			if word, known := fieldWords[part]; known {
				part = word
			}
			if pair[0] == "the number %s" {
				part = fieldInChinese(part)
			}
			words[i] += part
		}
		return strings.Join(words, "")
	}
	return text
}
