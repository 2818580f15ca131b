package projections

import (
	"maps"
	"slices"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

const insertRoster = `INSERT INTO roster VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org, member, date) DO UPDATE SET shift = excluded.shift, request = excluded.request`

// roster applies planned shifts; a null shift is an explicit rest day.
func (w *writer) roster(r *record) (bool, error) {
	org := r.name.Org
	switch e := r.Event.(type) {
	case domain.ShiftScheduled:
		m := tables.MemberKey{Org: org, ID: e.Member}
		for _, date := range slices.Sorted(maps.Keys(e.Shifts)) {
			if _, err := tables.ParseDate(date); err != nil {
				return true, err
			}
			w.do(insertRoster, org, e.Member, string(date), e.Shifts[date], nil)
			w.mark(m, date, date)
		}
		for _, date := range e.Cleared {
			if _, err := tables.ParseDate(date); err != nil {
				return true, err
			}
			w.do(`DELETE FROM roster WHERE org = $1 AND member = $2 AND date = $3`, org, e.Member, string(date))
			w.mark(m, date, date)
		}
	case domain.ShiftSwapped:
		if _, err := tables.ParseDate(e.Date); err != nil {
			return true, err
		}
		w.do(insertRoster, org, e.Member, string(e.Date), e.Shift, e.Request)
		w.mark(tables.MemberKey{Org: org, ID: e.Member}, e.Date, e.Date)
	default:
		return false, nil
	}
	return true, nil
}
