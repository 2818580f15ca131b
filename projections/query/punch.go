package query

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// Punch is a recorded punch; Detail is the rest of the fact as recorded, with sealed texts under lat, lng, ssid, bssid, ip, address, note.
type Punch struct {
	ID         domain.ID       `json:"id"`
	Member     domain.ID       `json:"member"`
	At         time.Time       `json:"at"`
	Zone       string          `json:"zone"`
	CheckType  string          `json:"check_type"`
	SourceType string          `json:"source_type"`
	ReceivedAt time.Time       `json:"received_at"`
	Flags      []string        `json:"flags"`
	Review     string          `json:"review"`
	Voided     bool            `json:"voided"`
	Batch      *domain.ID      `json:"batch,omitempty"`
	Stream     string          `json:"stream"`
	Revision   int64           `json:"revision"`
	Detail     json.RawMessage `json:"detail"`
}

const punchFields = `p.id, p.org, p.member, p.at, p.zone, p.check_type, p.source_type, p.received_at, coalesce(p.flags, '{}'), p.review, p.voided, p.batch, p.sheet, p.revision, coalesce(p.detail, '{}')`

const selectPunch = `SELECT ` + punchFields + ` FROM punches p `

func scanPunch(row pgx.CollectableRow) (p Punch, err error) { return scanPunchAnd(row) }

func scanPunchAnd(row pgx.CollectableRow, more ...any) (p Punch, err error) {
	var org domain.ID
	var sheet string
	var detail []byte
	err = row.Scan(append([]any{&p.ID, &org, &p.Member, &p.At, &p.Zone, &p.CheckType, &p.SourceType, &p.ReceivedAt, &p.Flags, &p.Review, &p.Voided, &p.Batch, &sheet, &p.Revision, &detail}, more...)...)
	p.Stream, p.Detail = domain.TimesheetStream(org, p.Member, sheet), detail
	p.At, p.ReceivedAt = p.At.UTC(), p.ReceivedAt.UTC()
	return p, err
}

// List lists a member's punches by time; from and to are inclusive dates on the punch's own wall clock, empty for no bound.
func (r *Punches) List(ctx context.Context, org, who domain.ID, from, to domain.Date, cursor string, limit int) (Page[Punch], error) {
	at, err := parseCursor(cursor, isInstant, isID)
	if err != nil {
		return Page[Punch]{}, err
	}
	return paged(ctx, r.Within(org), limit, "punches", scanPunch, func(p *Punch) []string { return []string{p.At.Format(time.RFC3339Nano), p.ID.String()} },
		selectPunch+`WHERE org = $1 AND member = $2 AND ($3::date IS NULL OR (local_date >= $3 AND at >= $3::date - 1)) AND ($4::date IS NULL OR (local_date <= $4 AND at < $4::date + 2))
			AND ($5 = '' OR (at, id) > (nullif($5, '')::timestamptz, nullif($6, '')::uuid)) ORDER BY at, id`, org, who, orNull(string(from)), orNull(string(to)), at[0], at[1])
}

// One answers pgx.ErrNoRows when the organization has none with this event id.
func (r *Punches) One(ctx context.Context, org, id domain.ID) (Punch, error) {
	return one(ctx, r.Within(org), "the punch", scanPunch, selectPunch+`WHERE org = $1 AND id = $2`, org, id)
}

// punchesOf is the condition of a date's punches, $2, of the members in $3 or of everybody in $1. Those of some are found by member: an
// instant is less than a day away from its wall clock in UTC.
func punchesOf(those []domain.ID) string {
	if those == nil {
		return `org = $1 AND local_date = $2 AND NOT voided AND $3::uuid[] IS NULL`
	}
	return `org = $1 AND local_date = $2 AND NOT voided AND member = ANY($3::uuid[]) AND at >= $2::date - 1 AND at < $2::date + 2`
}

// Latest are the newest on a wall-clock date, newest first; of the members in those, or of everybody when those is nil.
func (r *Punches) Latest(ctx context.Context, org domain.ID, those []domain.ID, date domain.Date, limit int) ([]Punch, error) {
	return List(ctx, r.Within(org), "the latest punches", scanPunch,
		selectPunch+fmt.Sprintf(`WHERE %s ORDER BY local_date DESC, at DESC, id LIMIT %d`, punchesOf(those), clamp(limit)), org, string(date), those)
}
