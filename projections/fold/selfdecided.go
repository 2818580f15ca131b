package fold

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
)

// SelfPunch notes, or takes back, that the last word about a punch is its own member's.
func (w *Writer) SelfPunch(r *feed.Record, punch domain.ID) { selfDecisions{w}.ofPunch(r, punch) }

// selfDecisions writes what somebody decided about their own days.
type selfDecisions struct{ *Writer }

func (w selfDecisions) ofPunch(r *feed.Record, punch domain.ID) {
	w.by(r.Metadata.Self, punch, `SELECT org, member, id, local_date, local_date FROM punches WHERE id = $1`)
}

// ofRequest notes, or takes back, that the last word about a request is its own member's.
func (w selfDecisions) ofRequest(self bool, request domain.ID) {
	w.by(self, request, `SELECT org, member, request, from_date, to_date FROM requests WHERE request = $1`)
}

func (w selfDecisions) by(self bool, source domain.ID, dates string) {
	if !self {
		w.Do(`DELETE FROM self_decisions WHERE source = $1`, source)
		return
	}
	w.Do(`INSERT INTO self_decisions (org, member, source, from_date, to_date) `+dates+` ON CONFLICT (org, member, source) DO NOTHING`, source)
}

// ofCorrection notes that somebody corrected their own slot.
func (w selfDecisions) ofCorrection(r *feed.Record, e domain.SlotCorrected) {
	if r.Metadata.Self {
		w.Do(`INSERT INTO self_decisions (org, member, source, from_date, to_date) VALUES ($1, $2, $3, $4, $4)`, r.Name.Org, e.Member, r.ID, string(e.Date))
	}
}
