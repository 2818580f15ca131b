package projections

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// calendar applies the organization's own holidays and workdays, and years of a country.
func (w *writer) calendar(r *record) (bool, error) {
	org := r.name.Org
	switch e := r.Event.(type) {
	case domain.HolidayDeclared:
		return true, w.declare(org, "holiday", e.Date, e.Name, e.Withdrawn)
	case domain.WorkdayDeclared:
		return true, w.declare(org, "workday", e.Date, e.Shift, e.Withdrawn)
	case domain.CalendarYearLoaded:
		return true, w.yearLoaded(org, e)
	}
	return false, nil
}

func (w *writer) declare(org domain.ID, kind string, date domain.Date, label string, withdrawn bool) error {
	if _, err := tables.ParseDate(date); err != nil {
		return err
	}
	w.stale[org] = true
	if withdrawn {
		w.do(`DELETE FROM calendar_days WHERE org = $1 AND country = '' AND date = $2 AND kind = $3`, org, string(date), kind)
	} else {
		w.do(insertCalendarDay, org, "", string(date), kind, label)
	}
	w.markAll(org, date, date)
	return nil
}

const insertCalendarDay = `INSERT INTO calendar_days VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org, country, date, kind) DO UPDATE SET label = excluded.label`

// yearLoaded replaces a country's year.
func (w *writer) yearLoaded(org domain.ID, e domain.CalendarYearLoaded) error {
	w.stale[org] = true
	year := min(max(e.Year, 1), 9999)
	from, to := fmt.Sprintf("%04d-01-01", year), fmt.Sprintf("%04d-12-31", year)
	w.do(`DELETE FROM calendar_days WHERE org = $1 AND country = $2 AND date BETWEEN $3 AND $4`, org, e.Country, from, to)
	w.do(`INSERT INTO calendar_years VALUES ($1, $2, $3, $4) ON CONFLICT (org, country, year) DO UPDATE SET source = excluded.source`, org, e.Country, year, e.Source)
	for kind, days := range map[string]map[domain.Date]string{"holiday": e.Holidays, "workday": e.Workdays} {
		for _, date := range slices.Sorted(maps.Keys(days)) {
			if _, err := tables.ParseDate(date); err != nil {
				return err
			}
			w.do(insertCalendarDay, org, e.Country, string(date), kind, days[date])
		}
	}
	w.markAll(org, domain.Date(from), domain.Date(to))
	return nil
}

// clock moves the organization's clock; it never goes back. Dates between the old and the new clock are marked, one more before
// for windows that close on the next date, and one on each side because zones differ from UTC.
func (w *writer) clock(r *record, e domain.ClockAdvanced) error {
	org, through := r.name.Org, e.Through.Time()
	w.stale[org] = true
	w.soil(`INSERT INTO dirty
		SELECT m.org, m.member, greatest(m.joined, coalesce((c.through AT TIME ZONE 'UTC')::date - 3, m.joined)), ($2::timestamptz AT TIME ZONE 'UTC')::date + 1
		FROM members m LEFT JOIN clocks c USING (org)
		WHERE m.org = $1 AND (c.through IS NULL OR c.through < $2) AND m.joined <= ($2::timestamptz AT TIME ZONE 'UTC')::date + 1
		  AND (m.left_on IS NULL OR c.through IS NULL OR m.left_on >= (c.through AT TIME ZONE 'UTC')::date - 3)`, org, through)
	w.do(`INSERT INTO clocks VALUES ($1, $2) ON CONFLICT (org) DO UPDATE SET through = greatest(clocks.through, excluded.through)`, org, through)
	return nil
}
