// Package holidayfile reads a country's holidays of a year from the files in which they are handed round: the JSON of holiday-cn, and calendars
// of iCalendar (.ics, RFC 5545). It is pure: bytes in, dates out.
package holidayfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dakahq/daka/domain"
)

const (
	// MostBytes is the longest file that is read.
	MostBytes = 1 << 20
	// mostDays bounds the dates of a file, mostName the characters of a day's name.
	mostDays, mostName = 5000, 60
)

// Year is what a file says of one year.
type Year struct {
	Year     int
	Holidays map[domain.Date]string // names by date
	Workdays map[domain.Date]string // names by date, of days that are worked in place of others (调休)
	// Source is what the file says about where it comes from, empty where it does not.
	Source string
	// SHA256 is the hash of the file's bytes, lower-case hex.
	SHA256 string
	// Left are the entries that were left out, with the reason.
	Left []Left
}

// Left is an entry that was left out.
type Left struct {
	Date domain.Date `json:"date"`
	Name string      `json:"name"`
	// Why is another_year, unmarked or repeats.
	Why string `json:"why"`
}

// The reasons for leaving an entry out.
const (
	AnotherYear = "another_year" // it lies in a year that was not asked for
	Unmarked    = "unmarked"     // other entries of the calendar are marked as holidays or workdays, this one is not
	Repeats     = "repeats"      // it comes back by a rule, which is not followed
)

// entry is one date of a file.
type entry struct {
	date domain.Date
	name string
	kind kind
}

type kind int

const (
	unmarked kind = iota
	holiday
	workday
	repeating
)

// Read reads a file for a year; year 0 is the one that the file is of. It refuses with calendar_file_invalid what is no such file, and with
// calendar_file_year, calendar_file_years or calendar_file_empty one that does not say or have what the year needs.
func Read(file []byte, year int) (*Year, error) {
	if len(file) > MostBytes {
		return nil, invalid("it has more than %d bytes", MostBytes)
	}
	sum := sha256.Sum256(file)
	text := bytes.TrimSpace(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")))
	if !utf8.Valid(text) {
		return nil, invalid("it is not UTF-8")
	}
	read := readJSON
	if !bytes.HasPrefix(text, []byte("{")) {
		read = readCalendar
	}
	entries, out, err := read(text)
	if err != nil {
		return nil, err
	}
	if year == 0 {
		if year, err = out.onlyYear(entries); err != nil {
			return nil, err
		}
	}
	if out.Year != 0 && out.Year != year {
		return nil, domain.Refuse("calendar_file_year", "the file is of %d, not of %d; name the year of the file", out.Year, year)
	}
	out.Year, out.SHA256 = year, hex.EncodeToString(sum[:])
	return out, out.take(entries)
}

func invalid(text string, args ...any) error {
	return domain.Refuse("calendar_file_invalid", "the file is no calendar of holidays: %s; give the JSON of holiday-cn, or an .ics file", fmt.Sprintf(text, args...))
}

// onlyYear is the year that the file is of.
func (y *Year) onlyYear(entries []entry) (int, error) {
	if y.Year != 0 {
		return y.Year, nil
	}
	var years []int
	for _, e := range entries {
		if year, _ := e.date.YearMonth(); !slices.Contains(years, year) {
			years = append(years, year)
		}
	}
	if len(years) != 1 {
		slices.Sort(years)
		named := strings.Trim(strings.ReplaceAll(fmt.Sprint(years), " ", ", "), "[]")
		return 0, domain.Refuse("calendar_file_years", "the file has dates of several years or none (%s); say which year to load", named)
	}
	return years[0], nil
}

// take sorts the entries into the year's days. Where some are marked as holidays or workdays the others are only names in a calendar.
func (y *Year) take(entries []entry) error {
	y.Holidays, y.Workdays = map[domain.Date]string{}, map[domain.Date]string{}
	marked := slices.ContainsFunc(entries, func(e entry) bool { return e.kind == holiday || e.kind == workday })
	for _, e := range entries {
		year, _ := e.date.YearMonth()
		switch {
		case e.kind == repeating:
			y.leave(e, Repeats)
		case e.kind == unmarked && marked:
			y.leave(e, Unmarked)
		case year != y.Year:
			y.leave(e, AnotherYear)
		case e.kind == workday:
			y.Workdays[e.date] = e.name
		default:
			y.Holidays[e.date] = e.name
		}
	}
	for date := range y.Workdays { // rules 2.2b
		if _, both := y.Holidays[date]; both {
			return invalid("%s is both a holiday and a workday in it", date)
		}
	}
	if len(y.Holidays) == 0 {
		return domain.Refuse("calendar_file_empty", "the file has no holiday of %d; its year may not be published yet", y.Year)
	}
	return nil
}

func (y *Year) leave(e entry, why string) {
	const most = 100 // the rest would tell nobody more
	if len(y.Left) < most {
		y.Left = append(y.Left, Left{e.date, e.name, why})
	}
}

// readJSON reads the JSON of holiday-cn.
func readJSON(text []byte) ([]entry, *Year, error) {
	var file struct {
		ID     string   `json:"$id"`
		Year   int      `json:"year"`
		Papers []string `json:"papers"`
		Days   []struct {
			Name     string      `json:"name"`
			Date     domain.Date `json:"date"`
			IsOffDay *bool       `json:"isOffDay"`
		} `json:"days"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, nil, invalid("its JSON cannot be read at %s", err)
	}
	if file.Days == nil || len(file.Days) > mostDays {
		return nil, nil, invalid("it has no days, or more than %d", mostDays)
	}
	entries := make([]entry, len(file.Days))
	for i, d := range file.Days {
		if _, err := domain.ParseDate(string(d.Date)); err != nil || !d.Date.Writable() || d.IsOffDay == nil {
			return nil, nil, invalid("days[%d] lacks a date like 2026-10-01, or isOffDay", i)
		}
		e := entry{date: d.Date, name: nameOf(d.Name), kind: workday}
		if *d.IsOffDay {
			e.kind = holiday
		}
		entries[i] = e
	}
	source := strings.Join(file.Papers, " ")
	if source == "" {
		source = file.ID
	}
	return entries, &Year{Year: file.Year, Source: source}, nil
}

// nameOf is a name as an event keeps it: one line, of bounded length.
func nameOf(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
	if runes := []rune(strings.TrimSpace(text)); len(runes) > mostName {
		return string(runes[:mostName])
	}
	return strings.TrimSpace(text)
}
