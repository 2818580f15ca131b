package holidayfile

import (
	"bytes"
	"strings"
	"time"

	"github.com/dakahq/daka/domain"
)

// mostSpan is how many days an entry of a calendar may last.
const mostSpan = 62

// readCalendar reads the entries of an iCalendar file, each date of an entry by itself.
func readCalendar(text []byte) ([]entry, *Year, error) {
	if !bytes.HasPrefix(bytes.ToUpper(text[:min(len(text), 20)]), []byte("BEGIN:VCALENDAR")) {
		return nil, nil, invalid("it begins neither with { nor with BEGIN:VCALENDAR")
	}
	year := &Year{}
	var entries []entry
	var event map[string]string
	depth := 0 // of what an event holds itself, such as alarms
	for _, line := range unfolded(text) {
		name, value := property(line)
		switch {
		case name == "BEGIN" && strings.EqualFold(value, "VEVENT"):
			event, depth = map[string]string{}, 0
		case event != nil && name == "BEGIN":
			depth++
		case event != nil && name == "END" && depth > 0:
			depth--
		case event != nil && name == "END":
			dates, err := eventDays(event)
			if err != nil {
				return nil, nil, err
			}
			if entries, event = append(entries, dates...), nil; len(entries) > mostDays {
				return nil, nil, invalid("it has more than %d days", mostDays)
			}
		case event != nil && depth == 0:
			event[name] = value
		case name == "X-WR-CALNAME":
			year.Source = nameOf(value)
		}
	}
	return entries, year, nil
}

// unfolded are the lines of a calendar; one that begins with a space goes on from the line before it.
func unfolded(text []byte) []string {
	joined := strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "").Replace(string(text))
	return strings.FieldsFunc(joined, func(r rune) bool { return r == '\n' || r == '\r' })
}

// property divides a line into its name, without parameters, and its text.
func property(line string) (name, value string) {
	name, value, _ = strings.Cut(line, ":")
	name, _, _ = strings.Cut(name, ";")
	value = strings.NewReplacer(`\n`, " ", `\N`, " ", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(value)
	return strings.ToUpper(strings.TrimSpace(name)), strings.TrimSpace(value)
}

// eventDays are the dates of an event: from DTSTART to the date before DTEND.
func eventDays(event map[string]string) (days []entry, err error) {
	first, err := dayOf(event["DTSTART"])
	if err != nil {
		return nil, invalid("the entry %q begins at %q, which is no date", event["SUMMARY"], event["DTSTART"])
	}
	if !first.Writable() {
		return nil, invalid("the entry %q begins on %s, which is out of range", event["SUMMARY"], first)
	}
	last := first
	if event["DTEND"] != "" {
		end, err := dayOf(event["DTEND"])
		if err != nil {
			return nil, invalid("the entry %q ends at %q, which is no date", event["SUMMARY"], event["DTEND"])
		}
		if end > first {
			last = end.AddDays(-1)
		}
	}
	name, kind := meaning(event)
	for date := first; date <= last; date = date.AddDays(1) {
		if days = append(days, entry{date, name, kind}); len(days) > mostSpan {
			return nil, invalid("the entry %q lasts more than %d days", event["SUMMARY"], mostSpan)
		}
	}
	return days, nil
}

// dayOf reads 20261001 and 20261001T000000.
func dayOf(text string) (domain.Date, error) {
	text, _, _ = strings.Cut(text, "T")
	at, err := time.Parse("20060102", text)
	if err != nil {
		return "", err
	}
	return domain.Date(at.Format(time.DateOnly)), nil
}

var (
	// workSigns and restSigns mark an entry of a Chinese calendar, in its name.
	workSigns = []string{"补班", "调休上班", "（班）", "(班)", "【班】", "[班]", "班｜", "班|", "上班"}
	restSigns = []string{"（休）", "(休)", "【休】", "[休]", "休｜", "休|", "放假", "假期"}
)

// meaning tells holidays from workdays: by Apple's mark, by holiday-cn's and other calendars' words, else not at all.
func meaning(event map[string]string) (name string, k kind) {
	name = nameOf(event["SUMMARY"])
	switch mark := strings.ToUpper(event["X-APPLE-SPECIAL-DAY"]); {
	case event["RRULE"] != "":
		return name, repeating
	case mark == "WORK-HOLIDAY":
		return bare(name), holiday
	case mark == "ALTERNATE-WORKDAY":
		return bare(name), workday
	case has(name, workSigns):
		return bare(name), workday
	case has(name, restSigns):
		return bare(name), holiday
	}
	return name, unmarked
}

func has(name string, signs []string) bool {
	for _, sign := range signs {
		if strings.Contains(name, sign) {
			return true
		}
	}
	return false
}

// bare takes the marks off a name; a name of marks alone stays.
func bare(name string) string {
	plain := name
	for _, sign := range append(append([]string{}, workSigns...), restSigns...) {
		plain = strings.ReplaceAll(plain, sign, "")
	}
	plain = strings.TrimPrefix(strings.Trim(plain, "()（） "), "补") // 上班(补春节假期)
	if plain == "" {
		return name
	}
	return plain
}
