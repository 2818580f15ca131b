package fold

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// accesses writes who read whose data.
type accesses struct{ *Writer }

// accessed keeps who read whose data.
func (w accesses) accessed(r *feed.Record) (bool, error) {
	e, is := r.Event.(domain.AccessRecorded)
	if !is {
		return false, nil
	}
	for _, subject := range e.Subjects {
		w.Do(`INSERT INTO accesses (org, subject, at, id, actor, fields, purpose, query_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (org, subject, at, id) DO NOTHING`,
			r.Name.Org, subject, e.At.Time(), r.ID, tables.AsJSON(e.Actor), e.Fields, e.Purpose, e.QueryHash)
	}
	return true, nil
}
