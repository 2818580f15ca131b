package fold

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// imports writes how imports went.
type imports struct{ *Writer }

// imported applies the life of an import.
func (w imports) imported(r *feed.Record) (bool, error) {
	org := r.Name.Org
	switch e := r.Event.(type) {
	case domain.ImportStarted:
		w.Do(`INSERT INTO imports (org, import, state, started, finished, started_at, finished_at, reverted_at, actor) VALUES ($1, $2, 'running', $3, NULL, $4, NULL, NULL, $5) ON CONFLICT (org, import) DO NOTHING`,
			org, e.Import, tables.AsJSON(e), r.At(), tables.AsJSON(r.Metadata.Actor))
	case domain.ImportFinished:
		w.Do(`UPDATE imports SET state = 'finished', finished = $3, finished_at = $4 WHERE org = $1 AND import = $2`, org, e.Import, tables.AsJSON(e), r.At())
	case domain.ImportReverted:
		w.Do(`UPDATE imports SET state = 'reverted', reverted_at = $3 WHERE org = $1 AND import = $2`, org, e.Import, r.At())
	default:
		return false, nil
	}
	return true, nil
}
