package punchfile

import (
	"strings"
	"unicode/utf8"
)

// momentScanner goes through a cell from left to right; what it does not know ends it.
type momentScanner struct {
	text string
	i    int
	m    moment
	half string // am or pm, or a Chinese word for a part of the day
	hour int
}

// words that may stand in a cell, the longest of each beginning first; the value says what they mean.
var momentWords = []struct{ word, means string }{
	{"星期", "weekday"}, {"礼拜", "weekday"}, {"周", "weekday"}, {"週", "weekday"},
	{"上午", "am"}, {"早上", "am"}, {"早晨", "am"}, {"清晨", "am"}, {"凌晨", "am"}, {"午前", "am"}, {"下午", "pm"}, {"午後", "pm"}, {"午后", "pm"}, {"傍晚", "pm"},
	{"中午", "noon"}, {"晚上", "night"}, {"次日", "next"}, {"翌日", "next"}, {"第二天", "next"}, {"隔日", "next"}, {"next day", "next"}, {"nextday", "next"},
	{"a.m.", "am"}, {"p.m.", "pm"}, {"am", "am"}, {"pm", "pm"},
	{"monday", "day1"}, {"tuesday", "day2"}, {"wednesday", "day3"}, {"thursday", "day4"}, {"friday", "day5"}, {"saturday", "day6"}, {"sunday", "day0"},
	{"mon", "day1"}, {"tues", "day2"}, {"tue", "day2"}, {"wed", "day3"}, {"thurs", "day4"}, {"thur", "day4"}, {"thu", "day4"}, {"fri", "day5"}, {"sat", "day6"}, {"sun", "day0"},
	{"january", "month01"}, {"february", "month02"}, {"march", "month03"}, {"april", "month04"}, {"may", "month05"}, {"june", "month06"},
	{"july", "month07"}, {"august", "month08"}, {"september", "month09"}, {"october", "month10"}, {"november", "month11"}, {"december", "month12"},
	{"jan", "month01"}, {"feb", "month02"}, {"mar", "month03"}, {"apr", "month04"}, {"jun", "month06"}, {"jul", "month07"},
	{"aug", "month08"}, {"sept", "month09"}, {"sep", "month09"}, {"oct", "month10"}, {"nov", "month11"}, {"dec", "month12"},
	{"utc", "zero"}, {"gmt", "zero"}, {"z", "zero"}, {"t", "blank"}, {"at", "blank"},
}

func (s *momentScanner) scan() bool {
	for s.i < len(s.text) {
		c := s.text[s.i]
		switch {
		case c == ' ' || c == ',' || c == '\t' || c == '(' || c == ')' || c == '\'':
			s.i++
		case c >= '0' && c <= '9':
			if !s.number() {
				return false
			}
		case c == '+' || c == '-':
			if !s.offset() {
				return false
			}
		default:
			if !s.word() {
				return false
			}
		}
	}
	return s.finish()
}

// take reads up to max digits.
func (s *momentScanner) take(limit int) (n, length int) {
	from := s.i
	for s.i < len(s.text) && s.i-from < limit && s.text[s.i] >= '0' && s.text[s.i] <= '9' {
		n = n*10 + int(s.text[s.i]-'0')
		s.i++
	}
	return n, s.i - from
}

// mark eats one of the marks and says which.
func (s *momentScanner) mark(marks ...string) string {
	for _, mark := range marks {
		if strings.HasPrefix(s.text[s.i:], mark) {
			s.i += len(mark)
			return mark
		}
	}
	return ""
}

// number reads what begins with a digit: a date, a clock time, or the day beside a month's name.
func (s *momentScanner) number() bool {
	n, length := s.take(14)
	switch {
	case length == 14 || length == 12:
		return s.compact(s.text[s.i-length : s.i])
	case length == 8 && s.m.form == noDate && n >= 19700101:
		s.m.form, s.m.a, s.m.b, s.m.c = certain, n/10000, n/100%100, n%100
		return true
	}
	if mark := s.mark(":", "时", "点", "h"); mark != "" {
		return length <= 2 && s.time(n, mark)
	}
	if mark := s.mark("-", "/", ".", "年", "月"); mark != "" {
		return s.date(n, length, mark)
	}
	return s.loose(n, length)
}

