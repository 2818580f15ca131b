package attendance

import (
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed holidays/*.json
var holidayFiles embed.FS

// ChinaCalendar gives the public holidays of China with their makeup workdays (调休) as the State Council published them for a year; false for years
// that are not shipped. A makeup workday takes the shift of the week (rules §2). The source of each year is named in its file.
func ChinaCalendar(year int) (Calendar, bool) {
	file, ok := chinaYear(year)
	if !ok {
		return Calendar{}, false
	}
	calendar := Calendar{Holidays: file.Holidays, Workdays: make(map[Date]string, len(file.Workdays))}
	for _, d := range file.Workdays {
		calendar.Workdays[d] = ""
	}
	return calendar, true
}

// ChinaCalendarSource names the notice that a shipped year was taken from, with its address; empty for years that are not shipped.
func ChinaCalendarSource(year int) string {
	file, ok := chinaYear(year)
	if !ok {
		return ""
	}
	return file.Source + " " + file.URL
}

// yearFile is a shipped year; a weekend that a notice only joins to a holiday (与周末连休) is not listed.
type yearFile struct {
	Source   string          `json:"source"`
	URL      string          `json:"url"`
	Holidays map[Date]string `json:"holidays"`
	Workdays []Date          `json:"workdays"`
}

func chinaYear(year int) (file yearFile, ok bool) {
	raw, err := holidayFiles.ReadFile(fmt.Sprintf("holidays/cn-%d.json", year))
	if err != nil {
		return file, false
	}
	return file, json.Unmarshal(raw, &file) == nil
}
