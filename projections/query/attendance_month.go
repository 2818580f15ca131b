package query

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// AttendanceMonths are an organization's first days of months, as far as the read models know (rules 5.1).
func (r *Months) AttendanceMonths(ctx context.Context, org domain.ID) (domain.AttendanceMonths, error) {
	return List(ctx, r.Within(org), "attendance months", func(row pgx.CollectableRow) (f domain.FirstDay, err error) {
		err = row.Scan(&f.Day, &f.From)
		return f, err
	}, `SELECT start_day, from_month FROM attendance_months WHERE org = $1 ORDER BY from_month`, org)
}

// Span gives the first and the last date of an organization's month, both inclusive. One that is not yyyy-mm is refused with code month_invalid.
func (r *Months) Span(ctx context.Context, org domain.ID, month string) (from, to domain.Date, err error) {
	if _, err := ParseMonth(month); err != nil {
		return "", "", err
	}
	months, err := r.AttendanceMonths(ctx, org)
	if err != nil {
		return "", "", err
	}
	return months.Span(month)
}