// compact reads 20260302085500 or 202603020855.
func (s *momentScanner) compact(text string) bool {
	if s.m.form != noDate || s.m.clock {
		return false
	}
	n := func(from, to int) int { v, _ := digits(text[from:to]); return v }
	s.m.form, s.m.a, s.m.b, s.m.c = certain, n(0, 4), n(4, 6), n(6, 8)
	second := 0
	if len(text) == 14 {
		second = n(12, 14)
	}
	return s.setTime(n(8, 10), n(10, 12), second)
}

// time reads the minutes and seconds after an hour.
func (s *momentScanner) time(hour int, mark string) bool {
	if s.m.clock {
		return false
	}
	minute, length := s.take(2)
	if length == 0 {
		return mark != ":" && s.setTime(hour, 0, 0)
	}
	if length == 1 && mark == ":" {
		return false // 8:5 may be 8:05 or 8:50
	}
	second := 0
	if mark == ":" {
		if s.i+1 < len(s.text) && s.text[s.i] == ':' {
			s.i++
			if second, length = s.take(2); length == 0 {
				return false
			}
			if s.mark(".") != "" {
				s.take(9)
			}
		}
	} else if s.mark("分") != "" {
		if second, length = s.take(2); length > 0 && s.mark("秒") == "" {
			return false
		}
	}
	return s.setTime(hour, minute, second)
}

func (s *momentScanner) setTime(hour, minute, second int) bool {
	if s.m.clock || hour > 47 || minute > 59 || second > 59 {
		return false
	}
	s.m.clock, s.hour, s.m.sec = true, hour, minute*60+second
	return true
}

// date reads the second and third part of a date after the first.
func (s *momentScanner) date(a, length int, mark string) bool {
	if s.m.form != noDate {
		return false
	}
	if mark == "-" || mark == "/" || mark == "." {
		if means := s.monthName(); means != 0 {
			return s.named(means, a, mark)
		}
	}
	b, lengthB := s.take(4)
	if lengthB == 0 || lengthB > 2 {
		return false
	}
	if mark == "月" {
		s.mark("日", "号")
		s.m.form, s.m.a, s.m.b = dayMonth, a, b
		return length <= 2
	}
	third := mark
	if mark == "年" {
		third = "月"
	}
	if s.mark(third) == "" {
		s.m.form, s.m.a, s.m.b = dayMonth, a, b
		return length <= 2 && mark != "年" && mark != "."
	}
	c, lengthC := s.take(4)
	s.mark("日", "号")
	return s.setDate([3]int{a, b, c}, [3]int{length, lengthB, lengthC}, mark)
}

func (s *momentScanner) setDate(n, length [3]int, mark string) bool {
	s.m.a, s.m.b, s.m.c = n[0], n[1], n[2]
	switch {
	case length[0] == 4 && length[2] >= 1 && length[2] <= 2:
		s.m.form = certain
	case mark == "年" && length[0] == 2 && length[2] >= 1 && length[2] <= 2:
		s.m.form, s.m.a = certain, 2000+n[0]
	case length[0] > 2:
		return false
	case length[2] == 4:
		s.m.form = yearLast
	case length[2] == 2 || length[2] == 1 && length[0] == 2:
		s.m.form = short
	default:
		return false
	}
	if mark == "." && s.m.form != certain { // with dots the day is first everywhere
		year := n[2]
		if s.m.form == short {
			year += 2000
		}
		s.m.form, s.m.a, s.m.c = certain, year, n[0]
	}
	return true
}

// monthName eats a month's name and gives its number, or 0.
func (s *momentScanner) monthName() int {
	from := s.i
	if means := s.known(); strings.HasPrefix(means, "month") {
		month, _ := digits(means[5:])
		return month
	}
	s.i = from
	return 0
}

// named ends a date such as 02-Mar-2026.
func (s *momentScanner) named(month, day int, mark string) bool {
	s.m.a, s.m.b, s.m.form = month, day, dayMonth
	if s.mark(mark) == "" {
		return true
	}
	year, length := s.take(4)
	return s.year(year, length)
}

func (s *momentScanner) year(year, length int) bool {
	if length == 2 {
		year += 2000
	} else if length != 4 {
		return false
	}
	s.m.form, s.m.a, s.m.b, s.m.c = certain, year, s.m.a, s.m.b
	return true
}

