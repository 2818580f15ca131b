package facts

import (
	"maps"
	"slices"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// The kinds of a day in a calendar.
const (
	holidays = "holiday"
	workdays = "workday"
)

// newCalendar is one without days; National of a country's own calendar stays nil.
func newCalendar() *attendance.Calendar {
	return &attendance.Calendar{Holidays: map[attendance.Date]string{}, Workdays: map[attendance.Date]string{}, National: map[string]*attendance.Calendar{}}
}

// SetDay puts a day into the calendar that is being read from somewhere else than the ledger; country is empty for the organization's own days,
// kind is holiday or workday.
func (o *Organization) SetDay(country, kind string, d attendance.Date, label string) {
	daysOf(o.country(country), kind)[d] = label
}

func (o *Organization) country(name string) *attendance.Calendar {
	if name == "" {
		return o.Calendar
	}
	c := o.Calendar.National[name]
	if c == nil {
		c = newCalendar()
		c.National = nil
		o.Calendar.National[name] = c
	}
	return c
}

func daysOf(c *attendance.Calendar, kind string) map[attendance.Date]string {
	if kind == holidays {
		return c.Holidays
	}
	return c.Workdays
}

// cloneCalendar copies what an event about one country may change.
func (o *Organization) cloneCalendar(country string) {
	c := *o.Calendar
	c.National = maps.Clone(c.National)
	if country == "" {
		c.Holidays, c.Workdays = maps.Clone(c.Holidays), maps.Clone(c.Workdays)
	} else if own := c.National[country]; own != nil {
		c.National[country] = &attendance.Calendar{Holidays: maps.Clone(own.Holidays), Workdays: maps.Clone(own.Workdays)}
	}
	o.Calendar = &c
}

func (o *Organization) declare(kind string, date domain.Date, label string, withdrawn bool) {
	o.cloneCalendar("")
	if days := daysOf(o.Calendar, kind); withdrawn {
		delete(days, dateOf(date))
	} else {
		days[dateOf(date)] = label
	}
}

// yearOf is a year that dates have.
func yearOf(e domain.CalendarYearLoaded) int { return min(max(e.Year, 1), 9999) }

// loadYear replaces a country's year.
func (o *Organization) loadYear(e domain.CalendarYearLoaded) {
	o.cloneCalendar(e.Country)
	c := o.country(e.Country)
	for kind, named := range map[string]map[domain.Date]string{holidays: e.Holidays, workdays: e.Workdays} {
		days := daysOf(c, kind)
		maps.DeleteFunc(days, func(d attendance.Date, _ string) bool { return d.Year() == yearOf(e) })
		for date, label := range named {
			days[dateOf(date)] = label
		}
	}
	if e.Country != "" && len(c.Holidays) == 0 && len(c.Workdays) == 0 {
		delete(o.Calendar.National, e.Country)
	}
}

func checkYear(e domain.CalendarYearLoaded) error {
	all := slices.Concat(slices.Sorted(maps.Keys(e.Holidays)), slices.Sorted(maps.Keys(e.Workdays)))
	return dates(all...)
}
