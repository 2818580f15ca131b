package query

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// CalendarDay is a holiday (Label is its name) or a workday (Label is a shift or empty); Country is empty for the organization's own.
type CalendarDay struct {
	Date    domain.Date `json:"date"`
	Kind    string      `json:"kind"`
	Label   string      `json:"label"`
	Country string      `json:"country"`
}

// Days lists days from..to, both inclusive.
func (r *Calendar) Days(ctx context.Context, org domain.ID, from, to domain.Date) ([]CalendarDay, error) {
	return List(ctx, r.Within(org), "the calendar", func(row pgx.CollectableRow) (d CalendarDay, err error) {
		var date *time.Time
		err = row.Scan(&date, &d.Kind, &d.Label, &d.Country)
		d.Date = civil(date)
		return d, err
	}, `SELECT date, kind, label, country FROM calendar_days WHERE org = $1 AND date BETWEEN $2 AND $3 ORDER BY date, country, kind`, org, string(from), string(to))
}

// LoadedYear is a year of a country that the ledger holds, and where it comes from.
type LoadedYear struct {
	Country string `json:"country"`
	Year    int    `json:"year"`
	Source  string `json:"source"`
}

// Sources lists the years of countries that the ledger holds, in order.
func (r *Calendar) Sources(ctx context.Context, org domain.ID) ([]LoadedYear, error) {
	return List(ctx, r.Within(org), "calendar years", func(row pgx.CollectableRow) (y LoadedYear, err error) {
		err = row.Scan(&y.Country, &y.Year, &y.Source)
		return y, err
	}, `SELECT country, year, source FROM calendar_years WHERE org = $1 ORDER BY country, year`, org)
}

// RosterEntry is a planned date; Shift null is an explicit rest day.
type RosterEntry struct {
	Member  domain.ID   `json:"member"`
	Date    domain.Date `json:"date"`
	Shift   *string     `json:"shift"`
	Request *domain.ID  `json:"request,omitempty"`
}

// List lists planned dates from..to, of one member or of all, or of the members in those when it is not nil.
func (r *Roster) List(ctx context.Context, org domain.ID, who *domain.ID, those []domain.ID, from, to domain.Date) ([]RosterEntry, error) {
	return List(ctx, r.Within(org), "the roster", func(row pgx.CollectableRow) (e RosterEntry, err error) {
		var date *time.Time
		err = row.Scan(&e.Member, &date, &e.Shift, &e.Request)
		e.Date = civil(date)
		return e, err
	}, `SELECT member, date, shift, request FROM roster WHERE org = $1 AND ($2::uuid IS NULL OR member = $2) AND date BETWEEN $3 AND $4 `+onlyThose("member", 5)+`ORDER BY date, member`,
		org, who, string(from), string(to), those)
}
