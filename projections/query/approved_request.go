package query

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// ApprovedRequest is an approved request with the stretch that it speaks of: instants, To exclusive, or for a makeup the workday.
type ApprovedRequest struct {
	ID        domain.ID
	Type      string
	LeaveType string
	From, To  time.Time
	// Zone is that of the span; nil for a makeup.
	Zone *time.Location
	// Date and CheckType are a makeup's.
	Date      domain.Date
	CheckType string
	Section   int
}

// Approved are the approved requests, by member, that touch the dates from..to or the shifts that start on them; of the members in those,
// or of everybody when those is nil.
func (r *Requests) Approved(ctx context.Context, org domain.ID, those []domain.ID, from, to domain.Date) (map[domain.ID][]ApprovedRequest, error) {
	out := map[domain.ID][]ApprovedRequest{}
	v := r.Within(org)
	b := v.Batch()
	var who domain.ID
	var q ApprovedRequest
	var detail []byte
	b.Queue(`SELECT member, request, type, detail FROM requests WHERE org = $1 AND state = 'approved' AND from_date <= $3::date + 2 AND to_date >= $2::date - 1
		`+onlyThose("member", 4)+`ORDER BY member, from_date, requested_at, request`, org, string(from), string(to), those).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&who, &q.ID, &q.Type, &detail}, func() error {
			linked := q
			if err := linked.read(detail); err != nil {
				return err
			}
			out[who] = append(out[who], linked)
			return nil
		})
		return err
	})
	if err := v.Send(ctx, b); err != nil {
		return nil, fmt.Errorf("read the requests of the days: %w", err)
	}
	return out, nil
}

func (q *ApprovedRequest) read(detail []byte) error {
	var e struct {
		Span      *domain.Span   `json:"span"`
		LeaveType string         `json:"leave_type"`
		Date      domain.Date    `json:"date"`
		CheckType string         `json:"check_type"`
		Section   int            `json:"section"`
		At        domain.Instant `json:"at"`
	}
	if err := json.Unmarshal(detail, &e); err != nil {
		return fmt.Errorf("read a request: %w", err)
	}
	q.LeaveType, q.Date, q.CheckType, q.Section = e.LeaveType, e.Date, e.CheckType, e.Section
	if e.Span == nil {
		q.From, q.To = e.At.Time(), e.At.Time()
		return nil
	}
	from, to, err := e.Span.Bounds()
	if err != nil {
		return fmt.Errorf("read a request's span: %w", err)
	}
	q.From, q.To = from.Time(), to.Time()
	q.Zone, err = domain.Zone(e.Span.Zone)
	return err
}

// Touches says that a request speaks of a workday: a makeup names it, others share an instant with the date or with the planned shift,
// whose ends are zero where nothing is planned.
func (q *ApprovedRequest) Touches(date domain.Date, on, off time.Time) bool {
	if q.Zone == nil {
		return q.Date == date
	}
	midnight, next := domain.StartOfDay(date, q.Zone).Time(), domain.StartOfDay(date.AddDays(1), q.Zone).Time()
	shares := func(from, to time.Time) bool { return q.From.Before(to) && q.To.After(from) }
	return shares(midnight, next) || !on.IsZero() && shares(on, off)
}
