package directory

import (
	"maps"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Calendar gives an organization's holidays and workdays, and the national years it has loaded; never nil.
func (d *Directory) Calendar(org domain.ID) *attendance.Calendar {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if o := d.orgs[org]; o != nil && o.calendar != nil {
		return o.calendar
	}
	return &attendance.Calendar{}
}

func (o *organization) evolveCalendar(event domain.Event) {
	c := attendance.Calendar{}
	if o.calendar != nil {
		c = *o.calendar
	}
	switch e := event.(type) {
	case domain.HolidayDeclared:
		c.Holidays = declared(c.Holidays, e.Date, e.Name, e.Withdrawn)
	case domain.WorkdayDeclared:
		c.Workdays = declared(c.Workdays, e.Date, e.Shift, e.Withdrawn)
	case domain.CalendarYearLoaded:
		c.National = with(c.National, e.Country, loaded(c.National[e.Country], e))
	default:
		return
	}
	o.calendar = &c
}

func declared(days map[attendance.Date]string, date domain.Date, name string, withdrawn bool) map[attendance.Date]string {
	day, err := attendance.ParseDate(string(date))
	if err != nil {
		return days
	}
	out := maps.Clone(days)
	if out == nil {
		out = map[attendance.Date]string{}
	}
	if withdrawn {
		delete(out, day)
	} else {
		out[day] = name
	}
	return out
}

// loaded replaces a country's year by the one loaded last.
func loaded(before *attendance.Calendar, e domain.CalendarYearLoaded) *attendance.Calendar {
	c := attendance.Calendar{Holidays: map[attendance.Date]string{}, Workdays: map[attendance.Date]string{}}
	if before != nil {
		keepOther(c.Holidays, before.Holidays, e.Year)
		keepOther(c.Workdays, before.Workdays, e.Year)
	}
	addDays(c.Holidays, e.Holidays)
	addDays(c.Workdays, e.Workdays)
	return &c
}

func keepOther(to, from map[attendance.Date]string, year int) {
	for day, name := range from {
		if day.Year() != year {
			to[day] = name
		}
	}
}

func addDays(to map[attendance.Date]string, from map[domain.Date]string) {
	for date, name := range from {
		if day, err := attendance.ParseDate(string(date)); err == nil {
			to[day] = name
		}
	}
}
