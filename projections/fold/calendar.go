package fold

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
)

// calendars writes holidays, workdays and the clock.
type calendars struct{ *Writer }

// calendar applies the organization's own holidays and workdays, and years of a country.
func (w calendars) calendar(r *feed.Record) (bool, error) {
	org := r.Name.Org
	switch e := r.Event.(type) {
	case domain.HolidayDeclared:
		w.declare(org, "holiday", e.Date, e.Name, e.Withdrawn)
	case domain.WorkdayDeclared:
		w.declare(org, "workday", e.Date, e.Shift, e.Withdrawn)
	case domain.CalendarYearLoaded:
		w.yearLoaded(org, e)
	default:
		return false, nil
	}
	return true, nil
}

func (w calendars) declare(org domain.ID, kind string, date domain.Date, label string, withdrawn bool) {
	w.Stale[org] = true
	if withdrawn {
		w.Do(`DELETE FROM calendar_days WHERE org = $1 AND country = '' AND date = $2 AND kind = $3`, org, string(date), kind)
	} else {
		w.Do(insertCalendarDay, org, "", string(date), kind, label)
	}
}

const insertCalendarDay = `INSERT INTO calendar_days (org, country, date, kind, label) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org, country, date, kind) DO UPDATE SET label = excluded.label`

// yearLoaded replaces a country's year.
func (w calendars) yearLoaded(org domain.ID, e domain.CalendarYearLoaded) {
	w.Stale[org] = true
	year := min(max(e.Year, 1), 9999)
	from, to := fmt.Sprintf("%04d-01-01", year), fmt.Sprintf("%04d-12-31", year)
	w.Do(`DELETE FROM calendar_days WHERE org = $1 AND country = $2 AND date BETWEEN $3 AND $4`, org, e.Country, from, to)
	w.Do(`INSERT INTO calendar_years (org, country, year, source) VALUES ($1, $2, $3, $4) ON CONFLICT (org, country, year) DO UPDATE SET source = excluded.source`, org, e.Country, year, e.Source)
	for kind, days := range map[string]map[domain.Date]string{"holiday": e.Holidays, "workday": e.Workdays} {
		for _, date := range slices.Sorted(maps.Keys(days)) {
			w.Do(insertCalendarDay, org, e.Country, string(date), kind, days[date])
		}
	}
}

// clock moves the organization's clock; it never goes back.
func (w calendars) clock(r *feed.Record, e domain.ClockAdvanced) {
	org, through := r.Name.Org, e.Through.Time()
	w.Stale[org] = true
	w.Do(`INSERT INTO clocks (org, through) VALUES ($1, $2) ON CONFLICT (org) DO UPDATE SET through = greatest(clocks.through, excluded.through)`, org, through)
}
