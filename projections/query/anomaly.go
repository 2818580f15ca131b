package query

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// AnomalyEntry is one anomaly of a day. Section 0 is the day as a whole; State is open, explained (a request waits) or excused.
type AnomalyEntry struct {
	Member    domain.ID   `json:"member"`
	Number    string      `json:"number"`
	Date      domain.Date `json:"date"`
	Kind      string      `json:"kind"`
	Section   int         `json:"section"`
	CheckType string      `json:"check_type"`
	Minutes   int         `json:"minutes"`
	State     string      `json:"state"`
	ordinal   int
}

// AnomalyFilter narrows a list; zero values do not. Dates are inclusive.
type AnomalyFilter struct {
	From, To   domain.Date
	Kind       string
	State      string
	Member     *domain.ID
	Department *domain.ID
	// Group is the group that held the member on the anomaly's date.
	Group *domain.ID
	// Among are the only members, nil for everybody.
	Among []domain.ID
}

// from reaches one member's anomalies by way of the member's days; the key of anomalies begins with the date.
func (f AnomalyFilter) from() string {
	if f.Member == nil {
		return "anomalies a"
	}
	return "(SELECT a.* FROM days d JOIN anomalies a ON a.org = d.org AND a.date = d.date AND a.member = d.member WHERE d.org = $1 AND d.member = $6 AND d.date BETWEEN $2 AND $3) a"
}

// List lists by date and member.
func (r *Anomalies) List(ctx context.Context, org domain.ID, f AnomalyFilter, cursor string, limit int) (Page[AnomalyEntry], error) {
	at, err := parseCursor(cursor, isDate, isID, isWhole)
	if err != nil {
		return Page[AnomalyEntry]{}, err
	}
	scan := func(row pgx.CollectableRow) (a AnomalyEntry, err error) {
		var date *time.Time
		err = row.Scan(&a.Member, &a.Number, &date, &a.Kind, &a.Section, &a.CheckType, &a.Minutes, &a.State, &a.ordinal)
		a.Date = civil(date)
		return a, err
	}
	return paged(ctx, r.Within(org), limit, "anomalies", scan, func(a *AnomalyEntry) []string {
		return []string{string(a.Date), a.Member.String(), strconv.Itoa(a.ordinal)}
	},
		`SELECT a.member, coalesce(m.number, ''), a.date, a.kind, a.section, a.check_type, a.minutes, a.state, a.ordinal
		FROM `+f.from()+` LEFT JOIN members m USING (org, member)
		WHERE a.org = $1 AND a.date BETWEEN $2 AND $3 AND ($4 = '' OR a.kind = $4) AND ($5 = '' OR a.state = $5) AND ($6::uuid IS NULL OR a.member = $6)
			AND ($7::uuid IS NULL OR $7 = `+departmentOn("a", "a.date")+`)
			AND ($12::uuid IS NULL OR EXISTS (SELECT FROM days d WHERE d.org = a.org AND d.member = a.member AND d.date = a.date AND d.group_id = $12))
			`+onlyThose("a.member", 11)+`AND ($8 = '' OR (a.date, a.member, a.ordinal) > (nullif($8, '')::date, nullif($9, '')::uuid, nullif($10, '')::int)) ORDER BY a.date, a.member, a.ordinal`,
		org, string(f.From), string(f.To), f.Kind, f.State, f.Member, f.Department, at[0], at[1], at[2], f.Among, f.Group)
}
