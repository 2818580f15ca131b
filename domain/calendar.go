package domain

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// HolidayDeclared makes a date a holiday of the organization, or takes that back; the last word on a date wins.
type HolidayDeclared struct {
	Date      Date   `json:"date"`
	Name      string `json:"name,omitempty"`
	Withdrawn bool   `json:"withdrawn,omitempty"`
}

// WorkdayDeclared makes a date a workday (调休), or takes that back; Shift may be empty (rules §2).
type WorkdayDeclared struct {
	Date      Date   `json:"date"`
	Shift     string `json:"shift,omitempty"`
	Withdrawn bool   `json:"withdrawn,omitempty"`
}

// CalendarYearLoaded brings a country's year into the ledger, so that a release never changes history.
type CalendarYearLoaded struct {
	Country string `json:"country"` // CN
	Year    int    `json:"year"`
	// Holidays and Workdays map dates to names; a country's workdays name no shift (rules 2.2b).
	Holidays map[Date]string `json:"holidays"`
	Workdays map[Date]string `json:"workdays"`
	// Source says where the year comes from, SHA256 is the hash of the file that brought it (lower-case hex); a shipped year has none.
	Source string `json:"source"`
	SHA256 string `json:"sha256,omitempty"`
}

func (HolidayDeclared) EventType() string    { return "HolidayDeclared" }
func (WorkdayDeclared) EventType() string    { return "WorkdayDeclared" }
func (CalendarYearLoaded) EventType() string { return "CalendarYearLoaded" }

// CalendarState is an organization's own days and the years it has loaded.
type CalendarState struct {
	Holidays map[Date]string
	Workdays map[Date]string
	Years    map[string]CalendarYearLoaded // by country and year, as CalendarKey gives it
}

// CalendarKey names a country's year: CN-2026.
func CalendarKey(country string, year int) string { return country + "-" + strconv.Itoa(year) }

// Evolve folds one event; the last word on a date wins.
func (s CalendarState) Evolve(r Recorded) CalendarState {
	switch e := r.Event.(type) {
	case HolidayDeclared:
		s.Holidays = declared(s.Holidays, e.Date, e.Name, e.Withdrawn)
	case WorkdayDeclared:
		s.Workdays = declared(s.Workdays, e.Date, e.Shift, e.Withdrawn)
	case CalendarYearLoaded:
		s.Years = put(s.Years, CalendarKey(e.Country, e.Year), e)
	}
	return s
}

func declared(days map[Date]string, date Date, value string, withdrawn bool) map[Date]string {
	if withdrawn {
		delete(days, date)
		return days
	}
	return put(days, date, value)
}

// Days are declarations of one request; a null value withdraws the date.
type Days struct {
	Holidays map[Date]*string
	Workdays map[Date]*string
}

// Declare writes what differs from what is known, in order of date: holidays, then workdays.
func (s CalendarState) Declare(d Days) ([]Event, error) {
	var events []Event
	for _, date := range sortedDates(d.Holidays) {
		name, known := s.Holidays[date]
		switch want := d.Holidays[date]; {
		case want == nil && known:
			events = append(events, HolidayDeclared{Date: date, Withdrawn: true})
		case want != nil && (!known || name != *want):
			events = append(events, HolidayDeclared{Date: date, Name: *want})
		}
	}
	for _, date := range sortedDates(d.Workdays) {
		shift, known := s.Workdays[date]
		switch want := d.Workdays[date]; {
		case want == nil && known:
			events = append(events, WorkdayDeclared{Date: date, Withdrawn: true})
		case want != nil && (!known || shift != *want):
			events = append(events, WorkdayDeclared{Date: date, Shift: *want})
		}
	}
	return events, nil
}

func sortedDates[V any](m map[Date]V) []Date {
	return slices.Sorted(maps.Keys(m))
}

// LoadYear brings a country's year in; the same year again changes nothing, another content replaces it.
func (s CalendarState) LoadYear(e CalendarYearLoaded) ([]Event, error) {
	before, known := s.Years[CalendarKey(e.Country, e.Year)]
	if known && maps.Equal(before.Holidays, e.Holidays) && maps.Equal(before.Workdays, e.Workdays) {
		return None, nil
	}
	return []Event{e}, nil
}

// CalendarChange is a date whose entry would change; nil is no entry.
type CalendarChange struct {
	Date   Date    `json:"date"`
	Kind   string  `json:"kind" enum:"holiday,workday"`
	Before *string `json:"before"`
	After  *string `json:"after"`
}

// Changes lists what events of a calendar would change in it, by date.
func (s CalendarState) Changes(events []Event) []CalendarChange {
	changes := []CalendarChange{}
	add := func(date Date, kind string, before, after map[Date]string) {
		c := CalendarChange{Date: date, Kind: kind}
		if name, is := before[date]; is {
			c.Before = &name
		}
		if name, is := after[date]; is {
			c.After = &name
		}
		if (c.Before == nil) != (c.After == nil) || c.Before != nil && *c.Before != *c.After {
			changes = append(changes, c)
		}
	}
	for _, event := range events {
		switch e := event.(type) {
		case HolidayDeclared:
			add(e.Date, "holiday", s.Holidays, declared(nil, e.Date, e.Name, e.Withdrawn))
		case WorkdayDeclared:
			add(e.Date, "workday", s.Workdays, declared(nil, e.Date, e.Shift, e.Withdrawn))
		case CalendarYearLoaded:
			before := s.Years[CalendarKey(e.Country, e.Year)]
			for _, date := range eitherOf(before.Holidays, e.Holidays) {
				add(date, "holiday", before.Holidays, e.Holidays)
			}
			for _, date := range eitherOf(before.Workdays, e.Workdays) {
				add(date, "workday", before.Workdays, e.Workdays)
			}
		}
	}
	slices.SortStableFunc(changes, func(a, b CalendarChange) int { return cmp.Compare(a.Date, b.Date) })
	return changes
}

// eitherOf are the dates of one or the other.
func eitherOf(a, b map[Date]string) []Date {
	all := maps.Clone(a)
	if all == nil {
		all = map[Date]string{}
	}
	maps.Copy(all, b)
	return sortedDates(all)
}
