package query

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// SeenBy is one time that somebody read a member's data.
type SeenBy struct {
	ID    domain.ID    `json:"id"`
	At    time.Time    `json:"at"`
	Actor domain.Actor `json:"actor"`
	// Fields are what was shown, such as lat, lng, address, ssid, photo.
	Fields []string `json:"fields"`
	// Purpose is the operation that showed it.
	Purpose   string `json:"purpose"`
	QueryHash string `json:"query_hash"`
}

// List lists who read a member's data, the newest first.
func (r *Accesses) List(ctx context.Context, org, subject domain.ID, cursor string, limit int) (Page[SeenBy], error) {
	at, err := parseCursor(cursor, isInstant, isID)
	if err != nil {
		return Page[SeenBy]{}, err
	}
	return paged(ctx, r.Within(org), limit, "accesses", scanSeenBy, func(s *SeenBy) []string { return []string{s.At.Format(time.RFC3339Nano), s.ID.String()} },
		`SELECT id, at, actor, fields, purpose, query_hash FROM accesses WHERE org = $1 AND subject = $2
			AND ($3 = '' OR (at, id) < (nullif($3, '')::timestamptz, nullif($4, '')::uuid)) ORDER BY at DESC, id DESC`, org, subject, at[0], at[1])
}

func scanSeenBy(row pgx.CollectableRow) (s SeenBy, err error) {
	var actor []byte
	err = row.Scan(&s.ID, &s.At, &actor, &s.Fields, &s.Purpose, &s.QueryHash)
	s.Actor, s.At = actorOf(actor), s.At.UTC()
	return s, err
}