// loose is a number without a mark: a day before or after a month's name, a year after it, or an hour before am or pm.
func (s *momentScanner) loose(n, length int) bool {
	s.mark("st", "nd", "rd", "th")
	for s.mark(" ") != "" {
	}
	if s.m.form == dayMonth && s.m.b == 0 && length <= 2 {
		s.m.b = n
		return true
	}
	if s.m.form == dayMonth && s.m.b != 0 && !s.m.clock && (length == 4 || length == 2) {
		return s.year(n, length)
	}
	if s.m.form == dayMonth && s.m.b != 0 && length == 4 {
		return s.year(n, length)
	}
	if s.m.form == noDate && length <= 2 {
		if month := s.monthName(); month != 0 {
			s.m.form, s.m.a, s.m.b = dayMonth, month, n
			return true
		}
	}
	if length <= 2 && n <= 12 && (strings.HasPrefix(s.text[s.i:], "am") || strings.HasPrefix(s.text[s.i:], "pm")) {
		return s.setTime(n, 0, 0)
	}
	return false
}

// offset reads +08:00 behind a time, or +1 for the next day.
func (s *momentScanner) offset() bool {
	if !s.m.clock {
		return false
	}
	sign := 1
	if s.text[s.i] == '-' {
		sign = -1
	}
	s.i++
	n, length := s.take(4)
	switch {
	case length == 1 && n == 1 && sign > 0:
		s.mark("天", "日", "d")
		s.m.next = true
		return true
	case s.m.form == noDate || s.m.zoned && s.m.offset != 0:
		return false
	case length == 2:
		minutes := 0
		if s.mark(":") != "" {
			if minutes, length = s.take(2); length != 2 {
				return false
			}
		}
		n = n*60 + minutes
	case length == 4:
		n = n/100*60 + n%100
	default:
		return false
	}
	s.m.zoned, s.m.offset = true, sign*n
	return n <= 14*60
}

// known eats the longest word at the scanner's place and says what it means.
func (s *momentScanner) known() string {
	best := -1
	for k, w := range momentWords {
		if strings.HasPrefix(s.text[s.i:], w.word) && (best < 0 || len(w.word) > len(momentWords[best].word)) {
			best = k
		}
	}
	if best < 0 {
		return ""
	}
	s.i += len(momentWords[best].word)
	return momentWords[best].means
}

func (s *momentScanner) word() bool {
	means := s.known()
	switch {
	case means == "am" || means == "pm" || means == "noon" || means == "night":
		if s.half != "" && s.half != means {
			return false
		}
		s.half = means
	case means == "next":
		s.m.next = true
	case means == "zero":
		s.m.zoned = true
		return s.m.form != noDate && s.m.clock
	case means == "blank":
	case means == "weekday":
		return s.chineseWeekday()
	case strings.HasPrefix(means, "day"):
		s.m.weekday = int(means[3] - '0')
		s.mark(".")
	case strings.HasPrefix(means, "month"):
		if s.m.form != noDate {
			return false
		}
		month, _ := digits(means[5:])
		s.m.form, s.m.a = dayMonth, month
		s.mark(".")
	default:
		return false
	}
	return true
}

func (s *momentScanner) chineseWeekday() bool {
	day, size := utf8.DecodeRuneInString(s.text[s.i:])
	s.i += size
	at := strings.IndexRune("日一二三四五六", day)
	if day == '天' || day == '7' {
		at = 0
	} else if day >= '1' && day <= '6' {
		at = int(day-'0') * 3
	}
	s.m.weekday = at / 3
	return at >= 0 && size > 0
}

// finish puts the hour into the half of the day that a word names.
func (s *momentScanner) finish() bool {
	hour := s.hour
	switch {
	case !s.m.clock:
		return s.half == "" && !s.m.next
	case s.half == "am" && hour == 12:
		hour = 0
	case s.half == "am" && hour > 12, s.half != "" && hour > 23:
		return false
	case s.half == "pm" && hour < 12, s.half == "noon" && hour < 10:
		hour += 12
	case s.half == "night" && hour == 12:
		hour = 24
	case s.half == "night" && hour < 12:
		hour += 12
	}
	if s.m.next {
		if hour > 23 {
			return false
		}
		hour += 24
	}
	s.m.sec += hour * 3600
	return !s.m.zoned || hour < 24
}
