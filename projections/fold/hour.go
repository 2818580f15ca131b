package fold

import (
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections/tables"
)

// Hour is one hour of a wall-clock date.
type Hour struct {
	Org  domain.ID
	Date attendance.Date
	Hour int16
}

const moreHours = ` ON CONFLICT (org, local_date, local_hour) DO UPDATE SET punches = punch_hours.punches + excluded.punches`

// countHours adds the page's punches to their hours, before any statement that voids one of them.
func (w *Writer) countHours() {
	if len(w.Punches) == 0 {
		return
	}
	hours := map[Hour]int32{}
	for _, r := range w.Punches {
		hours[Hour{r.Name.Org, attendance.DateOf(r.Local), int16(r.Local.Hour())}]++
	}
	w.AddHours(hours)
}

// AddHours adds numbers of punches to their hours.
func (w *Writer) AddHours(hours map[Hour]int32) {
	if len(hours) == 0 {
		return
	}
	var orgs [][16]byte
	var dates []time.Time
	var of []int16
	var punches []int32
	for k, n := range hours {
		orgs, dates, of, punches = append(orgs, k.Org), append(dates, tables.PgDate(k.Date)), append(of, k.Hour), append(punches, n)
	}
	w.First(`INSERT INTO punch_hours (org, local_date, local_hour, punches) SELECT o, d, h, n FROM unnest($1::uuid[], $2::date[], $3::smallint[], $4::int[]) AS q (o, d, h, n)`+moreHours, orgs, dates, of, punches)
}
