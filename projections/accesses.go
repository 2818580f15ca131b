package projections

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// accessed keeps who read whose data.
func (w *writer) accessed(r *record) (bool, error) {
	e, is := r.Event.(domain.AccessRecorded)
	if !is {
		return false, nil
	}
	for _, subject := range e.Subjects {
		w.do(`INSERT INTO accesses VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (org, subject, at, id) DO NOTHING`,
			r.name.Org, subject, e.At.Time(), r.ID, tables.AsJSON(e.Actor), e.Fields, e.Purpose, e.QueryHash)
	}
	return true, nil
}

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

// Accesses lists who read a member's data, the newest first.
func (r *Reader) Accesses(ctx context.Context, org, subject domain.ID, cursor string, limit int) (Page[SeenBy], error) {
	at, err := parseCursor(cursor, isInstant, isID)
	if err != nil {
		return Page[SeenBy]{}, err
	}
	return paged(ctx, r.within(org), limit, "accesses", scanSeenBy, func(s *SeenBy) []string { return []string{s.At.Format(time.RFC3339Nano), s.ID.String()} },
		`SELECT id, at, actor, fields, purpose, query_hash FROM accesses WHERE org = $1 AND subject = $2
			AND ($3 = '' OR (at, id) < (nullif($3, '')::timestamptz, nullif($4, '')::uuid)) ORDER BY at DESC, id DESC`, org, subject, at[0], at[1])
}

func scanSeenBy(row pgx.CollectableRow) (s SeenBy, err error) {
	var actor []byte
	err = row.Scan(&s.ID, &s.At, &actor, &s.Fields, &s.Purpose, &s.QueryHash)
	s.Actor, s.At = actorOf(actor), s.At.UTC()
	return s, err
}
