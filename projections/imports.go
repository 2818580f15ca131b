package projections

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// imported applies the life of an import.
func (w *writer) imported(r *record) (bool, error) {
	org := r.name.Org
	switch e := r.Event.(type) {
	case domain.ImportStarted:
		w.do(`INSERT INTO imports VALUES ($1, $2, 'running', $3, NULL, $4, NULL, NULL, $5) ON CONFLICT (org, import) DO NOTHING`,
			org, e.Import, tables.AsJSON(e), r.at(), tables.AsJSON(r.Metadata.Actor))
	case domain.ImportFinished:
		w.do(`UPDATE imports SET state = 'finished', finished = $3, finished_at = $4 WHERE org = $1 AND import = $2`, org, e.Import, tables.AsJSON(e), r.at())
	case domain.ImportReverted:
		w.do(`UPDATE imports SET state = 'reverted', reverted_at = $3 WHERE org = $1 AND import = $2`, org, e.Import, r.at())
	default:
		return false, nil
	}
	return true, nil
}
