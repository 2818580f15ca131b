package projections

import (
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections/tables"
)

// hourKey is one hour of a wall-clock date.
type hourKey struct {
	org  domain.ID
	date attendance.Date
	hour int16
}

const moreHours = ` ON CONFLICT (org, local_date, local_hour) DO UPDATE SET punches = punch_hours.punches + excluded.punches`

// countHours adds the page's punches to their hours, before any statement that voids one of them.
func (w *writer) countHours() {
	if len(w.punches) == 0 {
		return
	}
	hours := map[hourKey]int32{}
	for _, r := range w.punches {
		hours[hourKey{r.Name.Org, attendance.DateOf(r.Local), int16(r.Local.Hour())}]++
	}
	w.addHours(hours)
}

// addHours adds numbers of punches to their hours.
func (w *writer) addHours(hours map[hourKey]int32) {
	if len(hours) == 0 {
		return
	}
	var orgs [][16]byte
	var dates []time.Time
	var of []int16
	var punches []int32
	for k, n := range hours {
		orgs, dates, of, punches = append(orgs, k.org), append(dates, tables.PgDate(k.date)), append(of, k.hour), append(punches, n)
	}
	w.first(`INSERT INTO punch_hours (org, local_date, local_hour, punches) SELECT * FROM unnest($1::uuid[], $2::date[], $3::smallint[], $4::int[])`+moreHours, orgs, dates, of, punches)
}
