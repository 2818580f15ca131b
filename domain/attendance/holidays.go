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
	raw, err := holidayFiles.ReadFile(fmt.Sprintf("holidays/cn-%d.json", year))
	if err != nil {
		return Calendar{}, false
	}
	var file struct {
		Holidays map[Date]string `json:"holidays"`
		Workdays []Date          `json:"workdays"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return Calendar{}, false
	}
	calendar := Calendar{Holidays: file.Holidays, Workdays: make(map[Date]string, len(file.Workdays))}
	for _, d := range file.Workdays {
		calendar.Workdays[d] = ""
	}
	return calendar, true
}
