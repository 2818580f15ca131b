package projections

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections/assess"
	"github.com/dakahq/daka/projections/query"
	"github.com/dakahq/daka/projections/tables"
)

// MonthRequests is what approved requests did to a member's month, beyond the sums that the month keeps. Times are minutes.
type MonthRequests struct {
	// Leave is the month's leave by type; types without a minute are left out.
	Leave map[string]int
	// Out is the part of the month's trip minutes that errands (out) cover and no trip does.
	Out int
	// Overtime counts approved overtime requests that begin in the month.
	Overtime int
}

// monthAttribution is what one member asked for around a month.
type monthAttribution struct {
	month          *query.Month
	out            MonthRequests
	leaveTypes     []string
	trips, errands bool
	// typeOf is the leave type, or out, by request.
	typeOf map[string]string
}

const errand = "out"

// MonthRequests looks a page of one month's rows up among the requests. A row whose minutes could belong to more than one type, or to a trip
// as well as an errand, is attributed by assessing the month; the others need no more than the row.
func (e *Engine) MonthRequests(ctx context.Context, org domain.ID, months []query.Month) (map[domain.ID]MonthRequests, error) {
	works := map[domain.ID]*monthAttribution{}
	ids := make([]domain.ID, len(months))
	for i := range months {
		ids[i] = months[i].Member
		works[ids[i]] = &monthAttribution{month: &months[i], out: MonthRequests{Leave: map[string]int{}}, typeOf: map[string]string{}}
	}
	out := map[domain.ID]MonthRequests{}
	if len(ids) == 0 {
		return out, nil
	}
	dates, err := monthSpan(ctx, e.Months, org, months[0].Month)
	if err != nil {
		return nil, err
	}
	if err := monthRequests(ctx, e.Models, org, ids, dates, works); err != nil {
		return nil, err
	}
	mixed := map[tables.MemberKey]tables.Dates{}
	for id, w := range works {
		if !w.unambiguous() {
			mixed[tables.MemberKey{Org: org, ID: id}] = dates
		}
	}
	if err := e.attributeMinutes(ctx, org, mixed, works); err != nil {
		return nil, fmt.Errorf("tell the leave of %d members apart: %w", len(mixed), err)
	}
	for id, w := range works {
		out[id] = w.out
	}
	return out, nil
}

func monthSpan(ctx context.Context, months *query.Months, org domain.ID, month string) (dates tables.Dates, err error) {
	from, to, err := months.Span(ctx, org, month)
	if err == nil {
		dates.From, err = tables.ParseDate(from)
	}
	if err == nil {
		dates.To, err = tables.ParseDate(to)
	}
	return dates, err
}

// monthRequests reads approved requests; a workday's shift may end on the next date, so those of the neighbours count as well.
func monthRequests(ctx context.Context, models *query.Models, org domain.ID, ids []domain.ID, dates tables.Dates, works map[domain.ID]*monthAttribution) error {
	b := models.Within(org).Batch()
	var id, request domain.ID
	var kind, leave string
	var begins bool
	b.Queue(`SELECT member, request, type, coalesce(detail->>'leave_type', ''), from_date BETWEEN $3 AND $4 FROM requests
		WHERE org = $1 AND member = ANY($2) AND state = 'approved' AND type IN ('leave', 'trip', 'out', 'overtime') AND from_date <= $4 + 2 AND to_date >= $3 - 2
		ORDER BY member, request`, org, ids, tables.PgDate(dates.From), tables.PgDate(dates.To)).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&id, &request, &kind, &leave, &begins}, func() error {
			works[id].add(request, kind, leave, begins)
			return nil
		})
		return err
	})
	if err := models.Within(org).Send(ctx, b); err != nil {
		return fmt.Errorf("read the month's requests: %w", err)
	}
	return nil
}

func (w *monthAttribution) add(request domain.ID, kind, leave string, begins bool) {
	switch kind {
	case "overtime":
		if begins {
			w.out.Overtime++
		}
	case "leave":
		if !slices.Contains(w.leaveTypes, leave) {
			w.leaveTypes = append(w.leaveTypes, leave)
		}
		w.typeOf[string(request[:])] = leave
	case "trip":
		w.trips = true
	case errand:
		w.errands = true
	}
}

// unambiguous answers from the row alone, where every minute has one request.
func (w *monthAttribution) unambiguous() bool {
	if len(w.leaveTypes) > 1 || w.trips && w.errands {
		return false
	}
	if len(w.leaveTypes) == 1 && w.month.LeaveTime > 0 {
		w.out.Leave[w.leaveTypes[0]] = w.month.LeaveTime
	}
	if w.errands {
		w.out.Out = w.month.BusinessTripTime
	}
	return true
}

// attributeMinutes assesses months again without some of their requests, on the facts that the read models hold.
func (e *Engine) attributeMinutes(ctx context.Context, org domain.ID, mixed map[tables.MemberKey]tables.Dates, works map[domain.ID]*monthAttribution) error {
	if len(mixed) == 0 {
		return nil
	}
	return e.WithTenant(ctx, org, func(tx pgx.Tx) error {
		c := assess.NewCohort(mixed)
		c.Fresh = true
		facts, err := assess.LoadOrganization(ctx, tx, org, e.cache)
		if err != nil {
			return err
		}
		for _, k := range c.Works {
			k.Org = facts
		}
		if err := c.Load(ctx, tx); err != nil {
			return err
		}
		if faults := c.Assess(); len(faults) > 0 {
			return faults[0]
		}
		for _, k := range c.Works {
			works[k.ID].split(k)
		}
		return nil
	})
}

// split takes each type's minutes from the month with that type alone, and the errands' from the month without them.
func (w *monthAttribution) split(k *assess.Work) {
	held := map[attendance.Date]bool{}
	trip := 0
	for i := range k.Rows {
		held[k.Rows[i].Day.Date] = true
		trip += k.Rows[i].Day.TripMin
	}
	for _, leave := range w.leaveTypes {
		minutes, _ := k.MinutesWith(held, func(q *attendance.Request) bool { return q.Type != attendance.Leave || w.typeOf[q.ID] == leave })
		if minutes > 0 {
			w.out.Leave[leave] = minutes
		}
	}
	if w.errands {
		_, without := k.MinutesWith(held, func(q *attendance.Request) bool { return q.Type != attendance.Out })
		w.out.Out = trip - without
	}
}
