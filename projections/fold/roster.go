package fold

import (
	"maps"
	"slices"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
)

const insertRoster = `INSERT INTO roster (org, member, date, shift, request) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org, member, date) DO UPDATE SET shift = excluded.shift, request = excluded.request`

// rosters writes planned dates.
type rosters struct{ *Writer }

// roster applies planned shifts; a null shift is an explicit rest day.
func (w rosters) roster(r *feed.Record) (bool, error) {
	org := r.Name.Org
	switch e := r.Event.(type) {
	case domain.ShiftScheduled:
		for _, date := range slices.Sorted(maps.Keys(e.Shifts)) {
			w.Do(insertRoster, org, e.Member, string(date), e.Shifts[date], nil)
		}
		for _, date := range e.Cleared {
			w.Do(`DELETE FROM roster WHERE org = $1 AND member = $2 AND date = $3`, org, e.Member, string(date))
		}
	case domain.ShiftSwapped:
		w.Do(insertRoster, org, e.Member, string(e.Date), e.Shift, e.Request)
	default:
		return false, nil
	}
	return true, nil
}
