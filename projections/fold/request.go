package fold

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// requests writes what members ask for.
type requests struct{ *Writer }

// request applies what members ask for and what was answered; the effect on the days is derived (events §4).
func (w requests) request(r *feed.Record) (bool, error) {
	org := r.Name.Org
	switch e := r.Event.(type) {
	case domain.MakeupRequested:
		w.requested(r, e.Request, e.Member, "makeup")
	case domain.LeaveRequested:
		w.requested(r, e.Request, e.Member, "leave")
	case domain.TripRequested:
		w.requested(r, e.Request, e.Member, "trip")
	case domain.OutRequested:
		w.requested(r, e.Request, e.Member, "out")
	case domain.OvertimeRequested:
		w.requested(r, e.Request, e.Member, "overtime")
	case domain.RequestApproved:
		w.decided(r, e.Request, "approved", e.SelfApproved, e.Comment)
	case domain.RequestRejected:
		w.decided(r, e.Request, "rejected", false, e.Reason)
	case domain.RequestWithdrawn:
		w.decided(r, e.Request, "withdrawn", false, nil)
	case domain.RequestCancelled:
		w.decided(r, e.Request, "cancelled", false, e.Reason)
	case domain.RequestCommented:
		w.comment(r, e.Request, "comment", e.Comment)
	case domain.MakeupCounted:
		m, err := MemberOfRest(r.Name)
		if err != nil {
			return true, err
		}
		if e.Released {
			w.Do(`DELETE FROM makeups_counted WHERE org = $1 AND member = $2 AND request = $3`, org, m.ID, e.Request)
		} else {
			w.Do(`INSERT INTO makeups_counted (org, member, request, month) VALUES ($1, $2, $3, $4) ON CONFLICT (org, member, request) DO UPDATE SET month = excluded.month`, org, m.ID, e.Request, e.Month)
		}
	default:
		return false, nil
	}
	return true, nil
}

func (w requests) requested(r *feed.Record, id, who domain.ID, kind string) {
	dates, _ := facts.RequestDates(w.cache, r.Event) // Check has seen them.
	w.Do(`INSERT INTO requests (org, request, member, type, state, detail, key_id, actor, event_id, requested_at, decided_at, decided_by, self_approved, from_date, to_date) VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, NULL, NULL, false, $10, $11)`,
		r.Name.Org, id, who, kind, tables.AsJSON(r.Event), r.Metadata.KeyID, tables.AsJSON(r.Metadata.Actor), r.ID, r.At(), tables.PgDate(dates.From), tables.PgDate(dates.To))
}

func (w requests) decided(r *feed.Record, id domain.ID, state string, self bool, word *domain.Sealed[string]) {
	w.Do(`UPDATE requests SET state = $3, decided_at = $4, decided_by = $5, self_approved = $6 WHERE org = $1 AND request = $2`,
		r.Name.Org, id, state, r.At(), tables.AsJSON(r.Metadata.Actor), self)
	selfDecisions{w.Writer}.ofRequest(facts.SelfAnswered(r.Fact()), id)
	w.comment(r, id, state, word)
}

func (w requests) comment(r *feed.Record, id domain.ID, kind string, word *domain.Sealed[string]) {
	w.Do(`INSERT INTO request_comments (org, request, revision, event_id, kind, comment, key_id, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.Name.Org, id, int64(r.Revision), r.ID, kind, sealedText(word), r.Metadata.KeyID, tables.AsJSON(r.Metadata.Actor), r.At())
}
