package punchfile

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// form is how the date of a moment is written.
type form uint8

const (
	noDate   form = iota // a clock time alone
	certain              // year, month and day are known
	yearLast             // 03/02/2026: the year is last, the order of day and month is the file's
	short                // 03/02/26: three numbers of two digits, the order is the file's
	dayMonth             // 3月2日 or 2-Mar: the year stands elsewhere
)

// moment is a date, a clock time, or both, as a cell writes them.
type moment struct {
	form form
	// a, b and c are the parts of the date as written; year, month and day when the form is certain.
	a, b, c int
	// weekday is 0 for Sunday to 6, or -1 where none is written.
	weekday int
	clock   bool
	// sec counts from midnight of the date, up to two days.
	sec int
	// next says that the cell names the next day in words.
	next bool
	// offset is in minutes east of UTC, if zoned.
	zoned  bool
	offset int
}

// readMoment reads a whole cell; a serial number is a spreadsheet's date, its fraction the time of day.
func readMoment(text string) (moment, bool) {
	if m, ok := isoMoment(text); ok {
		return m, true
	}
	text = plainTime(text)
	if m, ok := serialMoment(text); ok {
		return m, true
	}
	s := &momentScanner{text: text, m: moment{weekday: -1}}
	if !s.scan() || s.m.form == noDate && !s.m.clock {
		return moment{}, false
	}
	return s.m, s.m.sound()
}

// isoMoment is the short way of most lines: 2026-03-02 08:55:00, with a T or a blank, with or without seconds.
func isoMoment(t string) (moment, bool) {
	if len(t) != 16 && len(t) != 19 || t[10] != ' ' && t[10] != 'T' || t[13] != ':' || t[4] != t[7] || t[4] != '-' && t[4] != '/' {
		return moment{}, false
	}
	year, ok1 := digits(t[0:4])
	month, ok2 := digits(t[5:7])
	day, ok3 := digits(t[8:10])
	hour, ok4 := digits(t[11:13])
	minute, ok5 := digits(t[14:16])
	second, ok6 := 0, true
	if len(t) == 19 {
		second, ok6 = digits(t[17:19])
		ok6 = ok6 && t[16] == ':'
	}
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || hour > 47 || minute > 59 || second > 59 {
		return moment{}, false
	}
	m := moment{form: certain, a: year, b: month, c: day, weekday: -1, clock: true, sec: hour*3600 + minute*60 + second}
	return m, m.sound()
}

func digits(t string) (int, bool) {
	n := 0
	for i := range len(t) {
		if t[i] < '0' || t[i] > '9' {
			return 0, false
		}
		n = n*10 + int(t[i]-'0')
	}
	return n, true
}

// plainTime writes full-width forms and all kinds of blanks as ASCII, in lower case.
func plainTime(text string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(text)))
}

// The serial numbers that can be meant: days from 1954 to 2119, or a fraction of up to two days.
const (
	firstSerial, lastSerial = 20000, 80000
	secondsADay             = 86400
)

// serialMoment reads a number as a spreadsheet does: days since 1899-12-30, the fraction is the time.
func serialMoment(text string) (moment, bool) {
	if text == "" || strings.Trim(text, "0123456789.") != "" || strings.Count(text, ".") > 1 {
		return moment{}, false
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return moment{}, false
	}
	days := int(value)
	sec := int((value-float64(days))*secondsADay + 0.5)
	switch {
	case strings.Contains(text, ".") && value < 2:
		return moment{weekday: -1, clock: true, sec: days*secondsADay + sec}, true
	case value >= firstSerial && value < lastSerial:
		at := time.Unix(int64(days-25569)*secondsADay, 0).UTC()
		return moment{form: certain, a: at.Year(), b: int(at.Month()), c: at.Day(), weekday: -1, clock: strings.Contains(text, "."), sec: sec}, true
	}
	return moment{}, false
}

// sound says that the date exists in some order, and that the year can be written.
func (m moment) sound() bool {
	switch m.form {
	case noDate:
		return m.clock
	case certain:
		return realDate(m.a, m.b, m.c)
	case dayMonth:
		return realDate(2000, m.a, m.b)
	}
	return m.orders() != 0
}

func realDate(year, month, day int) bool {
	if year < 1970 || year > 2199 || month < 1 || month > 12 || day < 1 || day > 31 {
		return false
	}
	return day <= 28 || time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() == day
}

// dayNumber counts days since 1970-01-01.
func dayNumber(year, month, day int) int {
	return int(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / secondsADay)
}

// orderBits is a set of orders.
type orderBits uint8

const (
	bitYMD orderBits = 1 << iota
	bitDMY
	bitMDY
)

// parts gives year, month and day in an order.
func (m moment) parts(order orderBits) (year, month, day int) {
	switch {
	case order == bitYMD:
		year, month, day = m.a, m.b, m.c
	case order == bitDMY:
		year, month, day = m.c, m.b, m.a
	default:
		year, month, day = m.c, m.a, m.b
	}
	if m.form == short {
		year += 2000
	}
	return year, month, day
}

// orders are those in which the date exists, in a year from 2010 to 2099 where two digits name it, on the weekday that stands beside it.
func (m moment) orders() orderBits {
	var set orderBits
	for _, order := range [...]orderBits{bitYMD, bitDMY, bitMDY} {
		if order == bitYMD && m.form == yearLast {
			continue
		}
		year, month, day := m.parts(order)
		if !realDate(year, month, day) || m.form == short && year < 2010 {
			continue
		}
		if m.weekday >= 0 && int(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Weekday()) != m.weekday {
			continue
		}
		set |= order
	}
	return set
}

// settle makes a date certain that reads the same in every order of the set.
func (m moment) settle(set orderBits) (moment, bool) {
	year, month, day := 0, 0, 0
	for _, order := range [...]orderBits{bitYMD, bitDMY, bitMDY} {
		if set&order == 0 {
			continue
		}
		y, mo, d := m.parts(order)
		if year != 0 && (y != year || mo != month || d != day) {
			return m, false
		}
		year, month, day = y, mo, d
	}
	m.form, m.a, m.b, m.c = certain, year, month, day
	return m, year != 0
}
